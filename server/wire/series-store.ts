import { join } from 'node:path'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import { DuckDbSeriesStore } from '../../storage/series/duckdb/duckdb-series-store.ts'
import { MemorySeriesStore } from '../../storage/series/memory/memory-series-store.ts'
import type { SeriesStore } from '../../storage/series/series-store.ts'
import type { Settings } from '../config.ts'

export function openSeriesStore(settings: Settings, clock: Clock, log: Log): SeriesStore {
  if (settings.SEN_SERIES === 'memory:') return new MemorySeriesStore({ log })
  return new DuckDbSeriesStore({ file: join(settings.SEN_DATA, 'series.duckdb'), clock, log, settle, limits })
}

/** What one answer may hold: it is formatted on the thread that also takes messages in. */
const limits = { values: 250_000, rows: 20_000 }
/** Late rows are put in their place soon: until then they count as pending. */
const settle = { afterMs: 2000 }
