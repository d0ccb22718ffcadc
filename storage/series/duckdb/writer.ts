import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import type { Log } from '../../../model/log.ts'
import { failpoint } from '../../../model/failpoint.ts'
import type { Position } from '../../../model/position.ts'
import type { ReadingBatch } from '../../../model/reading-batch.ts'
import type { StorePosition } from '../series-store.ts'
import type { Tally } from '../standing.ts'
import { isHandedOver, maxSeries, refusalOf } from '../storable.ts'
import { dayOf } from './late-index.ts'
import { readLatest } from './rebuild.ts'
import type { Memory } from './rebuild.ts'
import { RowAppender } from './row-appender.ts'
import { withdrawRows } from './withdraw.ts'
import type { Withdrawn } from './withdraw.ts'

/** What became of a row in the transaction under way; kept a byte a row until the commit. */
const skipped = 0
const appended = 1
const late = 2

/**
 * Writes batches, one transaction a call: rows newer than their series' high-water mark are appended to `points`,
 * the others to `late`, and the position and totals move with them. What is in memory changes only after the commit.
 */
export class Writer {
  readonly #connection: DuckDBConnection
  readonly #memory: Memory
  readonly #log: Log
  readonly #points: RowAppender
  readonly #late: RowAppender
  readonly #setMeta: DuckDBPreparedStatement
  /** Times of rows appended in the transaction under way, where they are ahead of what `latest` holds. */
  #marks = new Float64Array(1024).fill(-Infinity)
  #fates = new Uint8Array(0)

  private constructor(connection: DuckDBConnection, memory: Memory, log: Log, setMeta: DuckDBPreparedStatement) {
    this.#connection = connection
    this.#memory = memory
    this.#log = log
    this.#setMeta = setMeta
    this.#points = new RowAppender(connection, 'points')
    this.#late = new RowAppender(connection, 'late')
  }

  static async open(connection: DuckDBConnection, memory: Memory, log: Log): Promise<Writer> {
    const setMeta = await connection.prepare(
      'UPDATE meta SET position = $1::BIGINT, decode_totals = $2, stored = $3::BIGINT, duplicate = $4::BIGINT, superseded = $5::BIGINT, refused = $6::BIGINT'
    )
    return new Writer(connection, memory, log, setMeta)
  }

  /**
   * Writes what the store does not have yet: in one transaction, but for batches that are decoded again, which have one
   * each. After an error everything from the transaction that failed is as it was.
   */
  async write(batches: readonly ReadingBatch[]): Promise<StorePosition> {
    let live: ReadingBatch[] = []
    for (const batch of this.#freshOf(batches)) {
      if (!batch.redecoded) {
        live.push(batch)
        continue
      }
      await this.#writeTogether(live)
      live = []
      await this.#writeTogether([batch], batch.redecoded.withdrawn)
    }
    return this.#writeTogether(live)
  }

  /** @param messages - whose rows are taken back first. */
  async #writeTogether(fresh: readonly ReadingBatch[], messages: readonly Position[] = []): Promise<StorePosition> {
    const last = fresh.at(-1)
    if (!last) return this.#memory.position
    try {
      await this.#connection.run('BEGIN')
      const withdrawn = messages.length > 0 ? await withdrawRows(this.#connection, messages) : undefined
      const totals = await this.#append(fresh, withdrawn)
      const position = { position: last.position, decodeTotals: last.totals, totals }
      await this.setPosition(position)
      failpoint('store-uncommitted')
      await this.#connection.run('COMMIT')
      failpoint('store-committed')
      if (withdrawn) this.#forgetLate(withdrawn)
      this.#remember(fresh)
      this.#memory.position = position
      if (withdrawn && withdrawn.series.length > 0) {
        for (const series of withdrawn.series) this.#memory.latest.forget(series)
        await readLatest(this.#connection, this.#memory.latest, withdrawn.series)
      }
      return position
    } catch (cause) {
      await this.#undo(fresh)
      throw cause
    }
  }

  /** Sets the position and totals in the transaction under way. */
  async setPosition({ position, decodeTotals, totals }: StorePosition): Promise<void> {
    this.#setMeta.bindDouble(1, position)
    this.#setMeta.bindVarchar(2, JSON.stringify(decodeTotals))
    this.#setMeta.bindDouble(3, totals.stored)
    this.#setMeta.bindDouble(4, totals.duplicate)
    this.#setMeta.bindDouble(5, totals.superseded)
    this.#setMeta.bindDouble(6, totals.refused)
    await this.#setMeta.run()
  }

  close(): void {
    this.#points.close()
    this.#late.close()
    this.#setMeta.destroySync()
  }

  #freshOf(batches: readonly ReadingBatch[]): readonly ReadingBatch[] {
    let { position } = this.#memory.position
    return batches.filter(batch => {
      if (batch.position <= position) return false
      position = batch.position
      return true
    })
  }

  /** Hands the rows to the transaction and notes the fate of each. @returns the totals they lead to. */
  async #append(batches: readonly ReadingBatch[], withdrawn: Withdrawn | undefined): Promise<Tally> {
    await this.#points.open()
    await this.#late.open()
    const totals: Tally = { ...this.#memory.position.totals }
    if (withdrawn) addTo(totals, withdrawn.tally)
    const rows = batches.reduce((sum, batch) => sum + batch.length, 0)
    if (this.#fates.length < rows) this.#fates = new Uint8Array(rows)
    let row = 0
    let sequence = this.#memory.nextSequence
    let { position } = this.#memory.position
    for (const batch of batches) {
      for (let index = 0; index < batch.length; index++, row++) {
        this.#fates[row] = skipped
        if (isHandedOver(batch, index, position)) continue
        if (!this.#isStorable(batch, index)) {
          totals.refused++
          continue
        }
        if (this.#isNewest(batch, index)) {
          this.#points.add(batch, index, 0)
          this.#fates[row] = appended
          totals.stored++
        } else {
          this.#late.add(batch, index, sequence++)
          this.#fates[row] = late
        }
      }
      position = batch.position
    }
    this.#points.flush()
    failpoint('store-half-written')
    this.#late.flush()
    return totals
  }

  #isStorable(batch: ReadingBatch, index: number): boolean {
    const reason = refusalOf(batch, index)
    if (reason === undefined) return true
    this.#log.warn({ series: batch.series[index], position: batch.at[index], reason }, 'Reading refused by the store')
    return false
  }

  /** Says whether the row is newer than everything of its series, and raises the mark if so. */
  #isNewest(batch: ReadingBatch, index: number): boolean {
    const series = batch.series[index] ?? 0
    const time = batch.time[index] ?? 0
    if (series >= this.#marks.length) this.#growMarks(series)
    if (time <= (this.#marks[series] ?? -Infinity) || time <= this.#memory.latest.timeOf(series)) return false
    this.#marks[series] = time
    return true
  }

  #growMarks(series: number): void {
    const marks = new Float64Array(Math.min(maxSeries + 1, 2 ** Math.ceil(Math.log2(series + 1)))).fill(-Infinity)
    marks.set(this.#marks)
    this.#marks = marks
  }

  /** After the commit: brings what is in memory up to what is in the file. */
  #remember(batches: readonly ReadingBatch[]): void {
    let row = 0
    for (const batch of batches)
      for (let index = 0; index < batch.length; index++, row++) {
        const fate = this.#fates[row]
        if (fate === skipped) continue
        this.#memory.latest.add(batch, index)
        if (fate === late) this.#rememberLate(batch.series[index] ?? 0, batch.time[index] ?? 0)
      }
  }

  /** Late rows that were settled before rows were taken back are no longer late. */
  #forgetLate({ settled }: Withdrawn): void {
    for (const [day, rows] of settled) this.#memory.late.remove(day, rows)
  }

  #rememberLate(series: number, time: number): void {
    this.#memory.nextSequence++
    this.#memory.late.add(dayOf(time), 1, { lowest: series, highest: series })
  }

  async #undo(batches: readonly ReadingBatch[]): Promise<void> {
    this.#points.drop()
    this.#late.drop()
    for (const batch of batches)
      for (let index = 0; index < batch.length; index++) {
        const series = batch.series[index] ?? 0
        if (series < this.#marks.length) this.#marks[series] = -Infinity
      }
    await rollback(this.#connection)
  }
}

function addTo(totals: Tally, moves: Tally): void {
  totals.stored += moves.stored
  totals.duplicate += moves.duplicate
  totals.superseded += moves.superseded
  totals.refused += moves.refused
}

/** Ends a transaction that failed. Where BEGIN itself failed, or DuckDB has undone everything already, there is none. */
export async function rollback(connection: DuckDBConnection): Promise<void> {
  await connection.run('ROLLBACK').catch(() => undefined)
}
