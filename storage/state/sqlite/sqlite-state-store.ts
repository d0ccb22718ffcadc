import { Kysely } from 'kysely'
import type { AuditEntry } from '../../../model/audit.ts'
import type { Clock } from '../../../model/clock.ts'
import type { Log } from '../../../model/log.ts'
import type { ListedObservation, ObservationQuery, Observed } from '../../../model/observation.ts'
import type { Position } from '../../../model/position.ts'
import { PositionSet } from '../../../model/position-set.ts'
import type { Redecoded } from '../../../model/redecode.ts'
import type { Quarantined } from '../../../model/reading-batch.ts'
import type { RegistryChange } from '../../../model/registry.ts'
import type { SeriesDefinition, SeriesId, SeriesKey } from '../../../model/series.ts'
import * as access from '../access.ts'
import { addAudit, beginAudit } from '../audit-log.ts'
import { migrate } from '../migrate.ts'
import { stateMigrations } from '../migrations/state-migrations.ts'
import { addObserved, listedObservations, newestObservation } from '../observations.ts'
import { quarantinedBetween } from '../quarantine-blocks.ts'
import { addQuarantined, quarantineReasons, quarantinedMessages, readerPosition } from '../quarantine-index.ts'
import * as redecodes from '../redecodes.ts'
import {
  addChanges,
  changesInEffect,
  pendingChanges,
  placeChanges,
  ruleVersionsOf,
  versionsOf,
  withdrawChanges
} from '../registry-changes.ts'
import { idsOf, seriesDefinitions } from '../series-ids.ts'
import type {
  ApiToken,
  Connector,
  ConnectorChange,
  Credential,
  NewRedecodeJob,
  OutboxEntry,
  PlacedRule,
  PlacedVersion,
  OutsideKept,
  QuarantineCount,
  QuarantineCounting,
  QuarantineQuery,
  RedecodeJob,
  StateStore
} from '../state-store.ts'
import type { StateTables } from '../tables.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openDatabase } from './open-database.ts'
import { SqliteOnboardingStore } from './sqlite-onboarding-store.ts'
import { SqliteAlarmStore } from './sqlite-alarm-store.ts'
import { SqliteDerivedStore } from './sqlite-derived-store.ts'
import { SqliteHealthStore } from './sqlite-health-store.ts'
import { SqliteNoticeStore } from './sqlite-notice-store.ts'
import { SqlitePeopleStore } from './sqlite-people-store.ts'
import { StateWork } from './state-work.ts'

export interface SqliteStateStoreProps {
  /** The database file, in a folder that exists; `:memory:` keeps nothing. */
  readonly file: string
  readonly clock: Clock
  readonly log: Log
  /** Chains the audit log; it stands outside the database. */
  readonly auditKey: Uint8Array
}

/**
 * State in one SQLite file (see `StateStore`). Each call is synced to disk when its promise resolves. It blocks its thread
 * while SQLite works, so it belongs into a thread of its own; arguments and results are plain, cloneable objects.
 */
export class SqliteStateStore implements StateStore {
  readonly #props: SqliteStateStoreProps
  /** People and the audit log, in the same database. */
  readonly people: SqlitePeopleStore
  /** Onboarding, in the same database. */
  readonly onboarding: SqliteOnboardingStore
  readonly health: SqliteHealthStore
  readonly derived: SqliteDerivedStore
  /** Alarms, in the same database. */
  readonly alarms: SqliteAlarmStore
  /** Recipients and notices, in the same database. */
  readonly notices: SqliteNoticeStore
  readonly #state: StateWork

  constructor(props: SqliteStateStoreProps) {
    this.#props = props
    this.#state = new StateWork(props.file)
    this.people = new SqlitePeopleStore(this.#state, props.auditKey)
    this.onboarding = new SqliteOnboardingStore(this.#state, props.auditKey)
    this.health = new SqliteHealthStore(this.#state)
    this.derived = new SqliteDerivedStore(this.#state)
    this.notices = new SqliteNoticeStore(this.#state, props.auditKey)
    this.alarms = new SqliteAlarmStore({ work: this.#state, clock: props.clock, auditKey: props.auditKey })
  }

  async start(): Promise<void> {
    const { file, log, auditKey } = this.#props
    if (this.#state.isOpen) return
    const db = await this.#open()
    this.#state.open(db)
    const ran = await this.#state
      .read('migrate', () => migrate(db, stateMigrations))
      .then(async names => {
        await this.#state.write('begin audit log', trx => beginAudit(trx, auditKey))
        return names
      })
      .catch(async (error: unknown) => {
        await this.stop()
        throw error
      })
    log.info({ file, migrations: ran }, 'State opened')
  }

  async stop(): Promise<void> {
    if (!this.#state.isOpen) return
    await this.#state.close()
    this.#props.log.info({ file: this.#props.file }, 'State closed')
  }

  change(
    changes: readonly RegistryChange[],
    after: Position,
    audit: readonly AuditEntry[] = []
  ): Promise<readonly OutboxEntry[]> {
    const madeAt = this.#props.clock.now()
    return this.#audited('change registry', audit, trx => addChanges(trx, changes, { madeAt, after }))
  }

  pending(): Promise<readonly OutboxEntry[]> {
    return this.#state.read('list pending changes', pendingChanges)
  }

  withdraw(ids: readonly number[]): Promise<void> {
    return this.#state.write('withdraw changes', trx => withdrawChanges(trx, ids))
  }

  async appended(entries: readonly { readonly id: number; readonly position: Position }[]): Promise<void> {
    const placedBefore = await this.#state.write('place changes', trx => placeChanges(trx, entries))
    if (placedBefore.length > 0)
      this.#props.log.warn(
        { outboxIds: placedBefore },
        'Registry changes stand in the log twice; the first place counts'
      )
  }

  profileVersions(id: string): Promise<readonly PlacedVersion[]> {
    return this.#state.read('list profile versions', db => versionsOf(db, id))
  }

  ruleVersions(id: string): Promise<readonly PlacedRule[]> {
    return this.#state.read('list rule versions', db => ruleVersionsOf(db, id))
  }

  registryAt(position: Position): Promise<readonly RegistryChange[]> {
    return this.#state.read('read registry', db => changesInEffect(db, position))
  }

  addCredential(credential: Credential, audit?: AuditEntry): Promise<void> {
    return this.#audited('add credential', [audit], trx => access.insertCredential(trx, credential))
  }

  removeCredentials(username: string, hashStart = '', audit?: AuditEntry): Promise<number> {
    return this.#removed('remove credentials', audit, trx => access.deleteCredentials(trx, username, hashStart))
  }

  credentials(): Promise<readonly Credential[]> {
    return this.#state.read('list credentials', access.allCredentials)
  }

  addToken(token: Omit<ApiToken, 'id'>, audit?: AuditEntry): Promise<number> {
    return this.#state.write('add token', async trx => {
      const id = await access.insertToken(trx, token)
      // The line is written before the id is known to whoever asks.
      await addAudit(trx, [audit && { ...audit, object: `token:${id}` }], this.#props.auditKey)
      return id
    })
  }

  rotateToken(id: number, secretHash: string, until: number, audit?: AuditEntry): Promise<void> {
    return this.#audited('rotate token', [audit], trx => access.rotateToken(trx, id, { secretHash, until }))
  }

  removeToken(id: number, audit?: AuditEntry): Promise<boolean> {
    return this.#removed('remove token', audit, trx => access.deleteToken(trx, id))
  }

  touchTokens(used: readonly { readonly id: number; readonly at: number }[]): Promise<void> {
    return this.#state.write('touch tokens', async trx => {
      for (const { id, at } of used) {
        await trx.updateTable('api_token').set({ last_used_at: at }).where('id', '=', id).execute()
      }
    })
  }

  tokens(): Promise<readonly ApiToken[]> {
    return this.#state.read('list tokens', access.allTokens)
  }

  addConnector(connector: Connector, audit?: AuditEntry): Promise<void> {
    return this.#audited('add connector', [audit], trx => access.insertConnector(trx, connector))
  }

  removeConnector(name: string, audit?: AuditEntry): Promise<boolean> {
    return this.#removed('remove connector', audit, trx => access.deleteConnector(trx, name))
  }

  changeConnector(name: string, change: ConnectorChange, audit?: AuditEntry): Promise<void> {
    return this.#audited('change connector', [audit], trx => access.updateConnector(trx, name, change))
  }

  connectors(): Promise<readonly Connector[]> {
    return this.#state.read('list connectors', access.allConnectors)
  }

  keepRhythms(rhythms: readonly Pick<Connector, 'name' | 'rhythm'>[]): Promise<void> {
    return this.#state.write('keep rhythms', trx => access.updateRhythms(trx, rhythms))
  }

  allocateSeries(keys: readonly SeriesKey[]): Promise<readonly SeriesId[]> {
    return this.#state.write('allocate series', trx => idsOf(trx, keys))
  }

  series(after: SeriesId = 0): Promise<readonly SeriesDefinition[]> {
    return this.#state.read('list series', db => seriesDefinitions(db, after))
  }

  quarantine(entries: readonly Quarantined[], position: Position): Promise<void> {
    return this.#state.write('quarantine', trx => addQuarantined(trx, entries, position))
  }

  quarantinePosition(): Promise<Position> {
    return this.#state.read('read quarantine position', readerPosition)
  }

  quarantined(query: QuarantineQuery): Promise<readonly Quarantined[]> {
    return this.#state.read('list quarantine', db => quarantinedMessages(db, query))
  }

  quarantineReasons(query: QuarantineCounting): Promise<readonly QuarantineCount[]> {
    return this.#state.read('count quarantine', db => quarantineReasons(db, query))
  }

  quarantinedBetween(from: Position, to: Position, reason?: string): Promise<string> {
    return this.#state.read('read quarantine', async db => {
      if (reason === undefined) return PositionSet.of(from, to, await quarantinedBetween(db, from, to)).toString()
      const query = { limit: to - from + 1, before: to + 1, from, reason }
      return PositionSet.of(
        from,
        to,
        (await quarantinedMessages(db, query)).map(({ position }) => position)
      ).toString()
    })
  }

  addRedecode(job: NewRedecodeJob, audit?: AuditEntry): Promise<number> {
    return this.#audited('add redecode job', [audit], trx => redecodes.insertRedecode(trx, job))
  }

  redecodeToDo(): Promise<RedecodeJob | undefined> {
    return this.#state.read('find redecode job', redecodes.redecodeToDo)
  }

  redecodeNeeds(): Promise<Position | undefined> {
    return this.#state.read('find what redecode jobs need', redecodes.redecodeNeeds)
  }

  passRedecode(id: number, next: Position, outside: OutsideKept): Promise<void> {
    const now = this.#props.clock.now()
    return this.#state.write('pass over what is gone', trx => redecodes.passRedecode(trx, id, { next, outside, now }))
  }

  beginRedecode(id: number, began: Position): Promise<RedecodeJob | undefined> {
    return this.#state.write('begin redecode job', trx => redecodes.beginRedecode(trx, id, began))
  }

  redecoded(done: Redecoded, entries: readonly Quarantined[], position: Position): Promise<void> {
    const now = this.#props.clock.now()
    return this.#state.write('take in redecoded', trx => redecodes.takeRedecoded(trx, { done, entries, position, now }))
  }

  endRedecode(id: number, detail: string): Promise<void> {
    const now = this.#props.clock.now()
    return this.#state.write('end redecode job', trx => redecodes.endRedecode(trx, id, { detail, now }))
  }

  redecode(id: number): Promise<RedecodeJob | undefined> {
    return this.#state.read('find redecode job', db => redecodes.redecodeOf(db, id))
  }

  redecodes(limit: number): Promise<readonly RedecodeJob[]> {
    return this.#state.read('list redecode jobs', db => redecodes.redecodeJobs(db, limit))
  }

  observe(observed: readonly Observed[]): Promise<void> {
    return this.#state.write('keep observations', trx => addObserved(trx, observed))
  }

  observations(query: ObservationQuery): Promise<readonly ListedObservation[]> {
    return this.#state.read('list observations', db => listedObservations(db, query))
  }

  observationAt(device: string, metric: string, t: number): Promise<Observed | undefined> {
    return this.#state.read('find observation', db => newestObservation(db, { device, metric, t }))
  }

  /** The work and its lines of the audit log are kept together, or not at all. */
  #audited<T>(
    operation: string,
    audit: readonly (AuditEntry | undefined)[],
    work: (trx: Kysely<StateTables>) => Promise<T>
  ): Promise<T> {
    return this.#state.write(operation, async trx => {
      const result = await work(trx)
      await addAudit(trx, audit, this.#props.auditKey)
      return result
    })
  }

  /** As `audited`; where nothing was removed there is no line. */
  #removed<T extends number | boolean>(
    operation: string,
    audit: AuditEntry | undefined,
    work: (trx: Kysely<StateTables>) => Promise<T>
  ): Promise<T> {
    return this.#state.write(operation, async trx => {
      const result = await work(trx)
      if (Number(result) > 0) await addAudit(trx, [audit], this.#props.auditKey)
      return result
    })
  }

  async #open(): Promise<Kysely<StateTables>> {
    try {
      const database = openDatabase(this.#props.file, stateMigrations)
      return new Kysely<StateTables>({ dialect: new NodeSqliteDialect(database) })
    } catch (error) {
      throw this.#state.failure('open', error)
    }
  }
}
