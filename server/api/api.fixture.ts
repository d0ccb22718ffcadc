import type { FastifyInstance, RouteOptions } from 'fastify'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, afterEach } from 'vitest'
import { QuickJsCodecRuntime } from '../../devices/codec/quickjs-codec-runtime.ts'
import { HealthFold } from '../../devices/health/health-fold.ts'
import { ProfileCatalogue } from '../../devices/profiles/profile-catalogue.ts'
import { loadProfiles } from '../../devices/profiles/load-profiles.ts'
import { DeviceQuota } from '../../ingest/device-quota.ts'
import { Webhook } from '../../ingest/connectors/webhook.ts'
import { ConnectorGuard } from '../../ingest/flood/connector-guard.ts'
import type { ConnectorLimits } from '../../ingest/flood/connector-guard.ts'
import { Offenders } from '../../ingest/flood/offenders.ts'
import type { ConnectorQuota } from '../../model/connector.ts'
import { GroupIntake } from '../../ingest/group-intake.ts'
import { ReceiptClock, systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { metricCatalogue } from '../../model/metric.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { MemorySeriesStore } from '../../storage/series/memory/memory-series-store.ts'
import type { RowsPage } from '../../storage/series/series-store.ts'
import type { SqliteStateStore } from '../../storage/state/sqlite/sqlite-state-store.ts'
import { Access } from '../access.ts'
import { AlarmFeed } from '../alarm-feed.ts'
import { accountingOf } from '../accounting.ts'
import { keys, newDisk, processOn } from '../administration.fixture.ts'
import type { Process } from '../administration.fixture.ts'
import { MachineDenials } from '../auth/machine-denials.ts'
import { settingsOf } from '../config.ts'
import { CodecTrials } from '../codec-trials.ts'
import { Connectors } from '../connectors.ts'
import type { ConnectorStatus, OpenedConnector, RunningConnector } from '../connectors.ts'
import type { DeviceHealthQueries } from '../device-health.ts'
import { Health } from '../health.ts'
import { httpServer } from '../http.ts'
import { LiveHub } from '../live-hub.ts'
import { Metrics } from '../metrics.ts'
import { Notifier } from '../notify/notifier.ts'
import { Onboarding } from '../onboarding/onboarding.ts'
import { RawLookup } from '../raw-lookup.ts'
import { reachOf } from '../reach.ts'
import { Previews } from '../previews.ts'
import { Redecodes } from '../redecodes.ts'
import { bucketsAnswer, rowsAnswer } from '../readings-answer.ts'
import { SeriesCatalogue } from '../series-catalogue.ts'
import type { SeriesQueries, Services } from '../services.ts'
import { openNotifyChannel } from '../wire/notify-channels.ts'

/*
 * For tests: the HTTP API over a real administration, without sockets. Readings stand in a series store in memory; nothing
 * follows the raw log, so that what comes in by `/ingest` is kept and not decoded.
 */

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a request came to. */
export interface Answer {
  readonly status: number
  /** The body, read as JSON; `undefined` where there is none. */
  readonly body: unknown
}

/** Somebody who asks. @param path - below `/api/v1`. */
export type Caller = (method: Method, path: string, body?: unknown) => Promise<Answer>

export interface Api {
  readonly process: Process
  readonly app: FastifyInstance
  readonly services: Services
  /** What answers questions about readings. */
  readonly readings: MemorySeriesStore
  /** The state behind all of it. */
  readonly state: SqliteStateStore
  /** Every route that the server has. */
  readonly routes: readonly RouteOptions[]
  /** Somebody with a token of this role for this organisation; a stranger without. */
  as(role?: string, organisation?: string): Promise<Caller>
}

const loadedProfiles = loadProfiles()
const photos = join(tmpdir(), `sen-photos-${process.pid}`)
afterAll(() => rm(photos, { recursive: true, force: true }))
const opened: { close(): PromiseLike<void> }[] = []
afterEach(async () => {
  await Promise.all(
    opened
      .splice(0)
      .reverse()
      .map(one => one.close())
  )
})

/** An API with nothing but the root organisation, until the test ends. @param environment - settings, as for the program. */
export async function startedApi(environment: Readonly<Record<string, string>> = {}): Promise<Api> {
  const settings = settingsOf(environment)
  const disk = await newDisk()
  const registry = new RegistrySnapshot()
  const access = new Access({
    settings,
    peopleStore: disk.state.people,
    tokens: [],
    touchTokens: used => disk.state.touchTokens(used),
    registry,
    keys,
    clock: systemClock,
    log: silentLog,
    onRefused: () => undefined
  })
  const process = await processOn(disk, { registry, tokens: access.tokens })
  const { administration, credentials, clock, log } = process
  await administration.start()
  await access.start()
  opened.push({ close: () => access.stop() })
  const { peopleStore, roles, tokens, trail, sessions, passkeys, signIn } = access
  const { ownAccount, enrolment, displays, setup, people } = access
  const readings = new MemorySeriesStore()
  await readings.start()
  const profiles = new ProfileCatalogue(await loadedProfiles)
  administration.onChange(changes => {
    for (const change of changes) profiles.apply(change)
  })
  const receiptClock = new ReceiptClock(clock, 0)
  const rawLookup = new RawLookup(disk.raw.reader('lookup'), hardware => registry.deviceOf(hardware)?.device)
  const redecodes = new Redecodes({
    ...{ state: disk.state, raw: disk.raw, clock, receiptClock, log },
    lookup: {
      survey: request => rawLookup.survey(request),
      firstFrom: (at, first, last) => rawLookup.firstFrom(at, first, last),
      receivedAt: (position, last) => rawLookup.receivedAt(position, last)
    },
    registry,
    catchUp: async () => undefined
  })
  opened.push({ close: () => redecodes.stop() })
  const store = { addLine: async () => undefined }
  const previews = new Previews({ state: disk.state, raw: disk.raw, profiles, store, clock })
  opened.push({ close: () => previews.stop() })
  const alarmFeed = new AlarmFeed()
  disk.state.alarms.onSteps(written => {
    alarmFeed.publish(written)
  })
  const notifier = new Notifier({
    ...{ store: disk.state.notices, alarms: disk.state.alarms, registry, metrics: metricCatalogue, keys, clock, log },
    ...{ health: new Health(), origin: () => 'https://sen.example.vn', open: openNotifyChannel },
    tools: { clock, log, reachable: [], host: 'sen.example.vn' }
  })
  opened.push({ close: () => notifier.stop() })
  const services: Services = {
    previews,
    ...{
      peopleStore,
      roles,
      tokens,
      trail,
      sessions,
      passkeys,
      signIn,
      ownAccount,
      enrolment,
      displays,
      setup,
      people
    },
    ...{ registry, administration, credentials, clock, log },
    series: new SeriesCatalogue(),
    denials: new MachineDenials({ trail, credentials, registry }),
    receiptClock,
    profiles,
    codecTrials: new CodecTrials({ profiles, openRuntime: () => new QuickJsCodecRuntime({ log }) }),
    metricCatalogue,
    queries: queriesOf(readings),
    state: disk.state,
    ...{ rawLookup, redecodes },
    ...{ notices: disk.state.notices, notifier, keys },
    deviceHealth: healthOf(registry, disk.state),
    ...{ alarms: disk.state.alarms, alarmFeed },
    connectors: new Connectors({
      administration,
      state: disk.state,
      registry,
      open: closedConnector,
      now: () => clock.now(),
      log
    }),
    offenders: new Offenders(() => clock.now(), log),
    onboarding: new Onboarding({
      ...{ administration, store: disk.state.onboarding, registry, profiles, keys, clock, redecodes },
      settings: { SEN_DATA: photos },
      openRuntime: () => new QuickJsCodecRuntime({ log })
    }),
    intake: new GroupIntake({ journal: disk.raw, clock: receiptClock }),
    quota: new DeviceQuota({ perSecond: 1e9, burst: 1e9 }),
    live: new LiveHub(() => undefined),
    health: new Health(),
    metrics: new Metrics(),
    logPosition: () => disk.raw.status().last,
    accounting: async () => accountingOf(disk.raw.status().messages, await readings.settle()),
    reach: reachOf(settings, { httpsPort: () => undefined, trial: undefined }),
    httpUrl: () => undefined,
    httpsUrl: () => undefined,
    mqttUrl: () => undefined,
    clockSetting: undefined,
    isDemo: false
  }
  const routes: RouteOptions[] = []
  const app = await httpServer(services, route => routes.push(route))
  await app.ready()
  opened.push(app)
  return {
    process,
    ...{ app, services, readings, state: disk.state, routes },
    as: async (role, organisation = 'root') => {
      const token = role && (await administration.addToken({ name: role, role, organisation }, 1)).token
      return async (method, path, body) => {
        const answer = await app.inject({
          method,
          url: `/api/v1${path}`,
          headers: { ...(token && { authorization: `Bearer ${token}` }) },
          ...(body !== undefined && { payload: body as object })
        })
        return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json<unknown>() }
      }
    }
  }
}

/** Nobody has been heard yet; events are those of the state. */
function healthOf(registry: RegistrySnapshot, state: SqliteStateStore): DeviceHealthQueries {
  const fold = new HealthFold({ registry, profiles: new Map(), metrics: metricCatalogue, seriesOf: () => undefined })
  return {
    devices: async ids => ids.map(id => fold.book.device(id)),
    gateways: async ids => ids.map(id => fold.book.gateway(id)),
    counts: async () => fold.book.counts(),
    events: query => state.health.events(query)
  }
}

/** What the store's thread answers elsewhere. */
function queriesOf(store: MemorySeriesStore): SeriesQueries {
  const scans = new Map<number, AsyncIterator<RowsPage>>()
  const bytesOf = (text: string) => new TextEncoder().encode(text)
  return {
    latest: series => store.latest(series),
    range: async (query, heads, isAlone) =>
      bytesOf(bucketsAnswer(await Array.fromAsync(store.range(query)), heads, isAlone)),
    rows: async (query, heads) => bytesOf(rowsAnswer(await store.rows(query), heads)),
    openScan: async query => {
      scans.set(scans.size, store.scan(query)[Symbol.asyncIterator]())
      return scans.size - 1
    },
    nextPage: async id => (await scans.get(id)?.next())?.value as RowsPage | undefined,
    endScan: async () => undefined
  }
}

/** A webhook for what is one; else a connector that connects to nothing. */
function closedConnector(connector: OpenedConnector): RunningConnector {
  const { name, type, options, secrets, rhythm } = connector
  if (type === 'webhook') {
    const secret = secrets.signatureSecret ?? ''
    const limits = { perSecond: 1e9, bytesPerSecond: 1e9, newDevicesPerHour: 1e9, ...definedOf(options.quota) }
    const guard = new ConnectorGuard({
      ...{ name, limits, isRegistered: () => true },
      devices: new DeviceQuota({ perSecond: 1e9, burst: 1e9 }),
      offenders: new Offenders(() => 0, silentLog)
    })
    return new Webhook({
      name,
      guard,
      signature: options.signature && { ...options.signature, secret },
      rhythm,
      clock: systemClock
    })
  }
  const status: ConnectorStatus = {
    name,
    type,
    state: 'failed',
    since: 0,
    lastError: undefined,
    lastMessageAt: rhythm.lastAt
  }
  return { start: async () => undefined, stop: async () => undefined, status: () => status }
}

function definedOf(quota: ConnectorQuota = {}): Partial<ConnectorLimits> {
  return Object.fromEntries(Object.entries(quota).filter(([, value]) => value !== undefined))
}

/** The ids of a list's items. */
export function idsIn({ body }: Answer): readonly string[] {
  return (body as { readonly items: readonly { readonly id: string }[] }).items.map(({ id }) => id)
}
