import type { Clock } from '../../model/clock.ts'
import type { ApiToken } from '../../storage/state/state-store.ts'
import type { Actor } from './authorise.ts'
import { hashOf } from './secrets.ts'

/** Every API token in memory, by its hash. */
export class TokenBook {
  readonly #byHash = new Map<string, ApiToken>()
  readonly #clock: Clock

  constructor(tokens: Iterable<ApiToken>, clock: Clock) {
    this.#clock = clock
    for (const token of tokens) this.add(token)
  }

  add(token: ApiToken): void {
    this.#byHash.set(token.secretHash, token)
  }

  /** Looking up a SHA-256 by map tells nobody anything about a secret of 128 random bits. */
  identify(secret: string): Actor | undefined {
    const token = this.#byHash.get(hashOf(secret))
    if (!token) return undefined
    if (token.expiresAt !== undefined && token.expiresAt <= this.#clock.now()) return undefined
    return { name: `token:${token.id}`, role: token.role, organisation: token.organisation }
  }
}
