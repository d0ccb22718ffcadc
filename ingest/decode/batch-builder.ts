import { goodQuality } from '../../model/quality.ts'
import type { NetworkEvent } from '../../model/network-event.ts'
import type { Observed } from '../../model/observation.ts'
import type { Position } from '../../model/position.ts'
import type { Quality } from '../../model/quality.ts'
import type { BatchEvent, Quarantined, ReadingBatch } from '../../model/reading-batch.ts'

type Columns = Pick<ReadingBatch, 'series' | 'time' | 'value' | 'quality' | 'generation' | 'at'>

/** Collects readings in columns that grow as needed and are used again for the next batch. */
export class BatchBuilder {
  #columns: Columns = columnsOf(8192)
  #length = 0
  #texts = new Map<number, string>()
  #quarantined: Quarantined[] = []
  #networkEvents: NetworkEvent[] = []
  #observed: Observed[] = []

  /** Decode generation of the rows to come. */
  generation = 0

  /** Rows so far. */
  get length(): number {
    return this.#length
  }

  /**
   * Adds a row.
   *
   * @param series - a series id, or a placeholder that `resolveSeries` replaces.
   * @param time - event time, ms since the epoch.
   * @param at - raw position of the message.
   */
  add(series: number, time: number, value: number | string, quality: Quality, at: Position): void {
    if (this.#length === this.#columns.series.length) this.#grow()
    const row = this.#length++
    const columns = this.#columns
    columns.series[row] = series
    columns.time[row] = time
    columns.at[row] = at
    columns.quality[row] = quality
    columns.generation[row] = this.generation
    if (typeof value === 'number') {
      columns.value[row] = value
    } else {
      columns.value[row] = Number.NaN
      this.#texts.set(row, value)
    }
  }

  /** Forgets the rows from `length` on. */
  cutTo(length: number): void {
    for (let row = length; row < this.#length; row++) this.#texts.delete(row)
    this.#length = length
  }

  observe(observed: Observed): void {
    this.#observed.push(observed)
  }

  quarantine(message: Quarantined): void {
    this.#quarantined.push(message)
  }

  /** Adds what a message says besides readings; after the rows and events of the messages before it. */
  tell(event: NetworkEvent): void {
    this.#networkEvents.push(event)
  }

  /** Replaces every series from `firstPlaceholder` on by `ids[series - firstPlaceholder]`. */
  resolveSeries(firstPlaceholder: number, ids: readonly number[]): void {
    const { series } = this.#columns
    for (let row = 0; row < this.#length; row++) {
      const placeholder = (series[row] ?? 0) - firstPlaceholder
      if (placeholder >= 0) series[row] = ids[placeholder] ?? 0
    }
  }

  /** @returns the batch, whose columns are views that the next `add` overwrites; the builder is empty again. */
  take(
    end: Pick<ReadingBatch, 'position' | 'dedupFrom' | 'totals' | 'redecoded'> & {
      readonly event: BatchEvent | undefined
    }
  ): ReadingBatch {
    const batch: ReadingBatch = {
      ...end,
      ...this.#columns,
      length: this.#length,
      texts: this.#texts,
      quarantined: this.#quarantined,
      ...(this.#networkEvents.length > 0 && { networkEvents: this.#networkEvents }),
      ...(this.#observed.length > 0 && { observed: this.#observed })
    }
    this.#length = 0
    this.#texts = new Map()
    this.#quarantined = []
    if (this.#networkEvents.length > 0) this.#networkEvents = []
    if (this.#observed.length > 0) this.#observed = []
    return batch
  }

  #grow(): void {
    const larger = columnsOf(this.#columns.series.length * 2)
    larger.series.set(this.#columns.series)
    larger.time.set(this.#columns.time)
    larger.value.set(this.#columns.value)
    larger.quality.set(this.#columns.quality)
    larger.generation.set(this.#columns.generation)
    larger.at.set(this.#columns.at)
    this.#columns = larger
  }
}

function columnsOf(size: number): Columns {
  return {
    series: new Uint32Array(size),
    time: new Float64Array(size),
    value: new Float64Array(size),
    quality: new Uint8Array(size).fill(goodQuality),
    generation: new Uint16Array(size),
    at: new Float64Array(size)
  }
}
