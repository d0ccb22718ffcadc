import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { type DecodeTotals, noDecodeTotals } from '../../../model/accounting.ts'
import type { ReadingBatch } from '../../../model/reading-batch.ts'
import { origin } from '../../../model/position.ts'
import type { SeriesId } from '../../../model/series.ts'
import type { StorePosition } from '../series-store.ts'
import { LateIndex } from './late-index.ts'
import { LatestColumns } from './latest-columns.ts'
import { dayMs } from './schema.ts'
import { guardedText, itemsOf, textAt } from './vector-items.ts'

/** What the store keeps in memory beside the file. */
export interface Memory {
  readonly latest: LatestColumns
  readonly late: LateIndex
  /** Place of the next late row in the order of hand-over. */
  nextSequence: number
  position: StorePosition
}

const columns = `series, "time"::DOUBLE, coalesce(value, 'nan'), ${guardedText}, quality, generation, raw::DOUBLE`

/** Reads back from the file what is held in memory; under a second for millions of points. */
export async function rebuildMemory(connection: DuckDBConnection): Promise<Memory> {
  const latest = new LatestColumns()
  // The row number of the newest row first, then only these rows: four times as fast as asking for all columns at once.
  const newest = `SELECT ${columns} FROM points WHERE rowid IN (SELECT arg_max(rowid, "time") FROM points GROUP BY series)`
  await addAll(latest, await connection.stream(newest))
  await addAll(latest, await connection.stream(`SELECT ${columns} FROM late ORDER BY sequence`))
  const { late, nextSequence } = await readLate(connection)
  return { latest, late, nextSequence, position: await readPosition(connection) }
}

/** Reads back the newest row of some series, which stand in the columns no more. */
export async function readLatest(
  connection: DuckDBConnection,
  latest: LatestColumns,
  series: readonly SeriesId[]
): Promise<void> {
  const wanted = `series IN (SELECT unnest([${series.join()}]::UINTEGER[]))`
  const newest = `SELECT arg_max(rowid, "time") FROM points WHERE ${wanted} GROUP BY series`
  await addAll(latest, await connection.stream(`SELECT ${columns} FROM points WHERE rowid IN (${newest})`))
  await addAll(latest, await connection.stream(`SELECT ${columns} FROM late WHERE ${wanted} ORDER BY sequence`))
}

async function addAll(latest: LatestColumns, result: DuckDBResult): Promise<void> {
  for await (const chunk of result) {
    const { rowCount } = chunk
    const column = (index: number): Float64Array => itemsOf(chunk.getColumnVector(index), Float64Array)
    const value = column(2)
    const texts = new Map<number, string>()
    for (let row = 0; row < rowCount; row++)
      if (Number.isNaN(value[row])) texts.set(row, textAt(chunk.getColumnVector(3), row))
    const batch: ReadingBatch = {
      position: origin,
      dedupFrom: origin,
      totals: noDecodeTotals,
      length: rowCount,
      series: itemsOf(chunk.getColumnVector(0), Uint32Array),
      time: column(1),
      value,
      texts,
      quality: itemsOf(chunk.getColumnVector(4), Uint8Array),
      generation: itemsOf(chunk.getColumnVector(5), Uint16Array),
      at: column(6),
      quarantined: [],
      event: undefined
    }
    for (let row = 0; row < batch.length; row++) latest.add(batch, row)
  }
}

async function readLate(connection: DuckDBConnection): Promise<{ late: LateIndex; nextSequence: number }> {
  const late = new LateIndex()
  const day = `floor("time" / ${dayMs})::DOUBLE`
  const sql = `SELECT ${day}, count(*)::DOUBLE, min(series), max(series), max(sequence)::DOUBLE FROM late GROUP BY 1`
  let nextSequence = 0
  for (const row of await (await connection.run(sql)).getRowsJS()) {
    const [number = 0, rows = 0, lowest = 0, highest = 0, sequence = 0] = row.map(Number)
    late.add(number, rows, { lowest, highest })
    nextSequence = Math.max(nextSequence, sequence + 1)
  }
  return { late, nextSequence }
}

async function readPosition(connection: DuckDBConnection): Promise<StorePosition> {
  const sql = 'SELECT position, stored, duplicate, superseded, refused, decode_totals FROM meta'
  const [row = []] = await (await connection.run(sql)).getRowsJS()
  const [position = 0, stored = 0, duplicate = 0, superseded = 0, refused = 0] = row.slice(0, 5).map(Number)
  const text = String(row[5] ?? '')
  // Written by this store as the JSON of `DecodeTotals`.
  const decodeTotals = text === '' ? noDecodeTotals : (JSON.parse(text) as DecodeTotals)
  return { position, decodeTotals, totals: { stored, duplicate, superseded, refused } }
}
