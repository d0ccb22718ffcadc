import type { Http } from './http.ts'
import { queryOf, wholeList } from './pages.ts'
import { metric, profile, site } from './resources.ts'
import { flag, instant, key, list, number, object, oneOf, optional, scalar, text, type Parse } from './shape.ts'

const anything: Parse<unknown> = value => value

const guess = object({
  profile: text,
  score: number,
  reasons: list(text),
  readings: list(object({ metric: text, value: scalar }))
})

const unclaimed = object({
  id: text,
  organisation: text,
  site: optional(text),
  firstSeen: instant,
  lastSeen: instant,
  count: number,
  door: text,
  credential: text,
  application: optional(text),
  deviceName: optional(text),
  gateways: list(object({ gateway: text, rssi: number, snr: number })),
  payload: optional(object({ fPort: optional(number), hex: optional(text), json: optional(anything) })),
  guesses: list(guess)
})
export type Unclaimed = ReturnType<typeof unclaimed>

const unclaimedPage = object({ items: list(unclaimed), cursor: optional(key), total: number })
export type UnclaimedPage = ReturnType<typeof unclaimedPage>

const criterion = object({
  criterion: oneOf('heard', 'margin', 'plausible', 'battery', 'mounting'),
  result: oneOf('passed', 'failed', 'not-applicable'),
  found: optional(number),
  lacking: list(text)
})
const acceptance = object({
  isPassed: flag,
  results: list(criterion),
  facts: object({ battery: optional(object({ percent: optional(number) })) }),
  recorded: optional(object({ id: number, at: instant, author: text, isPassed: flag }))
})
export type Acceptance = ReturnType<typeof acceptance>

const installed = object({
  id: text,
  name: text,
  site: text,
  profile: text,
  hardware: optional(text),
  decommissionedAt: optional(instant),
  /** Absent in the answer to a claim. */
  health: optional(
    object({ joinedAt: optional(instant), isJoinAwaited: optional(flag), lastSeenAt: optional(instant) })
  ),
  marks: optional(list(text)),
  externalIds: optional(object({ serial: optional(text), delivery: optional(text) })),
  mounting: optional(
    object({
      position: optional(object({ latitude: number, longitude: number, altitude: optional(number) })),
      height: optional(number),
      datumOffset: optional(number),
      plot: optional(text),
      photo: optional(text)
    })
  ),
  /** A new login, shown this once. */
  mqtt: optional(object({ username: text, password: text }))
})
export type Installed = ReturnType<typeof installed>

const life = object({
  items: list(object({ at: instant, kind: text, siteName: optional(text), hardware: optional(text) }))
})
export type Life = ReturnType<typeof life>

const fault = object({ line: number, column: text, value: text, rule: text, detail: text })
const check = object({
  total: number,
  good: number,
  bad: number,
  unchanged: number,
  faults: list(fault),
  ignored: list(text)
})
export type DeliveryCheck = ReturnType<typeof check>

const job = object({
  id: text,
  state: oneOf('running', 'done', 'failed'),
  done: number,
  total: number,
  claimed: number,
  unchanged: number,
  failures: list(object({ line: number, id: text, detail: text })),
  logins: list(object({ username: text, password: text })),
  detail: optional(text)
})
export type DeliveryJob = ReturnType<typeof job>

export interface Claim {
  readonly site: string
  readonly profile: string
  readonly name?: string
  readonly externalIds?: Readonly<Record<string, string>>
  readonly networkServer?: { readonly connector: string; readonly joinEui: string; readonly appKey: string }
}

export interface DeliveryFile {
  /** Base64. */
  readonly file: string
  readonly site?: string
  readonly profile?: string
  readonly delivery?: string
  readonly connector?: string
}

const path = (id: string, rest = ''): string => `devices/${encodeURIComponent(id)}${rest}`

export type Choices = Awaited<ReturnType<OnboardingApi['choices']>>

/** How devices come in: found, claimed, delivered, judged; and what becomes of them. */
export class OnboardingApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async unclaimed(cursor: string | undefined, isRefused: boolean, signal: AbortSignal): Promise<UnclaimedPage> {
    const query = queryOf({ cursor, refused: String(isRefused) })
    return unclaimedPage(await this.#http.get(`devices/unclaimed${query}`, { signal }), 'unclaimed')
  }

  /** The sites and kinds of device that people choose from, and the names of what they measure. */
  async choices(signal: AbortSignal) {
    const [sites, profiles, metrics] = await Promise.all([
      wholeList(this.#http, 'sites', site, { signal }),
      wholeList(this.#http, 'profiles', profile, { signal }),
      wholeList(this.#http, 'metrics', metric, { signal })
    ])
    return { sites, profiles, metrics: new Map(metrics.map(one => [one.name, one])) }
  }

  async claim(id: string, wanted: Claim): Promise<Installed> {
    return installed(await this.#http.post(path(id, '/claim'), wanted), 'device')
  }

  async refuse(id: string, isRefused: boolean): Promise<void> {
    const place = `devices/unclaimed/${encodeURIComponent(id)}/refuse`
    await (isRefused ? this.#http.post(place, {}) : this.#http.delete(place))
  }

  async label(words: string) {
    const read = object({ devEui: text, joinEui: text, serial: optional(text) })
    return read(await this.#http.get(`devices/label${queryOf({ text: words })}`), 'label')
  }

  /** Network servers at which devices can be made, by connector. */
  async networkServers(signal: AbortSignal): Promise<readonly string[]> {
    const read = object({ items: list(object({ connector: text })) })
    return read(await this.#http.get('network-servers', { signal }), 'servers').items.map(({ connector }) => connector)
  }

  async device(id: string, signal: AbortSignal, isBackground = false): Promise<Installed> {
    return installed(await this.#http.get(path(id), { signal, isBackground }), 'device')
  }

  async history(id: string, signal: AbortSignal): Promise<Life> {
    return life(await this.#http.get(path(id, '/history'), { signal }), 'history')
  }

  async acceptance(id: string, signal: AbortSignal, isBackground = false): Promise<Acceptance> {
    return acceptance(await this.#http.get(path(id, '/acceptance'), { signal, isBackground }), 'acceptance')
  }

  async accept(id: string): Promise<void> {
    await this.#http.post(path(id, '/acceptance'), {})
  }

  /** @param verb - `move`, `replace`, `decommission`, `undo`. */
  async act(id: string, verb: 'move' | 'replace' | 'decommission' | 'undo', body: object): Promise<unknown> {
    return this.#http.post(path(id, `/${verb}`), body)
  }

  async setMounting(id: string, mounting: object): Promise<void> {
    await this.#http.patch(path(id), { mounting })
  }

  async photo(id: string, photo: string): Promise<void> {
    await this.#http.post(path(id, '/photo'), { photo })
  }

  async check(file: DeliveryFile): Promise<DeliveryCheck> {
    return check(await this.#http.post('devices/deliveries/check', file), 'check')
  }

  async deliver(file: DeliveryFile, mode: 'all' | 'good'): Promise<DeliveryJob> {
    return job(await this.#http.post('devices/deliveries', { ...file, mode }), 'delivery')
  }

  async delivery(id: string): Promise<DeliveryJob> {
    return job(await this.#http.get(`devices/deliveries/${encodeURIComponent(id)}`, { isBackground: true }), 'delivery')
  }
}
