import type { DuckDBConnection } from '@duckdb/node-api'
import type { SeriesId } from '../../../model/series.ts'
import { type After, cursorOf } from '../query-rules.ts'
import type { RowsPage, RowsQuery } from '../series-store.ts'
import { type Selection, selectStanding } from './standing-sql.ts'
import { guardedText, itemsOf, textAt } from './vector-items.ts'

/** One page of standing rows, by series and time. */
export async function readRows(
  connection: DuckDBConnection,
  selection: Selection,
  { limit, after }: { readonly limit: number; readonly after: After | undefined }
): Promise<RowsPage> {
  const following = after
    ? `WHERE series > ${after.series} OR (series = ${after.series} AND "time" > ${after.time})`
    : ''
  const result = await connection.run(`
    ${selectStanding(selection)}
    SELECT series, "time"::DOUBLE, coalesce(value, 'nan'), ${guardedText}, quality FROM standing ${following}
    ORDER BY series, "time" LIMIT ${limit + 1}`)

  const page = {
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
      page.series.push(series[row] ?? 0)
      page.time.push(time[row] ?? 0)
      page.value.push(Number.isNaN(number) ? textAt(text, row) : number)
      page.quality.push(quality[row] ?? 0)
    }
  }
  if (page.series.length <= limit) return { ...page, cursor: undefined }
  for (const column of [page.series, page.time, page.value, page.quality]) column.length = limit
  return { ...page, cursor: cursorOf({ series: page.series.at(-1) ?? 0, time: page.time.at(-1) ?? 0 }) }
}

/**
 * Divides the series of a query into groups of about `rows` rows, so that each group is one page and one pass over the
 * table; a series that alone has more makes its own group. Series without rows are left out.
 */
export async function groupSeries(
  connection: DuckDBConnection,
  selection: Selection,
  rows: number
): Promise<readonly (readonly SeriesId[])[]> {
  const result = await connection.run(`
    ${selectStanding(selection)}
    SELECT series, count(*)::DOUBLE FROM standing GROUP BY series ORDER BY series`)
  const groups: SeriesId[][] = []
  let room = 0
  for (const row of await result.getRowsJS()) {
    const [series = 0, count = 0] = row.map(Number)
    if (count > room) {
      groups.push([])
      room = rows
    }
    groups.at(-1)?.push(series)
    room -= count
  }
  return groups
}

export type ScanQuery = Omit<RowsQuery, 'limit' | 'cursor'>
