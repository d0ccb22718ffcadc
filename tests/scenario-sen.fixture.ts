import { scaledClock } from '../model/clock.ts'
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

/** One scenario that was played on a real Sen, and the ways to look at what came of it. */
export interface ScenarioRun {
  readonly moment: ScenarioMoment
  readonly report: PlayReport
  readonly added: Added
  /** Asks until the answer fits: lists of what was set aside or entered are written a moment after the readings. */
  getUntil<T>(path: string, fits: (answer: T) => boolean): Promise<T>
  /** Every stored row of a series. */
  rows(device: string, metric: string): Promise<Rows>
}

/** A real Sen on which scenarios are played one after the other. */
export class ScenarioSen {
  readonly #process: SenProcess
  readonly #token: string

  private constructor(process: SenProcess, token: string) {
    this.#process = process
    this.#token = token
  }

  static async start(): Promise<ScenarioSen> {
    const process = await SenProcess.create()
    await process.start()
    return new ScenarioSen(process, await process.sen('token', '--role', 'administrator'))
  }

  /** Plays the scenario as fast as it is acknowledged, and waits until all of it is decoded and stored. */
  async play(scenario: Scenario, seed: number): Promise<ScenarioRun> {
    const before = await this.#accounts(0)
    const { mqtt = '' } = this.#process.ready
    const { from, ...report } = await play(scenario, {
      url: mqtt,
      api: this.#api(),
      clock: scaledClock(1, Date.now()),
      seed,
      isPaced: false,
      signal: new AbortController().signal
    })
    const after = await this.#accounts(before.messages.received + report.published)
    return {
      moment: { seed, from },
      report,
      added: { messages: less(after.messages, before.messages), readings: less(after.readings, before.readings) },
      getUntil: (path, fits) => this.#process.getUntil(path, this.#token, fits),
      rows: async (device, metric) => {
        const period = `from=${new Date(from - 86_400_000).toISOString()}&limit=20000`
        return (await this.#process.get(`/readings?device=${device}&metric=${metric}&${period}`, this.#token)) as Rows
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

const json = { 'content-type': 'application/json' }

function less<T extends Readonly<Record<string, number>>>(after: T, before: T): T {
  // `as`: the same names, each with its difference.
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)])) as T
}
