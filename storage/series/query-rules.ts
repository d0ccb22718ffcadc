import { SenError } from '../../model/errors.ts'
import type { SeriesId } from '../../model/series.ts'
import type { RangeQuery, RowsQuery } from './series-store.ts'

/** How much one query may ask for. */
export interface AnswerLimits {
  /** Rows of one page. */
  readonly rows: number
  /** Values of one `range`: series × buckets × functions. */
  readonly values: number
}

export const defaultAnswerLimits: AnswerLimits = { rows: 100_000, values: 5_000_000 }

/** The buckets of a range: `count` of them, the first beginning at `start` (ms UTC), each `everyMs` long. */
export interface Buckets {
  readonly start: number
  readonly count: number
}

/**
 * The buckets of a query. The first one may begin before `from`; only rows from `from` on count in it.
 * @throws SenError `SEN_INPUT_INVALID` for times that are not whole, `SEN_QUERY_LIMIT` beyond `limits.values`.
 */
export function bucketsOf(query: RangeQuery, limits: AnswerLimits): Buckets {
  const { series, from, to, everyMs, offsetMs = 0, functions } = query
  checkWhole('range', { from, to, everyMs, offsetMs })
  checkSeries('range', series)
  if (everyMs <= 0) throw new SenError('SEN_INPUT_INVALID', `range: everyMs ${everyMs} is not above 0`)
  const start = Math.floor((from + offsetMs) / everyMs) * everyMs - offsetMs
  const count = Math.max(0, Math.ceil((to - start) / everyMs))
  const values = series.length * count * functions.length
  if (values > limits.values)
    throw new SenError(
      'SEN_QUERY_LIMIT',
      `range: ${values} values asked (${series.length} series × ${count} buckets × ${functions.length} functions), at most ${limits.values} in one query`,
      { hint: 'Ask for longer buckets, a shorter time or fewer series.' }
    )
  return to > from ? { start, count } : { start, count: 0 }
}

/** Where a page begins: after this row. */
export interface After {
  readonly series: SeriesId
  readonly time: number
}

/**
 * Checks a query for rows.
 * @returns the row its cursor stands on, `undefined` without one.
 * @throws SenError `SEN_INPUT_INVALID` for times or a cursor that cannot be read, `SEN_QUERY_LIMIT` beyond `limits.rows`.
 */
export function rowsStartOf(query: RowsQuery, limits: AnswerLimits): After | undefined {
  const { series, from, to, limit, cursor } = query
  checkWhole('rows', { from, to, limit })
  checkSeries('rows', series)
  if (limit < 1) throw new SenError('SEN_INPUT_INVALID', `rows: limit ${limit} is not above 0`)
  if (limit > limits.rows)
    throw new SenError('SEN_QUERY_LIMIT', `rows: ${limit} rows asked, at most ${limits.rows} on one page`, {
      hint: 'Ask for smaller pages and follow the cursor.'
    })
  return cursor === undefined ? undefined : readCursor(cursor)
}

/** @returns the cursor that stands on a row; opaque to callers. */
export function cursorOf(row: After): string {
  return `${row.series}~${row.time}`
}

function readCursor(cursor: string): After {
  const [, series, time] = /^(\d{1,10})~(-?\d{1,16})$/.exec(cursor) ?? []
  if (series === undefined || time === undefined)
    throw new SenError(
      'SEN_INPUT_INVALID',
      `rows: cursor ${JSON.stringify(cursor.slice(0, 60))} is not one that a page gave`
    )
  return { series: Number(series), time: Number(time) }
}

function checkWhole(operation: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isSafeInteger(value))
      throw new SenError('SEN_INPUT_INVALID', `${operation}: ${name} ${value} is not a whole number`)
}

function checkSeries(operation: string, series: readonly SeriesId[]): void {
  for (const id of series)
    if (!Number.isInteger(id) || id < 0 || id >= 2 ** 32)
      throw new SenError('SEN_INPUT_INVALID', `${operation}: series ${id} is not a series id`)
}
