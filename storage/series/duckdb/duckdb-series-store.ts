import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Clock } from '../../../model/clock.ts'
import { SenError } from '../../../model/errors.ts'
import type { Log } from '../../../model/log.ts'
import type { ReadingBatch } from '../../../model/reading-batch.ts'
import type { SeriesId } from '../../../model/series.ts'
import { type AnswerLimits, bucketsOf, defaultAnswerLimits, rowsStartOf } from '../query-rules.ts'
import type {
  LatestRows,
  RangeColumns,
  RangeQuery,
  RowsPage,
  RowsQuery,
  SeriesStore,
  StorePosition
} from '../series-store.ts'
import { failureOf, isOutOfMemory } from './failure.ts'
import { openFile } from './open-file.ts'
import { QueryPool } from './query-pool.ts'
import { readRange } from './read-range.ts'
import { type ScanQuery, groupSeries, readRows } from './read-rows.ts'
import { type Memory, rebuildMemory } from './rebuild.ts'
import { settleDay } from './settle.ts'
import type { Selection } from './standing-sql.ts'
import { Writer, rollback } from './writer.ts'

/** What queries may take, and what the store may use. */
export interface DuckDbLimits extends AnswerLimits {
  /** How long one query may run, ms. */
  readonly queryMs: number
  /** How many queries run at once; each has a connection. */
  readonly queries: number
  /** How many more queries may wait for their turn. */
  readonly queued: number
  /** Memory of DuckDB, writes and queries together, MB. */
  readonly memoryMb: number
  /** Room on disk for what queries cannot hold in memory, MB. */
  readonly spillMb: number
  /** Threads a query may use besides those of the pool: more of them make writes dearer and queries little faster. */
  readonly threads: number
}

export const defaultDuckDbLimits: DuckDbLimits = {
  ...defaultAnswerLimits,
  queryMs: 10_000,
  queries: 2,
  queued: 64,
  memoryMb: 512,
  spillMb: 2048,
  threads: 1
}

/** When late rows are settled, and how many in one transaction, which is as long as a write may have to wait. */
export interface SettlePolicy {
  /** This long after the first late row, ms … */
  readonly afterMs: number
  /** … or at once, when there are this many. */
  readonly atRows: number
  readonly sliceRows: number
}

export const defaultSettlePolicy: SettlePolicy = { afterMs: 10_000, atRows: 50_000, sliceRows: 20_000 }

export interface DuckDbSeriesStoreProps {
  /** Path of the database; its folder exists. `<file>.wal` and `<file>.tmp` stand beside it. */
  readonly file: string
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<DuckDbLimits>
  readonly settle?: Partial<SettlePolicy>
}

/** What is there between `start` and `stop`. */
interface Open {
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
  readonly writer: Writer
  readonly pool: QueryPool
  readonly memory: Memory
}

/**
 * Series in one DuckDB file. Belongs to one thread: a second one that opened the file would get an instance of its own.
 *
 * A write is one transaction, so position and rows agree after any crash. `stop` lets writes finish and interrupts queries.
 * Needs `UV_THREADPOOL_SIZE` well above `queries`, else queries keep file syncs of the process waiting.
 */
export class DuckDbSeriesStore implements SeriesStore {
  readonly #props: DuckDbSeriesStoreProps
  readonly #limits: DuckDbLimits
  readonly #settle: SettlePolicy
  #open: Open | undefined
  /** Ends when everything that writes so far has ended. */
  #writing: Promise<unknown> = Promise.resolve()
  #settleTimer: NodeJS.Timeout | undefined
  #settling: Promise<void> | undefined
  /** What went wrong while settling by itself; the next write reports it. */
  #settleFailure: SenError | undefined
  #stopping: Promise<void> | undefined

  constructor(props: DuckDbSeriesStoreProps) {
    this.#props = props
    this.#limits = { ...defaultDuckDbLimits, ...props.limits }
    this.#settle = { ...defaultSettlePolicy, ...props.settle }
  }

  async start(): Promise<StorePosition> {
    if (this.#open) return this.#open.memory.position
    const { file, log } = this.#props
    this.#stopping = undefined
    const instance = await openFile({ file, ...this.#limits })
    try {
      const connection = await instance.connect()
      const memory = await rebuildMemory(connection)
      const writer = await Writer.open(connection, memory, log)
      const pool = new QueryPool({ file, connections: this.#limits.queries, ...this.#limits })
      await pool.start(instance)
      this.#open = { instance, connection, writer, pool, memory }
    } catch (cause) {
      instance.closeSync()
      throw failureOf('open', file, cause)
    }
    this.#scheduleSettling()
    return this.#open.memory.position
  }

  async write(batches: readonly ReadingBatch[]): Promise<StorePosition> {
    const open = this.#opened('write')
    this.#throwSettleFailure()
    const position = await this.#exclusively('write', () => this.#writeWithMemory(open, batches))
    this.#scheduleSettling()
    return position
  }

  async settle(): Promise<StorePosition> {
    const open = this.#opened('settle')
    this.#throwSettleFailure()
    await this.#settleRows(open, open.memory.late.rows)
    return open.memory.position
  }

  async latest(series: readonly SeriesId[]): Promise<LatestRows> {
    return this.#opened('latest').memory.latest.select(series)
  }

  async *range(query: RangeQuery, signal?: AbortSignal): AsyncGenerator<RangeColumns> {
    const { pool, memory } = this.#opened('range')
    const buckets = bucketsOf(query, this.#limits)
    yield* await pool.run(`range of ${query.series.length} series`, signal, connection =>
      readRange(connection, query, { buckets, hasLate: memory.late.touches(query.series, query.from, query.to) })
    )
  }

  async rows(query: RowsQuery, signal?: AbortSignal): Promise<RowsPage> {
    const { pool } = this.#opened('rows')
    const after = rowsStartOf(query, this.#limits)
    return pool.run(`rows of ${query.series.length} series`, signal, connection =>
      readRows(connection, this.#selectionOf(query), { limit: query.limit, after })
    )
  }

  async *scan(query: ScanQuery, signal?: AbortSignal): AsyncGenerator<RowsPage> {
    const { pool } = this.#opened('scan')
    rowsStartOf({ ...query, limit: 1 }, this.#limits)
    const limit = this.#limits.rows
    const groups = await pool.run(`scan of ${query.series.length} series`, signal, connection =>
      groupSeries(connection, this.#selectionOf(query), limit)
    )
    for (const series of groups) {
      let cursor: string | undefined
      do {
        const page: RowsPage = await this.rows({ ...query, series, limit, cursor }, signal)
        if (page.series.length > 0) yield page
        cursor = page.cursor
      } while (cursor !== undefined)
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#close()
    return this.#stopping
  }

  async #close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    clearTimeout(this.#settleTimer)
    this.#settleTimer = undefined
    await open?.pool.stop()
    await this.#settling
    await this.#writing
    open?.writer.close()
    open?.connection.closeSync()
    open?.instance.closeSync()
  }

  /** A query that took all the memory must not keep a write from its own: it is ended, and the write tried once more. */
  async #writeWithMemory({ writer, pool }: Open, batches: readonly ReadingBatch[]): Promise<StorePosition> {
    try {
      return await writer.write(batches)
    } catch (cause) {
      if (!isOutOfMemory(cause)) throw cause
      this.#props.log.warn({ error: String(cause) }, 'Queries ended to give a write its memory')
      await pool.yieldMemory()
      return writer.write(batches)
    }
  }

  /** Settles about `rows` late rows, slice by slice; writes come in between. */
  async #settleRows(open: Open, rows: number): Promise<void> {
    let left = rows
    while (left > 0 && open.memory.late.rows > 0 && this.#open === open)
      left -= await this.#exclusively('settle', () => this.#settleSlice(open))
  }

  async #settleSlice({ connection, writer, memory }: Open): Promise<number> {
    const day = memory.late.anyDay
    if (day === undefined) return 0
    const { clock, log } = this.#props
    const began = clock.monotonic()
    try {
      await connection.run('BEGIN')
      const { rows, tally } = await settleDay(connection, day, this.#settle.sliceRows)
      const { totals } = memory.position
      const position = {
        ...memory.position,
        totals: {
          ...totals,
          stored: totals.stored + tally.stored,
          duplicate: totals.duplicate + tally.duplicate,
          superseded: totals.superseded + tally.superseded
        }
      }
      await writer.setPosition(position)
      await connection.run('COMMIT')
      memory.position = position
      memory.late.remove(day, rows)
      log.debug({ day, rows, tally, tookMs: clock.monotonic() - began }, 'Late rows settled')
      return rows
    } catch (cause) {
      await rollback(connection)
      throw cause
    }
  }

  #scheduleSettling(): void {
    const open = this.#open
    if (!open || this.#settling || open.memory.late.rows === 0) return
    if (open.memory.late.rows >= this.#settle.atRows) this.#settleByItself(open)
    else this.#settleTimer ??= setTimeout(() => this.#settleByItself(open), this.#settle.afterMs).unref()
  }

  #settleByItself(open: Open): void {
    clearTimeout(this.#settleTimer)
    this.#settleTimer = undefined
    this.#settling ??= this.#settleRows(open, open.memory.late.rows)
      .catch((cause: unknown) => {
        this.#settleFailure = failureOf('settle', this.#props.file, cause)
      })
      .finally(() => {
        this.#settling = undefined
        if (!this.#settleFailure) this.#scheduleSettling()
      })
  }

  #throwSettleFailure(): void {
    const failure = this.#settleFailure
    this.#settleFailure = undefined
    if (failure) throw failure
  }

  /** Runs `work` after everything that writes, and before what comes later. */
  #exclusively<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work).catch((cause: unknown) => {
      throw failureOf(operation, this.#props.file, cause)
    })
    this.#writing = done.catch(() => undefined)
    return done
  }

  #selectionOf({ series, from, to }: ScanQuery): Selection {
    const wanted = [...new Set(series)]
    return { series: wanted, from, to, hasLate: this.#open?.memory.late.touches(wanted, from, to) ?? false }
  }

  #opened(operation: string): Open {
    if (this.#open) return this.#open
    throw new SenError('SEN_SERIES_FAILED', `${operation}: the series store is not open`)
  }
}
