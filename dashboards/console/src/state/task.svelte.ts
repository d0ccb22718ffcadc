import { failureOf, type Failure } from './failure.ts'

/** After this long people are told that the link is slow and that we still wait. */
const slowMs = 4_000

/** Something a person asked for: whether it is under way, and why it failed. Asked for again while under way, it is not done twice. */
export class Task {
  isBusy = $state(false)
  isSlow = $state(false)
  failure: Failure | undefined = $state.raw()
  #key = newKey()

  /** Stays the same until the work succeeds, so that sending it again over a bad link does it once. */
  get key(): string {
    return this.#key
  }

  /** @returns whether `work` was done; if not, `failure` says why. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.isBusy) return false
    this.isBusy = true
    this.failure = undefined
    const slow = setTimeout(() => (this.isSlow = true), slowMs)
    try {
      await work()
      this.#key = newKey()
      return true
    } catch (error) {
      this.failure = failureOf(error, Date.now())
      // Refused as it was: what is entered next is another request.
      if (this.failure.kind === 'refused') this.#key = newKey()
      return false
    } finally {
      clearTimeout(slow)
      this.isSlow = false
      this.isBusy = false
    }
  }
}

/** 128 random bits. (`crypto.randomUUID` is missing on pages without TLS.) */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
