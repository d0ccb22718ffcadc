import type { ReadingBatch } from '../../../model/reading-batch.ts'
import type { SeriesId } from '../../../model/series.ts'
import type { LatestRows } from '../series-store.ts'
import { outranks } from '../standing.ts'

const firstCapacity = 1024

/**
 * The newest row of every series, in columns that grow as ids do: what `latest` answers from, and the high-water marks.
 * About 35 bytes a series.
 */
export class LatestColumns {
  #time = new Float64Array(firstCapacity).fill(-Infinity)
  #value = new Float64Array(firstCapacity)
  #at = new Float64Array(firstCapacity)
  #generation = new Uint16Array(firstCapacity)
  #quality = new Uint8Array(firstCapacity)
  readonly #texts = new Map<SeriesId, string>()

  /** Time of the newest row, ms UTC; −Infinity for a series without rows. */
  timeOf(series: SeriesId): number {
    return this.#time[series] ?? -Infinity
  }

  /** Takes in row `index` of a batch that has been committed. Rows come in the order of hand-over. */
  add(batch: ReadingBatch, index: number): void {
    const series = batch.series[index] ?? 0
    const time = batch.time[index] ?? 0
    if (time < this.timeOf(series)) return
    if (
      time === this.timeOf(series) &&
      !this.#isOutrankedBy(batch.generation[index] ?? 0, batch.at[index] ?? 0, series)
    )
      return
    this.#grow(series)
    this.#time[series] = time
    this.#value[series] = batch.value[index] ?? 0
    this.#at[series] = batch.at[index] ?? 0
    this.#generation[series] = batch.generation[index] ?? 0
    this.#quality[series] = batch.quality[index] ?? 0
    const text = batch.texts.get(index)
    if (text !== undefined) this.#texts.set(series, text)
    else if (this.#texts.size > 0) this.#texts.delete(series)
  }

  /** Forgets the series' newest row, so that another can be taken in, an older one too. */
  forget(series: SeriesId): void {
    if (series < this.#time.length) this.#time[series] = -Infinity
    this.#texts.delete(series)
  }

  /** The newest row of each series that has one, in the order asked for. */
  select(series: readonly SeriesId[]): LatestRows {
    const found = series.filter(id => this.timeOf(id) !== -Infinity)
    return {
      series: found,
      time: found.map(id => this.timeOf(id)),
      value: found.map(id => this.#texts.get(id) ?? this.#value[id] ?? 0),
      quality: found.map(id => this.#quality[id] ?? 0)
    }
  }

  #isOutrankedBy(generation: number, at: number, series: SeriesId): boolean {
    return outranks({ generation, at }, { generation: this.#generation[series] ?? 0, at: this.#at[series] ?? 0 })
  }

  #grow(series: SeriesId): void {
    if (series < this.#time.length) return
    const capacity = 2 ** Math.ceil(Math.log2(series + 1))
    const time = new Float64Array(capacity).fill(-Infinity)
    time.set(this.#time)
    this.#time = time
    this.#value = enlarged(this.#value, new Float64Array(capacity))
    this.#at = enlarged(this.#at, new Float64Array(capacity))
    this.#generation = enlarged(this.#generation, new Uint16Array(capacity))
    this.#quality = enlarged(this.#quality, new Uint8Array(capacity))
  }
}

function enlarged<T extends Float64Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
