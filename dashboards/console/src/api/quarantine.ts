import type { Http } from './http.ts'
import { queryOf, sliceOf } from './pages.ts'
import { quarantined } from './resources.ts'
import { flag, instant, list, number, object, optional, text } from './shape.ts'

const reasonCount = object({ reason: text, count: number, oldest: instant, newest: instant })
const slice = sliceOf(quarantined)

const outside = object({
  keptFrom: optional(instant),
  removed: optional(number),
  quarantined: number,
  oldest: optional(instant),
  newest: optional(instant)
})

const forecast = object({
  messages: number,
  quarantined: number,
  unregistered: number,
  isComplete: flag,
  outside: optional(outside)
})
export type Forecast = ReturnType<typeof forecast>

const counts = object({
  messages: number,
  stored: number,
  event: number,
  quarantined: number,
  left: number,
  released: number,
  lost: number,
  readings: number
})
const job = object({
  id: number,
  state: text,
  counts,
  progress: object({ total: number, done: number }),
  outside: optional(outside),
  detail: text
})
export type RedecodeJob = ReturnType<typeof job>

const whole = object({ message: optional(object({ door: text, text: optional(text), hex: optional(text) })) })

/** Which messages are listed. */
export interface Selection {
  readonly reason?: string
  readonly device?: string
}

/** Which messages are decoded again. */
export interface Redecoded extends Selection {
  /** Only those that stand in quarantine. */
  readonly isQuarantined?: true
  /** When they came, ISO 8601; `to` excluded. */
  readonly from?: string
  readonly to?: string
}

/** What stands in quarantine, and decoding it again. */
export class QuarantineApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** A page of messages, newest first, and how many there are of each reason. */
  async list(wanted: Selection & { readonly cursor: string | undefined; readonly limit: number }, signal: AbortSignal) {
    const answer = await this.#http.get(`ingest/quarantine${queryOf({ ...wanted })}`, { signal })
    const { reasons } = object({ reasons: list(reasonCount) })(answer, 'quarantine')
    return { ...slice(answer, 'quarantine'), reasons }
  }

  /** The message itself; `undefined` where the raw log has given it up. */
  async payload(position: number, signal: AbortSignal) {
    return whole(await this.#http.get(`ingest/quarantine/${position}`, { signal }), 'message').message
  }

  /** Counts what decoding again would do; changes nothing. */
  async forecast(wanted: Redecoded): Promise<Forecast> {
    return forecast(await this.#http.post('ingest/quarantine/redecode', { ...wanted, dryRun: true }), 'forecast')
  }

  /** @returns the number of the job. */
  async redecode(wanted: Redecoded, key: string): Promise<number> {
    const answer = await this.#http.post('ingest/quarantine/redecode', { ...wanted }, { idempotencyKey: key })
    return object({ id: number })(answer, 'job').id
  }

  async job(id: number): Promise<RedecodeJob> {
    const ask = { signal: new AbortController().signal, isBackground: true }
    return job(await this.#http.get(`ingest/redecodes/${id}`, ask), 'job')
  }
}
