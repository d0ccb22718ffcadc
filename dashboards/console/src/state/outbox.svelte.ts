import type { Entry } from '../api/observations.ts'
import { failureOf } from './failure.ts'
import type { OutboxStore, Waiting } from './outbox-store.ts'

export interface OutboxProps {
  readonly store: Pick<OutboxStore, 'all' | 'put' | 'remove'>
  readonly send: (entry: Entry, key: string) => Promise<void>
  /** Called after each entry that was acknowledged. */
  readonly onSent: () => void
}

const retryEveryMs = 15_000

/**
 * Entries on their way: kept first, then sent, in order, until the server has acknowledged each. A refused one waits for the
 * person; a link that is down holds all of them.
 */
export class Outbox {
  waiting: readonly Waiting[] = $state.raw([])
  isSending = $state(false)
  readonly #props: OutboxProps
  #actor = ''

  constructor(props: OutboxProps) {
    this.#props = props
  }

  /** Sends what this person left here, now and whenever the link comes back. @returns what ends it. */
  start(actor: string): () => void {
    this.#actor = actor
    const again = () => void this.send()
    const timer = setInterval(again, retryEveryMs)
    window.addEventListener('online', again)
    void this.#load().then(again)
    return () => {
      clearInterval(timer)
      window.removeEventListener('online', again)
    }
  }

  /** Keeps the entry in this browser. Rejects where it keeps nothing (private mode): then it must not be let go of. */
  async add(entry: Entry): Promise<void> {
    await this.#props.store.put({ key: newKey(), actor: this.#actor, entry })
    await this.#load()
    void this.send()
  }

  /** The person means it: it is sent again, as another request. */
  async confirm({ key, entry }: Waiting): Promise<void> {
    await this.#props.store.put({ key: newKey(), actor: this.#actor, entry: { ...entry, confirm: true } })
    await this.discard(key)
    void this.send()
  }

  async discard(key: string): Promise<void> {
    await this.#props.store.remove(key)
    await this.#load()
  }

  async send(): Promise<void> {
    if (this.isSending) return
    this.isSending = true
    try {
      for (let next = this.#next(); next; next = this.#next()) if (!(await this.#sendOne(next))) return
    } finally {
      this.isSending = false
    }
  }

  #next(): Waiting | undefined {
    return this.waiting.find(({ refusal }) => refusal === undefined)
  }

  /** @returns whether the next one may be tried. */
  async #sendOne(one: Waiting): Promise<boolean> {
    try {
      await this.#props.send(one.entry, one.key)
    } catch (error) {
      const failure = failureOf(error, Date.now())
      // Too busy, or for want of a session: later, as it is.
      if (failure.kind !== 'refused' || failure.status >= 429 || failure.status === 401) return false
      // The answer to an earlier sending is still on its way.
      if (failure.status === 409) return false
      await this.#props.store.put({ ...one, refusal: failure })
      await this.#load()
      return true
    }
    await this.discard(one.key)
    this.#props.onSent()
    return true
  }

  async #load(): Promise<void> {
    const all = await this.#props.store.all().catch(() => [])
    this.waiting = all.filter(({ actor }) => actor === this.#actor)
  }
}

/** In the order of their making, so that they leave in it. (`crypto.randomUUID` is missing on pages without TLS.) */
function newKey(): string {
  const random = [...crypto.getRandomValues(new Uint8Array(8))].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return `${Date.now().toString(36)}-${random}`
}
