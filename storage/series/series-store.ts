import type { DecodeTotals, StoreTotals } from '../../model/accounting.ts'
import type { Position } from '../../model/position.ts'
import type { Quality } from '../../model/quality.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { SeriesId } from '../../model/series.ts'

/** Where the store stands: everything at or before `position` is in it, and what decode had done by then. */
export interface StorePosition {
  readonly position: Position
  readonly decodeTotals: DecodeTotals
  readonly totals: StoreTotals
}

/** Newest row of each series that has one, in columns. */
export interface LatestRows {
  readonly series: readonly SeriesId[]
  readonly time: readonly number[]
  /** A number (1 or 0 for true and false), or words. */
  readonly value: readonly (number | string)[]
  readonly quality: readonly Quality[]
}

export type RangeFunction = 'mean' | 'min' | 'max' | 'first' | 'last' | 'count' | 'sum'

/** Buckets of `everyMs` (aligned to the epoch shifted by `offsetMs`) from `from` (inclusive) to `to` (exclusive), ms UTC. */
export interface RangeQuery {
  readonly series: readonly SeriesId[]
  readonly from: number
  readonly to: number
  readonly everyMs: number
  /** Shifts bucket borders, ms: +7 h makes day buckets begin at midnight in Việt Nam. */
  readonly offsetMs?: number
  readonly functions: readonly RangeFunction[]
}

/** One series' buckets. Every bucket of the range is there: `t[i]` its start, `null` where it is empty (count: 0). */
export interface RangeColumns {
  readonly series: SeriesId
  readonly t: readonly number[]
  readonly columns: Readonly<Partial<Record<RangeFunction, readonly (number | null)[]>>>
}

/** Stored rows from `from` (inclusive) to `to` (exclusive), by series and time; at most `limit`, from `cursor` on. */
export interface RowsQuery {
  readonly series: readonly SeriesId[]
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface RowsPage {
  readonly series: readonly SeriesId[]
  readonly time: readonly number[]
  readonly value: readonly (number | string)[]
  readonly quality: readonly Quality[]
  /** Where the next page begins, or `undefined` at the end. */
  readonly cursor: string | undefined
}

/**
 * History of readings. One writer; queries run beside it and never hold it up.
 *
 * A batch with `redecoded` first takes back what the messages of its `withdrawn` gave before: where such a row stands, its
 * (series, time) becomes empty, and the row counts as `superseded` instead of `stored`.
 *
 * At one (series, time) the row of highest rank (generation, raw position, place in its batch) stands, whatever the order
 * of arrival; queries see exactly one row a (series, time), and none where the one that stands is marked `withdrawn`.
 * Text rows answer to `rows`, `latest`, `first`, `last` and `count` only (in `range` text gives `null` except for `count`).
 *
 * Queries throw `SEN_QUERY_LIMIT` beyond the store's limits of time, rows or memory, `SEN_SERIES_FAILED` if the store fails.
 */
export interface SeriesStore {
  /** Opens the store and says where it stands; empty: position 0 and zeros. */
  start(): Promise<StorePosition>
  /**
   * Writes batches and their position in one transaction (all or nothing; what is decoded again has one of its own). Batches at or below the store's own position
   * are skipped, rows at or below it too: writing something twice changes nothing.
   */
  write(batches: readonly ReadingBatch[]): Promise<StorePosition>
  /** Settles late rows, so that `decoded = stored + duplicate + superseded + refused` holds. Runs by itself from time to time. */
  settle(): Promise<StorePosition>
  latest(series: readonly SeriesId[]): Promise<LatestRows>
  /** One item a series, in the order asked for; series without rows in the range come too. */
  range(query: RangeQuery, signal?: AbortSignal): AsyncIterable<RangeColumns>
  rows(query: RowsQuery, signal?: AbortSignal): Promise<RowsPage>
  /** Every stored row of the query (its `limit` and `cursor` do not apply) in pages, for exports of any size. */
  scan(query: Omit<RowsQuery, 'limit' | 'cursor'>, signal?: AbortSignal): AsyncIterable<RowsPage>
  /** Safe to call twice; returns once work under way has ended. */
  stop(): Promise<void>
}
