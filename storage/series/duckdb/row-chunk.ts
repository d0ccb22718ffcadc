import {
  type DuckDBAppender,
  type DuckDBVector,
  BIGINT,
  DOUBLE,
  DuckDBDataChunk,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR
} from '@duckdb/node-api'
import type { ReadingBatch } from '../../../model/reading-batch.ts'
import { itemsOf } from './vector-items.ts'

/** DuckDB's vector size: a chunk holds no more rows than this. */
const capacity = 2048
const word = 2 ** 32

/**
 * One reusable typed chunk in the columns of `points` (see `schema.ts`), with `sequence` at the end for `late`.
 *
 * Holds either numbers or texts, so that the column it does not use is set to NULL once and not for each row.
 */
export class RowChunk {
  readonly #chunk: DuckDBDataChunk
  readonly #filled: readonly DuckDBVector[]
  readonly #series: Uint32Array
  readonly #time: Int32Array
  readonly #value: Float64Array
  readonly #text: DuckDBVector
  readonly #quality: Uint8Array
  readonly #generation: Uint16Array
  readonly #raw: Int32Array
  readonly #sequence: Int32Array | undefined
  #length = 0

  /** @param hasSequence - whether the table has the column `sequence`, as `late` does. */
  constructor(kind: 'number' | 'text', hasSequence: boolean) {
    const types = [UINTEGER, BIGINT, DOUBLE, VARCHAR, UTINYINT, USMALLINT, BIGINT]
    this.#chunk = DuckDBDataChunk.create(hasSequence ? [...types, BIGINT] : types, capacity)
    const vectors = Array.from({ length: this.#chunk.columnCount }, (_, column) => this.#chunk.getColumnVector(column))
    const at = (column: number): DuckDBVector => vectors[column] ?? this.#chunk.getColumnVector(column)
    this.#series = itemsOf(at(0), Uint32Array)
    this.#time = halvesOf(at(1))
    this.#value = itemsOf(at(2), Float64Array)
    this.#text = at(3)
    this.#quality = itemsOf(at(4), Uint8Array)
    this.#generation = itemsOf(at(5), Uint16Array)
    this.#raw = halvesOf(at(6))
    this.#sequence = hasSequence ? halvesOf(at(7)) : undefined

    const unused = at(kind === 'number' ? 3 : 2)
    for (let row = 0; row < capacity; row++) unused.setItem(row, null)
    unused.flush()
    this.#filled = vectors.filter(vector => vector !== unused)
  }

  get isFull(): boolean {
    return this.#length === capacity
  }

  /** Forgets rows of a transaction that failed. */
  clear(): void {
    this.#length = 0
  }

  /**
   * Adds row `index` of a batch.
   * @param text - its words, if it has some.
   * @param sequence - its place in the order of hand-over, for `late`.
   */
  add(batch: ReadingBatch, index: number, text: string | undefined, sequence: number): void {
    const row = this.#length++
    this.#series[row] = batch.series[index] ?? 0
    setWhole(this.#time, row, batch.time[index] ?? 0)
    if (text === undefined) this.#value[row] = batch.value[index] ?? 0
    else this.#text.setItem(row, text)
    this.#quality[row] = batch.quality[index] ?? 0
    this.#generation[row] = batch.generation[index] ?? 0
    setWhole(this.#raw, row, batch.at[index] ?? 0)
    if (this.#sequence) setWhole(this.#sequence, row, sequence)
  }

  /** Copies the rows to the appender's table and empties the chunk. */
  appendTo(appender: DuckDBAppender): void {
    if (this.#length === 0) return
    for (const vector of this.#filled) vector.flush()
    this.#chunk.rowCount = this.#length
    appender.appendDataChunk(this.#chunk)
    this.#length = 0
  }
}

/** A column of 64-bit whole numbers as pairs of 32-bit words (little-endian): filled without making a BigInt a row. */
function halvesOf(vector: DuckDBVector): Int32Array {
  const items = itemsOf(vector, BigInt64Array)
  return new Int32Array(items.buffer, items.byteOffset, items.length * 2)
}

function setWhole(halves: Int32Array, row: number, value: number): void {
  halves[2 * row] = value | 0
  halves[2 * row + 1] = Math.floor(value / word)
}
