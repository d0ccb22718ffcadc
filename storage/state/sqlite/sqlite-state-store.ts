import { Kysely } from 'kysely'
import type { Clock } from '../../../model/clock.ts'
import { SenError } from '../../../model/errors.ts'
import type { Log } from '../../../model/log.ts'
import type { Position } from '../../../model/position.ts'
import type { Quarantined } from '../../../model/reading-batch.ts'
import type { RegistryChange } from '../../../model/registry.ts'
import type { SeriesDefinition, SeriesId, SeriesKey } from '../../../model/series.ts'
import * as access from '../access.ts'
import { migrate } from '../migrate.ts'
import { stateMigrations } from '../migrations/state-migrations.ts'
import { addQuarantined, quarantinedMessages, readerPosition } from '../quarantine-index.ts'
import { addChanges, changesInEffect, pendingChanges, placeChanges, withdrawChanges } from '../registry-changes.ts'
import { idsOf, seriesDefinitions } from '../series-ids.ts'
import type { ApiToken, Connector, Credential, OutboxEntry, QuarantineQuery, StateStore } from '../state-store.ts'
import type { StateTables } from '../tables.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openDatabase } from './open-database.ts'

export interface SqliteStateStoreProps {
  /** The database file, in a folder that exists; `:memory:` keeps nothing. */
  readonly file: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * State in one SQLite file (see `StateStore`). Each call is synced to disk when its promise resolves. It blocks its thread
 * while SQLite works, so it belongs into a thread of its own; arguments and results are plain, cloneable objects.
 */
export class SqliteStateStore implements StateStore {
  readonly #props: SqliteStateStoreProps
  readonly #underWay = new Set<Promise<unknown>>()
  #db: Kysely<StateTables> | undefined

  constructor(props: SqliteStateStoreProps) {
    this.#props = props
  }

  async start(): Promise<void> {
    const { file, log } = this.#props
    if (this.#db !== undefined) return
    const db = await this.#open()
    this.#db = db
    const ran = await this.#work('migrate', () => migrate(db, stateMigrations)).catch(async (error: unknown) => {
      await this.stop()
      throw error
    })
    log.info({ file, migrations: ran }, 'State opened')
  }

  async stop(): Promise<void> {
    const db = this.#db
    if (db === undefined) return
    this.#db = undefined
    await Promise.allSettled(this.#underWay)
    await db.destroy()
    this.#props.log.info({ file: this.#props.file }, 'State closed')
  }

  change(changes: readonly RegistryChange[], after: Position): Promise<readonly OutboxEntry[]> {
    const madeAt = this.#props.clock.now()
    return this.#write('change registry', trx => addChanges(trx, changes, { madeAt, after }))
  }

  pending(): Promise<readonly OutboxEntry[]> {
    return this.#work('list pending changes', pendingChanges)
  }

  withdraw(ids: readonly number[]): Promise<void> {
    return this.#write('withdraw changes', trx => withdrawChanges(trx, ids))
  }

  async appended(entries: readonly { readonly id: number; readonly position: Position }[]): Promise<void> {
    const placedBefore = await this.#write('place changes', trx => placeChanges(trx, entries))
    if (placedBefore.length > 0)
      this.#props.log.warn(
        { outboxIds: placedBefore },
        'Registry changes stand in the log twice; the first place counts'
      )
  }

  registryAt(position: Position): Promise<readonly RegistryChange[]> {
    return this.#work('read registry', db => changesInEffect(db, position))
  }

  addCredential(credential: Credential): Promise<void> {
    return this.#work('add credential', db => access.insertCredential(db, credential))
  }

  removeCredentials(username: string): Promise<number> {
    return this.#work('remove credentials', db => access.deleteCredentials(db, username))
  }

  credentials(): Promise<readonly Credential[]> {
    return this.#work('list credentials', access.allCredentials)
  }

  addToken(token: Omit<ApiToken, 'id'>): Promise<number> {
    return this.#write('add token', trx => access.insertToken(trx, token))
  }

  removeToken(id: number): Promise<boolean> {
    return this.#work('remove token', db => access.deleteToken(db, id))
  }

  tokens(): Promise<readonly ApiToken[]> {
    return this.#work('list tokens', access.allTokens)
  }

  addConnector(connector: Connector): Promise<void> {
    return this.#work('add connector', db => access.insertConnector(db, connector))
  }

  removeConnector(name: string): Promise<boolean> {
    return this.#work('remove connector', db => access.deleteConnector(db, name))
  }

  connectors(): Promise<readonly Connector[]> {
    return this.#work('list connectors', access.allConnectors)
  }

  allocateSeries(keys: readonly SeriesKey[]): Promise<readonly SeriesId[]> {
    return this.#write('allocate series', trx => idsOf(trx, keys))
  }

  series(): Promise<readonly SeriesDefinition[]> {
    return this.#work('list series', seriesDefinitions)
  }

  quarantine(entries: readonly Quarantined[], position: Position): Promise<void> {
    return this.#write('quarantine', trx => addQuarantined(trx, entries, position))
  }

  quarantinePosition(): Promise<Position> {
    return this.#work('read quarantine position', readerPosition)
  }

  quarantined(query: QuarantineQuery): Promise<readonly Quarantined[]> {
    return this.#work('list quarantine', db => quarantinedMessages(db, query))
  }

  async #open(): Promise<Kysely<StateTables>> {
    try {
      const database = openDatabase(this.#props.file, stateMigrations)
      return new Kysely<StateTables>({ dialect: new NodeSqliteDialect(database) })
    } catch (error) {
      throw this.#failure('open', error)
    }
  }

  /** Work in one transaction: all of it is kept, or nothing. */
  #write<T>(operation: string, work: (trx: Kysely<StateTables>) => Promise<T>): Promise<T> {
    return this.#work(operation, db => db.transaction().execute(work))
  }

  #work<T>(operation: string, work: (db: Kysely<StateTables>) => Promise<T>): Promise<T> {
    const result = this.#attempt(operation, work)
    this.#underWay.add(result)
    const forget = (): boolean => this.#underWay.delete(result)
    result.then(forget, forget)
    return result
  }

  async #attempt<T>(operation: string, work: (db: Kysely<StateTables>) => Promise<T>): Promise<T> {
    if (this.#db === undefined) throw this.#failure(operation, new Error('the store is not open'))
    try {
      return await work(this.#db)
    } catch (error) {
      throw this.#failure(operation, error)
    }
  }

  #failure(operation: string, error: unknown): SenError {
    if (error instanceof SenError) return error
    const cause = error instanceof Error ? error.message : String(error)
    return new SenError('SEN_STATE_FAILED', `${operation} ${this.#props.file}: ${cause}`, { cause: error })
  }
}
