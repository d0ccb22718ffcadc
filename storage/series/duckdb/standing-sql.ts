import { qualityBits } from '../../../model/quality.ts'
import type { SeriesId } from '../../../model/series.ts'

/** Which rows a query is about. Ids and times have been checked to be whole numbers (see `query-rules.ts`). */
export interface Selection {
  readonly series: readonly SeriesId[]
  /** ms UTC, inclusive. */
  readonly from: number
  /** ms UTC, exclusive. */
  readonly to: number
  /** Whether some of the rows may stand in `late`. */
  readonly hasLate: boolean
}

/** What was taken back stands at its place, so that nothing older does, and is shown to nobody. */
const isShown = `quality & ${qualityBits.withdrawn} = 0`

/**
 * The WITH clause that gives `standing`: at most one row (series, time, value, text, quality) a (series, time): none where
 * what stands was withdrawn.
 *
 * Without late rows that is `points` itself. With some, the late row of highest rank a place is compared with what
 * stands in `points`; every join is built on the few late rows.
 *
 * The series stand in one text: as a list of literals DuckDB plans each of them, ten times as long, and plans in the pool
 * that brings the log to the disk.
 */
export function selectStanding(selection: Selection): string {
  const columns = 'series, "time", value, text, quality'
  const wanted =
    selection.series.length === 1
      ? ''
      : `wanted AS (SELECT unnest('[${selection.series.join()}]'::UINTEGER[]) AS series),`
  const where = conditionOf(selection)
  if (!selection.hasLate)
    return `WITH ${wanted} standing AS (SELECT ${columns} FROM points WHERE ${where} AND ${isShown})`
  return `
    WITH ${wanted}
    newest AS MATERIALIZED (
      SELECT * FROM late WHERE ${where}
      QUALIFY row_number() OVER (PARTITION BY series, "time" ORDER BY generation DESC, raw DESC, sequence DESC) = 1
    ),
    compared AS MATERIALIZED (
      SELECT series, "time", (l.generation > p.generation OR (l.generation = p.generation AND l.raw >= p.raw)) AS wins
      FROM (SELECT * FROM points WHERE ${where}) p JOIN newest l USING (series, "time")
    ),
    standing AS (
      SELECT ${columns} FROM points ANTI JOIN (FROM compared WHERE wins) USING (series, "time")
      WHERE ${where} AND ${isShown}
      UNION ALL
      SELECT ${columns} FROM newest ANTI JOIN (FROM compared WHERE NOT wins) USING (series, "time") WHERE ${isShown}
    )`
}

function conditionOf({ series, from, to }: Selection): string {
  const ofSeries = series.length === 1 ? `series = ${series[0]}` : 'series IN (FROM wanted)'
  return `${ofSeries} AND "time" >= ${from} AND "time" < ${to}`
}
