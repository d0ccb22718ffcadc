import type { AlarmTables } from './alarm-tables.ts'
import type { NoticeTables } from './notice-tables.ts'

/** Rows of the relational state, as every SQL dialect holds them. Times are ms since the epoch (UTC), positions raw positions. */
export interface StateTables extends AlarmTables, NoticeTables {
  /** Outbox and history of the registry. Rows are added and given their position; nothing else ever changes. */
  readonly registry_change: RegistryChangeRow
  readonly credential: CredentialRow
  readonly api_token: ApiTokenRow
  readonly connector: ConnectorRow
  readonly series: SeriesRow
  readonly quarantine: QuarantineRow
  /** Every message in quarantine, a bit a raw position, 32,768 a row. */
  readonly quarantine_block: { readonly block: number; readonly bits: Uint8Array }
  readonly redecode_job: RedecodeJobRow
  readonly observation: ObservationRow
  /** The last number given out under each name. Ids come from here and not from the database, so that they are dense. */
  readonly sequence: { readonly name: SequenceName; readonly last: number }
  /** How far a reader of the log has come whose effects are kept here; `notices` reads the steps of alarms, by sequence. */
  readonly reader_position: {
    readonly reader: 'quarantine' | 'health' | 'rules' | 'notices' | 'derived'
    readonly position: number
  }
  /** What is known of the health of a thing (`device:<id>`, `gateway:<id>`, `time`), as JSON. */
  readonly health_state: { readonly thing: string; readonly body: string }
  readonly health_event: HealthEventRow
  /** What the reader of calculations knows between starts, as JSON. */
  readonly derived_state: { readonly reader: string; readonly body: string }
  readonly person: PersonRow
  readonly person_grant: PersonGrantRow
  readonly custom_role: CustomRoleRow
  readonly password_history: { readonly person: number; readonly hash: string; readonly at: number }
  readonly recovery_code: { readonly person: number; readonly hash: string }
  readonly passkey: PasskeyRow
  readonly enrolled_device: EnrolledDeviceRow
  /** Browsers in which somebody has logged in: wrong tries of others do not close the door for them. */
  readonly known_browser: { readonly hash: string; readonly person: number; readonly created_at: number }
  readonly invitation: InvitationRow
  readonly session: SessionTableRow
  readonly login_lock: { readonly login: string; readonly until: number }
  readonly audit: AuditRow
  /** Where the audit log begins and ends, sealed: a line that is missing at either end would be missed by nobody else. */
  readonly audit_end: AuditEndRow
  readonly unclaimed_device: UnclaimedDeviceRow
  readonly network_server_api: NetworkServerApiRow
  readonly network_registration: { readonly hardware: string; readonly connector: string; readonly at: number }
  readonly acceptance: AcceptanceRow
}

export type SequenceName =
  | 'registry_change'
  | 'api_token'
  | 'series'
  | 'person'
  | 'invitation'
  | 'audit'
  | 'acceptance'
  | 'redecode_job'
  | 'alarm_step'
  | 'maintenance'
  | 'contact'

export interface RegistryChangeRow {
  readonly id: number
  readonly kind: string
  /** What the change is about: `organisation:<id>`, `site:<id>`, `gateway:<id>` … (its removal too). */
  readonly thing: string
  /** The change as JSON. */
  readonly body: string
  readonly made_at: number
  readonly after_position: number
  /** `null` until the change is known to stand in the raw log. */
  readonly position: number | null
  /** CRC-32 of all the other columns (see `registry-row.ts`). */
  readonly checksum: number
}

export interface CredentialRow {
  readonly username: string
  readonly secret_hash: string
  readonly kind: string
  readonly subject: string
  readonly created_at: number
}

export interface ApiTokenRow {
  readonly id: number
  readonly name: string
  readonly role: string
  readonly organisation: string
  readonly secret_hash: string
  readonly created_at: number
  readonly expires_at: number | null
  /** 1: sees only what is simulated. */
  readonly is_sandbox: number | null
  /** Requests a minute; `null`: as many as it likes. */
  readonly per_minute: number | null
  readonly last_used_at: number | null
  /** The secret before the last rotation, good until `previous_until`. */
  readonly previous_hash: string | null
  readonly previous_until: number | null
}

export interface ConnectorRow {
  readonly name: string
  readonly type: string
  readonly url: string | null
  readonly organisation: string
  readonly created_at: number
  /** 1: it does not run. */
  readonly is_paused: number | null
  /** JSON. */
  readonly options: string | null
  /** JSON, sealed. */
  readonly secrets: string | null
  /** JSON. */
  readonly rhythm: string | null
}

export interface SeriesRow {
  readonly id: number
  readonly organisation: string
  readonly device: string
  readonly metric: string
}

export interface QuarantineRow {
  readonly position: number
  readonly reason: string
  readonly device: string | null
  readonly site: string | null
  readonly topic: string
  readonly received_at: number
  readonly detail: string
}

export interface RedecodeJobRow {
  readonly id: number
  /** JSON of a `RedecodeSelection`. */
  readonly selection: string
  readonly from_time: number | null
  readonly to_time: number | null
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly author: string
  readonly made_at: number
  readonly ended_at: number | null
  readonly began: number | null
  readonly generation: number | null
  readonly first_position: number
  readonly last_position: number
  readonly next_position: number
  /** JSON of `RedecodeCounts`. */
  readonly counts: string
  readonly outside: string | null
  readonly detail: string
}

export interface HealthEventRow {
  readonly id: string
  readonly kind: string
  readonly device: string | null
  readonly gateway: string | null
  readonly metric: string | null
  readonly position: number
  readonly opened_at: number
  readonly since: number
  readonly ended_at: number | null
  /** The devices that it is about, as JSON. */
  readonly body: string
}

/** What a person entered or took back. */
export interface ObservationRow {
  readonly position: number
  readonly device: string
  readonly site: string
  readonly metric: string
  readonly t: number
  readonly received_at: number
  readonly kind: string
  /** The whole record as JSON. */
  readonly body: string
}

export interface PersonRow {
  readonly id: number
  readonly name: string
  /** Name, login, phone and mail address without case and accents: what a search looks in. */
  readonly search_text: string
  readonly login: string | null
  readonly phone: string | null
  readonly email: string | null
  readonly kind: string
  readonly organisation: string
  readonly state: string
  readonly created_at: number
  readonly last_seen_at: number | null
  readonly password_hash: string | null
  readonly password_changed_at: number | null
  readonly totp_secret: string | null
  readonly totp_step: number
  readonly consent_version: string | null
  readonly consent_at: number | null
}

export interface PersonGrantRow {
  readonly person: number
  readonly role: string
  readonly organisation: string
}

export interface CustomRoleRow {
  readonly id: string
  readonly name_vi: string
  readonly name_en: string
  /** A JSON list. */
  readonly actions: string
}

export interface PasskeyRow {
  readonly id: string
  readonly person: number
  readonly public_key: string
  readonly counter: number
  /** A JSON list. */
  readonly transports: string
  readonly name: string
  readonly device: string | null
  readonly created_at: number
  readonly last_used_at: number | null
}

export interface EnrolledDeviceRow {
  readonly id: string
  readonly kind: string
  readonly person: number | null
  readonly organisation: string | null
  readonly name: string
  readonly public_key: string
  readonly pin_hash: string | null
  readonly wrong_pins: number
  readonly created_at: number
  readonly last_used_at: number | null
}

export interface InvitationRow {
  readonly id: number
  readonly person: number
  readonly wants: string
  readonly secret_hash: string
  readonly code_hash: string
  readonly salt: string
  readonly wrong_codes: number
  readonly created_at: number
  readonly expires_at: number
}

export interface SessionTableRow {
  readonly hash: string
  readonly person: number | null
  readonly device: string | null
  readonly token: number | null
  readonly via: string
  readonly address: string
  readonly created_at: number
  readonly last_seen_at: number
  readonly expires_at: number
}

export interface AuditRow {
  readonly id: number
  readonly at: number
  readonly actor: string
  readonly actor_name: string
  readonly address: string
  readonly action: string
  readonly object: string
  readonly organisation: string
  readonly outcome: string
  readonly detail: string
  readonly before: string | null
  readonly after: string | null
  readonly count: number
  /** HMAC-SHA-256 of the hash of the line before and all other columns, hex. */
  readonly hash: string
}

export interface UnclaimedDeviceRow {
  readonly id: string
  readonly credential: string
  readonly topic: string
  readonly site: string | null
  readonly first_seen_at: number
  readonly last_seen_at: number
  readonly count: number
  readonly last_position: number
  /** The newest payload that is text and not too long. */
  readonly sample: string | null
  readonly refused_at: number | null
  readonly refused_by: string | null
}

export interface NetworkServerApiRow {
  readonly connector: string
  readonly kind: string
  readonly url: string
  readonly sealed_key: string
  /** A JSON object. */
  readonly settings: string
  readonly changed_at: number
}

export interface AcceptanceRow {
  readonly id: number
  readonly device: string
  readonly at: number
  readonly author: string
  readonly author_name: string
  readonly is_passed: number
  /** JSON. */
  readonly findings: string
}

export interface AuditEndRow {
  readonly name: 'first' | 'last'
  /** `last`: id of the newest line. `first`: id of the line before the oldest, which was trimmed; 0 where none was. */
  readonly id: number
  readonly hash: string
  /** HMAC-SHA-256 of name, id and hash, hex. */
  readonly seal: string
}
