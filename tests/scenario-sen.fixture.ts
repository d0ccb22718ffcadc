import { scaledClock } from '../model/clock.ts'
import type { Clock, ClockSetting } from '../model/clock.ts'
import { EventStream } from './security/event-stream.ts'
import { SenProcess, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'
import { play } from '../simulators/scenarios/play.ts'
import type { PlayReport, ScenarioApi } from '../simulators/scenarios/play.ts'
import type { Scenario, ScenarioMoment } from '../simulators/scenarios/scenario.ts'

/** Stored rows of one series. */
export interface Rows {
  readonly t: readonly string[]
  readonly value: readonly unknown[]
  readonly quality: readonly string[]
}

/** What a scenario has added to the accounts. */
export interface Added {
  readonly messages: Accounts['messages']
  readonly readings: Accounts['readings']
}

/** A device's health, as the event stream told of it when it changed. */
export interface ToldHealth {
  readonly state: string
  readonly behindGateway: string | null
  readonly clock: string
  readonly clockBehindS: number | null
}

/** One scenario that was played on a real Sen, and the ways to look at what came of it. */
export interface ScenarioRun {
  readonly moment: ScenarioMoment
  readonly report: PlayReport
  readonly added: Added
  /** When the last message was acknowledged, by the server's clock, ms since the epoch. */
  readonly endedAt: number
  get<T>(path: string): Promise<T>
  /** Asks until the answer fits: lists of what was set aside or entered are written a moment after the readings. */
  getUntil<T>(path: string, fits: (answer: T) => boolean): Promise<T>
  /** Every stored row of a series. */
  rows(device: string, metric: string): Promise<Rows>
  /** What was told of these devices since the server began, once it fits each of them. */
  statesUntil(
    devices: readonly string[],
    fits: (told: readonly ToldHealth[]) => boolean
  ): Promise<ReadonlyMap<string, readonly ToldHealth[]>>
}

/** A real Sen on which scenarios are played. */
export class ScenarioSen {
  readonly #process: SenProcess
  readonly #token: string
  readonly #clock: Clock
  readonly #events: EventStream

  private constructor(process: SenProcess, token: string, clock: Clock, events: EventStream) {
    this.#process = process
    this.#token = token
    this.#clock = clock
    this.#events = events
  }

  /** @param speed - how fast its clock runs: then it is a demo without its simulator. */
  static async start(speed?: number): Promise<ScenarioSen> {
    const demo = speed === undefined ? {} : { command: ['start', '--no-simulator', '--speed', String(speed)] }
    const process = await SenProcess.create(demo)
    const { http } = await process.start()
    const token = await process.sen('token', '--role', 'administrator')
    const { clock } = (await process.get('/system', token)) as { readonly clock: ClockSetting | null }
    const events = await EventStream.open(http, { authorization: `Bearer ${token}` })
    return new ScenarioSen(
      process,
      token,
      clock ? scaledClock(clock.speed, clock.at, clock.now) : scaledClock(1, Date.now()),
      events
    )
  }

  /** Plays the scenario as fast as it is acknowledged, and waits until all of it is decoded and stored. */
  async play(scenario: Scenario, seed: number): Promise<ScenarioRun> {
    const before = await this.#accounts(0)
    const { mqtt = '' } = this.#process.ready
    const { from, ...report } = await play(scenario, {
      url: mqtt,
      api: this.#api(),
      clock: this.#clock,
      seed,
      isPaced: false,
      signal: new AbortController().signal
    })
    const endedAt = this.#clock.now()
    const after = await this.#accounts(before.messages.received + report.published)
    return {
      moment: { seed, from },
      report,
      added: { messages: less(after.messages, before.messages), readings: less(after.readings, before.readings) },
      endedAt,
      get: async <T>(path: string) => (await this.#process.get(path, this.#token)) as T,
      getUntil: (path, fits) => this.#process.getUntil(path, this.#token, fits),
      rows: async (device, metric) => {
        const period = `from=${new Date(from - 30 * 86_400_000).toISOString()}&limit=20000`
        return (await this.#process.get(`/readings?device=${device}&metric=${metric}&${period}`, this.#token)) as Rows
      },
      statesUntil: async (devices, fits) => {
        await this.#events.until(text => {
          const told = healthTold(text)
          return devices.every(id => fits(told.get(id) ?? []))
        })
        return healthTold(this.#events.text)
      }
    }
  }

  remove(): Promise<void> {
    return this.#process.remove()
  }

  #accounts(received: number): Promise<Accounts> {
    return this.#process.getUntil<Accounts>(
      '/accounting',
      this.#token,
      accounts => accounts.messages.received >= received && isAtRest(accounts)
    )
  }

  #api(): ScenarioApi {
    return {
      call: async (method, path, body) => {
        const answer = await fetch(`${this.#process.ready.http}${path}`, {
          method,
          headers: { authorization: `Bearer ${this.#token}`, ...(body !== undefined && json) },
          ...(body !== undefined && { body: JSON.stringify(body) })
        })
        const text = await answer.text()
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
        return text === '' ? undefined : (JSON.parse(text) as unknown)
      }
    }
  }
}

/** What the events `health` of a stream have said of each device, in order. */
function healthTold(text: string): ReadonlyMap<string, readonly ToldHealth[]> {
  const told = new Map<string, ToldHealth[]>()
  for (const [, data = ''] of text.matchAll(/^event: health\ndata: (.*)\n\n/gm)) {
    const { devices } = JSON.parse(data) as { readonly devices: readonly { id: string; health: ToldHealth }[] }
    for (const { id, health } of devices) told.set(id, [...(told.get(id) ?? []), health])
  }
  return told
}

const json = { 'content-type': 'application/json' }

function less<T extends Readonly<Record<string, number>>>(after: T, before: T): T {
  // `as`: the same names, each with its difference.
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)])) as T
}
