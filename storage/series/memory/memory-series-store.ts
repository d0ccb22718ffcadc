import { noDecodeTotals, noStoreTotals } from '../../../model/accounting.ts'
import { SenError } from '../../../model/errors.ts'
import { type Log, silentLog } from '../../../model/log.ts'
import { origin } from '../../../model/position.ts'
import type { Position } from '../../../model/position.ts'
import { qualityBits } from '../../../model/quality.ts'
import type { Reading, ReadingBatch } from '../../../model/reading-batch.ts'
import type { SeriesId } from '../../../model/series.ts'
import { type AnswerLimits, type After, bucketsOf, cursorOf, defaultAnswerLimits, rowsStartOf } from '../query-rules.ts'
import type {
  LatestRows,
  RangeColumns,
  RangeFunction,
  RangeQuery,
  RowsPage,
  RowsQuery,
  SeriesStore,
  StorePosition
} from '../series-store.ts'
import { type Tally, settleRow } from '../standing.ts'
import { isHandedOver, readingAt, refusalOf } from '../storable.ts'

/** What a memory store holds. */
export interface MemoryContents {
  readonly rows: Map<SeriesId, Map<number, Reading>>
  position: StorePosition
}

export function emptyContents(): MemoryContents {
  return {
    rows: new Map(),
    position: { position: origin, decodeTotals: noDecodeTotals, totals: noStoreTotals }
  }
}

export interface MemorySeriesStoreProps {
  /** Given to a second store, it finds what the first one wrote. */
  readonly contents?: MemoryContents
  readonly log?: Log
  readonly limits?: Partial<AnswerLimits>
}

/**
 * Series in maps, always settled. For tests and as the oracle of other implementations: plain, and not made for size.
 */
export class MemorySeriesStore implements SeriesStore {
  readonly #log: Log
  readonly #limits: AnswerLimits
  readonly #contents: MemoryContents
  #isOpen = false

  constructor(props: MemorySeriesStoreProps = {}) {
    this.#contents = props.contents ?? emptyContents()
    this.#log = props.log ?? silentLog
    this.#limits = { ...defaultAnswerLimits, ...props.limits }
  }

  start(): Promise<StorePosition> {
    this.#isOpen = true
    return Promise.resolve(this.#contents.position)
  }

  async write(batches: readonly ReadingBatch[]): Promise<StorePosition> {
    this.#checkOpen('write')
    for (const batch of batches) if (batch.position > this.#contents.position.position) this.#add(batch)
    return Promise.resolve(this.#contents.position)
  }

  async settle(): Promise<StorePosition> {
    this.#checkOpen('settle')
    return Promise.resolve(this.#contents.position)
  }

  async latest(series: readonly SeriesId[]): Promise<LatestRows> {
    this.#checkOpen('latest')
    const newest = series.flatMap(id => this.#sorted(id).at(-1) ?? [])
    return Promise.resolve(columnsOf(newest))
  }

  async *range(query: RangeQuery, signal?: AbortSignal): AsyncGenerator<RangeColumns> {
    this.#checkOpen('range')
    const buckets = bucketsOf(query, this.#limits)
    const t = Array.from({ length: buckets.count }, (_, bucket) => buckets.start + bucket * query.everyMs)
    for (const series of query.series) {
      signal?.throwIfAborted()
      const rows = this.#sorted(series).filter(row => row.time >= query.from && row.time < query.to)
      const inBuckets = t.map(start => rows.filter(row => row.time >= start && row.time < start + query.everyMs))
      const columns: Partial<Record<RangeFunction, (number | null)[]>> = {}
      for (const name of query.functions) columns[name] = inBuckets.map(bucket => aggregate(name, bucket))
      yield await Promise.resolve({ series, t, columns })
    }
  }

  async rows(query: RowsQuery, signal?: AbortSignal): Promise<RowsPage> {
    this.#checkOpen('rows')
    const after = rowsStartOf(query, this.#limits)
    signal?.throwIfAborted()
    const found = this.#between(query).filter(row => after === undefined || isAfter(row, after))
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    const cursor = last && found.length > page.length ? cursorOf(last) : undefined
    return Promise.resolve({ ...columnsOf(page), cursor })
  }

  async *scan(query: Omit<RowsQuery, 'limit' | 'cursor'>, signal?: AbortSignal): AsyncGenerator<RowsPage> {
    let cursor: string | undefined
    do {
      const page: RowsPage = await this.rows({ ...query, limit: this.#limits.rows, cursor }, signal)
      if (page.series.length > 0) yield page
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  stop(): Promise<void> {
    this.#isOpen = false
    return Promise.resolve()
  }

  #add(batch: ReadingBatch): void {
    const totals: Tally = { ...this.#contents.position.totals }
    if (batch.redecoded) this.#withdraw(new Set(batch.redecoded.withdrawn), totals)
    for (let index = 0; index < batch.length; index++) {
      if (isHandedOver(batch, index, this.#contents.position.position)) continue
      const reason = refusalOf(batch, index)
      if (reason === undefined) totals[this.#put(readingAt(batch, index))]++
      else {
        totals.refused++
        this.#log.warn(
          { series: batch.series[index], position: batch.at[index], reason },
          'Reading refused by the store'
        )
      }
    }
    this.#contents.position = { position: batch.position, decodeTotals: batch.totals, totals }
  }

  #withdraw(messages: ReadonlySet<Position>, totals: Tally): void {
    for (const times of this.#contents.rows.values())
      for (const [time, row] of times) {
        if (!messages.has(row.at)) continue
        times.delete(time)
        totals.stored--
        totals.superseded++
      }
  }

  #put(row: Reading): 'stored' | 'duplicate' | 'superseded' {
    const times = this.#contents.rows.get(row.series) ?? new Map<number, Reading>()
    this.#contents.rows.set(row.series, times)
    const { standing, outcome } = settleRow(times.get(row.time), row)
    times.set(row.time, standing)
    return outcome
  }

  #sorted(series: SeriesId): Reading[] {
    const standing = this.#contents.rows.get(series)?.values() ?? []
    return [...standing]
      .filter(({ quality }) => (quality & qualityBits.withdrawn) === 0)
      .sort((a, b) => a.time - b.time)
  }

  #between(query: Pick<RowsQuery, 'series' | 'from' | 'to'>): Reading[] {
    const ids = [...new Set(query.series)].sort((a, b) => a - b)
    return ids.flatMap(id => this.#sorted(id)).filter(row => row.time >= query.from && row.time < query.to)
  }

  #checkOpen(operation: string): void {
    if (!this.#isOpen) throw new SenError('SEN_SERIES_FAILED', `${operation}: the series store is not open`)
  }
}

function isAfter(row: Reading, after: After): boolean {
  return row.series > after.series || (row.series === after.series && row.time > after.time)
}

function columnsOf(rows: readonly Reading[]): LatestRows {
  return {
    series: rows.map(row => row.series),
    time: rows.map(row => row.time),
    value: rows.map(row => row.value),
    quality: rows.map(row => row.quality)
  }
}

function aggregate(name: RangeFunction, rows: readonly Reading[]): number | null {
  if (name === 'count') return rows.length
  const values = rows.map(row => row.value).filter(value => typeof value === 'number')
  const sum = values.reduce((total, value) => total + value, 0)
  if (values.length === 0) return null
  switch (name) {
    case 'mean':
      return sum / values.length
    case 'min':
      return values.reduce((least, value) => Math.min(least, value))
    case 'max':
      return values.reduce((most, value) => Math.max(most, value))
    case 'first':
      return values[0] ?? null
    case 'last':
      return values.at(-1) ?? null
    case 'sum':
      return sum
    default:
      return name satisfies never
  }
}
