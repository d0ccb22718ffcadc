import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { StoredRecord } from '../../journal/journal.ts'
import type { Clock } from '../../model/clock.ts'
import type { Quarantined } from '../../model/reading-batch.ts'
import type { HealthChanges, HealthFoldProps } from '../../devices/health/fold-state.ts'
import { decodeReadingBatch } from '../../model/reading-batch-format.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import type { Settings } from '../config.ts'
import { threadLog } from '../log.ts'
import { openClock } from '../wire/clock.ts'
import { readingsReader } from '../wire/journals.ts'
import { openStateStore } from '../wire/state-store.ts'
import { HealthReader } from './health-reader.ts'
import { paced } from './paced.ts'
import { serve } from './rpc.ts'
import { untilDone } from './until-done.ts'

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
  readonly events: MessagePort
}

/** What the state thread says without being asked. */
export type StateEvent =
  | { readonly kind: 'commit'; readonly reader: 'quarantine' | 'health'; readonly position: number }
  | { readonly kind: 'health'; readonly changes: HealthChanges }

/** Follows the `readings` log as reader `quarantine` and keeps the index of quarantined messages, and what people entered. */
class QuarantineReader {
  readonly #store: StateStore
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  #ended: Promise<void> = Promise.resolve()
  #isAsked = false

  constructor(store: StateStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  start(head: SharedArrayBuffer): void {
    this.#ended = this.#follow(head)
  }

  /** Has the position written with the next batch. */
  catchUp(): void {
    this.#isAsked = true
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #follow(head: SharedArrayBuffer): Promise<void> {
    const reader = readingsReader(settings, head, position => {
      post({ kind: 'commit', reader: 'quarantine', position })
    })
    let writtenAt = this.#clock.monotonic()
    const { signal } = this.#stopping
    const from = await this.#store.quarantinePosition()
    for await (const { records } of paced(reader.read(from, signal), pace, signal)) {
      const last = records.at(-1)
      const isTaken = await this.#take(records)
      const isDue = isTaken || this.#isAsked || this.#clock.monotonic() - writtenAt > positionEveryMs
      if (!last || !isDue) continue
      this.#isAsked = false
      await untilDone(() => this.#store.quarantine([], last.position), { signal, onTrouble: tell })
      if (signal.aborted) return
      writtenAt = this.#clock.monotonic()
      reader.commit(last.position)
    }
  }

  /** Keeps what batches say of quarantine, in order. @returns whether there was anything. */
  async #take(records: readonly StoredRecord[]): Promise<boolean> {
    const { signal } = this.#stopping
    let entries: Quarantined[] = []
    let position = 0
    let isTaken = false
    const keep = async (work: () => Promise<void>): Promise<void> => {
      await untilDone(work, { signal, onTrouble: tell })
      isTaken = true
    }
    for (const record of records) {
      if (record.kind !== 'batch') continue
      const { redecoded, quarantined, observed } = decodeReadingBatch(record.body)
      if (observed) await keep(() => this.#store.observe(observed))
      if (redecoded) {
        const [before, until] = [entries, position]
        if (before.length > 0) await keep(() => this.#store.quarantine(before, until))
        entries = []
        await keep(() => this.#store.redecoded(redecoded, quarantined, record.position))
      } else {
        entries.push(...quarantined)
      }
      ;({ position } = record)
    }
    if (entries.length > 0) await keep(() => this.#store.quarantine(entries, position))
    return isTaken
  }
}

/** Nobody waits for the quarantine's index. */
const pace = { intervalMs: 1000, enoughBytes: 1024 * 1024 }
/** How often the reader's position is written where nothing is quarantined, ms. */
const positionEveryMs = 5000

/** What the state thread serves. */
export class StateService {
  readonly #store: StateStore
  readonly #quarantine: QuarantineReader
  readonly #health: HealthReader

  constructor(store: StateStore, clock: Clock, health: HealthReader) {
    this.#store = store
    this.#quarantine = new QuarantineReader(store, clock)
    this.#health = health
  }

  async start(): Promise<void> {
    await this.#store.start()
  }

  /** Begins to read the `readings` log. @param profiles - what health must know of them. */
  follow(head: SharedArrayBuffer, profiles: HealthFoldProps['profiles']): void {
    this.#quarantine.start(head)
    this.#health.start(
      readingsReader(settings, head, position => {
        post({ kind: 'commit', reader: 'health', position })
      }),
      profiles
    )
  }

  /** Has the quarantine index's position written as soon as it reads more, and not only every few seconds. */
  catchUp(): void {
    this.#quarantine.catchUp()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#quarantine.stop(), this.#health.stop()])
    await this.#store.stop()
  }
}

if (!parentPort) throw new Error('start state thread: it is a worker')
const { settings, lines, peopleLine, onboardingLine, healthLine, events } = workerData as StateThreadData
const clock = openClock(settings)
const log = threadLog('state', settings)
const store = openStateStore(settings, clock, log)
const health = new HealthReader({
  ...{ store, clock, log },
  onChanges: changes => {
    post({ kind: 'health', changes })
  }
})
serve(new StateService(store, clock, health), parentPort)
for (const port of lines) serve(store, port)
serve(store.people, peopleLine)
serve(store.onboarding, onboardingLine)
serve(health, healthLine)

function post(event: StateEvent): void {
  events.postMessage(event)
}

function tell(cause: unknown): void {
  if (cause !== undefined) log.error({ cause }, 'Quarantine index was not written; it is tried again')
}
