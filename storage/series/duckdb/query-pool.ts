import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { SenError } from '../../../model/errors.ts'
import { failureOf, isOutOfMemory } from './failure.ts'

export interface QueryPoolProps {
  readonly file: string
  /** How many queries run at once, each on a connection of its own. */
  readonly connections: number
  /** How many of them may be wide ones, at least 1. */
  readonly wide: number
  /** How many more may wait. */
  readonly queued: number
  /** How long one may run, ms. */
  readonly queryMs: number
  readonly memoryMb: number
}

/** How often an interrupted query is told again: a call between two statements would be lost. */
const interruptEveryMs = 20

/** What is asked for. */
export interface Question {
  /** For messages. */
  readonly operation: string
  /** Reads much: others of its kind wait, so that one that reads little finds a connection and devices a processor. */
  readonly isWide: boolean
  /** Aborts: the query is interrupted, and the promise rejects with the signal's reason. */
  readonly signal: AbortSignal | undefined
}

/** A query that waits for a connection. */
interface Waiting {
  readonly isWide: boolean
  readonly resolve: (connection: DuckDBConnection) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Runs queries on a few connections; the others wait in line. Each has a time limit, counted from when it gets its
 * connection, and can be interrupted.
 */
export class QueryPool {
  readonly #props: QueryPoolProps
  readonly #all: DuckDBConnection[] = []
  readonly #idle: DuckDBConnection[] = []
  readonly #waiting: Waiting[] = []
  readonly #running = new Set<RunningQuery>()
  #wideRunning = 0
  #isStopping = false

  constructor(props: QueryPoolProps) {
    this.#props = props
  }

  async start(instance: DuckDBInstance): Promise<void> {
    for (let index = 0; index < this.#props.connections; index++) this.#all.push(await instance.connect())
    this.#idle.push(...this.#all)
  }

  /**
   * Runs `work` on a connection that is its own meanwhile.
   * @throws SenError `SEN_OVERLOADED` if the line is full; `SEN_QUERY_LIMIT` beyond the limits of time and memory.
   */
  async run<T>(question: Question, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const { operation, signal } = question
    signal?.throwIfAborted()
    const connection = await this.#connection(question)
    const query = new RunningQuery(connection, signal)
    this.#running.add(query)
    const { queryMs } = this.#props
    const timer = setTimeout(() => query.interrupt(this.#tooLong(operation)), queryMs)
    try {
      const result = await work(connection)
      signal?.throwIfAborted()
      return result
    } catch (cause) {
      if (query.reason !== undefined) throw query.reason
      if (isOutOfMemory(cause)) throw this.#tooLarge(operation, cause)
      throw failureOf(operation, this.#props.file, cause)
    } finally {
      clearTimeout(timer)
      query.end()
      this.#running.delete(query)
      this.#release(connection, question)
    }
  }

  /** Ends the queries that run now, so that a write gets the memory it needs. */
  async yieldMemory(): Promise<void> {
    await this.#interruptAll(this.#tooLarge('query', undefined))
  }

  /** Interrupts what runs, refuses what waits, and closes the connections once they are free. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#stopped('query'))
    await this.#interruptAll(this.#stopped('query'))
    for (const connection of this.#all.splice(0)) connection.closeSync()
  }

  async #interruptAll(reason: SenError): Promise<void> {
    const running = [...this.#running]
    for (const query of running) query.interrupt(reason)
    await Promise.all(running.map(query => query.ended))
  }

  #connection({ operation, signal, isWide }: Question): Promise<DuckDBConnection> {
    if (this.#isStopping) throw this.#stopped(operation)
    const idle = this.#mayRun(isWide) ? this.#idle.pop() : undefined
    if (idle) {
      if (isWide) this.#wideRunning++
      return Promise.resolve(idle)
    }
    const { queued } = this.#props
    if (this.#waiting.length >= queued)
      throw new SenError(
        'SEN_OVERLOADED',
        `${operation}: ${this.#running.size} queries run and ${this.#waiting.length} wait, at most ${queued} may wait`,
        { hint: 'Ask again a little later.' }
      )
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { isWide, resolve: settled(resolve), reject: settled(reject) }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(asError(signal?.reason))
      }
      function settled<T>(settle: (value: T) => void): (value: T) => void {
        return value => {
          signal?.removeEventListener('abort', leave)
          settle(value)
        }
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiting)
    })
  }

  #mayRun(isWide: boolean): boolean {
    return !isWide || this.#wideRunning < this.#props.wide
  }

  /** The connection goes to the first in line that may have it. */
  #release(connection: DuckDBConnection, { isWide }: Question): void {
    if (isWide) this.#wideRunning--
    this.#idle.push(connection)
    for (let place = 0; place < this.#waiting.length && this.#idle.length > 0;) {
      const next = this.#waiting[place]
      if (!next || !this.#mayRun(next.isWide)) {
        place++
        continue
      }
      this.#waiting.splice(place, 1)
      if (next.isWide) this.#wideRunning++
      const free = this.#idle.pop()
      if (free) next.resolve(free)
    }
  }

  #tooLong(operation: string): SenError {
    return new SenError(
      'SEN_QUERY_LIMIT',
      `${operation}: not done after ${this.#props.queryMs} ms, the longest a query may take`,
      {
        hint: 'Ask for a shorter time or fewer series.'
      }
    )
  }

  #tooLarge(operation: string, cause: unknown): SenError {
    return new SenError(
      'SEN_QUERY_LIMIT',
      `${operation}: needs more than there is of the ${this.#props.memoryMb} MB that queries and writes share`,
      { cause, hint: 'Ask for a shorter time or fewer series.' }
    )
  }

  #stopped(operation: string): SenError {
    return new SenError('SEN_SERIES_FAILED', `${operation}: the series store is not open`)
  }
}

/** A query that has a connection, until `end`. */
class RunningQuery {
  readonly #connection: DuckDBConnection
  readonly #signal: AbortSignal | undefined
  readonly #ended = Promise.withResolvers<void>()
  readonly #onAbort = (): void => this.interrupt(asError(this.#signal?.reason))
  #repeat: NodeJS.Timeout | undefined
  /** Why it was interrupted, if it was. */
  reason: Error | undefined

  constructor(connection: DuckDBConnection, signal: AbortSignal | undefined) {
    this.#connection = connection
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  interrupt(reason: Error): void {
    if (this.reason) return
    this.reason = reason
    this.#connection.interrupt()
    this.#repeat = setInterval(() => this.#connection.interrupt(), interruptEveryMs)
  }

  end(): void {
    clearInterval(this.#repeat)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#ended.resolve()
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(`aborted: ${String(reason)}`)
}
