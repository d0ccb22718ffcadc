import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../model/clock.ts'
import { silentLog } from '../../../model/log.ts'
import type { StorePlace } from '../series-store-contract.ts'
import { type SettlePolicy, DuckDbSeriesStore } from './duckdb-series-store.ts'

/** A temporary folder for stores under test. @param settle - small slices bring out what large ones hide. */
export async function createDuckDbPlace(settle: Partial<SettlePolicy> = {}): Promise<StorePlace & { file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sen-series-'))
  const file = join(folder, 'series.duckdb')
  return {
    file,
    open: (limits = {}) => new DuckDbSeriesStore({ file, clock: systemClock, log: silentLog, limits, settle }),
    remove: () => rm(folder, { recursive: true })
  }
}
