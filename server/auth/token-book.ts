import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { ApiToken } from '../../storage/state/state-store.ts'
import type { Actor } from './authorise.ts'
import type { RoleBook } from './roles.ts'
import { hashOf } from './secrets.ts'

const minuteMs = 60_000

interface Known {
  readonly token: ApiToken
  /** Requests it has left, and when that was counted (monotonic ms). */
  left: number
  countedAt: number
  usedAt: number | undefined
  isToldEnded: boolean
}

/** @returns the id of the token that the actor is. */
export function tokenIdOf({ id }: Actor): number {
  return Number(id.replace('token:', ''))
}

/** Every API token in memory, by the hashes of its secrets. */
export class TokenBook {
  readonly #byId = new Map<number, Known>()
  readonly #byHash = new Map<string, number>()
  readonly #clock: Clock
  readonly #roles: RoleBook
  readonly #listeners: ((id: number) => void)[] = []

  constructor(tokens: Iterable<ApiToken>, clock: Clock, roles: RoleBook) {
    this.#clock = clock
    this.#roles = roles
    for (const token of tokens) this.add(token)
  }

  /** Takes up a token, or what is new of it. */
  add(token: ApiToken): void {
    this.#forgetHashes(token.id)
    const left = token.perMinute ?? 0
    this.#byId.set(token.id, { token, left, countedAt: this.#clock.monotonic(), usedAt: undefined, isToldEnded: false })
    this.#byHash.set(token.secretHash, token.id)
    if (token.previous) this.#byHash.set(token.previous.secretHash, token.id)
  }

  remove(id: number): void {
    this.#forgetHashes(id)
    this.#byId.delete(id)
    for (const listener of this.#listeners) listener(id)
  }

  /** Calls back when a token is removed or has ended, so that who is in by it can be sent away. */
  onRemoved(listener: (id: number) => void): void {
    this.#listeners.push(listener)
  }

  /** Tells of tokens that have ended since the last call, once each. */
  tellEnded(): void {
    const now = this.#clock.now()
    for (const known of this.#byId.values()) {
      const { id, expiresAt } = known.token
      if (known.isToldEnded || expiresAt === undefined || expiresAt > now) continue
      known.isToldEnded = true
      for (const listener of this.#listeners) listener(id)
    }
  }

  get(id: number): ApiToken | undefined {
    return this.#byId.get(id)?.token
  }

  all(): readonly ApiToken[] {
    return [...this.#byId.values()].map(({ token, usedAt }) => ({ ...token, lastUsedAt: usedAt ?? token.lastUsedAt }))
  }

  /** Looking up a SHA-256 by map tells nobody anything about a secret of 128 random bits. */
  identify(secret: string): Actor | undefined {
    const hash = hashOf(secret)
    const known = this.#byId.get(this.#byHash.get(hash) ?? -1)
    return known && this.#isGood(known.token, hash) ? this.#actorOf(known) : undefined
  }

  /** @returns who the token of this id is now, or `undefined` if it is gone or over. */
  actor(id: number): Actor | undefined {
    const known = this.#byId.get(id)
    return known && this.#isGood(known.token, known.token.secretHash) ? this.#actorOf(known) : undefined
  }

  /**
   * Counts a request of the token.
   *
   * @throws SenError `SEN_QUOTA` beyond its quota, with when to come again.
   */
  take(id: number): void {
    const known = this.#byId.get(id)
    if (!known) return
    known.usedAt = this.#clock.now()
    const { perMinute } = known.token
    if (perMinute === undefined) return
    const now = this.#clock.monotonic()
    known.left = Math.min(perMinute, known.left + ((now - known.countedAt) * perMinute) / minuteMs)
    known.countedAt = now
    if (known.left < 1) {
      throw new SenError(
        'SEN_QUOTA',
        `ask: token ${known.token.name} has made its ${perMinute} requests of this minute`,
        {
          retryAfterS: Math.ceil(((1 - known.left) * minuteMs) / perMinute / 1000)
        }
      )
    }
    known.left--
  }

  /** @returns when tokens were used since the last call, for the state. */
  takeUsed(): readonly { readonly id: number; readonly at: number }[] {
    const used: { readonly id: number; readonly at: number }[] = []
    for (const known of this.#byId.values()) {
      if (known.usedAt === undefined || known.usedAt === known.token.lastUsedAt) continue
      used.push({ id: known.token.id, at: known.usedAt })
      this.#byId.set(known.token.id, { ...known, token: { ...known.token, lastUsedAt: known.usedAt } })
    }
    return used
  }

  #isGood({ expiresAt, previous }: ApiToken, hash: string): boolean {
    const now = this.#clock.now()
    if (expiresAt !== undefined && expiresAt <= now) return false
    return previous?.secretHash !== hash || previous.until > now
  }

  #actorOf({ token }: Known): Actor {
    const { id, name, role, organisation, isSandbox } = token
    const grants = this.#roles.resolve([{ role, organisation }])
    return { id: `token:${id}`, name, kind: 'token', organisation, grants, isSandbox }
  }

  #forgetHashes(id: number): void {
    for (const [hash, owner] of this.#byHash) if (owner === id) this.#byHash.delete(hash)
  }
}
