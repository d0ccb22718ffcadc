import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { silentLog } from '../../model/log.ts'
import type { Log } from '../../model/log.ts'
import { MqttPublisher } from '../mqtt-publisher.ts'
import type { Credential } from '../mqtt-publisher.ts'
import { changesOf } from '../province/provisioning.ts'
import type { Line, Scenario, ScenarioMoment, ScenarioStep } from './scenario.ts'

/** Sen's HTTP API, as an administrator. */
export interface ScenarioApi {
  /** @param path - with `/api/v1`. @returns the answer's JSON. Throws the API's own error. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

export interface PlayOptions {
  /** Broker, for example `mqtt://127.0.0.1:1883`. */
  readonly url: string
  readonly api: ScenarioApi
  /** The server's. */
  readonly clock: Clock
  readonly seed: number
  /**
   * Each step waits for its moment, and the scenario begins now. Otherwise it ends now, and all of it goes out at once, unless
   * it is one that takes its time.
   */
  readonly isPaced: boolean
  readonly signal: AbortSignal
  readonly log?: Log
  /** Called about once a second. */
  readonly onProgress?: (report: PlayReport) => void
}

export interface PlayReport {
  readonly published: number
  readonly acknowledged: number
  readonly calls: number
  /** Share of the scenario's time that is over, 0 to 1. */
  readonly share: number
}

const minuteMs = 60_000
const progressEveryMs = 1000
/** Messages that may wait on one connection before the next is made. */
const mostPending = 1000
const lastAcknowledgementsMs = 30_000

/**
 * Registers what a scenario needs, then does what happens in it over real connections and the HTTP API.
 *
 * @returns the moment it was played for: whoever checks the outcome works it out from that.
 * @throws SenError of the API; SEN_OVERLOADED if the last messages were not acknowledged within 30 s.
 */
export async function play(scenario: Scenario, options: PlayOptions): Promise<PlayReport & ScenarioMoment> {
  const { api, clock, seed, signal, onProgress } = options
  const isPaced = options.isPaced || scenario.takesItsTime === true
  const now = Math.floor(clock.now() / minuteMs) * minuteMs
  const moment = { seed, from: isPaced ? now : now - scenario.lastsMs }
  await api.call('POST', '/api/v1/registry', { changes: changesOf(scenario.provisioning(moment)) })
  const lines = new Lines(scenario, options)
  const pace = new Pace(clock, moment.from)
  let calls = 0
  let share = 0
  const report = (): PlayReport => ({ ...lines.counts, calls, share })
  const progress = setInterval(() => onProgress?.(report()), progressEveryMs)
  try {
    for (const step of scenario.steps(moment)) {
      if (isPaced) await pace.until(step.at, signal)
      if (signal.aborted) break
      share = Math.min(1, (step.at - moment.from) / scenario.lastsMs)
      if (step.kind === 'publish') await lines.publish(step)
      else {
        await lines.drained(signal)
        await api.call(step.method, `/api/v1${step.path}`, step.body)
        calls++
      }
    }
    await lines.drained(AbortSignal.any([signal, AbortSignal.timeout(lastAcknowledgementsMs)]))
  } finally {
    clearInterval(progress)
    await lines.close()
  }
  const { published, acknowledged } = lines.counts
  if (acknowledged < published && !signal.aborted) {
    throw new SenError(
      'SEN_OVERLOADED',
      `play ${scenario.name}: ${published - acknowledged} of ${published} messages were not acknowledged`
    )
  }
  return { ...report(), ...moment }
}

/**
 * Waits for the moments of a scenario by a clock, which may run at another speed than the machine's. Whoever was held up goes
 * on later, and makes up for it by going a third faster: devices that fall silent for a while do not speak all at once then.
 */
class Pace {
  readonly #clock: Clock
  #lateMs = 0
  #before: number

  constructor(clock: Clock, from: number) {
    this.#clock = clock
    this.#before = from
  }

  async until(at: number, signal: AbortSignal): Promise<void> {
    this.#lateMs = Math.max(0, this.#lateMs - (at - this.#before) / 4)
    this.#before = at
    const due = at + this.#lateMs
    while (!signal.aborted && this.#clock.now() < due) await wait(10, undefined, { signal }).catch(() => undefined)
    this.#lateMs = Math.max(this.#lateMs, this.#clock.now() - at - minuteMs)
  }
}

/** The connections, each opened with a login of its own when the first message goes out by it. */
class Lines {
  readonly #scenario: Scenario
  readonly #options: PlayOptions
  readonly #open = new Map<Line, MqttPublisher>()

  constructor(scenario: Scenario, options: PlayOptions) {
    this.#scenario = scenario
    this.#options = options
  }

  get counts(): Pick<PlayReport, 'published' | 'acknowledged'> {
    const sum = (count: 'published' | 'acknowledged') =>
      [...this.#open.values()].reduce((total, line) => total + line[count], 0)
    return { published: sum('published'), acknowledged: sum('acknowledged') }
  }

  async publish({ line, topic, payload }: Extract<ScenarioStep, { readonly kind: 'publish' }>): Promise<void> {
    const publisher = this.#open.get(line) ?? (await this.#connect(line))
    if (publisher.pending >= mostPending) await publisher.drained(this.#options.signal)
    publisher.publish({ topic, payload })
  }

  async drained(deadline: AbortSignal): Promise<void> {
    await Promise.all([...this.#open.values()].map(line => line.drained(deadline)))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(line => line.disconnect(AbortSignal.abort())))
  }

  async #connect(line: Line): Promise<MqttPublisher> {
    const { url, api, log = silentLog } = this.#options
    const credential = (await loginOf(line, api)) as Credential
    const clientId = `scenario-${this.#scenario.name}-${line.replace(':', '-')}-${process.pid}`
    const publisher = new MqttPublisher({ url, credential, clientId, log })
    publisher.connect()
    this.#open.set(line, publisher)
    return publisher
  }
}

function loginOf(line: Line, api: ScenarioApi): Promise<unknown> {
  if (line.startsWith('site:')) return api.call('POST', `/api/v1/sites/${line.slice('site:'.length)}/credentials`)
  return api.call('POST', '/api/v1/connectors', { type: line, name: `scenario-${line}` })
}
