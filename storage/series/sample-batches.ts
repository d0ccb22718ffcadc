import { noDecodeTotals } from '../../model/accounting.ts'
import type { Reading, ReadingBatch } from '../../model/reading-batch.ts'

/**
 * A reading batch out of single rows; for tests and measurements.
 * @param position - raw position of the last record the batch covers.
 * @param decoded - readings that decode has handed over up to here, this batch included.
 */
export function batchOf(position: number, rows: readonly Reading[], decoded = rows.length): ReadingBatch {
  return {
    position,
    dedupFrom: position,
    totals: { ...noDecodeTotals, decoded },
    length: rows.length,
    series: Uint32Array.from(rows, row => row.series),
    time: Float64Array.from(rows, row => row.time),
    value: Float64Array.from(rows, row => (typeof row.value === 'number' ? row.value : NaN)),
    quality: Uint8Array.from(rows, row => row.quality),
    generation: Uint16Array.from(rows, row => row.generation),
    at: Float64Array.from(rows, row => row.at),
    texts: new Map(rows.flatMap((row, index) => (typeof row.value === 'string' ? [[index, row.value] as const] : []))),
    quarantined: [],
    event: undefined
  }
}

/** One row; what is not given is 0. */
export function rowOf(parts: Partial<Reading> & Pick<Reading, 'series' | 'time' | 'value'>): Reading {
  return { quality: 0, generation: 0, at: 0, ...parts }
}

/** Everything an iteration gives, in one array. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
