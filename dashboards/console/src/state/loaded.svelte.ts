import { failureOf, type Failure } from './failure.ts'

type Ask<T> = (signal: AbortSignal) => Promise<T>

/** Those that failed and may be asked again when the link or the session is back. */
const failed = new Set<() => void>()

/** Asks again for everything on the screen that could not be loaded. */
export function retryFailed(): void {
  for (const retry of [...failed]) retry()
}

/** Something asked of the server: what came, whether it is awaited, and why it did not come. What was shown stays meanwhile. */
export class Loaded<T> {
  value: T | undefined = $state.raw()
  isLoading = $state(false)
  failure: Failure | undefined = $state.raw()
  #asking: AbortController | undefined
  #ask: Ask<T> | undefined
  readonly #retry = () => void this.again()

  /** Asks, in place of what was asked before. @returns what ends it; so it can be the body of an effect. */
  follow(ask: Ask<T>): () => void {
    this.#ask = ask
    void this.again()
    return () => {
      if (this.#ask !== ask) return
      this.#ask = undefined
      this.#asking?.abort()
      failed.delete(this.#retry)
    }
  }

  async again(): Promise<void> {
    this.#asking?.abort()
    failed.delete(this.#retry)
    if (!this.#ask) return
    const asking = new AbortController()
    this.#asking = asking
    this.isLoading = true
    try {
      const value = await this.#ask(asking.signal)
      if (asking.signal.aborted) return
      this.value = value
      this.failure = undefined
    } catch (error) {
      if (asking.signal.aborted) return
      this.failure = failureOf(error, Date.now())
      failed.add(this.#retry)
    }
    this.isLoading = false
  }
}
