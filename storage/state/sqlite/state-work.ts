import type { Kysely } from 'kysely'
import { SenError } from '../../../model/errors.ts'
import type { StateTables } from '../tables.ts'

/** Runs what the stores of one database ask for, and knows what is under way. */
export class StateWork {
  readonly #file: string
  readonly #underWay = new Set<Promise<unknown>>()
  #db: Kysely<StateTables> | undefined

  constructor(file: string) {
    this.#file = file
  }

  get isOpen(): boolean {
    return this.#db !== undefined
  }

  open(db: Kysely<StateTables>): void {
    this.#db = db
  }

  /** Takes nothing more, waits for what is under way, and closes. */
  async close(): Promise<void> {
    const db = this.#db
    this.#db = undefined
    await Promise.allSettled(this.#underWay)
    await db?.destroy()
  }

  /** Work in one transaction: all of it is kept, or nothing. */
  write<T>(operation: string, work: (trx: Kysely<StateTables>) => Promise<T>): Promise<T> {
    return this.read(operation, db => db.transaction().execute(work))
  }

  /** One statement, or several that need not see the same moment. */
  read<T>(operation: string, work: (db: Kysely<StateTables>) => Promise<T>): Promise<T> {
    const result = this.#attempt(operation, work)
    this.#underWay.add(result)
    const forget = (): boolean => this.#underWay.delete(result)
    result.then(forget, forget)
    return result
  }

  failure(operation: string, error: unknown): SenError {
    if (error instanceof SenError) return error
    const cause = error instanceof Error ? error.message : String(error)
    return new SenError('SEN_STATE_FAILED', `${operation} ${this.#file}: ${cause}`, { cause: error })
  }

  async #attempt<T>(operation: string, work: (db: Kysely<StateTables>) => Promise<T>): Promise<T> {
    if (this.#db === undefined) throw this.failure(operation, new Error('the store is not open'))
    try {
      return await work(this.#db)
    } catch (error) {
      throw this.failure(operation, error)
    }
  }
}
