/*
 * More than 500 lines because every part of a running Sen is started, tied to the others and stopped here, in one order.
 */
import { mkdir } from 'node:fs/promises'
import type { MessagePort } from 'node:worker_threads'
import type { Remote } from 'comlink'
import type { FastifyInstance } from 'fastify'
import { loadAllProfiles } from '../devices/profiles/load-profiles.ts'
import { profileFactsOf } from '../devices/health/profile-facts.ts'
import { ProfileCatalogue } from '../devices/profiles/profile-catalogue.ts'
import { Offenders } from '../ingest/flood/offenders.ts'
import { GroupIntake } from '../ingest/group-intake.ts'
import type { Journal } from '../journal/journal.ts'
import { ReceiptClock } from '../model/clock.ts'
import type { Clock } from '../model/clock.ts'
import { SenError, messageOf } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import type { Metric } from '../model/metric.ts'
import { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { AlarmStore } from '../storage/state/alarm-store.ts'
import type { OnboardingStore } from '../storage/state/onboarding-store.ts'
import type { NoticeStore } from '../storage/state/notice-store.ts'
import type { PeopleStore } from '../storage/state/people-store.ts'
import type { StateStore } from '../storage/state/state-store.ts'
import { Access } from './access.ts'
import { accountingOf } from './accounting.ts'
import type { Accounting } from './accounting.ts'
import { AlarmFeed } from './alarm-feed.ts'
import { alarmMetrics } from './alarm-metrics.ts'
import { AlarmWatch } from './alarm-watch.ts'
import { Administration } from './administration.ts'
import { CredentialBook } from './auth/credential-book.ts'
import { MachineDenials } from './auth/machine-denials.ts'
import { profilesFolder } from './config.ts'
import type { Settings } from './config.ts'
import { CodecTrials } from './codec-trials.ts'
import { connectorMetrics } from './connector-metrics.ts'
import { Connectors } from './connectors.ts'
import { deviceQuotaOf } from './device-quotas.ts'
import type { DeviceHealthQueries } from './device-health.ts'
import { listening, urlOf } from './doors.ts'
import { DerivedDoor } from './derived-door.ts'
import { DoubtMarks } from './doubt-marks.ts'
import { Health } from './health.ts'
import { Housekeeping } from './housekeeping.ts'
import { httpServer } from './http.ts'
import { HttpsDoor } from './https-door.ts'
import { LocalDoor } from './local-door.ts'
import { addKnownMetrics } from './known-metrics.ts'
import { LiveHub } from './live-hub.ts'
import { Metrics } from './metrics.ts'
import { MqttDoors } from './mqtt-doors.ts'
import type { MqttAddresses } from './mqtt-doors.ts'
import { noticeMetrics } from './notify/notice-metrics.ts'
import type { Notifier } from './notify/notifier.ts'
import { Onboarding } from './onboarding/onboarding.ts'
import { Previews } from './previews.ts'
import { reachOf } from './reach.ts'
import { Redecodes } from './redecodes.ts'
import { SeriesCatalogue } from './series-catalogue.ts'
import type { Services } from './services.ts'
import { socketPathOf } from './socket.ts'
import { connect, line } from './threads/rpc.ts'
import type { StateEvent, StateService } from './threads/state-thread.ts'
import type { StoreEvent, StoreService } from './threads/store-thread.ts'
import { Thread } from './threads/thread.ts'
import type { WorkEvent, WorkService } from './threads/work-thread.ts'
import { httpsPortOf, openCertificate } from './tls/certificate-origin.ts'
import type { OpenedCertificate } from './tls/certificate-origin.ts'
import { openCodecRuntime } from './wire/codec-runtime.ts'
import { openConnector } from './wire/connectors.ts'
import { lockData } from './wire/data-lock.ts'
import { headOf, openRawJournal } from './wire/journals.ts'
import { openKeyFile, prepareKeyFile } from './wire/key-file.ts'
import { openNotifier } from './wire/notifier.ts'

export interface SenProps {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  /** Visitors from this machine may look without a token. */
  readonly isDemo: boolean
  /** Called once when Sen cannot go on; the process must end. */
  readonly onFatal: (cause: unknown) => void
}

/** The stores' ends in this thread. */
interface Stores {
  readonly stateStore: Remote<StateStore>
  readonly peopleStore: Remote<PeopleStore>
  readonly onboardingStore: Remote<OnboardingStore>
  readonly deviceHealth: Remote<DeviceHealthQueries>
  readonly alarms: Remote<AlarmStore>
  readonly notices: Remote<NoticeStore>
  readonly store: Thread<StoreService>
  readonly state: Thread<StateService>
  readonly work: Thread<WorkService>
}

/** Where Sen can be reached, once it is ready. */
export interface Addresses extends MqttAddresses {
  readonly http: string
  readonly https: string | undefined
  /** SHA-256 of the certificate of the authority of `--trial-ca`, for whoever installs it to compare. */
  readonly trialFingerprint: string | undefined
}

/** One running Sen: doors, logs, threads, API. `start` and `stop` are each called once; tests run several side by side. */
export class Sen {
  readonly #props: SenProps
  readonly #health = new Health()
  readonly #metrics = new Metrics()
  readonly #registry = new RegistrySnapshot()
  readonly #series = new SeriesCatalogue()
  #lock: ReturnType<typeof lockData> | undefined
  #raw: Journal | undefined
  #state: Thread<StateService> | undefined
  #store: Thread<StoreService> | undefined
  #work: Thread<WorkService> | undefined
  #mqtt: MqttDoors | undefined
  #intake: GroupIntake | undefined
  #connectors: Connectors | undefined
  #housekeeping: Housekeeping | undefined
  #http: FastifyInstance | undefined
  #local: LocalDoor | undefined
  #tls: OpenedCertificate | undefined
  #https: HttpsDoor | undefined
  #services: Services | undefined
  #access: Access | undefined
  #redecodes: Redecodes | undefined
  #notifier: Notifier | undefined
  #alarmWatch: AlarmWatch | undefined
  #addresses: Addresses | undefined
  #stopping: Promise<void> | undefined

  constructor(props: SenProps) {
    this.#props = props
  }

  /** For the program around Sen: the demo registers its devices through it. */
  get administration(): Administration {
    if (!this.#services) throw new SenError('SEN_INTERNAL', 'use administration: Sen has not started')
    return this.#services.administration
  }

  /** Takes up a new certificate now, not only at the next look at its files. */
  async renewCertificate(): Promise<void> {
    await this.#tls?.certificate.renew()
  }

  /** What makes the first administrator, until there is one. */
  get setupCode(): string | undefined {
    return this.#services?.setup.code
  }

  async start(): Promise<Addresses> {
    const { settings, clock, log } = this.#props
    await mkdir(settings.SEN_DATA, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new SenError('SEN_SETTING_INVALID', `make folder SEN_DATA=${settings.SEN_DATA}: ${messageOf(cause)}`, {
        cause
      })
    })
    this.#lock = lockData(settings)
    this.#tls = await openCertificate(settings, { log, health: this.#health })
    const raw = openRawJournal(settings, clock, log)
    this.#raw = raw
    prepareKeyFile(settings, log)
    const [mainLine, workLine, peopleLine, onboardingLine, healthLine] = [line(), line(), line(), line(), line()]
    const noticeLine = line()
    const [alarmLine, ruleLines] = [line(), { state: line(), alarms: line(), store: line(), derived: line() }]
    const [stateEvents, storeEvents, workEvents] = [line(), line(), line()]
    const statePorts = [
      ...[mainLine.there, workLine.there, peopleLine.there, onboardingLine.there, healthLine.there],
      ...[ruleLines.state.there, alarmLine.there, ruleLines.alarms.there, ruleLines.derived.there],
      ...[noticeLine.there, stateEvents.there]
    ]
    const state = this.#thread<StateService>(
      'state',
      {
        lines: [mainLine.there, workLine.there, ruleLines.state.there],
        peopleLine: peopleLine.there,
        onboardingLine: onboardingLine.there,
        healthLine: healthLine.there,
        noticeLine: noticeLine.there,
        alarmLines: [alarmLine.there, ruleLines.alarms.there],
        derivedLine: ruleLines.derived.there,
        events: stateEvents.there
      },
      statePorts
    )
    this.#state = state
    const stateStore = connect<StateStore>(mainLine.here)
    const peopleStore = connect<PeopleStore>(peopleLine.here)
    const onboardingStore = connect<OnboardingStore>(onboardingLine.here)
    const deviceHealth = connect<DeviceHealthQueries>(healthLine.here)
    const alarms = connect<AlarmStore>(alarmLine.here)
    const notices = connect<NoticeStore>(noticeLine.here)
    const storeData = { lines: [ruleLines.store.there], events: storeEvents.there }
    const store = this.#thread<StoreService>('store', storeData, [ruleLines.store.there, storeEvents.there])
    this.#store = store
    const workData = { rawHead: headOf(raw), state: workLine.here, events: workEvents.there }
    const work = this.#thread<WorkService>('work', workData, [workLine.here, workEvents.there])
    this.#work = work
    const [recovery, storePosition] = await Promise.all([raw.start(), store.call.start(), state.call.start()])
    if (recovery.cutBytes > 0)
      log.warn({ ...recovery }, 'Raw log had an unfinished tail, never acknowledged; it was cut off')
    for (const damage of recovery.damage) this.#health.set('raw-log-damaged', `${damage.file} at ${damage.offset}`)
    raw.reader('decode')
    const services = await this.#assemble(raw, {
      ...{ stateStore, peopleStore, onboardingStore, deviceHealth, alarms, notices },
      ...{ store, state, work }
    })
    this.#services = services
    this.#metrics.gauges('sen_devices', 'Devices by state of health', 'state', () => services.deviceHealth.counts())
    this.#listenToWork(workEvents.here, raw, services)
    this.#listenToStore(storeEvents.here, services)
    const doubtMarks = new DoubtMarks(services)
    const alarmWatch = new AlarmWatch({
      ...{ settings, log, deviceHealth, onFatal: this.#props.onFatal },
      door: new DerivedDoor(services, raw),
      lines: ruleLines,
      commit: (reader, position) => void work.call.commit(reader, position)
    })
    this.#alarmWatch = alarmWatch
    const beginning = raw.status().last
    stateEvents.here.on('message', (event: StateEvent) => {
      switch (event.kind) {
        case 'commit':
          void work.call.commit(event.reader, event.position)
          return
        case 'alarm-steps':
          services.alarmFeed.publish(event.written)
          services.notifier.poke()
          return
        case 'health':
          services.live.publish(event)
          doubtMarks.take(event.changes.devices)
          alarmWatch.health(event.changes.events)
          return
        default:
          event satisfies never
      }
    })
    const readingsHead = await work.call.start(storePosition, await stateStore.quarantinePosition(), raw.status())
    const facts = profileFactsOf(services.profiles.folders)
    await Promise.all([store.call.follow(readingsHead), state.call.follow(readingsHead, facts)])
    await services.administration.start()
    doubtMarks.start()
    await this.#access?.start()
    services.redecodes.start()
    const addresses = await this.#open(services)
    this.#housekeeping = new Housekeeping({ raw, services, settings, onFatal: this.#props.onFatal })
    this.#housekeeping.start()
    this.#health.clear('starting')
    const profiles = services.profiles.folders
    alarmWatch.start({ rawHead: headOf(raw), readingsHead, profiles, beginning })
    return addresses
  }

  /** Doors close; what was taken in is synced and acknowledged; the threads end. What is not decoded yet is, at the next start. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#housekeeping?.stop()
    await this.#notifier?.stop()
    await this.#redecodes?.stop()
    await this.#connectors?.stop()
    await this.#mqtt?.stop()
    this.#tls?.certificate.stop()
    await this.#https?.stop()
    await this.#http?.close()
    await this.#local?.stop()
    await this.#services?.previews.stop()
    // It hands on what it has calculated, which the log must still take.
    await this.#alarmWatch?.stop()
    await this.#intake?.drained()
    await this.#raw?.stop()
    await this.#access?.stop()
    for (const thread of [this.#work, this.#store, this.#state]) {
      await thread?.call.stop()
      await thread?.end()
    }
    this.#lock?.release()
    this.#props.log.info({}, 'Sen stopped')
  }

  #thread<T>(name: string, data: object, ports: readonly MessagePort[]): Thread<T> {
    const { settings, log, onFatal } = this.#props
    return new Thread<T>({
      name,
      module: new URL(`./threads/${name}-thread.ts`, import.meta.url),
      data: { settings, ...data },
      ports,
      log,
      onDeath: cause => {
        onFatal(new SenError('SEN_THREAD_DIED', `run thread ${name}: it ended by itself`, { cause }))
      }
    })
  }

  async #assemble(
    raw: Journal,
    { stateStore, peopleStore, onboardingStore, deviceHealth, alarms, notices, store, state, work }: Stores
  ): Promise<Services> {
    const { clock, log, isDemo, settings } = this.#props
    const [changes, credentials, tokens, series, folders] = await Promise.all([
      stateStore.registryAt(raw.status().last),
      stateStore.credentials(),
      stateStore.tokens(),
      stateStore.series(),
      loadAllProfiles(profilesFolder(settings))
    ])
    for (const change of changes) this.#registry.apply(change)
    for (const one of series) this.#series.add(one)
    const profiles = new ProfileCatalogue(folders, this.#registry.profiles.values())
    const metrics = new Map<string, Metric>()
    const addMetrics = (): void => addKnownMetrics(metrics, profiles, this.#registry)
    addMetrics()
    const credentialBook = new CredentialBook(credentials)
    const keys = openKeyFile(settings)
    const access = new Access({
      settings,
      peopleStore,
      tokens,
      touchTokens: used => stateStore.touchTokens(used),
      registry: this.#registry,
      keys,
      clock,
      log,
      onRefused: reason => {
        this.#metrics.refused(reason)
      }
    })
    this.#access = access
    const administration = new Administration({
      state: stateStore,
      raw,
      registry: this.#registry,
      credentials: credentialBook,
      tokens: access.tokens,
      keys,
      clock,
      log
    })
    administration.onChange(some => {
      for (const change of some) profiles.apply(change)
      if (some.some(({ kind }) => kind === 'profile' || kind === 'calculation')) addMetrics()
    })
    const receiptClock = new ReceiptClock(clock, (await raw.last())?.receivedAt ?? 0)
    const intake = new GroupIntake({ journal: raw, clock: receiptClock })
    this.#intake = intake
    const offenders = new Offenders(() => clock.now(), log)
    const quota = deviceQuotaOf(settings, offenders)
    const connectors = new Connectors({
      administration,
      state: stateStore,
      registry: this.#registry,
      open: connector =>
        openConnector(connector, { settings, intake, quota, offenders, registry: this.#registry, clock, log }),
      now: () => clock.now(),
      log
    })
    this.#connectors = connectors
    const lookup = work.call
    const catchUp = (): Promise<void> => state.call.catchUp()
    const registry = this.#registry
    const redecodes = new Redecodes({ state: stateStore, raw, lookup, registry, catchUp, clock, receiptClock, log })
    this.#redecodes = redecodes
    const notifier = openNotifier(settings, {
      ...{ store: notices, alarms, keys, metrics, registry: this.#registry, health: this.#health, clock, log },
      origin: () => this.#addresses?.https ?? this.#addresses?.http
    })
    this.#notifier = notifier
    const around = { administration, registry, profiles, keys, clock, redecodes, settings }
    const { peopleStore: people, roles, tokens: tokenBook, trail, sessions, passkeys, signIn } = access
    const { ownAccount, enrolment, displays, setup } = access
    return {
      ...{ peopleStore: people, roles, tokens: tokenBook, trail, sessions, passkeys, signIn },
      ...{ ownAccount, enrolment, displays, setup, people: access.people },
      clock,
      receiptClock,
      log,
      registry: this.#registry,
      series: this.#series,
      profiles,
      previews: new Previews({ state: stateStore, raw, profiles, store: store.call, clock }),
      codecTrials: new CodecTrials({ profiles, openRuntime: () => openCodecRuntime(log) }),
      metricCatalogue: metrics,
      queries: store.call,
      state: stateStore,
      rawLookup: work.call,
      redecodes,
      deviceHealth,
      alarms,
      alarmFeed: new AlarmFeed(),
      ...{ notices, notifier, keys },
      administration,
      connectors,
      onboarding: new Onboarding({ ...around, store: onboardingStore, openRuntime: () => openCodecRuntime(log) }),
      credentials: credentialBook,
      denials: new MachineDenials({ trail, credentials: credentialBook, registry: this.#registry }),
      intake,
      ...{ quota, offenders },
      live: new LiveHub(isAnybody => {
        void store.call.watch(isAnybody)
      }),
      reach: reachOf(settings, { httpsPort: () => this.#https?.port, trial: this.#tls?.trial }),
      health: this.#health,
      metrics: this.#metrics,
      accounting: async () => this.#accounting(raw, store),
      logPosition: () => raw.status().last,
      httpUrl: () => this.#addresses?.http,
      httpsUrl: () => this.#addresses?.https,
      mqttUrl: () => this.#addresses?.mqtt,
      clockSetting: settings.clock,
      isDemo
    }
  }

  async #accounting(raw: Journal, store: Thread<StoreService>): Promise<Accounting> {
    const position = await store.call.position()
    if (!position) throw new SenError('SEN_SERIES_FAILED', 'read accounting: the series store has not started')
    return accountingOf(raw.status().messages, position)
  }

  async #open(services: Services): Promise<Addresses> {
    const { settings, log } = this.#props
    const app = await httpServer(services)
    this.#http = app
    await listening('SEN_HTTP_HOST', settings.SEN_HTTP_HOST, 'SEN_HTTP_PORT', settings.SEN_HTTP_PORT, () =>
      app.listen({ host: settings.SEN_HTTP_HOST, port: settings.SEN_HTTP_PORT })
    )
    this.#local = await LocalDoor.open(app, socketPathOf(settings))
    const https = await this.#openHttps(app)
    this.#mqtt = new MqttDoors(services, settings)
    const addresses = {
      http: urlOf('http', app.server.address()),
      https: https && urlOf('https', https.address()),
      ...(await this.#mqtt.open(app.server, https, this.#tls?.certificate)),
      trialFingerprint: this.#tls?.trial?.certificate.fingerprint256
    }
    this.#addresses = addresses
    connectorMetrics(services)
    noticeMetrics(services)
    alarmMetrics(services)
    await services.connectors.start()
    await services.notifier.start()
    log.info(addresses, 'Sen is ready')
    return addresses
  }

  async #openHttps(app: FastifyInstance): Promise<HttpsDoor['server'] | undefined> {
    const { SEN_HTTP_HOST: host } = this.#props.settings
    const port = httpsPortOf(this.#props.settings)
    const certificate = this.#tls?.certificate
    if (!certificate) return undefined
    this.#metrics.gauge(
      'sen_tls_certificate_expires_seconds',
      'Time until the certificate of the TLS doors ends; below 0 it has',
      () => (certificate.expiresAt - Date.now()) / 1000
    )
    if (port === undefined) return undefined
    this.#https = await listening('SEN_HTTP_HOST', host, 'SEN_HTTPS_PORT', port, () =>
      HttpsDoor.open({ app, certificate, host, port })
    )
    return this.#https.server
  }

  #listenToWork(events: MessagePort, raw: Journal, services: Services): void {
    events.on('message', (event: WorkEvent) => {
      switch (event.kind) {
        case 'series':
          for (const series of event.series) this.#series.add(series)
          return
        case 'commit':
          raw.commit('decode', event.position)
          return
        case 'damage':
          this.#health.set('raw-log-damaged', event.detail)
          return
        case 'quarantined':
          this.#metrics.quarantined(event.reasons)
          return
        case 'times-refused':
          this.#metrics.timesRefused(event.count)
          return
        case 'redecoded':
          services.redecodes.partDone(event)
          return
        case 'trouble':
          this.#trouble('decoding-waits', event.detail)
          return
        default:
          event satisfies never
      }
    })
    services.administration.onChange(() => {
      services.live.publish({ kind: 'registry' })
    })
  }

  #listenToStore(events: MessagePort, services: Services): void {
    events.on('message', (event: StoreEvent) => {
      switch (event.kind) {
        case 'live':
          services.live.publish({ kind: 'readings', rows: event.rows })
          return
        case 'commit':
          void this.#work?.call.commit('store', event.position)
          return
        case 'trouble':
          this.#trouble('series-store-failed', event.detail)
          return
        default:
          event satisfies never
      }
    })
  }

  #trouble(reason: string, detail: string | undefined): void {
    if (detail === undefined) this.#health.clear(reason)
    else this.#health.set(reason, detail)
  }
}
