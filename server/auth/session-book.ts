import type { Clock } from '../../model/clock.ts'
import type { Actor } from './authorise.ts'
import { hashOf, newSecret } from './secrets.ts'

const lifeMs = 12 * 60 * 60 * 1000
const mostSessions = 10_000

/** Browser sessions, in memory: they end with the process. Only hashes are kept. */
export class SessionBook {
  readonly #sessions = new Map<string, { readonly actor: Actor; readonly expiresAt: number }>()
  readonly #clock: Clock
  #shared: string | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns the secret for the cookie. */
  open(actor: Actor): string {
    const secret = newSecret()
    if (this.#sessions.size >= mostSessions) this.#dropOldest()
    this.#sessions.set(hashOf(secret), { actor, expiresAt: this.#clock.now() + lifeMs })
    return secret
  }

  /** @returns the secret of one session that all visitors of the demo share: they cannot push out anybody's. */
  shared(actor: Actor): string {
    if (this.#shared === undefined || !this.identify(this.#shared)) this.#shared = this.open(actor)
    return this.#shared
  }

  identify(secret: string): Actor | undefined {
    const session = this.#sessions.get(hashOf(secret))
    return session && session.expiresAt > this.#clock.now() ? session.actor : undefined
  }

  close(secret: string): void {
    this.#sessions.delete(hashOf(secret))
  }

  #dropOldest(): void {
    for (const hash of this.#sessions.keys()) {
      this.#sessions.delete(hash)
      return
    }
  }
}
