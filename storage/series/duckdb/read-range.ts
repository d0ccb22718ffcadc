import type { DuckDBConnection } from '@duckdb/node-api'
import type { SeriesId } from '../../../model/series.ts'
import type { Buckets } from '../query-rules.ts'
import type { RangeColumns, RangeFunction, RangeQuery } from '../series-store.ts'
import { runInSteps } from './in-steps.ts'
import { type Selection, selectStanding } from './standing-sql.ts'
import { itemsOf } from './vector-items.ts'

/** SQL of each function. Text rows have a NULL value, which every function but `count` passes over. */
const expressions: Readonly<Record<RangeFunction, string>> = {
  mean: 'avg(value)',
  min: 'min(value)',
  max: 'max(value)',
  first: 'arg_min(value, "time")',
  last: 'arg_max(value, "time")',
  count: 'count(*)',
  sum: 'sum(value)'
}

/** A dense column: the buckets of the first series, then those of the second, …; NaN where there is nothing. */
type Column = Float64Array

/**
 * The buckets of all series, in one pass over the table.
 * @returns one item a series of the query, in its order. All of them are in memory (the query's limit of values sees to that),
 * so a slow reader holds no connection; each becomes plain arrays when it is its turn.
 */
export async function readRange(
  connection: DuckDBConnection,
  selection: Selection,
  { query, buckets }: { readonly query: RangeQuery; readonly buckets: Buckets }
): Promise<Iterable<RangeColumns>> {
  const places = new Map(selection.series.map((series, place) => [series, place]))
  const functions = [...new Set(query.functions)]
  const filled = functions.map(name => new Float64Array(places.size * buckets.count).fill(name === 'count' ? 0 : NaN))
  const result = await runInSteps(
    connection,
    `
    ${selectStanding(selection)}
    SELECT series, (("time" - ${buckets.start}) // ${query.everyMs})::INTEGER,
      ${functions.map(name => `coalesce(${expressions[name]}, 'nan')::DOUBLE`).join()}
    FROM standing GROUP BY 1, 2`
  )
  for await (const chunk of result) {
    const { rowCount } = chunk
    const series = itemsOf(chunk.getColumnVector(0), Uint32Array)
    const bucket = itemsOf(chunk.getColumnVector(1), Int32Array)
    filled.forEach((column, index) => {
      const items = itemsOf(chunk.getColumnVector(index + 2), Float64Array)
      for (let row = 0; row < rowCount; row++)
        column[(places.get(series[row] ?? 0) ?? 0) * buckets.count + (bucket[row] ?? 0)] = items[row] ?? NaN
    })
  }
  return itemsOfRange(query, buckets, { places, functions, filled })
}

function* itemsOfRange(
  query: RangeQuery,
  { start, count }: Buckets,
  found: {
    readonly places: ReadonlyMap<SeriesId, number>
    readonly functions: readonly RangeFunction[]
    readonly filled: readonly Column[]
  }
): Generator<RangeColumns> {
  const t = Array.from({ length: count }, (_, bucket) => start + bucket * query.everyMs)
  for (const series of query.series) {
    const from = (found.places.get(series) ?? 0) * count
    const columns: Partial<Record<RangeFunction, readonly (number | null)[]>> = {}
    found.functions.forEach((name, index) => {
      const values = found.filled[index]?.subarray(from, from + count) ?? []
      columns[name] = Array.from(values, value => (Number.isNaN(value) ? null : value))
    })
    yield { series, t, columns }
  }
}
