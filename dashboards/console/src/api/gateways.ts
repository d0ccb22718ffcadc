import type { Http } from './http.ts'
import { wholeList } from './pages.ts'
import { instant, list, number, object, optional, text } from './shape.ts'

const gateway = object({
  ...{ id: text, name: text, ownerName: optional(text), linkInUse: optional(text) },
  health: optional(object({ state: text, since: optional(instant), lastSeenAt: optional(instant), devices: number }))
})
export type Gateway = ReturnType<typeof gateway>

const healthEvent = object({
  ...{ id: text, kind: text, device: optional(text), gateway: optional(text), metric: optional(text) },
  ...{ openedAt: instant, since: instant, endedAt: optional(instant) },
  ...{ silentDevices: list(text), heardElsewhere: list(text) }
})
export type HealthEvent = ReturnType<typeof healthEvent>

/** Health events shown. */
const most = 100

/** Gateways, and what went wrong with them and with devices. */
export class GatewaysApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  list(signal: AbortSignal): Promise<readonly Gateway[]> {
    return wholeList(this.#http, 'gateways', gateway, { signal })
  }

  /** @returns the newest, newest first. */
  async events(signal: AbortSignal): Promise<readonly HealthEvent[]> {
    const answer = await this.#http.get(`health-events?limit=${most}`, { signal })
    return object({ items: list(healthEvent) })(answer, 'health events').items
  }
}
