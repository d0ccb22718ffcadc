import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { failpoint } from '../../../model/failpoint.ts'
import type { Reading } from '../../../model/reading-batch.ts'
import { type Tally, settleRow } from '../standing.ts'
import { dayMs } from './schema.ts'
import { itemsOf } from './vector-items.ts'

/** A row of `late` that has not been compared yet, or, with sequence −1, what stands in `points`. */
type Candidate = Reading & { readonly sequence: number }

/** Rows of `late` that are settled together: of one day, up to and including a (series, time). */
interface Slice {
  readonly day: number
  /** The last (series, time) it takes in, or `undefined` if it takes in the whole day. */
  readonly last: { readonly series: number; readonly time: number } | undefined
}

/** What settling a slice did. */
export interface Settled {
  readonly rows: number
  readonly tally: Tally
}

/**
 * Compares late rows of one day with what stands, within the transaction under way: winners go to `points`, the rows
 * leave `late`. All rows of one (series, time) are settled together, in the order of hand-over.
 *
 * @param day - number of the day (see `dayOf`).
 * @param maxRows - how many late rows to take at most; only one (series, time) with more of them makes it more.
 * @returns how many late rows were settled, and by how much each total moves.
 */
export async function settleDay(connection: DuckDBConnection, day: number, maxRows: number): Promise<Settled> {
  const slice = await sliceOf(connection, day, maxRows)
  const candidates = await candidatesOf(connection, slice)
  const tally: Tally = { stored: 0, duplicate: 0, superseded: 0, refused: 0 }
  const inserts: number[] = []
  const updates: number[] = []
  let rows = 0
  for (let index = 0; index < candidates.length;) {
    const end = groupEnd(candidates, index)
    const group = candidates.slice(index, end)
    const winner = standingOf(group, tally)
    const isThere = group[0]?.sequence === -1
    // The same value again may be another message's by now, and stays when the first one's is taken back.
    if (isThere && winner !== group[0]) updates.push(winner.sequence)
    if (!isThere) inserts.push(winner.sequence)
    rows += isThere ? group.length - 1 : group.length
    index = end
  }
  await apply(connection, slice, { inserts, updates })
  return { rows, tally }
}

async function sliceOf(connection: DuckDBConnection, day: number, maxRows: number): Promise<Slice> {
  const sql = `
    SELECT series, "time"::DOUBLE FROM late WHERE ${within({ day, last: undefined }, 'late')}
    ORDER BY series, "time" LIMIT 1 OFFSET ${maxRows - 1}`
  const [row] = await (await connection.run(sql)).getRowsJS()
  if (!row) return { day, last: undefined }
  const [series = 0, time = 0] = row.map(Number)
  return { day, last: { series, time } }
}

/** The SQL condition that a row of `table` belongs to the slice. */
function within({ day, last }: Slice, table: 'late' | 'points'): string {
  const [series, time] = [`${table}.series`, `${table}."time"`]
  const ofDay = `${time} >= ${day * dayMs} AND ${time} < ${(day + 1) * dayMs}`
  if (!last) return ofDay
  return `${ofDay} AND (${series} < ${last.series} OR (${series} = ${last.series} AND ${time} <= ${last.time}))`
}

/** Late rows of the slice and the rows that stand at the same places, by series, time and order of hand-over. */
async function candidatesOf(connection: DuckDBConnection, slice: Slice): Promise<readonly Candidate[]> {
  const result = await connection.run(`
    WITH candidates AS (
      SELECT * FROM late WHERE ${within(slice, 'late')}
      UNION ALL
      SELECT *, -1 FROM points
      SEMI JOIN (SELECT series, "time" FROM late WHERE ${within(slice, 'late')}) USING (series, "time")
      WHERE ${within(slice, 'points')}
    )
    SELECT series, "time"::DOUBLE, coalesce(value, 'nan'), text, quality, generation, raw::DOUBLE, sequence::DOUBLE
    FROM candidates ORDER BY series, "time", sequence`)
  return readCandidates(result)
}

async function readCandidates(result: DuckDBResult): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = []
  for await (const chunk of result) {
    const { rowCount } = chunk
    const doubles = (index: number): Float64Array => itemsOf(chunk.getColumnVector(index), Float64Array)
    const [time, value, raw, sequence] = [doubles(1), doubles(2), doubles(6), doubles(7)]
    const series = itemsOf(chunk.getColumnVector(0), Uint32Array)
    const text = chunk.getColumnVector(3)
    const quality = itemsOf(chunk.getColumnVector(4), Uint8Array)
    const generation = itemsOf(chunk.getColumnVector(5), Uint16Array)
    for (let row = 0; row < rowCount; row++) {
      const number = value[row] ?? NaN
      candidates.push({
        series: series[row] ?? 0,
        time: time[row] ?? 0,
        value: Number.isNaN(number) ? String(text.getItem(row)) : number,
        quality: quality[row] ?? 0,
        generation: generation[row] ?? 0,
        at: raw[row] ?? 0,
        sequence: sequence[row] ?? 0
      })
    }
  }
  return candidates
}

function groupEnd(candidates: readonly Candidate[], start: number): number {
  const first = candidates[start]
  let end = start + 1
  while (candidates[end]?.series === first?.series && candidates[end]?.time === first?.time && end < candidates.length)
    end++
  return end
}

/** Folds the rows of one (series, time). What stood already was counted when it was stored. */
function standingOf(group: readonly Candidate[], tally: Tally): Candidate {
  let standing: Candidate | undefined
  for (const row of group) {
    const settled = settleRow(standing, row)
    if (row.sequence !== -1) tally[settled.outcome]++
    standing = settled.standing === row ? row : standing
  }
  if (!standing) throw new TypeError('settle late rows: a (series, time) without a row')
  return standing
}

/** Moves the winners, named by their sequence, from `late` to `points`, and empties the slice. */
async function apply(
  connection: DuckDBConnection,
  slice: Slice,
  { inserts, updates }: { readonly inserts: readonly number[]; readonly updates: readonly number[] }
): Promise<void> {
  const winners = (sequences: readonly number[]): string => `
    SELECT * EXCLUDE (sequence) FROM late
    WHERE ${within(slice, 'late')} AND sequence IN (SELECT unnest([${sequences.join()}]::BIGINT[]))`
  if (updates.length > 0)
    await connection.run(`
      UPDATE points
      SET value = w.value, text = w.text, quality = w.quality, generation = w.generation, raw = w.raw
      FROM (${winners(updates)}) w
      WHERE points.series = w.series AND points."time" = w."time" AND ${within(slice, 'points')}`)
  if (inserts.length > 0) await connection.run(`INSERT INTO points ${winners(inserts)}`)
  failpoint('settle-half-done')
  await connection.run(`DELETE FROM late WHERE ${within(slice, 'late')}`)
}
