import type { ObservationMethod } from '../../../../model/observation.ts'
import type { Http } from './http.ts'
import { queryOf, sliceOf, wholeList, type Slice } from './pages.ts'
import { device, metric, site } from './resources.ts'
import { flag, instant, key, object, oneOf, optional, scalar, text } from './shape.ts'

/** What a person entered, and what became of it. */
const observation = object({
  id: key,
  device: text,
  site: text,
  metric: text,
  unit: text,
  t: instant,
  value: scalar,
  entered: object({ value: scalar, unit: text }),
  method: text,
  note: optional(text),
  author: object({ name: text }),
  /** When it was entered. */
  at: instant,
  state: oneOf('standing', 'corrected', 'withdrawn', 'withdrawal'),
  mayChange: flag
})
export type Observation = ReturnType<typeof observation>

/** A reading as a person enters it. */
export interface Entry {
  readonly site: string
  readonly device?: string
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** ISO 8601. */
  readonly t: string
  readonly method: ObservationMethod
  readonly note?: string
  readonly confirm?: boolean
}

/** Readings that people enter. */
export class ObservationsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** What can be entered, and where. */
  async choices(signal: AbortSignal) {
    const [sites, devices, metrics] = await Promise.all([
      wholeList(this.#http, 'sites', site, { signal }),
      wholeList(this.#http, 'devices', device, { signal }),
      wholeList(this.#http, 'metrics', metric, { signal })
    ])
    return { sites, devices, metrics: metrics.filter(({ kind }) => kind === 'number') }
  }

  async list(signal: AbortSignal): Promise<Slice<Observation>> {
    return sliceOf(observation)(
      await this.#http.get(`observations${queryOf({ limit: 50 })}`, { signal }),
      'observations'
    )
  }

  /** @param idempotencyKey - the same for every sending of one entry. */
  async enter(entry: Entry, idempotencyKey: string): Promise<void> {
    await this.#http.post('observations', entry, { idempotencyKey, isBackground: true })
  }

  async withdraw({ device, metric, t }: Observation, idempotencyKey: string): Promise<void> {
    const body = { device, metric, t: new Date(t).toISOString() }
    await this.#http.post('observations/withdrawals', body, { idempotencyKey })
  }
}
