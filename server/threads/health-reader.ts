import { HealthFold } from '../../devices/health/health-fold.ts'
import type { HealthChanges, HealthFoldProps, HealthSnapshot } from '../../devices/health/fold-state.ts'
import type { JournalBatch, JournalReader } from '../../journal/journal.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { DeviceHealth, GatewayHealth, HealthEvent, Liveness } from '../../model/health.ts'
import type { Log } from '../../model/log.ts'
import { metricCatalogue } from '../../model/metric.ts'
import { origin } from '../../model/position.ts'
import type { Position } from '../../model/position.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { decodeReadingBatch } from '../../model/reading-batch-format.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import type { HealthEventQuery, HealthStore, KeptState } from '../../storage/state/health-store.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import type { DeviceHealthQueries } from '../device-health.ts'
import { paced } from './paced.ts'
import { untilDone } from './until-done.ts'

export interface HealthReaderProps {
  readonly store: Pick<StateStore, 'registryAt' | 'series'> & { readonly health: HealthStore }
  readonly clock: Clock
  readonly log: Log
  readonly onChanges: (changes: HealthChanges) => void
}

/** A state is shown within a second. */
const pace = { intervalMs: 1000, enoughBytes: 1024 * 1024 }
/** What is known is written so often, and after so many bytes read: the log must be kept that far back. */
const keepEvery = { ms: 60_000, bytes: 64 * 1024 * 1024 }

/**
 * Follows the `readings` log as reader `health`: folds what it reads into the health of devices and gateways, writes events
 * at once and states once a minute with their position. After a crash it folds again from there, and comes to the same.
 */
export class HealthReader implements DeviceHealthQueries {
  readonly #props: HealthReaderProps
  readonly #stopping = new AbortController()
  /** Answers wait until what was kept is read. */
  readonly #opened = Promise.withResolvers<HealthFold>()
  #series: readonly SeriesDefinition[] = []
  #bySeries: (SeriesDefinition | undefined)[] = []
  #ended: Promise<void> = Promise.resolve()

  constructor(props: HealthReaderProps) {
    this.#props = props
  }

  start(reader: JournalReader, profiles: HealthFoldProps['profiles']): void {
    this.#ended = this.#follow(reader, profiles)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async devices(ids: readonly string[]): Promise<readonly (DeviceHealth | undefined)[]> {
    const fold = await this.#opened.promise
    return ids.map(id => fold.book.device(id))
  }

  async gateways(ids: readonly string[]): Promise<readonly (GatewayHealth | undefined)[]> {
    const fold = await this.#opened.promise
    return ids.map(id => fold.book.gateway(id))
  }

  async counts(): Promise<Readonly<Record<Liveness, number>>> {
    return (await this.#opened.promise).book.counts()
  }

  events(query: HealthEventQuery): Promise<readonly HealthEvent[]> {
    return this.#props.store.health.events(query)
  }

  async #follow(reader: JournalReader, profiles: HealthFoldProps['profiles']): Promise<void> {
    const { store, clock, log } = this.#props
    const { signal } = this.#stopping
    const kept = await store.health.kept()
    const fold = new HealthFold({
      registry: new RegistrySnapshot(await store.registryAt(kept.position)),
      profiles,
      metrics: metricCatalogue,
      seriesOf: id => this.#bySeries[id],
      kept: snapshotOf(kept.states)
    })
    this.#opened.resolve(fold)
    const written = { at: clock.monotonic(), bytes: 0 }
    let position = kept.position
    for await (const { records } of paced(whatIsLeft(reader, kept.position, signal, log), pace, signal)) {
      for (const record of records) {
        if (record.kind !== 'batch' || record.position <= kept.position) continue
        const batch = decodeReadingBatch(record.body)
        await this.#knowSeries(batch)
        fold.take(batch)
        written.bytes += record.body.length
        position = record.position
      }
      await this.#tell(fold.book.takeChanges())
      const isDue = clock.monotonic() - written.at > keepEvery.ms || written.bytes > keepEvery.bytes
      if (signal.aborted || !isDue || position === kept.position) continue
      const states = statesOf(fold.book.takeSnapshot())
      await this.#untilDone(() => store.health.keep(states, position))
      Object.assign(written, { at: clock.monotonic(), bytes: 0 })
      reader.commit(position)
    }
  }

  async #tell(changes: HealthChanges): Promise<void> {
    if (changes.events.length > 0) await this.#untilDone(() => this.#props.store.health.addEvents(changes.events))
    if (changes.events.length + changes.devices.length + changes.gateways.length > 0) this.#props.onChanges(changes)
  }

  /** Series are given out while it reads: those of a batch are in the state before the batch is in the log. */
  async #knowSeries(batch: ReadingBatch): Promise<void> {
    for (let row = 0; row < batch.length; row++) {
      if (this.#bySeries[batch.series[row] ?? 0] !== undefined) continue
      this.#series = await this.#props.store.series()
      this.#bySeries = []
      for (const one of this.#series) this.#bySeries[one.id] = one
      return
    }
  }

  async #untilDone(work: () => Promise<void>): Promise<void> {
    const onTrouble = (cause: unknown) => {
      if (cause !== undefined) this.#props.log.error({ cause }, 'Health was not written; it is tried again')
    }
    await untilDone(work, { signal: this.#stopping.signal, onTrouble })
  }
}

/** The log from a position on; from its oldest record where what follows was removed (the log was made anew). */
async function* whatIsLeft(
  reader: JournalReader,
  from: Position,
  signal: AbortSignal,
  log: Log
): AsyncGenerator<JournalBatch> {
  try {
    yield* reader.read(from, signal)
  } catch (cause) {
    if (!(cause instanceof SenError) || cause.code !== 'SEN_JOURNAL_DAMAGED' || from === origin) throw cause
    log.warn({ from, cause }, 'Health goes on from the oldest readings there are: some it had not read were removed')
    yield* reader.read(origin, signal)
  }
}

function statesOf({ time, devices, gateways }: HealthSnapshot): KeptState {
  return [
    ['time', JSON.stringify(time)],
    ...devices.map(([id, state]) => [`device:${id}`, JSON.stringify(state)] as const),
    ...gateways.map(([id, state]) => [`gateway:${id}`, JSON.stringify(state)] as const)
  ]
}

/** Written by `statesOf`. */
function snapshotOf(states: KeptState): HealthSnapshot | undefined {
  const time = states.find(([thing]) => thing === 'time')
  if (!time) return undefined
  const of = <T>(prefix: string) =>
    states.flatMap(([thing, body]) =>
      thing.startsWith(prefix) ? [[thing.slice(prefix.length), JSON.parse(body) as T] as const] : []
    )
  return {
    time: JSON.parse(time[1]) as HealthSnapshot['time'],
    devices: of('device:'),
    gateways: of('gateway:')
  }
}
