import { calculation as calculationShape } from '../../model/calculation.ts'
import type { Calculation } from '../../model/calculation.ts'
import { noDecodeTotals, noStoreTotals } from '../../model/accounting.ts'
import { qualityBits } from '../../model/quality.ts'
import type { BatchEvent, ReadingBatch } from '../../model/reading-batch.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import { metricGivenBy } from '../../model/calculation.ts'
import { DerivedRows } from '../../rules/metrics/derived-rows.ts'
import { formulaOf } from '../../rules/metrics/formulas/formula-of.ts'
import { recalculate } from '../../rules/metrics/recalculation.ts'
import type { RowsQuery } from '../../storage/series/series-store.ts'
import { readStanding } from './derived-history.ts'
import type { DerivedMessage } from './derived-messages.ts'
import { KnownSeries } from './known-series.ts'
import { DerivedReader } from './derived-reader.ts'
import type { ReadingsConsumer } from './readings-follower.ts'

/** A row as it came. */
export interface Row {
  readonly metric: string
  readonly t: number
  readonly value: number
  readonly quality?: number
}

interface Standing {
  readonly value: number
  readonly quality: number
}

/** As `POST /calculations` would make it. */
export function calculationOf(id: string, formula: object, more: object = {}): Calculation {
  const base = { id, name: { vi: id }, organisation: 'root', version: 1, isEnabled: true, scope: {} }
  return calculationShape.parse({ ...base, formula, ...more })
}

/**
 * A log, a series store and the state in memory, with the real reader between them: what it appends is decoded and comes back.
 * `kill` forgets the reader; the next one begins where the state says.
 */
export class DerivedWorld {
  readonly changes: RegistryChange[] = [
    { kind: 'organisation', organisation: { id: 'root', name: 'Tỉnh' } },
    {
      kind: 'site',
      site: { id: 's', name: 'S', organisation: 'root', position: { latitude: 18.67, longitude: 105.68 } }
    }
  ]
  /** Messages of door `derived`, in order. */
  readonly appended: DerivedMessage[] = []
  /** Whether the series store takes what it is given. */
  isStoreAway = false
  readonly #batches: ReadingBatch[] = []
  readonly #series: SeriesDefinition[] = []
  readonly #rows = new Map<number, Map<number, Standing>>()
  #stored = 0
  #position = 0
  #kept: { snapshot: string | undefined; position: number } = { snapshot: undefined, position: 0 }
  #monotonic = 0
  #reader: { reader: DerivedReader; consumer: ReadingsConsumer; stopping: AbortController } | undefined
  #taken = 0
  #now: number
  readonly #placed: { readonly position: number; readonly change: RegistryChange }[] = []

  constructor(now: number, devices: readonly string[], calculations: readonly Calculation[]) {
    this.#now = now
    for (const id of devices)
      this.changes.push({ kind: 'device', device: { id, name: id, site: 's', profile: 'json-weather' } })
    for (const calculation of calculations) this.changes.push({ kind: 'calculation', calculation })
  }

  get now(): number {
    return this.#now
  }

  /** A message of a device comes in. */
  async message(device: string, rows: readonly Row[]): Promise<void> {
    this.#decode(device, rows)
    await this.#read()
  }

  /** A change of the registry takes effect. */
  async change(change: RegistryChange): Promise<void> {
    this.#add([], { kind: 'control', change })
    this.#placed.push({ position: this.#position, change })
    await this.#read()
  }

  /** Time passes: one tick. */
  async tick(ms: number): Promise<void> {
    this.#now += ms
    this.#monotonic += 10_000
    this.#add([], { kind: 'tick', at: this.#now })
    await this.#read()
  }

  /** Time passes until everything that waits for it has been calculated. */
  async settle(): Promise<void> {
    for (let before = -1; before !== this.appended.length || this.#taken < this.#batches.length;) {
      before = this.appended.length
      for (let i = 0; i < 4; i++) await this.tick(10_000)
    }
  }

  /** The process ends at once. */
  kill(): void {
    this.#reader?.stopping.abort()
    this.#reader = undefined
  }

  /** What stands of a metric, in order of time. */
  standing(device: string, metric: string): readonly (readonly [t: number, value: number, quality: number])[] {
    const id = this.#idOf(device, metric)
    return [...(this.#rows.get(id ?? 0) ?? [])]
      .filter(([, { quality }]) => (quality & qualityBits.withdrawn) === 0)
      .map(([t, { value, quality }]) => [t, value, quality] as const)
      .sort(([a], [b]) => a - b)
  }

  /** What would be different if everything between two moments were calculated of what stands now. */
  async differences(device: string, calculation: Calculation, from: number, to: number): Promise<unknown> {
    const formula = formulaOf(calculation.formula)
    const place = { latitude: 18.67, longitude: 105.68, altitude: 0 }
    const work = { calculation, formula, device, place, span: [from, to] as const }
    const columns = await readStanding([work], {
      rows: query => this.#page(query),
      find: (of, metric) => this.#idOf(of, metric)
    })
    const rows = new DerivedRows()
    recalculate(work, columns.get(device) ?? new Map(), rows)
    return rows.take().map(({ t, value }) => ({ metric: metricGivenBy(calculation)?.name, t, value }))
  }

  async #read(): Promise<void> {
    this.#store()
    if (!this.#reader) {
      const stopping = new AbortController()
      const reader = this.#newReader()
      const consumer = reader.following(stopping.signal)
      const from = await consumer.begin()
      this.#taken = this.#batches.findIndex(({ position }) => position > from)
      if (this.#taken < 0) this.#taken = this.#batches.length
      this.#reader = { reader, consumer, stopping }
    }
    const { reader, consumer } = this.#reader
    while (this.#taken < this.#batches.length) {
      let last = 0
      for (let batch = this.#batches[this.#taken]; batch; batch = this.#batches[++this.#taken]) {
        await consumer.take(batch, 100)
        last = batch.position
      }
      this.#store()
      await consumer.settle(last)
      await reader.idle()
    }
  }

  #newReader(): DerivedReader {
    return new DerivedReader({
      pause: async () => undefined,
      state: {
        registryAt: async position => [
          ...this.changes,
          ...this.#placed.filter(one => one.position <= position).map(({ change }) => change)
        ]
      },
      series: new KnownSeries({ series: async (after = 0) => this.#series.slice(after) }),
      store: {
        keep: async (snapshot, position) => {
          this.#kept = { snapshot, position }
        },
        kept: async () => this.#kept
      },
      history: {
        position: async () => ({
          position: this.#stored,
          decodeTotals: noDecodeTotals,
          totals: noStoreTotals
        }),
        readPage: query => this.#page(query)
      },
      beginning: 0,
      append: async messages => {
        for (const message of messages) this.#appendDerived(message)
        return this.#position
      },
      clock: { monotonic: () => this.#monotonic },
      log: { debug: () => undefined, info: () => undefined, warn: fail, error: fail },
      commit: () => undefined
    })
  }

  #appendDerived(message: DerivedMessage): void {
    this.appended.push(message)
    const device = message.topic.split('/')[2] ?? ''
    const { series } = JSON.parse(Buffer.from(message.payload).toString()) as {
      series: readonly { metric: string; t: number[]; value: number[]; quality: number[] }[]
    }
    const rows = series.flatMap(({ metric, t, value, quality }) =>
      t.map((at, i) => ({ metric, t: at, value: value[i] ?? 0, quality: (quality[i] ?? 0) | qualityBits.derived }))
    )
    this.#decode(device, rows)
  }

  #decode(device: string, rows: readonly Row[]): void {
    this.#add(
      rows.map(row => ({ ...row, id: this.#idOf(device, row.metric) ?? this.#newSeries(device, row.metric) })),
      undefined
    )
  }

  #add(rows: readonly (Row & { readonly id: number })[], event: BatchEvent | undefined): void {
    const position = ++this.#position
    this.#batches.push({
      ...{
        position,
        dedupFrom: 0,
        totals: noDecodeTotals,
        length: rows.length,
        texts: new Map(),
        quarantined: [],
        event
      },
      series: Uint32Array.from(rows, ({ id }) => id),
      time: Float64Array.from(rows, ({ t }) => t),
      value: Float64Array.from(rows, ({ value }) => value),
      quality: Uint8Array.from(rows, ({ quality = 0 }) => quality),
      generation: new Uint16Array(rows.length),
      at: Float64Array.from(rows, () => position)
    })
  }

  #store(): void {
    if (this.isStoreAway) return
    for (const batch of this.#batches) {
      if (batch.position <= this.#stored) continue
      for (let row = 0; row < batch.length; row++) {
        const id = batch.series[row] ?? 0
        const times = this.#rows.get(id) ?? new Map<number, Standing>()
        this.#rows.set(id, times)
        times.set(batch.time[row] ?? 0, { value: batch.value[row] ?? 0, quality: batch.quality[row] ?? 0 })
      }
      this.#stored = batch.position
    }
  }

  async #page({ series, from, to }: RowsQuery) {
    const page = { series: [] as number[], time: [] as number[], value: [] as number[], quality: [] as number[] }
    for (const id of series) {
      const { device = '', metric = '' } = this.#series[id - 1] ?? {}
      for (const [t, value, quality] of this.standing(device, metric)) {
        if (t < from || t >= to) continue
        page.series.push(id)
        page.time.push(t)
        page.value.push(value)
        page.quality.push(quality)
      }
    }
    return { ...page, cursor: undefined }
  }

  #idOf(device: string, metric: string): number | undefined {
    return this.#series.find(one => one.device === device && one.metric === metric)?.id
  }

  #newSeries(device: string, metric: string): number {
    const id = this.#series.length + 1
    this.#series.push({ id, organisation: 'root', device, metric })
    return id
  }
}

function fail(fields: unknown): never {
  throw new Error('nothing was to be logged', { cause: fields })
}
