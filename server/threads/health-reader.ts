import { HealthFold } from '../../devices/health/health-fold.ts'
import type { HealthChanges, HealthFoldProps, HealthSnapshot } from '../../devices/health/fold-state.ts'
import type { Clock } from '../../model/clock.ts'
import type { DeviceHealth, GatewayHealth, HealthEvent, Liveness } from '../../model/health.ts'
import type { Log } from '../../model/log.ts'
import { metricCatalogue } from '../../model/metric.ts'
import type { Position } from '../../model/position.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { HealthEventQuery, HealthStore, KeptState } from '../../storage/state/health-store.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import type { DeviceHealthQueries } from '../device-health.ts'
import type { ReadingsConsumer } from './readings-follower.ts'
import { KnownSeries } from './known-series.ts'
import { untilDone } from './until-done.ts'

export interface HealthReaderProps {
  readonly store: Pick<StateStore, 'registryAt' | 'series'> & { readonly health: HealthStore }
  readonly clock: Clock
  readonly log: Log
  readonly onChanges: (changes: HealthChanges) => void
  /** Nothing up to the position is needed any more. */
  readonly commit: (position: Position) => void
}

/** What is known is written so often, and after so many bytes read: the log must be kept that far back. */
const keepEvery = { ms: 60_000, bytes: 64 * 1024 * 1024 }

/**
 * Reader `health` of the `readings` log: folds what it reads into the health of devices and gateways, writes events
 * at once and states once a minute with their position. After a crash it folds again from there, and comes to the same.
 */
export class HealthReader implements DeviceHealthQueries {
  readonly #props: HealthReaderProps
  /** Answers wait until what was kept is read. */
  readonly #opened = Promise.withResolvers<HealthFold>()
  readonly #series: KnownSeries

  constructor(props: HealthReaderProps) {
    this.#props = props
    this.#series = new KnownSeries(props.store)
  }

  /** @param profiles - what is known of them, as they were shipped. @param signal - ends it. */
  following(profiles: HealthFoldProps['profiles'], signal: AbortSignal): ReadingsConsumer {
    const { store, clock, commit } = this.#props
    const written = { at: clock.monotonic(), bytes: 0 }
    let fold: HealthFold
    return {
      begin: async () => {
        const kept = await store.health.kept()
        fold = new HealthFold({
          registry: new RegistrySnapshot(await store.registryAt(kept.position)),
          profiles,
          metrics: metricCatalogue,
          seriesOf: id => this.#series.of(id),
          kept: snapshotOf(kept.states)
        })
        this.#opened.resolve(fold)
        return kept.position
      },
      take: async (batch, sizeBytes) => {
        await this.#series.learn(batch)
        fold.take(batch)
        written.bytes += sizeBytes
      },
      settle: async position => {
        await this.#tell(fold.book.takeChanges(), signal)
        const isDue = clock.monotonic() - written.at > keepEvery.ms || written.bytes > keepEvery.bytes
        if (signal.aborted || !isDue) return
        const states = statesOf(fold.book.takeSnapshot())
        await this.#untilDone(() => store.health.keep(states, position), signal)
        if (signal.aborted) return
        Object.assign(written, { at: clock.monotonic(), bytes: 0 })
        commit(position)
      }
    }
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

  async #tell(changes: HealthChanges, signal: AbortSignal): Promise<void> {
    const { store, onChanges } = this.#props
    const { events, devices, gateways, removed } = changes
    if (removed.length > 0) await this.#untilDone(() => store.health.forgetDevices(removed), signal)
    if (events.length > 0) await this.#untilDone(() => store.health.addEvents(events), signal)
    if (events.length + devices.length + gateways.length > 0) onChanges(changes)
  }

  async #untilDone(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const onTrouble = (cause: unknown) => {
      if (cause !== undefined) this.#props.log.error({ cause }, 'Health was not written; it is tried again')
    }
    await untilDone(work, { signal, onTrouble })
  }
}

function statesOf({ time, devices, gateways, removed }: HealthSnapshot): KeptState {
  return [
    ['time', JSON.stringify(time)],
    ...removed.map(id => [`device:${id}`, null] as const),
    ...devices.map(([id, state]) => [`device:${id}`, JSON.stringify(state)] as const),
    ...gateways.map(([id, state]) => [`gateway:${id}`, JSON.stringify(state)] as const)
  ]
}

/** Written by `statesOf`. */
function snapshotOf(states: KeptState): HealthSnapshot | undefined {
  const time = states.find(([thing]) => thing === 'time')
  if (!time?.[1]) return undefined
  const of = <T>(prefix: string) =>
    states.flatMap(([thing, body]) =>
      thing.startsWith(prefix) && body !== null ? [[thing.slice(prefix.length), JSON.parse(body) as T] as const] : []
    )
  return {
    time: JSON.parse(time[1]) as HealthSnapshot['time'],
    devices: of('device:'),
    gateways: of('gateway:'),
    removed: []
  }
}
