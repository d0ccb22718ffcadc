import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Clock } from '../../../model/clock.ts'
import type { Log } from '../../../model/log.ts'
import type { ReadingBatch } from '../../../model/reading-batch.ts'
import { type AnswerLimits, defaultAnswerLimits } from '../query-rules.ts'
import type { StorePosition } from '../series-store.ts'
import { failureOf, isFatal, isOutOfMemory } from './failure.ts'
import { openFile } from './open-file.ts'
import { QueryPool, type Question } from './query-pool.ts'
import { type Memory, rebuildMemory } from './rebuild.ts'
import { settleDay } from './settle.ts'
import { Writer, rollback } from './writer.ts'

/** What queries may take, and what the store may use. */
export interface DuckDbLimits extends AnswerLimits {
  /** How long one query may run, ms. */
  readonly queryMs: number
  /** How many queries run at once; each has a connection. */
  readonly queries: number
  /** How many of them may be wide (see `isWide`): more would take the processor from those who wait for PUBACK. */
  readonly wideQueries: number
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
  wideQueries: 1,
  queued: 64,
  memoryMb: 512,
  spillMb: 2048,
  threads: 1
}

export interface DatabaseProps {
  readonly file: string
  readonly clock: Clock
  readonly log: Log
  readonly limits: DuckDbLimits
}

/** An open database file: one connection that writes, a few that answer queries, and what is held in memory beside it. */
export class Database {
  readonly memory: Memory
  readonly #props: DatabaseProps
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #writer: Writer
  readonly #pool: QueryPool
  /** Ends when everything that writes so far has ended. */
  #writing: Promise<unknown> = Promise.resolve()
  #fatal: unknown

  private constructor(
    props: DatabaseProps,
    parts: { instance: DuckDBInstance; connection: DuckDBConnection; writer: Writer; pool: QueryPool; memory: Memory }
  ) {
    this.#props = props
    this.#instance = parts.instance
    this.#connection = parts.connection
    this.#writer = parts.writer
    this.#pool = parts.pool
    this.memory = parts.memory
  }

  /** Opens the file (see `openFile`) and reads back what is held in memory. */
  static async open(props: DatabaseProps): Promise<Database> {
    const { file, log, limits } = props
    const instance = await openFile({ file, ...limits })
    try {
      const connection = await instance.connect()
      const memory = await rebuildMemory(connection)
      const writer = await Writer.open(connection, memory, log)
      const pool = new QueryPool({ file, connections: limits.queries, wide: limits.wideQueries, ...limits })
      await pool.start(instance)
      return new Database(props, { instance, connection, writer, pool, memory })
    } catch (cause) {
      instance.closeSync()
      throw failureOf('open', file, cause)
    }
  }

  /** Why DuckDB has given up on the file, after a failed write, for example of a checkpoint to a full disk: it has to be opened anew. */
  get fatal(): unknown {
    return this.#fatal
  }

  /** Writes batches in one transaction, after everything that was to be written before. */
  write(batches: readonly ReadingBatch[]): Promise<StorePosition> {
    return this.#exclusively('write', async () => {
      try {
        return await this.#writer.write(batches)
      } catch (cause) {
        if (!isOutOfMemory(cause)) throw cause
        // A query that took all the memory must not keep a write from its own.
        this.#props.log.warn({ error: String(cause) }, 'Queries ended to give a write its memory')
        await this.#pool.yieldMemory()
        return this.#writer.write(batches)
      }
    })
  }

  /** Settles at most about `maxRows` late rows of one day, in one transaction. @returns how many there were. */
  settleSlice(maxRows: number): Promise<number> {
    return this.#exclusively('settle', async () => {
      try {
        return await this.#settleSlice(maxRows)
      } catch (cause) {
        await rollback(this.#connection)
        throw cause
      }
    })
  }

  /** Runs a query, see `QueryPool.run`. */
  async query<T>(question: Question, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      return await this.#pool.run(question, work)
    } catch (cause) {
      if (isFatal(cause)) this.#fatal ??= cause
      throw cause
    }
  }

  /** Lets writes finish, interrupts queries, closes the file. To be called once. */
  async close(): Promise<void> {
    await this.#pool.stop()
    await this.#writing
    this.#writer.close()
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  async #settleSlice(maxRows: number): Promise<number> {
    const { clock, log } = this.#props
    const { late, position } = this.memory
    const day = late.anyDay
    if (day === undefined) return 0
    const began = clock.monotonic()
    await this.#connection.run('BEGIN')
    const { rows, tally } = await settleDay(this.#connection, day, maxRows)
    const totals = {
      stored: position.totals.stored + tally.stored,
      duplicate: position.totals.duplicate + tally.duplicate,
      superseded: position.totals.superseded + tally.superseded,
      refused: position.totals.refused
    }
    await this.#writer.setPosition({ ...position, totals })
    await this.#connection.run('COMMIT')
    this.memory.position = { ...position, totals }
    late.remove(day, rows)
    log.debug({ day, rows, tally, tookMs: clock.monotonic() - began }, 'Late rows settled')
    return rows
  }

  #exclusively<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work).catch((cause: unknown) => {
      if (isFatal(cause)) this.#fatal ??= cause
      throw failureOf(operation, this.#props.file, cause)
    })
    this.#writing = done.catch(() => undefined)
    return done
  }
}
