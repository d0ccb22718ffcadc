import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { connect, type IPublishPacket, type MqttClient, type Packet } from 'mqtt'
import type { BrokerAddress } from './broker-address.ts'
import { peerCertificateOf } from './peer-certificate.ts'
import type { PeerCertificate } from './peer-certificate.ts'
import { closedText, disconnectText, failureText, unansweredText } from './connect-failure.ts'
import type { InFlight } from './in-flight.ts'

export interface BrokerSessionProps {
  readonly address: BrokerAddress
  readonly clientId: string
  readonly protocolVersion: 4 | 5
  /** Topic filters. */
  readonly topics: readonly string[]
  /** Filters that a kept session may still hold and that are not wanted any more. */
  readonly unwanted?: readonly string[]
  /** PEM: whom to trust instead of the machine's authorities, and who Sen is. */
  readonly tls?: {
    readonly ca?: string | undefined
    readonly cert?: string | undefined
    readonly key?: string | undefined
  }
  /** Whether the broker is to keep a session, and messages at QoS 1; else both are asked for afresh, at QoS 0. */
  readonly keepsSession: boolean
  /** Shared by the sessions of one connector: what a lost connection left to be made durable counts too. */
  readonly inFlight: InFlight
  /** Keeps a message, and says when it is durable (or will not be). @returns how long to read nothing after it, ms. */
  readonly deliver: (packet: IPublishPacket, done: (error?: Error) => void) => number
  /** The subscriptions stand. `isResumed`: the broker had kept the session, with what came in the meantime. */
  readonly onReady: (isResumed: boolean, certificate: PeerCertificate | undefined) => void
  /** Once, and nothing comes after it. `isOurs`: because a message could not be kept, and not because of the broker. */
  readonly onClosed: (reason: string, isOurs: boolean) => void
}

/** A message whose PUBACK is owed. */
interface Owed {
  readonly messageId: number
  isDurable: boolean
}

type SendPacket = (packet: Packet, ...rest: ((error?: Error) => void)[]) => void

const keepaliveS = 60
const connectTimeoutMs = 15_000
const disconnectTimeoutMs = 1_000
/** Never, in MQTT 5 (section 3.1.2.11.2): the broker keeps the session as long as it wants to. */
const sessionExpiryInterval = 0xff_ff_ff_ff
const receiveMaximum = 64

/**
 * One connection to a foreign broker, from CONNECT to its end; a session that the broker keeps outlives it (clean false).
 *
 * MQTT.js handles one PUBLISH at a time and acknowledges it when `handleMessage` calls back, so waiting there for the disk
 * would mean one sync a message. Here `handleMessage` calls back as soon as a place in `inFlight` is taken, the PUBACK that
 * MQTT.js then sends is held back, and this class sends its own once the message is durable, in the order of arrival
 * [MQTT-4.6.0-2]. Without a free place it does not call back, and MQTT.js stops reading the socket.
 * A packet id belongs to one connection, and so do the acknowledgements owed: what was not acknowledged when the connection
 * ends never is by this one, and the broker sends it again on the next [MQTT-4.4.0-1].
 */
export class BrokerSession {
  readonly #props: BrokerSessionProps
  readonly #client: MqttClient
  readonly #send: SendPacket
  readonly #owed: Owed[] = []
  #underWay = 0
  #isReading = true
  #isClosed = false
  #isAnswered = false
  #reason: string | undefined
  #isOurs = false
  #ending: Promise<void> | undefined
  #parked: (() => void) | undefined
  #pause: NodeJS.Timeout | undefined
  #onIdle: (() => void) | undefined

  constructor(props: BrokerSessionProps) {
    this.#props = props
    const { address, clientId, protocolVersion, keepsSession, tls } = props
    this.#client = connect({
      protocol: address.protocol,
      host: address.host,
      port: address.port,
      ...(address.path !== undefined && { path: address.path }),
      ...(address.username !== undefined && { username: address.username }),
      ...(address.password !== undefined && { password: address.password }),
      ...(protocolVersion === 5 && { properties: { receiveMaximum, ...(keepsSession && { sessionExpiryInterval }) } }),
      ...(tls?.ca !== undefined && { ca: tls.ca }),
      ...(tls?.cert !== undefined && { cert: tls.cert }),
      ...(tls?.key !== undefined && { key: tls.key }),
      clientId,
      protocolVersion,
      clean: !keepsSession,
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      // The connector decides when to try again, with a new client.
      reconnectPeriod: 0,
      resubscribe: false
    })
    // `_sendPacket` is MQTT.js' one way out for packets (5.16.0, build/lib/client.js); it offers no other hold on PUBACKs.
    this.#send = this.#client['_sendPacket'].bind(this.#client)
    this.#client['_sendPacket'] = (packet: Packet, sent?: () => void, ...rest: (() => void)[]) => {
      if (packet.cmd === 'puback') sent?.()
      else this.#send(packet, ...(sent === undefined ? [] : [sent, ...rest]))
    }
    this.#client.handleMessage = (packet, next) => {
      this.#receive(packet, next)
    }
    if (this.#client.stream instanceof Socket) this.#client.stream.setNoDelay(true)
    this.#listen()
  }

  /**
   * Takes nothing more, waits until what came is durable and acknowledged, and disconnects. What is not durable after
   * `timeoutMs` stays with the broker.
   */
  end(timeoutMs: number): Promise<void> {
    this.#ending ??= this.#drainAndClose(timeoutMs)
    return this.#ending
  }

  async #drainAndClose(timeoutMs: number): Promise<void> {
    this.#stopReading()
    if (this.#underWay > 0 && !this.#isClosed) await this.#idle(timeoutMs)
    if (this.#isClosed) return

    const closed = new Promise<void>(resolve => this.#client.once('close', resolve))
    this.#disconnect()
    await closed
  }

  #listen(): void {
    const client = this.#client
    client.on('connect', packet => {
      this.#isAnswered = true
      this.#subscribe(packet.sessionPresent)
    })
    client.on('disconnect', packet => {
      this.#reason ??= disconnectText(packet.reasonCode)
    })
    client.on('error', error => {
      const reason = failureText(error)
      this.#fail(isReset(error) && this.#endedAfterHandshake ? unansweredText(reason) : reason)
    })
    client.on('close', () => {
      if (this.#isClosed) return
      this.#isClosed = true
      this.#stopReading()
      this.#onIdle?.()
      const reason = this.#reason ?? (this.#endedAfterHandshake ? unansweredText(closedText) : closedText)
      this.#props.onClosed(reason, this.#isOurs)
    })
  }

  /** With TLS 1.3 a server refuses a client's certificate then; where it closes at once, its reason may be lost on the way. */
  get #endedAfterHandshake(): boolean {
    const { stream } = this.#client
    return !this.#isAnswered && stream instanceof TLSSocket && stream.authorized
  }

  #subscribe(isResumed: boolean): void {
    const { unwanted = [] } = this.#props
    if (unwanted.length > 0 && isResumed) this.#client.unsubscribe([...unwanted])
    // At every connection, though the broker may remember them: it costs one packet and mends a session that lost some.
    this.#client.subscribe(
      [...this.#props.topics],
      { qos: this.#props.keepsSession ? 1 : 0, rh: 1 },
      (error, granted = []) => {
        if (this.#isClosed) return
        const refused = granted.find(subscription => subscription.qos > 2)
        if (refused !== undefined) this.#fail(`the broker refused the subscription to ${refused.topic}`)
        else if (error) this.#fail(failureText(error))
        else this.#props.onReady(isResumed, peerCertificateOf(this.#client.stream))
      }
    )
  }

  #receive(packet: IPublishPacket, next: () => void): void {
    // Not acknowledged, so the broker keeps it; reading on lets the connection end in order.
    if (!this.#isReading) {
      next()
      return
    }
    this.#parked = next
    this.#props.inFlight.take(() => {
      if (!this.#isReading) {
        this.#props.inFlight.give()
        return
      }
      this.#readOnAfter(this.#deliver(packet), next)
    })
  }

  #readOnAfter(waitMs: number, next: () => void): void {
    if (waitMs === 0) {
      this.#parked = undefined
      next()
      return
    }
    // Its failure may have ended reading meanwhile, which has called `next`.
    if (!this.#isReading) return
    this.#parked = next
    this.#pause = setTimeout(() => {
      this.#parked = undefined
      next()
    }, waitMs)
  }

  #deliver(packet: IPublishPacket): number {
    const owed: Owed | undefined =
      packet.qos === 1 && packet.messageId !== undefined ? { messageId: packet.messageId, isDurable: false } : undefined
    if (owed) this.#owed.push(owed)
    this.#underWay++
    return this.#props.deliver(packet, error => {
      this.#underWay--
      if (error) {
        this.#isOurs ||= this.#reason === undefined
        this.#fail(`a message could not be kept: ${error.message}`)
      } else if (owed) {
        owed.isDurable = true
        this.#acknowledge()
      }
      this.#props.inFlight.give()
      if (this.#underWay === 0) this.#onIdle?.()
    })
  }

  /** Sends the PUBACKs whose turn it is. */
  #acknowledge(): void {
    if (this.#reason !== undefined || !this.#client.connected) return
    while (this.#owed[0]?.isDurable === true) {
      this.#send({ cmd: 'puback', messageId: this.#owed[0].messageId, reasonCode: 0 })
      this.#owed.shift()
    }
  }

  /** Ends the connection; nothing more is acknowledged on it. */
  #fail(reason: string): void {
    this.#reason ??= reason
    this.#stopReading()
    if (!this.#isClosed) this.#disconnect()
  }

  /** Sends what is written and DISCONNECT, and closes; a peer that does not answer does not hold it up. */
  #disconnect(): void {
    const client = this.#client
    client.end(!client.connected)
    const impatience = setTimeout(() => client.stream.destroy(), disconnectTimeoutMs)
    client.once('close', () => {
      clearTimeout(impatience)
    })
  }

  #stopReading(): void {
    this.#isReading = false
    clearTimeout(this.#pause)
    const next = this.#parked
    this.#parked = undefined
    next?.()
  }

  async #idle(timeoutMs: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}
