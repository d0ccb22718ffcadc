/** Rows of the relational state, as every SQL dialect holds them. Times are ms since the epoch (UTC), positions raw positions. */
export interface StateTables {
  /** Outbox and history of the registry. Rows are added and given their position; nothing else ever changes. */
  readonly registry_change: RegistryChangeRow
  readonly credential: CredentialRow
  readonly api_token: ApiTokenRow
  readonly connector: ConnectorRow
  readonly series: SeriesRow
  readonly quarantine: QuarantineRow
  /** The last number given out under each name. Ids come from here and not from the database, so that they are dense. */
  readonly sequence: { readonly name: SequenceName; readonly last: number }
  /** How far a reader of the log has come whose effects are kept here. */
  readonly reader_position: { readonly reader: 'quarantine'; readonly position: number }
}

export type SequenceName = 'registry_change' | 'api_token' | 'series'

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
}

export interface ConnectorRow {
  readonly name: string
  readonly type: string
  readonly url: string | null
  readonly organisation: string
  readonly created_at: number
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
