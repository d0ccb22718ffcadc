import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { HealthChanges, HealthFoldProps } from '../../devices/health/fold-state.ts'
import type { WrittenStep } from '../../storage/state/alarm-store.ts'
import type { Settings } from '../config.ts'
import { threadLog } from '../log.ts'
import { openClock } from '../wire/clock.ts'
import { readingsReader } from '../wire/journals.ts'
import { openStateStore } from '../wire/state-store.ts'
import { HealthReader } from './health-reader.ts'
import { QuarantineReader } from './quarantine-reader.ts'
import { followReadings } from './readings-follower.ts'
import { serve } from './rpc.ts'

/** What the state thread is given. */
export interface StateThreadData {
  readonly settings: Settings
  /** Lines to the threads that use the state store. */
  readonly lines: readonly MessagePort[]
  /** Line to whoever asks about people. */
  readonly peopleLine: MessagePort
  /** Line to whoever brings devices in. */
  readonly onboardingLine: MessagePort
  /** Line to whoever asks about the health of devices and gateways. */
  readonly healthLine: MessagePort
  /** Line to whoever tells people of alarms. */
  readonly noticeLine: MessagePort
  /** Lines to those who ask about alarms. */
  readonly alarmLines: readonly MessagePort[]
  /** Line to who keeps what calculations know. */
  readonly derivedLine: MessagePort
  readonly events: MessagePort
}

/** What the state thread says without being asked. */
export type StateEvent =
  | { readonly kind: 'commit'; readonly reader: 'quarantine' | 'health'; readonly position: number }
  | { readonly kind: 'health'; readonly changes: HealthChanges }
  | { readonly kind: 'alarm-steps'; readonly written: readonly WrittenStep[] }

/** What the state thread serves. */
export class StateService {
  readonly #stopping = new AbortController()
  readonly #quarantine: QuarantineReader
  #following: Promise<void> = Promise.resolve()

  constructor() {
    this.#quarantine = new QuarantineReader({
      ...{ store, clock, signal: this.#stopping.signal },
      commit: position => {
        post({ kind: 'commit', reader: 'quarantine', position })
      },
      onTrouble: cause => {
        if (cause !== undefined) log.error({ cause }, 'Quarantine index was not written; it is tried again')
      }
    })
  }

  async start(): Promise<void> {
    await store.start()
  }

  /** Begins to read the `readings` log. @param profiles - what health must know of them, as they were shipped. */
  follow(head: SharedArrayBuffer, profiles: HealthFoldProps['profiles']): void {
    const { signal } = this.#stopping
    const reader = readingsReader(settings, head, () => undefined)
    const consumers = [this.#quarantine, health.following(profiles, signal)]
    this.#following = followReadings({ reader, consumers, signal, log })
  }

  /** Has the quarantine index's position written as soon as it reads more, and not only every few seconds. */
  catchUp(): void {
    this.#quarantine.catchUp()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#following
    await store.stop()
  }
}

if (!parentPort) throw new Error('start state thread: it is a worker')
const { settings, lines, peopleLine, onboardingLine, healthLine, noticeLine, alarmLines, derivedLine, events } =
  workerData as StateThreadData
const clock = openClock(settings)
const log = threadLog('state', settings)
const store = openStateStore(settings, clock, log)
const health = new HealthReader({
  ...{ store, clock, log },
  onChanges: changes => {
    post({ kind: 'health', changes })
  },
  commit: position => {
    post({ kind: 'commit', reader: 'health', position })
  }
})
serve(new StateService(), parentPort)
for (const port of lines) serve(store, port)
serve(store.people, peopleLine)
serve(store.onboarding, onboardingLine)
serve(health, healthLine)
for (const port of alarmLines) serve(store.alarms, port)
serve(store.derived, derivedLine)
serve(store.notices, noticeLine)
store.alarms.onSteps(written => {
  post({ kind: 'alarm-steps', written })
})

function post(event: StateEvent): void {
  events.postMessage(event)
}
