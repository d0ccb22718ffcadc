import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { HealthEvent } from '../../model/health.ts'
import type { Position } from '../../model/position.ts'
import type { AlarmStore } from '../../storage/state/alarm-store.ts'
import type { DerivedStore } from '../../storage/state/derived-store.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import type { Settings } from '../config.ts'
import type { DerivedDoor } from '../derived-door.ts'
import { threadLog } from '../log.ts'
import { RawLookup } from '../raw-lookup.ts'
import { openClock } from '../wire/clock.ts'
import { rawReader, readingsReader } from '../wire/journals.ts'
import { DerivedReader } from './derived-reader.ts'
import type { DerivedHistory } from './derived-reader.ts'
import { KnownSeries } from './known-series.ts'
import type { HistoryQueries } from './late-rules.ts'
import { followReadings } from './readings-follower.ts'
import { connect, serve } from './rpc.ts'
import { RulesReader } from './rules-reader.ts'
import type { RuleFacts } from './rules-reader.ts'
import { untilDone } from './until-done.ts'

/** What the alarm thread is given. */
export interface AlarmThreadData {
  readonly settings: Settings
  readonly rawHead: SharedArrayBuffer
  readonly readingsHead: SharedArrayBuffer
  /** Lines to the state store, to its alarms, and to the series store. */
  readonly state: MessagePort
  readonly alarms: MessagePort
  readonly store: MessagePort
  /** Lines to what calculations know, and to the raw log, for what they give. */
  readonly derived: MessagePort
  readonly door: MessagePort
  readonly events: MessagePort
  readonly facts: RuleFacts
  /** Where rules begin if they have never read anything. */
  readonly beginning: Position
}

/** What the alarm thread says without being asked. */
export interface AlarmEvent {
  readonly kind: 'commit'
  readonly reader: 'rules' | 'derived'
  readonly position: Position
}

/** A person waits for an alarm: what little comes is gathered for no longer than decoding does. */
const pace = { intervalMs: 10, enoughBytes: 256 * 1024 }
/** How soon shelving, maintenance and flapping that are over end, ms. */
const expireEveryMs = 1000

/** What the alarm thread serves: it follows the `readings` log and makes alarms of what rules find. */
export class AlarmService {
  readonly #stopping = new AbortController()
  readonly #reader: RulesReader
  readonly #derived: DerivedReader
  #following: Promise<void> = Promise.resolve()
  #expiry: NodeJS.Timeout | undefined
  #expiring: Promise<unknown> | undefined

  constructor() {
    this.#reader = new RulesReader({
      ...{ alarms, state, series: known, clock, log, facts, beginning, signal: this.#stopping.signal },
      store: series,
      raw: new RawLookup(
        rawReader(settings, rawHead, () => undefined),
        () => undefined
      ),
      commit: position => {
        post({ kind: 'commit', reader: 'rules', position })
      }
    })
    this.#derived = new DerivedReader({
      ...{ state, series: known, clock, log, beginning, history: series },
      pause: delay,
      store: connect<DerivedStore>(data.derived),
      append: messages => door.append(messages),
      commit: position => {
        post({ kind: 'commit', reader: 'derived', position })
      }
    })
  }

  start(): void {
    const { signal } = this.#stopping
    const reader = readingsReader(settings, readingsHead, () => undefined)
    const consumers = [this.#reader, this.#derived.following(signal)]
    this.#following = followReadings({ reader, consumers, signal, log, pace })
    this.#expiry = setInterval(() => {
      this.#expire()
    }, expireEveryMs)
  }

  /** Takes what health found out. @param isAll - these are all events that go on. */
  health(found: readonly HealthEvent[], isAll: boolean): Promise<void> {
    return this.#reader.health(found, isAll)
  }

  async stop(): Promise<void> {
    clearInterval(this.#expiry)
    this.#stopping.abort()
    await this.#following
    await this.#reader.stopped()
    await this.#derived.idle()
    await this.#expiring
  }

  #expire(): void {
    const { signal } = this.#stopping
    const onTrouble = (cause: unknown): void => {
      if (cause !== undefined) log.error({ cause }, 'What has run out of alarms was not ended; it is tried again')
    }
    this.#expiring ??= untilDone(() => alarms.expire(), { signal, onTrouble }).finally(() => {
      this.#expiring = undefined
    })
  }
}

if (!parentPort) throw new Error('start alarm thread: it is a worker')
const data = workerData as AlarmThreadData
const { settings, rawHead, readingsHead, store, events, facts, beginning } = data
const clock = openClock(settings)
const log = threadLog('alarm', settings)
const state = connect<StateStore>(data.state)
const alarms = connect<AlarmStore>(data.alarms)
/** Of both readers: what is new is asked for once, and held once. */
const known = new KnownSeries(state)
const series = connect<HistoryQueries & DerivedHistory>(store)
const door = connect<Pick<DerivedDoor, 'append'>>(data.door)
serve(new AlarmService(), parentPort)

function post(event: AlarmEvent): void {
  events.postMessage(event)
}
