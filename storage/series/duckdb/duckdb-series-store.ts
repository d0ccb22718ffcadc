import type { Clock } from '../../../model/clock.ts'
import { SenError } from '../../../model/errors.ts'
import type { Log } from '../../../model/log.ts'
import { qualityBits } from '../../../model/quality.ts'
import type { ReadingBatch } from '../../../model/reading-batch.ts'
import type { SeriesId } from '../../../model/series.ts'
import { bucketsOf, rowsStartOf } from '../query-rules.ts'
import type {
  LatestRows,
  RangeColumns,
  RangeQuery,
  RowsPage,
  RowsQuery,
  SeriesStore,
  StorePosition
} from '../series-store.ts'
import { Database, type DuckDbLimits, defaultDuckDbLimits } from './database.ts'
import { failureOf } from './failure.ts'
import type { Question } from './query-pool.ts'
import { readRange } from './read-range.ts'
import { readNewest, replaced } from './read-newest.ts'
import { type ScanQuery, groupSeries, readRows } from './read-rows.ts'
import type { Selection } from './standing-sql.ts'

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

/**
 * Series in one DuckDB file. Belongs to one thread: a second one that opened the file would get an instance of its own.
 *
 * A write is one transaction, so position and rows agree after any crash. A write that failed changed nothing and may be
 * tried again; where DuckDB gave up on the file (a full disk in the middle of a checkpoint), the next call opens it anew.
 * `stop` lets writes finish and interrupts queries.
 *
 * Needs `UV_THREADPOOL_SIZE` well above `limits.queries`, else queries keep file syncs of the process waiting.
 */
export class DuckDbSeriesStore implements SeriesStore {
  readonly #props: DuckDbSeriesStoreProps
  readonly #limits: DuckDbLimits
  readonly #settle: SettlePolicy
  #isStarted = false
  #database: Database | undefined
  #reviving: Promise<Database> | undefined
  #stopping: Promise<void> | undefined
  #settleTimer: NodeJS.Timeout | undefined
  #settling: Promise<void> | undefined
  /** What went wrong while settling by itself; the next write reports it. */
  #settleFailure: SenError | undefined

  constructor(props: DuckDbSeriesStoreProps) {
    this.#props = props
    this.#limits = { ...defaultDuckDbLimits, ...props.limits }
    this.#settle = { ...defaultSettlePolicy, ...props.settle }
  }

  async start(): Promise<StorePosition> {
    if (this.#database) return this.#database.memory.position
    this.#stopping = undefined
    this.#database = await this.#open()
    this.#isStarted = true
    this.#scheduleSettling()
    return this.#database.memory.position
  }

  async write(batches: readonly ReadingBatch[]): Promise<StorePosition> {
    const database = await this.#ready('write')
    this.#throwSettleFailure()
    const position = await database.write(batches)
    this.#scheduleSettling()
    return position
  }

  async settle(): Promise<StorePosition> {
    const database = await this.#ready('settle')
    this.#throwSettleFailure()
    await this.#settleRows(database)
    return database.memory.position
  }

  async latest(series: readonly SeriesId[]): Promise<LatestRows> {
    const database = this.#database ?? (await this.#ready('latest'))
    const newest = database.memory.latest.select(series)
    if (newest.quality.every(quality => (quality & qualityBits.withdrawn) === 0)) return newest
    // Somebody took back the newest value of a series: the one before it is asked for.
    const withdrawn = newest.series.filter((_, i) => ((newest.quality[i] ?? 0) & qualityBits.withdrawn) !== 0)
    const question = { operation: `newest of ${withdrawn.length} series`, isWide: false, signal: undefined }
    const before = await database.query(question, connection =>
      readNewest(connection, selectionOf(database, { series: withdrawn, from: -8.64e15, to: 8.64e15 }))
    )
    return replaced(newest, withdrawn, before)
  }

  async *range(query: RangeQuery, signal?: AbortSignal): AsyncGenerator<RangeColumns> {
    const database = await this.#ready('range')
    const buckets = bucketsOf(query, this.#limits)
    yield* await database.query(questionOf('range', query, signal), connection =>
      readRange(connection, selectionOf(database, query), { query, buckets })
    )
  }

  async rows(query: RowsQuery, signal?: AbortSignal): Promise<RowsPage> {
    const database = await this.#ready('rows')
    const after = rowsStartOf(query, this.#limits)
    return database.query(questionOf('rows', query, signal), connection =>
      readRows(connection, selectionOf(database, query), { limit: query.limit, after })
    )
  }

  async *scan(query: ScanQuery, signal?: AbortSignal): AsyncGenerator<RowsPage> {
    const database = await this.#ready('scan')
    const limit = this.#limits.rows
    rowsStartOf({ ...query, limit }, this.#limits)
    const groups = await database.query(questionOf('scan', query, signal), connection =>
      groupSeries(connection, selectionOf(database, query), limit)
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
    this.#isStarted = false
    await this.#reviving?.catch(() => undefined)
    const database = this.#database
    this.#database = undefined
    clearTimeout(this.#settleTimer)
    this.#settleTimer = undefined
    await database?.close()
    await this.#settling
  }

  #open(): Promise<Database> {
    const { file, clock, log } = this.#props
    return Database.open({ file, clock, log, limits: this.#limits })
  }

  /** The open database; opened anew if DuckDB has given up on it. */
  async #ready(operation: string): Promise<Database> {
    if (!this.#isStarted) throw new SenError('SEN_SERIES_FAILED', `${operation}: the series store is not open`)
    if (this.#database && this.#database.fatal === undefined) return this.#database
    this.#reviving ??= this.#revive().finally(() => {
      this.#reviving = undefined
    })
    return this.#reviving
  }
  async #revive(): Promise<Database> {
    const broken = this.#database
    this.#props.log.warn(
      { file: this.#props.file, error: String(broken?.fatal ?? 'the last attempt failed') },
      'Series store is opened anew'
    )
    this.#database = undefined
    this.#settleFailure = undefined
    await broken?.close()
    this.#database = await this.#open()
    return this.#database
  }

  /** Settles the late rows there are now, slice by slice; writes come in between. */
  async #settleRows(database: Database): Promise<void> {
    let left = database.memory.late.rows
    while (left > 0 && database.memory.late.rows > 0 && this.#database === database)
      left -= await database.settleSlice(this.#settle.sliceRows)
  }

  #scheduleSettling(): void {
    const database = this.#database
    if (!database || this.#settling || database.memory.late.rows === 0) return
    if (database.memory.late.rows >= this.#settle.atRows) this.#settleByItself(database)
    else this.#settleTimer ??= setTimeout(() => this.#settleByItself(database), this.#settle.afterMs).unref()
  }

  #settleByItself(database: Database): void {
    clearTimeout(this.#settleTimer)
    this.#settleTimer = undefined
    this.#settling ??= this.#settleRows(database)
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
}

function selectionOf(database: Database, { series, from, to }: ScanQuery): Selection {
  return { series: [...new Set(series)], from, to, hasLate: database.memory.late.touches(series, from, to) }
}

const dayMs = 86_400_000
/** A chart of a site for a day, or of one series for a quarter, is not wide. */
const mostSeriesDays = 100

function questionOf(kind: string, { series, from, to }: ScanQuery, signal: AbortSignal | undefined): Question {
  const isWide = (series.length * (to - from)) / dayMs > mostSeriesDays
  return { operation: `${kind} of ${series.length} series`, isWide, signal }
}
