import { DuckDBPendingResultState } from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'

/**
 * Runs a query in this thread, in steps of a few milliseconds between which the thread does its other work. Run as a whole it
 * would have a thread of the pool that also brings the log to the disk, and that pool's priority: devices would wait.
 *
 * @returns what it gives, streamed. @throws Error of DuckDB's, also when interrupted.
 */
export async function runInSteps(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  const pending = await connection.startStream(sql)
  for (;;) {
    const state = pending.runTask()
    if (state === DuckDBPendingResultState.RESULT_READY) return pending.getResult()
    await (state === DuckDBPendingResultState.NO_TASKS_AVAILABLE ? wait(1) : nextTurn())
  }
}
