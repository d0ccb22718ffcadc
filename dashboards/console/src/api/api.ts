import type { Http } from './http.ts'
import { wholeList } from './pages.ts'
import {
  accounting,
  device,
  metric,
  organisation,
  profile,
  quarantined,
  reading,
  site,
  type Accounting,
  type Quarantined,
  type Reading
} from './resources.ts'
import { list, object } from './shape.ts'

/**
 * What the live page reads. It asks by itself whenever the stream opens or tells of a change, so its calls are all
 * background ones. Every method rejects as `Http` says.
 */
export class Api {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  readonly registry = async (signal: AbortSignal) => {
    const ask = { signal, isBackground: true }
    const [devices, sites, organisations, profiles, metrics] = await Promise.all([
      wholeList(this.#http, 'devices', device, ask),
      wholeList(this.#http, 'sites', site, ask),
      wholeList(this.#http, 'organisations', organisation, ask),
      wholeList(this.#http, 'profiles', profile, ask),
      wholeList(this.#http, 'metrics', metric, ask)
    ])
    return { devices, sites, organisations, profiles, metrics }
  }

  latest(signal: AbortSignal): Promise<readonly Reading[]> {
    return wholeList(this.#http, 'readings/latest', reading, { signal, isBackground: true })
  }

  async accounting(signal: AbortSignal): Promise<Accounting> {
    return accounting(await this.#http.get('accounting', { signal, isBackground: true }), 'accounting')
  }

  /** @returns the newest messages in quarantine, newest first. */
  async quarantine(limit: number, signal: AbortSignal): Promise<readonly Quarantined[]> {
    const answer = await this.#http.get(`ingest/quarantine?limit=${limit}`, { signal, isBackground: true })
    const { items } = object({ items: list(quarantined) })(answer, 'quarantine')
    return [...items].sort((a, b) => b.position - a.position)
  }
}
