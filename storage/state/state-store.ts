import type { AuditEntry } from '../../model/audit.ts'
import type { ConnectorOptions, ConnectorRhythm, ConnectorType } from '../../model/connector.ts'
import type { ProfileVersion } from '../../model/profile.ts'
import type { ListedObservation, ObservationQuery, Observed } from '../../model/observation.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { Rule } from '../../model/rule.ts'
import type { Position } from '../../model/position.ts'
import type { Quarantined } from '../../model/reading-batch.ts'
import type { RedecodeCounts, RedecodeSelection, Redecoded } from '../../model/redecode.ts'
import type { SeriesDefinition, SeriesId, SeriesKey } from '../../model/series.ts'

/** What a credential opens: one device's topics, one site's, everything a connector may bring, or one webhook. */
export type CredentialKind = 'device' | 'site' | 'connector' | 'webhook'

/** A machine's way in. Its secret is a token of 128 random bits; only the SHA-256 of it is kept. */
export interface Credential {
  /** User name: the device's id, `site:<site>`, `connector:<name>`, `webhook:<name>`. */
  readonly username: string
  readonly kind: CredentialKind
  /** Id of the device, the site or the connector. */
  readonly subject: string
  /** SHA-256 of the password, hex. Several credentials may share a user name (rotation). */
  readonly secretHash: string
  readonly createdAt: number
}

/** A program's bearer token; only the SHA-256 is kept. */
export interface ApiToken {
  readonly id: number
  readonly name: string
  /** What it may do; see `server/auth/roles.ts`. */
  readonly role: string
  /** Root of the subtree it opens. */
  readonly organisation: string
  readonly secretHash: string
  readonly createdAt: number
  readonly expiresAt: number | undefined
  /** Sees only what is simulated, whatever its role. */
  readonly isSandbox: boolean
  /** Requests it may make a minute; `undefined`: as many as it likes. */
  readonly perMinute: number | undefined
  readonly lastUsedAt: number | undefined
  /** The secret before the last rotation, good until then. */
  readonly previous: { readonly secretHash: string; readonly until: number } | undefined
}

/** A connection to a broker of somebody else's, or a webhook that somebody else calls. */
export interface Connector {
  readonly name: string
  readonly type: ConnectorType
  /** Address of the broker, credentials included, sealed with the key file; `undefined` for an incoming one. */
  readonly url: string | undefined
  readonly organisation: string
  readonly createdAt: number
  readonly isPaused: boolean
  readonly options: ConnectorOptions
  /** `ConnectorSecrets` as JSON, sealed with the key file. */
  readonly secrets: string | undefined
  readonly rhythm?: ConnectorRhythm | undefined
}

/** What of a connector can be changed. */
export type ConnectorChange = Partial<Pick<Connector, 'url' | 'isPaused' | 'options' | 'secrets'>>

/** A change that waits to be appended to the raw log. */
export interface OutboxEntry {
  readonly id: number
  readonly change: RegistryChange
  /** End of the raw log when the change was made: if it was appended before a crash, it stands after this. */
  readonly after: Position
}

/** Which entries of the quarantine are counted. */
export interface QuarantineCounting extends Pick<QuarantineQuery, 'device' | 'sites' | 'before' | 'reason'> {
  /** Only those that name one of these devices or radios. */
  readonly devices?: readonly string[] | undefined
  /** Only those that came then, ms UTC; `until` excluded. */
  readonly since?: number | undefined
  readonly until?: number | undefined
}

export interface QuarantineQuery {
  readonly limit: number
  /** Only entries with a lower position (older ones), for paging. */
  readonly before?: Position | undefined
  /** Only entries from this position on. */
  readonly from?: Position | undefined
  readonly device?: string | undefined
  readonly reason?: string | undefined
  /** Only messages that name one of these sites; all where left out. */
  readonly sites?: readonly string[] | undefined
}

/** A version of a profile, and from where in the raw log on it is in effect. */
export interface PlacedVersion {
  /** `undefined`: the version before was removed. */
  readonly version: ProfileVersion | undefined
  readonly madeAt: number
  readonly position: Position | undefined
}

/** A version of a rule, and from where in the raw log on it is in effect. */
export interface PlacedRule {
  /** `undefined`: it was removed. */
  readonly rule: Rule | undefined
  readonly madeAt: number
  readonly position: Position | undefined
}

/** Entries of one reason, and when the oldest and the newest of them came, ms UTC. */
export interface QuarantineCount {
  readonly reason: string
  readonly count: number
  readonly oldest: number
  readonly newest: number
}

/** What a job asked for that the raw log has given up. */
export interface OutsideKept {
  /** When the oldest message came that is still there, ms UTC; `undefined` if there is none. */
  readonly keptFrom: number | undefined
  /** Messages of anybody that the raw log has given up since it began; `undefined` in jobs that did not note it. */
  readonly removed: number | undefined
  /** Messages in quarantine among those that are gone, as far as their index goes, and when they came, ms UTC. */
  readonly quarantined: number
  readonly oldest: number | undefined
  readonly newest: number | undefined
}

/** A job of decoding again that is to be. */
export interface NewRedecodeJob {
  readonly selection: RedecodeSelection
  /** By time of receipt, ms UTC; `to` excluded. */
  readonly fromTime: number | undefined
  readonly toTime: number | undefined
  readonly author: string
  readonly madeAt: number
  /** The stretch of the raw log, both ends included. */
  readonly first: Position
  readonly last: Position
  readonly outside: OutsideKept | undefined
}

/** A job of decoding again, and how far it is. */
export interface RedecodeJob extends NewRedecodeJob {
  readonly id: number
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly endedAt: number | undefined
  readonly began: Position | undefined
  readonly generation: number | undefined
  /** Everything before this is done. */
  readonly next: Position
  readonly counts: RedecodeCounts
  readonly detail: string
}

/**
 * Relational state: registry, credentials, tokens, connectors, series ids, quarantine index, and the outbox of the raw log.
 *
 * A registry change is written with its outbox row in one transaction, and takes effect for everybody at the raw position
 * that `appended` reports. Throws `SEN_STATE_FAILED`; `SEN_CONFLICT` and `SEN_NOT_FOUND` where a change does not fit.
 */
export interface StateStore {
  /** Opens and migrates. A database of a newer version is refused and left untouched (`SEN_STATE_FAILED` names both). */
  start(): Promise<void>
  /** Safe to call twice. */
  stop(): Promise<void>

  /**
   * Records changes with their outbox rows, all or nothing. References must exist (a site's organisation, a device's site,
   * a gateway's owner), counting earlier changes of the same call: `SEN_NOT_FOUND` names the missing one. Nothing is removed
   * that others still refer to, an organisation with connectors or valid tokens included: `SEN_CONFLICT` names them.
   * @param after - end of the raw log now.
   * @param audit - who did it: kept with the changes, or not at all.
   */
  change(
    changes: readonly RegistryChange[],
    after: Position,
    audit?: readonly AuditEntry[]
  ): Promise<readonly OutboxEntry[]>
  /** Changes not yet known to be in the raw log, oldest first. */
  pending(): Promise<readonly OutboxEntry[]>
  /** Takes back changes that are certainly not in the raw log; those with a position stay. */
  withdraw(ids: readonly number[]): Promise<void>
  /** Says at which raw position each change took effect. */
  appended(entries: readonly { readonly id: number; readonly position: Position }[]): Promise<void>
  /** Every version of a profile that was put in place, newest first; `undefined` where it was removed. */
  profileVersions(id: string): Promise<readonly PlacedVersion[]>
  /** Every version of a rule, newest first. */
  ruleVersions(id: string): Promise<readonly PlacedRule[]>
  /** The changes in effect at a raw position: one a thing (its newest at or before it), in an order that can be applied. */
  registryAt(position: Position): Promise<readonly RegistryChange[]>

  addCredential(credential: Credential, audit?: AuditEntry): Promise<void>
  /**
   * Removes every credential of this user name, or the one whose hash begins with `hashStart`.
   * @returns how many there were.
   */
  removeCredentials(username: string, hashStart?: string, audit?: AuditEntry): Promise<number>
  credentials(): Promise<readonly Credential[]>

  /** @returns the token's id. */
  addToken(token: Omit<ApiToken, 'id'>, audit?: AuditEntry): Promise<number>
  /** Gives it another secret; the one before is good until `until`. `SEN_NOT_FOUND`. */
  rotateToken(id: number, secretHash: string, until: number, audit?: AuditEntry): Promise<void>
  removeToken(id: number, audit?: AuditEntry): Promise<boolean>
  touchTokens(used: readonly { readonly id: number; readonly at: number }[]): Promise<void>
  tokens(): Promise<readonly ApiToken[]>

  /** `SEN_CONFLICT` if the name is taken. */
  addConnector(connector: Connector, audit?: AuditEntry): Promise<void>
  removeConnector(name: string, audit?: AuditEntry): Promise<boolean>
  /** Replaces what is given; `SEN_NOT_FOUND`. */
  changeConnector(name: string, change: ConnectorChange, audit?: AuditEntry): Promise<void>
  connectors(): Promise<readonly Connector[]>
  /** Keeps what connectors have learned of their rhythm. Names that are not there any more are passed over. */
  keepRhythms(rhythms: readonly Pick<Connector, 'name' | 'rhythm'>[]): Promise<void>

  /**
   * Gives each key its id: the one it has, or a new one (durable when the promise resolves).
   * @returns ids in the order of `keys`.
   */
  allocateSeries(keys: readonly SeriesKey[]): Promise<readonly SeriesId[]>
  /** Every series, by id; those above `after` where it is given. */
  series(after?: SeriesId): Promise<readonly SeriesDefinition[]>

  /**
   * Adds entries and moves the quarantine reader's position, in one transaction; entries at or below its position are
   * skipped. Keeps the newest 100,000.
   */
  quarantine(entries: readonly Quarantined[], position: Position): Promise<void>
  quarantinePosition(): Promise<Position>
  /** Newest first. */
  quarantined(query: QuarantineQuery): Promise<readonly Quarantined[]>
  quarantineReasons(query: QuarantineCounting): Promise<readonly QuarantineCount[]>
  /**
   * Which messages from `from` to `to` (both included) stand in quarantine, as a `PositionSet`; of one reason: as far as
   * the index goes, without: all.
   */
  quarantinedBetween(from: Position, to: Position, reason?: string): Promise<string>

  /** @returns the job's id. A job without messages is done at once. */
  addRedecode(job: NewRedecodeJob, audit?: AuditEntry): Promise<number>
  /** The oldest job that has not ended. */
  redecodeToDo(): Promise<RedecodeJob | undefined>
  /** The first raw position that a job which has not ended has still to read; `undefined` if there is no such job. */
  redecodeNeeds(): Promise<Position | undefined>
  /** Notes what the raw log has given up of a job's stretch: it goes on at `next`, if it is not there yet, or ends. */
  passRedecode(id: number, next: Position, outside: OutsideKept): Promise<void>
  /** Lets a waiting job begin. @param began - end of the raw log now. @returns the job. */
  beginRedecode(id: number, began: Position): Promise<RedecodeJob | undefined>
  /** As `quarantine`, of a part of decoding again: it counts once. */
  redecoded(done: Redecoded, entries: readonly Quarantined[], position: Position): Promise<void>
  endRedecode(id: number, detail: string): Promise<void>
  redecode(id: number): Promise<RedecodeJob | undefined>
  /** Newest first. */
  redecodes(limit: number): Promise<readonly RedecodeJob[]>

  /** Keeps what people entered or took back, each position once, for good. */
  observe(observed: readonly Observed[]): Promise<void>
  /** Newest entry first. */
  observations(query: ObservationQuery): Promise<readonly ListedObservation[]>
  /** What was entered last at a place and moment, a withdrawal too. */
  observationAt(device: string, metric: string, t: number): Promise<Observed | undefined>
}
