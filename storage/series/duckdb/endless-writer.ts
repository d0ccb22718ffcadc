import { systemClock } from '../../../model/clock.ts'
import { silentLog } from '../../../model/log.ts'
import type { Reading, ReadingBatch } from '../../../model/reading-batch.ts'
import { batchOf, rowOf } from '../sample-batches.ts'
import { DuckDbSeriesStore } from './duckdb-series-store.ts'

/**
 * The batch that ends at a position: rows in order, rows for the day before, corrections and repetitions.
 * The same for every process, so that another one can tell what must be in the store.
 */
export function endlessBatch(position: number): ReadingBatch {
  const rows: Reading[] = []
  for (let index = 0; index < 40; index++) {
    const series = 1 + ((position + index) % 50)
    const time = position * 60_000
    const value = index % 7 === 0 ? `words ${position}` : (position * index) / 4
    rows.push(rowOf({ series, time, value, at: position }))
    if (index % 5 === 0) rows.push(rowOf({ series, time: time - 86_400_000 - 1, value: index, at: position }))
    if (index % 4 === 0) rows.push(rowOf({ series, time: time - 600_000, value: index % 8, at: position }))
  }
  return batchOf(position, rows, position)
}

/** Run as a program: writes to the file it is given, without end, and prints each position once it is committed. */
if (process.argv[1] === import.meta.filename) {
  const store = new DuckDbSeriesStore({
    file: process.argv[2] ?? '',

    clock: systemClock,
    log: silentLog,
    settle: { atRows: 200, sliceRows: 100 }
  })
  let { position } = await store.start()
  for (;;) {
    const next = [1, 2, 3].map(ahead => endlessBatch(position + ahead))
    position = (await store.write(next)).position
    process.stdout.write(`${position}\n`)
  }
}
