import type { DuckDBConnection } from '@duckdb/node-api'
import type { SeriesId } from '../../../model/series.ts'
import type { LatestRows } from '../series-store.ts'
import { type Selection, selectStanding } from './standing-sql.ts'
import { guardedText, itemsOf, textAt } from './vector-items.ts'

/** The newest standing row of each series that has one. */
export async function readNewest(connection: DuckDBConnection, selection: Selection): Promise<LatestRows> {
  const result = await connection.run(`
    ${selectStanding(selection)}
    SELECT series, "time"::DOUBLE, coalesce(value, 'nan'), ${guardedText}, quality FROM standing
    QUALIFY row_number() OVER (PARTITION BY series ORDER BY "time" DESC) = 1`)
  const rows = {
    series: [] as number[],
    time: [] as number[],
    value: [] as (number | string)[],
    quality: [] as number[]
  }
  for await (const chunk of result) {
    const { rowCount } = chunk
    const series = itemsOf(chunk.getColumnVector(0), Uint32Array)
    const time = itemsOf(chunk.getColumnVector(1), Float64Array)
    const value = itemsOf(chunk.getColumnVector(2), Float64Array)
    const text = chunk.getColumnVector(3)
    const quality = itemsOf(chunk.getColumnVector(4), Uint8Array)
    for (let row = 0; row < rowCount; row++) {
      const number = value[row] ?? NaN
      rows.series.push(series[row] ?? 0)
      rows.time.push(time[row] ?? 0)
      rows.value.push(Number.isNaN(number) ? textAt(text, row) : number)
      rows.quality.push(quality[row] ?? 0)
    }
  }
  return rows
}

/** @returns `rows` with those of the series `withdrawn` replaced by `before`, or left out where there are none. */
export function replaced(rows: LatestRows, withdrawn: readonly SeriesId[], before: LatestRows): LatestRows {
  const gone = new Set(withdrawn)
  const places = new Map(before.series.map((series, place) => [series, place]))
  const kept = rows.series.flatMap((series, row) => {
    if (!gone.has(series)) return { from: rows, row }
    const place = places.get(series)
    return place === undefined ? [] : { from: before, row: place }
  })
  return {
    series: kept.map(({ from, row }) => from.series[row] ?? 0),
    time: kept.map(({ from, row }) => from.time[row] ?? 0),
    value: kept.map(({ from, row }) => from.value[row] ?? 0),
    quality: kept.map(({ from, row }) => from.quality[row] ?? 0)
  }
}
