import { existsSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Identity } from '../ingest/broker/access.ts'
import { Broker } from '../ingest/broker/broker.ts'
import { defaultBrokerLimits } from '../ingest/broker/limits.ts'
import { listenTcp, listenTls } from '../ingest/broker/listeners.ts'
import type { Listener, TlsListener } from '../ingest/broker/listeners.ts'
import { webSocketDoor } from '../ingest/broker/web-socket-door.ts'
import type { Log } from '../model/log.ts'
import { objectOfSite } from './api/objects.ts'
import { authorise } from './auth/authorise.ts'
import { tokenIdOf } from './auth/token-book.ts'
import type { Settings } from './config.ts'
import { listening, urlOf } from './doors.ts'
import type { Services } from './services.ts'
import type { ServerCertificate } from './tls/server-certificate.ts'

const hourMs = 3_600_000
const limitsFile = '/proc/self/limits'
/** File descriptors for logs, stores and HTTP. */
const reservedFiles = 1024

/** Where MQTT can be reached; `undefined` where a door is closed. */
export interface MqttAddresses {
  readonly mqtt: string | undefined
  readonly mqtts: string | undefined
  readonly mqttWs: string | undefined
  readonly mqttWss: string | undefined
}

/** The broker and its doors: plain, TLS, and WebSocket beside HTTP. */
export class MqttDoors {
  readonly #services: Services
  readonly #settings: Settings
  readonly #broker: Broker
  #plain: Listener | undefined
  #tls: TlsListener | undefined

  constructor(services: Services, settings: Settings) {
    this.#services = services
    this.#settings = settings
    const { intake, quota, credentials, registry, metrics, denials, clock, log } = services
    this.#broker = new Broker({
      intake,
      quota,
      authenticate: (username, password) =>
        credentials.identify(username, password) ?? tokenIdentity(services, username, password),
      siteOf: device => registry.devices.get(device)?.site,
      onRefused: reason => {
        metrics.refused(reason)
      },
      onDenied: denial => {
        denials.note('mqtt', denial)
      },
      clock,
      log,
      limits: {
        ...defaultBrokerLimits,
        connections: affordableConnections(log),
        sessions: { ...defaultBrokerLimits.sessions, expiryMs: settings.SEN_SESSION_HOURS * hourMs }
      }
    })
  }

  /** @param http - and `https`, if there is one, listen already. @param certificate - of the TLS door; without one it stays closed. */
  async open(http: Server, https?: SecureServer, certificate?: ServerCertificate): Promise<MqttAddresses> {
    const broker = this.#broker
    const { SEN_MQTT_HOST: host, SEN_MQTT_PORT, SEN_MQTTS_PORT, SEN_MQTT_WS_PATH: path } = this.#settings
    const { metrics, administration, credentials, roles, reach } = this.#services
    await broker.start()
    administration.onChange(() => {
      broker.registryChanged()
    })
    roles.onChanged(() => {
      broker.rightsChanged()
    })
    credentials.onRemoved(username => {
      broker.disconnect(username)
    })
    this.#services.tokens.onRemoved(id => {
      broker.disconnect(`token:${id}`)
    })
    metrics.gauge('sen_mqtt_connections', 'MQTT connections past CONNECT', () => broker.connectedClients)
    metrics.gauge('sen_mqtt_sessions', 'MQTT sessions kept for clients', () => broker.sessions.count)
    metrics.gauge(
      'sen_mqtt_queued_bytes',
      'Payloads that wait for MQTT clients to come back',
      () => broker.sessions.queuedBytes
    )
    const accept = broker.accept.bind(broker)
    if (SEN_MQTT_PORT !== undefined) {
      this.#plain = await listening('SEN_MQTT_HOST', host, 'SEN_MQTT_PORT', SEN_MQTT_PORT, () =>
        listenTcp({ host, port: SEN_MQTT_PORT, accept })
      )
    }
    if (certificate) {
      const tls = await listening('SEN_MQTT_HOST', host, 'SEN_MQTTS_PORT', SEN_MQTTS_PORT, () =>
        listenTls({ host, port: SEN_MQTTS_PORT, context: certificate.context, accept })
      )
      this.#tls = tls
      certificate.onRenewed(context => {
        tls.renew(context)
      })
    }
    if (path !== 'off') {
      const upgrade = webSocketDoor({
        path,
        origins: reach.publicOrigin === undefined ? [] : [reach.publicOrigin],
        addressOf: request => reach.proxies.clientOf(request),
        accept,
        onRefused: reason => metrics.refused(reason)
      })
      http.on('upgrade', upgrade)
      https?.on('upgrade', upgrade)
    }
    return {
      mqtt: this.#plain && urlOf('mqtt', this.#plain.address),
      mqtts: this.#tls && urlOf('mqtts', this.#tls.address),
      mqttWs: path === 'off' ? undefined : `${urlOf('ws', http.address())}${path}`,
      mqttWss: path === 'off' || !https ? undefined : `${urlOf('wss', https.address())}${path}`
    }
  }

  /** Doors close; what was taken in is synced and acknowledged; then every connection ends. */
  async stop(): Promise<void> {
    this.#plain?.close()
    this.#tls?.close()
    await this.#broker.stop()
  }
}

/** As many as there are file descriptors for, beside those of logs and stores. Node has raised the soft limit to the hard one. */
function affordableConnections(log: Log): number {
  const { connections } = defaultBrokerLimits
  const openFiles = Number(/^Max open files +(\d+)/m.exec(limitsOfProcess())?.[1] ?? Number.POSITIVE_INFINITY)
  const affordable = Math.max(reservedFiles, openFiles - reservedFiles)
  if (affordable >= connections) return connections
  log.warn({ openFiles, connections: affordable }, 'Fewer MQTT connections are taken: the limit of open files is low')
  return affordable
}

/** Where the system tells, which Linux does. */
function limitsOfProcess(): string {
  return existsSync(limitsFile) ? readFileSync(limitsFile, 'utf8') : ''
}

/** User name of programs that log in with an API token as their password. */
const tokenUsername = 'token'

/** A program with a token publishes below the sites that it may ingest for, and hears those that it may read. */
function tokenIdentity(services: Services, username: string, password: Uint8Array): Identity | undefined {
  if (username !== tokenUsername) return undefined
  const { tokens, registry } = services
  const actor = tokens.identify(Buffer.from(password).toString())
  if (!actor) return undefined
  const id = tokenIdOf(actor)
  const may = (action: 'ingest' | 'read', siteId: string): boolean => {
    const now = tokens.actor(id)
    const site = registry.sites.get(siteId)
    if (!now || !site) return false
    return authorise(now, action, objectOfSite(services, now, site), registry.organisations).isAllowed
  }
  return {
    kind: 'token',
    subject: actor.id,
    username: actor.id,
    mayPublish: site => may('ingest', site),
    maySubscribe: site => may('read', site)
  }
}
