import type { Http } from './http.ts'
import { queryOf, sliceOf, type Slice } from './pages.ts'
import { type Parse, instant, key, number, object, oneOf, optional, text } from './shape.ts'

export const outcomes = ['done', 'denied', 'failed'] as const
export type AuditOutcome = (typeof outcomes)[number]

/** What was there before or after a change: any JSON, shown as it is. */
const anything: Parse<unknown> = value => value ?? undefined

const entry = object({
  id: key,
  at: instant,
  actor: optional(text),
  actorName: optional(text),
  address: optional(text),
  action: text,
  object: optional(text),
  organisation: optional(text),
  outcome: oneOf(...outcomes),
  detail: optional(text),
  before: anything,
  after: anything,
  /** How often the same thing happened in a row. */
  count: optional(number)
})
export type AuditEntry = ReturnType<typeof entry>

export interface AuditQuery {
  /** ISO 8601; entries from then on. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly actor?: string
  readonly action?: string
  readonly object?: string
  readonly outcome?: string
  readonly limit: number
  readonly cursor: string | undefined
}

/** The log of who did what, newest first. It can only be read. */
export class AuditApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(query: AuditQuery, signal: AbortSignal): Promise<Slice<AuditEntry>> {
    return sliceOf(entry)(await this.#http.get(`audit${queryOf({ ...query })}`, { signal }), 'audit')
  }
}
