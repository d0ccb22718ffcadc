import { metricCatalogue } from '../../model/metric.ts'
import type { HealthEvent } from '../../model/health.ts'
import type { NetworkEvent, UnplacedEvent } from '../../model/network-event.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { noDecodeTotals } from '../../model/accounting.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import type { DeviceSnapshot } from './device-record.ts'
import { HealthFold } from './health-fold.ts'
import type { HealthChanges, HealthSnapshot } from './fold-state.ts'

/* For tests: a province whose time is driven by hand, as batches that a health fold takes. */

export const begin = Date.parse('2026-05-01T00:00:00Z')
export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** Readings of one message: metric → value; `time` where the device gives it. */
export interface Message {
  readonly device: string
  readonly values?: Readonly<Record<string, number>>
  readonly time?: number
  readonly quality?: number
  readonly events?: readonly UnplacedEvent[]
}

/** A registry of these devices at one site each, and a fold over what they send. */
export class Province {
  readonly registry = new RegistrySnapshot()
  readonly changes: RegistryChange[] = []
  readonly series: SeriesDefinition[] = []
  readonly #ids = new Map<string, number>()
  fold: HealthFold
  now = begin
  position = 0
  readonly events = new Map<string, HealthEvent>()
  readonly #profiles: ReadonlyMap<string, { profile: { intervalS?: number }; metrics: [] }>

  /** @param devices - id → site. */
  constructor(devices: Readonly<Record<string, string>>, intervalS?: number) {
    this.#profiles = new Map([['p', { profile: { ...(intervalS !== undefined && { intervalS }) }, metrics: [] as [] }]])
    this.changes.push({ kind: 'organisation', organisation: { id: 'root', name: 'root' } })
    for (const site of new Set(Object.values(devices)))
      this.changes.push({ kind: 'site', site: { id: site, name: site, organisation: 'root', commune: '17920' } })
    for (const [id, site] of Object.entries(devices))
      this.changes.push({ kind: 'device', device: { id, name: id, site, profile: 'p' } })
    this.fold = this.#opened()
    this.fold.take(this.batchOf([], { kind: 'tick', at: this.now }))
  }

  #opened(kept?: HealthSnapshot): HealthFold {
    return new HealthFold({
      registry: new RegistrySnapshot(this.changes),
      profiles: this.#profiles,
      metrics: metricCatalogue,
      seriesOf: id => this.series[id - 1],
      kept
    })
  }

  /** As after a crash: another fold, from snapshots laid over each other. */
  reopen(snapshots: readonly HealthSnapshot[]): void {
    const last = snapshots.at(-1)
    if (!last) return
    const devices = new Map<string, DeviceSnapshot>()
    for (const snapshot of snapshots) {
      for (const id of snapshot.removed) devices.delete(id)
      for (const [id, state] of snapshot.devices) devices.set(id, state)
    }
    const kept: HealthSnapshot = JSON.parse(
      JSON.stringify({
        time: last.time,
        removed: [],
        devices: [...devices],
        gateways: [...new Map(snapshots.flatMap(({ gateways }) => gateways))]
      })
    )
    this.fold = this.#opened(kept)
  }

  batchOf(messages: readonly Message[], event: ReadingBatch['event']): ReadingBatch {
    const rows: { series: number; time: number; value: number; quality: number; at: number }[] = []
    const networkEvents: NetworkEvent[] = []
    for (const { device, values = {}, time = this.now, quality = 0, events = [] } of messages) {
      const at = ++this.position
      for (const one of events) networkEvents.push({ at, receivedAt: this.now, ...one })
      for (const [metric, value] of Object.entries(values))
        rows.push({ series: this.#idOf(device, metric), time, value, quality, at })
    }
    return {
      position: ++this.position,
      dedupFrom: 0,
      totals: noDecodeTotals,
      length: rows.length,
      series: Uint32Array.from(rows, row => row.series),
      time: Float64Array.from(rows, row => row.time),
      value: Float64Array.from(rows, row => row.value),
      quality: Uint8Array.from(rows, row => row.quality),
      generation: new Uint16Array(rows.length),
      at: Float64Array.from(rows, row => row.at),
      texts: new Map(),
      quarantined: [],
      ...(networkEvents.length > 0 && { networkEvents }),
      event
    }
  }

  /** Takes a batch; a change of the registry in it is there after a `reopen` too. */
  take(batch: ReadingBatch): void {
    if (batch.event?.kind === 'control') this.changes.push(batch.event.change)
    this.fold.take(batch)
  }

  /** Messages now, then time goes on. @returns what became known. */
  step(messages: readonly Message[], ms = 30_000): HealthChanges {
    this.fold.take(this.batchOf(messages, undefined))
    this.now += ms
    this.fold.take(this.batchOf([], { kind: 'tick', at: this.now }))
    const changes = this.fold.book.takeChanges()
    for (const event of changes.events) this.events.set(event.id, event)
    return changes
  }

  /** Nothing comes for so long. */
  quiet(ms: number, tickMs = 60_000): void {
    for (let past = 0; past < ms; past += tickMs) this.step([], tickMs)
  }

  eventsOf(kind: HealthEvent['kind']): readonly HealthEvent[] {
    return [...this.events.values()].filter(event => event.kind === kind)
  }

  #idOf(device: string, metric: string): number {
    const key = `${device} ${metric}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.series.push({ id: this.series.length + 1, organisation: 'root', device, metric })
    this.#ids.set(key, this.series.length)
    return this.series.length
  }
}
