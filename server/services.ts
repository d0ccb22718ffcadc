import type { ProfileCatalogue } from '../devices/profiles/profile-catalogue.ts'
import type { DeviceQuota } from '../ingest/device-quota.ts'
import type { Offenders } from '../ingest/flood/offenders.ts'
import type { GroupIntake } from '../ingest/group-intake.ts'
import type { Clock, ClockSetting, ReceiptClock } from '../model/clock.ts'
import type { Log } from '../model/log.ts'
import type { Metric } from '../model/metric.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { LatestRows, RangeQuery, RowsPage, RowsQuery } from '../storage/series/series-store.ts'
import type { NoticeStore } from '../storage/state/notice-store.ts'
import type { StateStore } from '../storage/state/state-store.ts'
import type { SeriesId } from '../model/series.ts'
import type { Accounting } from './accounting.ts'
import type { Administration } from './administration.ts'
import type { CodecTrials } from './codec-trials.ts'
import type { Connectors } from './connectors.ts'
import type { Access } from './access.ts'
import type { DeviceHealthQueries } from './device-health.ts'
import type { AlarmFeed } from './alarm-feed.ts'
import type { AlarmStore } from '../storage/state/alarm-store.ts'
import type { CredentialBook } from './auth/credential-book.ts'
import type { MachineDenials } from './auth/machine-denials.ts'
import type { Health } from './health.ts'
import type { LiveHub } from './live-hub.ts'
import type { Metrics } from './metrics.ts'
import type { KeyFile } from './auth/key-file.ts'
import type { Notifier } from './notify/notifier.ts'
import type { Onboarding } from './onboarding/onboarding.ts'
import type { Previews } from './previews.ts'
import type { RawLookup } from './raw-lookup.ts'
import type { Reach } from './reach.ts'
import type { Redecodes } from './redecodes.ts'
import type { SeriesHead } from './readings-answer.ts'
import type { SeriesCatalogue } from './series-catalogue.ts'

/** Questions to the series store, as they cross to its thread. */
export interface SeriesQueries {
  latest(series: readonly SeriesId[]): Promise<LatestRows>
  /** The answer of `GET /readings` as JSON text in UTF-8. @param isAlone - one device and one metric were asked for. */
  range(query: RangeQuery, heads: readonly SeriesHead[], isAlone: boolean): Promise<Uint8Array>
  rows(query: RowsQuery, heads: readonly SeriesHead[]): Promise<Uint8Array>
  /** Every row of the query in pages; `nextPage` answers `undefined` at the end. */
  openScan(query: Omit<RowsQuery, 'limit' | 'cursor'>): Promise<number>
  nextPage(id: number): Promise<RowsPage | undefined>
  endScan(id: number): Promise<void>
}

type AccessServices = Pick<
  Access,
  | 'peopleStore'
  | 'roles'
  | 'tokens'
  | 'trail'
  | 'sessions'
  | 'passkeys'
  | 'signIn'
  | 'ownAccount'
  | 'enrolment'
  | 'displays'
  | 'setup'
  | 'people'
>

/** What the HTTP API stands on. */
export interface Services extends AccessServices {
  readonly clock: Clock
  /** What the raw log's records are stamped with. */
  readonly receiptClock: ReceiptClock
  readonly log: Log
  readonly registry: RegistrySnapshot
  readonly series: SeriesCatalogue
  readonly profiles: ProfileCatalogue
  readonly codecTrials: CodecTrials
  /** The metric catalogue with every profile's own metrics. */
  readonly metricCatalogue: ReadonlyMap<string, Metric>
  readonly queries: SeriesQueries
  readonly state: Pick<
    StateStore,
    'quarantined' | 'quarantineReasons' | 'profileVersions' | 'ruleVersions' | 'observations' | 'observationAt'
  >
  /** Looks things up in the raw log. */
  readonly rawLookup: Pick<RawLookup, 'message'>
  /** Decodes kept messages again. */
  readonly redecodes: Redecodes
  /** Health of devices and gateways; `health` is the server's own. */
  readonly deviceHealth: DeviceHealthQueries
  readonly alarms: AlarmStore
  /** Steps of alarms as they are written. */
  readonly alarmFeed: AlarmFeed
  /** Who is told of alarms, what was told, and what came of it. */
  readonly notices: NoticeStore
  /** What tells them. */
  readonly notifier: Notifier
  /** Seals what must be read again. */
  readonly keys: KeyFile
  readonly administration: Administration
  readonly connectors: Connectors
  /** Tries rules over stored readings. */
  readonly previews: Previews
  /** How devices come in, and what becomes of them. */
  readonly onboarding: Onboarding
  readonly credentials: CredentialBook
  /** What machines were refused, for the audit log. */
  readonly denials: MachineDenials
  readonly intake: GroupIntake
  /** What each device may send, by whatever door. */
  readonly quota: DeviceQuota
  /** Who sends more than its quota. */
  readonly offenders: Offenders
  readonly live: LiveHub
  /** How people and programs reach Sen. */
  readonly reach: Reach
  readonly health: Health
  readonly metrics: Metrics
  readonly accounting: () => Promise<Accounting>
  /** Position of the raw log's newest record. */
  readonly logPosition: () => number
  /** Address of the HTTP door, once it is open. */
  readonly httpUrl: () => string | undefined
  /** Address of the HTTPS door, once it is open. */
  readonly httpsUrl: () => string | undefined
  /** Address of the MQTT door, once it is open. */
  readonly mqttUrl: () => string | undefined
  /** The demo's own clock, if it has one. */
  readonly clockSetting: ClockSetting | undefined
  /** Whether visitors from this machine get the demo's session. */
  readonly isDemo: boolean
}
