import type { DuckDBConnection } from '@duckdb/node-api'
import type { Position } from '../../../model/position.ts'
import type { SeriesId } from '../../../model/series.ts'
import type { Tally } from '../standing.ts'
import { dayMs } from './schema.ts'
import { settleDay } from './settle.ts'

/** What taking rows back did, within the transaction under way. */
export interface Withdrawn {
  /** By how much each total moves. */
  readonly tally: Tally
  /** Late rows that were settled for it, by day. */
  readonly settled: ReadonlyMap<number, number>
  /** Series that lost a row. */
  readonly series: readonly SeriesId[]
}

/** More late rows than any day holds. */
const wholeDay = 2 ** 40

/**
 * Takes back every row that the messages gave, within the transaction under way. Late rows of the days in question are
 * settled first, so that what counts as what does not depend on when that happens.
 *
 * @param messages - raw positions, rising.
 */
export async function withdrawRows(connection: DuckDBConnection, messages: readonly Position[]): Promise<Withdrawn> {
  const tally: Tally = { stored: 0, duplicate: 0, superseded: 0, refused: 0 }
  const settled = new Map<number, number>()
  const [first, last] = [messages[0], messages.at(-1)]
  if (first === undefined || last === undefined) return { tally, settled, series: [] }
  const theirs = `raw BETWEEN ${first} AND ${last} AND raw IN (SELECT unnest([${messages.join()}]::BIGINT[]))`

  const day = `floor("time" / ${dayMs})`
  const days = await connection.run(`
    SELECT DISTINCT ${day}::DOUBLE FROM late
    WHERE ${day} IN (SELECT ${day} FROM late WHERE ${theirs} UNION SELECT ${day} FROM points WHERE ${theirs})`)
  for (const [number] of await days.getRowsJS()) {
    const { rows, tally: moved } = await settleDay(connection, Number(number), wholeDay)
    settled.set(Number(number), rows)
    tally.stored += moved.stored
    tally.duplicate += moved.duplicate
    tally.superseded += moved.superseded
  }

  const lost = await connection.run(`DELETE FROM points WHERE ${theirs} RETURNING series`)
  const series = (await lost.getRowsJS()).map(([id]) => Number(id))
  tally.stored -= series.length
  tally.superseded += series.length
  return { tally, settled, series: [...new Set(series)] }
}
