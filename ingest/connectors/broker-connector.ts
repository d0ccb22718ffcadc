import type { IPublishPacket } from 'mqtt'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import type { ConnectorGuard, Verdict } from '../flood/connector-guard.ts'
import type { Intake } from '../intake.ts'
import { brokerAddress, type BrokerAddress } from './broker-address.ts'
import { BrokerSession } from './broker-session.ts'
import type { BrokerSource } from './broker-sources.ts'
import { closedText, shortLivedText } from './connect-failure.ts'
import { InFlight } from './in-flight.ts'
import { certificateIn } from './own-certificate.ts'
import { expiryWarning, ownExpiryWarning } from './peer-certificate.ts'
import type { PeerCertificate } from './peer-certificate.ts'
import { Rhythm } from './rhythm.ts'
import { longestAwayMs, longestFullMs, reconnectDelayMs } from './reconnect-delay.ts'

export interface BrokerConnectorProps {
  /** Unique among the connectors; part of the client id. */
  readonly name: string
  /** Address of the broker with user name and password; see `brokerAddress`. */
  readonly url: string
  readonly source: BrokerSource
  readonly intake: Intake
  /** Says how much may come in; everything if left out. */
  readonly guard?: ConnectorGuard
  /** PEM, for a broker with TLS. */
  readonly tls?: NonNullable<ConstructorParameters<typeof BrokerSession>[0]['tls']>
  /** Filters of former times, which the broker is told to forget. */
  readonly unwanted?: readonly string[]
  /** What is known of how often something comes; nothing if left out. */
  readonly rhythm?: Rhythm
  readonly clock: Clock
  readonly log: Log
  /** 4 is MQTT 3.1.1, 5 is MQTT 5. Default 4. */
  readonly protocolVersion?: 4 | 5
  /** Under which name the broker keeps Sen's session; two Sens at one broker need two. Default `sen-<name>`. */
  readonly clientId?: string
  /** How long `stop` waits for messages under way to become durable, ms. Default 5,000. */
  readonly stopTimeoutMs?: number
}

/** What a connector says of itself. Times are ms since the epoch (UTC), counts are of this process's life. */
export interface BrokerConnectorStatus {
  readonly name: string
  readonly type: BrokerSource['type']
  /** The broker's address, without user name and password. */
  readonly broker: string
  /** `connected`: the subscription stands. `failed`: not connected, and trying again. */
  readonly state: 'stopped' | 'connecting' | 'connected' | 'failed'
  /** When this state began. */
  readonly since: number
  readonly lastError: string | undefined
  readonly lastErrorAt: number | undefined
  /** When it tries again; `undefined` where it does not have to. */
  readonly nextTryAt: number | undefined
  readonly lastMessageAt: number | undefined
  /** How often messages usually come, ms; `undefined` while it is not known yet. */
  readonly usualEveryMs: number | undefined
  /** Nothing has come for much longer than is usual, though it is connected. */
  readonly isSilent: boolean
  /** That the broker showed at the last connection; `undefined` without TLS. */
  readonly certificate: PeerCertificate | undefined
  /** Where it ends soon: in words. */
  readonly certificateWarning: string | undefined
  /** That Sen shows; `undefined` where it has none. */
  readonly ownCertificate: PeerCertificate | undefined
  /** Where it ends soon or has ended: in words. */
  readonly ownCertificateWarning: string | undefined
  /** Messages that came in, resends included; those refused are not among them. */
  readonly received: number
  /** Messages beyond 256 KiB. They are acknowledged to the broker, or it would send them for ever, and not kept. */
  readonly refused: number
  /** Messages that came at QoS 0. */
  readonly receivedQos0: number
  /** Messages that came at QoS 0 and could not be kept: nobody sends them again. */
  readonly lost: number
  /** Messages at QoS 0 beyond the quota, which are dropped. */
  readonly dropped: number
  /** What is sent while Sen is down is lost: the newest message came at QoS 0, or the broker keeps no session. */
  readonly notKeptWhileDown: boolean
  /** Where that is so: in words, and what to do about it. */
  readonly warning: string | undefined
  /** How often Sen came back and the broker had kept nothing for it: what was sent meanwhile is lost. */
  readonly lostSessions: number
  /** Messages in memory that are not yet durable. */
  readonly inFlight: number
}

const largestBytes = 256 * 1024
const largestInFlight = 64
const defaultStopTimeoutMs = 5_000
/** A connection that lasts this long counts as a success: after it the delays begin anew. */
const steadyMs = 60_000
/** After a message that was dropped nothing is read for so long at least: what a flood costs to read is bounded too, ms. */
const droppedPauseMs = 20
const unlimited: Verdict = { waitMs: 0, isDevice: false }

/**
 * Takes the events of a network server from its broker. Where that broker keeps sessions, each message is acknowledged to it
 * only after `intake` has made it durable, so what is not durable when Sen ends comes again; else what is sent at QoS 0 is
 * taken as it comes, and `status` says so. At most 64 messages are in memory; beyond that nothing is read. Connects again by
 * itself, with a delay that grows from 1 s to 60 s. Messages may come twice (a broker resends with DUP set); they never come
 * out of order.
 *
 * Left to the operator: a source that publishes at QoS 1, and a broker that keeps sessions and enough messages (Mosquitto:
 * `persistence true`, `max_queued_messages`, by default 1,000).
 */
export class BrokerConnector {
  readonly #props: BrokerConnectorProps
  readonly #inFlight = new InFlight(largestInFlight)
  #address: BrokerAddress | undefined
  #session: BrokerSession | undefined
  #retry: NodeJS.Timeout | undefined
  #isRunning = false
  #connections = 0
  #failures = 0
  #steadyFrom: number | undefined
  #state: BrokerConnectorStatus['state'] = 'stopped'
  #since: number
  #lastError: string | undefined
  #lastErrorAt: number | undefined
  #received = 0
  #refused = 0
  #receivedQos0 = 0
  #lostMessages = 0
  #dropped = 0
  #nextTryAt: number | undefined
  #certificate: PeerCertificate | undefined
  readonly #ownCertificate: PeerCertificate | undefined
  readonly #rhythm: Rhythm
  #notKeptWhileDown: boolean
  #lostSessions = 0
  #hadSession = false

  constructor(props: BrokerConnectorProps) {
    this.#props = props
    this.#since = props.clock.now()
    this.#rhythm = props.rhythm ?? new Rhythm()
    this.#notKeptWhileDown = !props.source.keepsSession
    this.#ownCertificate = props.tls?.cert === undefined ? undefined : certificateIn(props.tls.cert)
  }

  /**
   * Begins to connect, and returns without waiting for it. A broker that cannot be reached is told by `status`; so is an
   * address that cannot be read, since one wrong connector must not keep the others from starting.
   */
  start(): Promise<void> {
    if (this.#isRunning) return Promise.resolve()
    try {
      this.#address = brokerAddress(this.#props.url)
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error), undefined)
      return Promise.resolve()
    }
    this.#isRunning = true
    this.#enter('connecting')
    this.#connect(this.#address)
    return Promise.resolve()
  }

  /** Takes nothing more, waits for messages under way, disconnects; the broker keeps the session. Safe to call twice. */
  async stop(): Promise<void> {
    this.#isRunning = false
    clearTimeout(this.#retry)
    await this.#session?.end(this.#props.stopTimeoutMs ?? defaultStopTimeoutMs)
    this.#session = undefined
    if (this.#state !== 'stopped') this.#enter('stopped')
  }

  status(): BrokerConnectorStatus {
    const { name, source, clock } = this.#props
    const now = clock.now()
    return {
      name,
      type: source.type,
      broker: this.#address?.shown ?? '',
      state: this.#state,
      since: this.#since,
      lastError: this.#lastError,
      lastErrorAt: this.#lastErrorAt,
      nextTryAt: this.#state === 'failed' ? this.#nextTryAt : undefined,
      lastMessageAt: this.#rhythm.lastAt,
      usualEveryMs: this.#rhythm.usualMs,
      isSilent: this.#state === 'connected' && this.#rhythm.isSilent(now),
      certificate: this.#certificate,
      received: this.#received,
      refused: this.#refused,
      receivedQos0: this.#receivedQos0,
      lost: this.#lostMessages,
      dropped: this.#dropped,
      notKeptWhileDown: this.#notKeptWhileDown,
      certificateWarning: this.#certificate && expiryWarning(this.#certificate, now),
      ownCertificate: this.#ownCertificate,
      ownCertificateWarning: this.#ownCertificate && ownExpiryWarning(this.#ownCertificate, now),
      warning: this.#notKeptWhileDown ? source.qos0Warning : undefined,
      lostSessions: this.#lostSessions,
      inFlight: this.#inFlight.taken
    }
  }

  get #clientId(): string {
    return this.#props.clientId ?? `sen-${this.#props.name}`
  }

  #connect(address: BrokerAddress): void {
    const { source, protocolVersion = 4, tls, unwanted } = this.#props
    const connection = ++this.#connections
    this.#steadyFrom = undefined
    this.#session = new BrokerSession({
      address,
      clientId: this.#clientId,
      protocolVersion,
      topics: source.topics,
      keepsSession: source.keepsSession,
      ...(tls && { tls }),
      ...(unwanted && { unwanted }),
      inFlight: this.#inFlight,
      deliver: (packet, done) => this.#deliver(packet, connection, done),
      onReady: (isResumed, certificate) => {
        this.#connected(isResumed, certificate)
      },
      onClosed: (reason, isOurs) => {
        if (this.#isRunning) this.#lost(address, reason, isOurs ? longestFullMs : longestAwayMs)
      }
    })
  }

  #connected(isResumed: boolean, certificate: PeerCertificate | undefined): void {
    const { name, log, clock } = this.#props
    const warning = certificate && expiryWarning(certificate, clock.now())
    if (warning !== undefined && certificate?.expiresAt !== this.#certificate?.expiresAt)
      log.warn({ connector: name, certificate }, 'Certificate of a broker ends soon')
    this.#certificate = certificate
    this.#steadyFrom = clock.monotonic() + steadyMs
    if (this.#hadSession && !isResumed) {
      this.#lostSessions++
      log.warn({ connector: name }, 'Broker kept nothing for Sen; messages sent meanwhile may be lost')
    }
    this.#hadSession = true
    this.#enter('connected')
  }

  #lost(address: BrokerAddress, reason: string, longestMs: number): void {
    const wasStanding = this.#steadyFrom !== undefined
    const wasSteady = this.#steadyFrom !== undefined && this.#props.clock.monotonic() >= this.#steadyFrom
    if (wasSteady) this.#failures = 0
    const retryInMs = reconnectDelayMs(this.#failures++, Math.random(), longestMs)
    this.#nextTryAt = this.#props.clock.now() + retryInMs
    const isShortLived = wasStanding && !wasSteady && reason === closedText
    this.#failed(isShortLived ? shortLivedText(this.#clientId) : reason, retryInMs)
    this.#retry = setTimeout(() => {
      this.#connect(address)
    }, retryInMs)
  }

  #failed(reason: string, retryInMs: number | undefined): void {
    const { name, log, clock } = this.#props
    const broker = this.#address?.shown
    const error = new SenError('SEN_CONNECTOR_FAILED', `connect ${name}${broker ? ` ${broker}` : ''}: ${reason}`)
    const isNews = this.#state !== 'failed' || this.#lastError !== error.message
    this.#lastError = error.message
    this.#lastErrorAt = clock.now()
    if (this.#state !== 'failed') this.#enter('failed')
    const fields = { connector: name, broker, code: error.code, reason, retryInMs }
    if (isNews) log.warn(fields, 'Connector failed')
    else log.debug(fields, 'Connector failed again')
  }

  #enter(state: BrokerConnectorStatus['state']): void {
    this.#state = state
    this.#since = this.#props.clock.now()
    if (state === 'connected') this.#rhythm.listens(this.#since)
    else this.#rhythm.isDeaf(this.#since)
    if (state !== 'failed') this.#props.log.info({ connector: this.#props.name, state }, 'Connector changed its state')
  }

  /** @returns how long to read nothing after it, ms. */
  #deliver(packet: IPublishPacket, connection: number, done: (error?: Error) => void): number {
    const { name, source, intake, clock, log } = this.#props
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    this.#rhythm.arrived(clock.now())
    this.#notKeptWhileDown = packet.qos === 0 || !source.keepsSession
    if (packet.qos === 0) this.#receivedQos0++
    if (payload.length > largestBytes) {
      this.#refused++
      log.warn({ connector: name, topic: packet.topic.slice(0, 200), sizeBytes: payload.length }, 'Message too large')
      done()
      return 0
    }
    const { waitMs, isDevice } = this.#weigh(packet, payload.length)
    if (waitMs > 0 && packet.qos === 0) {
      this.#dropped++
      done()
      // Where only one device sends too much, the connector's others are read on.
      return isDevice ? 0 : Math.max(waitMs, droppedPauseMs)
    }
    this.#received++
    intake.submit(
      {
        door: source.door,
        credential: `connector:${name}`,
        topic: packet.topic,
        payload,
        qos: packet.qos,
        dup: packet.dup,
        retain: packet.retain,
        clientId: this.#clientId,
        connection,
        packetId: packet.messageId ?? 0
      },
      error => {
        // To end the connection would bring nothing back, and lose what comes meanwhile.
        if (error && packet.qos === 0) this.#lose(error)
        done(packet.qos === 0 ? undefined : error)
      }
    )
    return waitMs
  }

  #weigh({ topic, qos }: IPublishPacket, sizeBytes: number): Verdict {
    const { guard, source, clock } = this.#props
    if (!guard) return unlimited
    return guard.take(source.deviceOf(topic), sizeBytes, { now: clock.monotonic(), isOwed: qos > 0 })
  }

  #lose(error: Error): void {
    if (this.#lostMessages++ === 0)
      this.#props.log.warn({ connector: this.#props.name, reason: error.message }, 'Message lost')
    this.#lastError = `keep message of ${this.#props.name}: ${error.message}; ${this.#lostMessages} lost since the start`
    this.#lastErrorAt = this.#props.clock.now()
  }
}
