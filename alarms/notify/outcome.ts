import { oneLine } from '../text/plain.ts'
import type { Refusal, SendOutcome } from './channel.ts'
import type { Answer } from './outgoing/outgoing.ts'

/** Of what the other side said, so much is kept. */
const mostShown = 300
/** Nobody waits longer because a server asks for it. */
const longestWaitMs = 3_600_000

/** Writes what the other side said, without what is secret: gateways echo keys, in errors above all. */
export class Details {
  readonly #secrets: readonly string[]

  /** @param secrets - whatever must not be read: keys, tokens, passwords, addresses that hold one. */
  constructor(secrets: readonly (string | undefined)[]) {
    const given = secrets.flatMap(secret => (secret !== undefined && secret.length >= 3 ? [secret] : []))
    const forms = given.flatMap(secret => [
      ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
      ...[Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('base64url')]
    ])
    this.#secrets = [...new Set(forms)].sort((a, b) => b.length - a.length)
  }

  /** @returns one line of at most 300 characters. */
  of(...parts: readonly (string | number | undefined)[]): string {
    const said = parts.filter(part => part !== undefined && part !== '').join(' ')
    const hidden = this.#secrets.reduce((text, secret) => text.replaceAll(secret, '***'), said)
    return [...oneLine(hidden)].slice(0, mostShown).join('')
  }

  refused(refusal: Refusal, detail: string, retryAfterMs?: number): SendOutcome & { ok: false } {
    return { ok: false, refusal, detail: this.of(detail), ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }

  /**
   * What an answer comes to that is no success as HTTP sees it: no connection, an address that may not be reached, a
   * redirect, a limit, an error of server or request.
   *
   * @returns nothing for 2xx: whether that is a success the body says.
   */
  failure(answer: Answer, now: number): (SendOutcome & { ok: false }) | undefined {
    if (answer.kind === 'forbidden') return this.refused('channel', `not sent: ${answer.detail}`)
    if (answer.kind === 'unreachable') return this.refused('unavailable', answer.detail)
    const { status, body, headers } = answer
    if (status >= 200 && status < 300) return undefined
    const said = `HTTP ${status} ${body}`
    const retryAfterMs = waitOf(headers['retry-after'], now)
    if (status >= 300 && status < 400) return this.refused('channel', `HTTP ${status}: redirects are not followed`)
    if (status === 429) return this.refused('not-now', said, retryAfterMs)
    if (status === 408 || status >= 500) return this.refused('unavailable', said, retryAfterMs)
    return this.refused('channel', said)
  }
}

/** What of an address may be a key to it: whatever follows the host, by its parts. */
export function secretParts(url: string | undefined): readonly string[] {
  if (url === undefined || !URL.canParse(url)) return []
  const { pathname, search, searchParams } = new URL(url)
  const parts = [...pathname.split('/'), ...searchParams.values()].filter(part => part.length >= 8)
  return [url, ...(pathname.length > 8 ? [pathname + search] : []), ...parts]
}

/** `Retry-After` (RFC 9110, 10.2.3): seconds or a date. */
function waitOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestWaitMs) : undefined
}
