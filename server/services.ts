import type { GroupIntake } from '../ingest/group-intake.ts'
import type { Clock, ClockSetting } from '../model/clock.ts'
import type { Log } from '../model/log.ts'
import type { Metric } from '../model/metric.ts'
import type { Profile } from '../model/profile.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { LatestRows, RangeColumns, RangeQuery, RowsPage, RowsQuery } from '../storage/series/series-store.ts'
import type { StateStore } from '../storage/state/state-store.ts'
import type { SeriesId } from '../model/series.ts'
import type { Accounting } from './accounting.ts'
import type { Administration } from './administration.ts'
import type { Connectors } from './connectors.ts'
import type { CredentialBook } from './auth/credential-book.ts'
import type { TokenBook } from './auth/token-book.ts'
import type { SessionBook } from './auth/session-book.ts'
import type { Health } from './health.ts'
import type { LiveHub } from './live-hub.ts'
import type { Metrics } from './metrics.ts'
import type { SeriesCatalogue } from './series-catalogue.ts'

/** Questions to the series store, as they cross to its thread. */
export interface SeriesQueries {
  latest(series: readonly SeriesId[]): Promise<LatestRows>
  range(query: RangeQuery): Promise<readonly RangeColumns[]>
  rows(query: RowsQuery): Promise<RowsPage>
  /** Every row of the query in pages; `nextPage` answers `undefined` at the end. */
  openScan(query: Omit<RowsQuery, 'limit' | 'cursor'>): Promise<number>
  nextPage(id: number): Promise<RowsPage | undefined>
  endScan(id: number): Promise<void>
}

/** What the HTTP API stands on. */
export interface Services {
  readonly clock: Clock
  readonly log: Log
  readonly registry: RegistrySnapshot
  readonly series: SeriesCatalogue
  readonly profiles: ReadonlyMap<string, Profile>
  /** The metric catalogue with every profile's own metrics. */
  readonly metricCatalogue: ReadonlyMap<string, Metric>
  readonly queries: SeriesQueries
  readonly state: Pick<StateStore, 'quarantined'>
  readonly administration: Administration
  readonly connectors: Connectors
  readonly credentials: CredentialBook
  readonly tokens: TokenBook
  readonly sessions: SessionBook
  readonly intake: GroupIntake
  readonly live: LiveHub
  readonly health: Health
  readonly metrics: Metrics
  readonly accounting: () => Promise<Accounting>
  /** Address of the HTTP door, once it is open. */
  readonly httpUrl: () => string | undefined
  /** Address of the MQTT door, once it is open. */
  readonly mqttUrl: () => string | undefined
  /** The demo's own clock, if it has one. */
  readonly clockSetting: ClockSetting | undefined
  /** Whether visitors from this machine get the demo's session. */
  readonly isDemo: boolean
}
