import type { Http } from './http.ts'
import { queryOf, sliceOf, type Slice } from './pages.ts'
import { flag, instant, key, number, object, optional, text } from './shape.ts'

const token = object({
  id: key,
  name: text,
  role: text,
  organisation: text,
  isSandbox: flag,
  /** Requests a minute, where it has a limit of its own. */
  perMinute: optional(number),
  createdAt: instant,
  expiresAt: optional(instant),
  lastUsedAt: optional(instant)
})
export type Token = ReturnType<typeof token>

export interface NewToken {
  readonly name: string
  readonly role: string
  readonly organisation: string
  readonly expiresInDays?: number
  readonly perMinute?: number
  readonly isSandbox?: boolean
}

/** Tokens of programs that use the HTTP API. A token itself is told once, when it is made. */
export class TokensApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(cursor: string | undefined, signal: AbortSignal): Promise<Slice<Token>> {
    return sliceOf(token)(await this.#http.get(`tokens${queryOf({ cursor })}`, { signal }), 'tokens')
  }

  async add(wanted: NewToken, key: string): Promise<string> {
    return object({ token: text })(await this.#http.post('tokens', wanted, { idempotencyKey: key }), 'token').token
  }

  /** @returns the new token; the one before stays valid until `previousUntil` (ms since the epoch). */
  async rotate(id: string, key: string) {
    const answer = await this.#http.post(`tokens/${encodeURIComponent(id)}/rotate`, {}, { idempotencyKey: key })
    return object({ token: text, previousUntil: optional(instant) })(answer, 'token')
  }

  async remove(id: string): Promise<void> {
    await this.#http.delete(`tokens/${encodeURIComponent(id)}`)
  }
}
