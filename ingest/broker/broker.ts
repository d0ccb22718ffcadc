import type { Duplex } from 'node:stream'
import { Aedes } from 'aedes'
import type { AedesOptions, AedesPublishPacket, Client } from 'aedes'
import type { MessageRecord } from '../../journal/journal.ts'
import type { Clock } from '../../model/clock.ts'
import type { DeviceQuota } from '../device-quota.ts'
import type { GroupIntake } from '../group-intake.ts'
import { topicOf } from '../topics.ts'
import { publishRefusal, subscribeRefusal } from './access.ts'
import type { BrokerLimits, BrokerProps } from './broker-props.ts'
import { ClientIds } from './client-ids.ts'
import type { Successor } from './client-ids.ts'
import type { ConnectPacket, ConnectRefusal } from './connect-packet.ts'
import { Connection } from './connection.ts'
import type { FoundSession, Joining } from './connection.ts'
import type { ConnectionHost, ConnectionRefusal } from './connection-host.ts'
import type { BrokerDenial, BrokerRefusal } from './denial.ts'
import { Delivery } from './delivery.ts'
import { Greeter, returnCodes } from './greeter.ts'
import type { GreetingRefusal } from './greeter.ts'
import { ReceivedIds } from './received-ids.ts'
import { RefusalLog } from './refusal-log.ts'
import { Sessions } from './sessions.ts'

type Denied = [action: BrokerDenial['action'], reason: BrokerRefusal, topic: string, username?: string | undefined]

/** A message that is durable and goes to its subscribers. */
interface Arrived {
  readonly connection: Connection
  readonly message: MessageRecord
}

/** In place of what aedes remembers to forward nothing twice: it takes for a repeat what another message overtook. */
const neverForwarded = new Proxy({}, { get: () => undefined, set: () => true })

const checkEveryMs = 500
/** Newcomers that are heard in one turn of the event loop: thousands at once must not keep everybody else waiting. */
const heardAtOnce = 32
const tidyEveryMs = 10_000

/**
 * Sen's MQTT 3.1.1 broker: authenticates, keeps every publish durable before its acknowledgement, and holds back who is
 * faster than the disk or than its quota. MQTT 5 is answered with return code 1. Doors hand it their streams.
 */
export class Broker implements ConnectionHost {
  readonly limits: BrokerLimits
  readonly intake: GroupIntake
  readonly quota: DeviceQuota
  readonly clock: Clock
  readonly siteOf: (device: string) => string | undefined
  registryGeneration = 0
  readonly #props: BrokerProps
  readonly #delivery = new Delivery()
  readonly #sessions: Sessions
  readonly #greeter: Greeter
  readonly #refusals: RefusalLog
  readonly #connections = new Set<Connection>()
  /** By aedes' stream. */
  readonly #byStream = new WeakMap<object, Connection>()
  readonly #clientIds: ClientIds
  readonly #greetings = new Map<string, number>()
  readonly #newcomers: Connection[] = []
  /** Connections by the user name of their credential. */
  readonly #perCredential = new Map<string, number>()
  #deliveries: Arrived[] = []
  #isDelivering = false
  #timers: NodeJS.Timeout[] = []
  #aedes: Aedes | undefined
  #isStopping = false
  #haveRightsChanged = false

  constructor(props: BrokerProps) {
    this.#props = props
    this.limits = props.limits
    this.intake = props.intake
    this.quota = props.quota
    this.clock = props.clock
    this.siteOf = props.siteOf
    this.#sessions = new Sessions({
      limits: props.limits.sessions,
      clock: props.clock,
      onDropped: () => {
        props.onRefused('session-queue-full')
      }
    })
    this.#refusals = new RefusalLog(props.log)
    this.#clientIds = new ClientIds({
      join: successor => {
        this.#join(successor)
      },
      leave: clientId => {
        this.#sessions.leave(clientId)
      }
    })
    this.#greeter = new Greeter(props)
  }

  /** Number of connections that are past CONNECT. */
  get connectedClients(): number {
    let count = 0
    for (const { isOpen } of this.#connections) if (isOpen) count++
    return count
  }

  /** Kept sessions, and what waits for their clients. */
  get sessions(): { readonly count: number; readonly queuedBytes: number } {
    return { count: this.#sessions.size, queuedBytes: this.#sessions.queuedBytes }
  }

  get subscriptionGeneration(): number {
    return this.#delivery.generation + this.#sessions.generation
  }

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker(this.#options())
    this.#aedes = aedes
    aedes.on('connackSent', (_packet, client) => {
      this.#joined(client)
    })
    aedes.on('clientDisconnect', client => {
      this.#left(this.#byStream.get(client.conn))
    })
    aedes.on('unsubscribe', (filters, client) => {
      const subscriptions = this.#byStream.get(client.conn)?.subscriptions
      for (const filter of filters) subscriptions?.withdraw(filter)
    })
    for (const event of ['connectionError', 'clientError'] as const) {
      aedes.on(event, (client, error) => {
        this.#props.log.debug({ clientId: client.id, cause: error.message }, 'MQTT connection ended by an error')
      })
    }
    const check = setInterval(() => {
      const now = this.clock.monotonic()
      for (const connection of this.#connections) connection.check(now)
      if (this.#haveRightsChanged) this.#endForfeited()
    }, checkEveryMs)
    const tidy = setInterval(() => {
      this.#sessions.expire()
      this.#refusals.summarise()
    }, tidyEveryMs)
    this.#timers = [check, tidy]
  }

  /**
   * Takes a stream over: TCP, TLS or WebSocket. It must stay open to one side when the other has ended.
   *
   * @param weight - for how many of its address' connections it counts before CONNECT.
   */
  accept(stream: Duplex, address: string, weight = 1): void {
    const greetings = this.#greetings.get(address) ?? 0
    const refusal =
      this.#connections.size >= this.limits.connections
        ? 'connection-limit'
        : greetings >= this.limits.greetingsPerAddress && 'address-limit'
    if (!this.#aedes || this.#isStopping || refusal) {
      if (refusal) this.#props.onRefused(refusal)
      stream.on('error', () => undefined)
      stream.destroy()
      return
    }
    this.#greetings.set(address, greetings + weight)
    const connection = new Connection(stream, address, this)
    connection.greeting = weight
    this.#connections.add(connection)
    stream.once('close', () => {
      this.#closed(connection)
    })
    if (this.#newcomers.push(connection) === 1) setImmediate(this.#hearNewcomers)
  }

  welcome(connection: Connection, packet: ConnectPacket | ConnectRefusal): void {
    if (packet === 'malformed') {
      connection.refuse('malformed')
      return
    }
    this.#greeted(connection)
    const refusal = typeof packet === 'string' ? packet : this.#welcome(connection, packet)
    if (refusal === undefined) return
    const username = typeof packet === 'string' ? undefined : packet.username?.slice(0, 100)
    if (refusal !== 'stopping') this.#props.onRefused(refusal)
    this.#refusals.say(refusal, { address: connection.address, username })
    if (refusal === 'credentials' || refusal === 'will-not-allowed')
      this.#denied(connection, 'connect', refusal, '', username)
    connection.reject(returnCodes[refusal])
  }

  isWanted(topic: string): boolean {
    return this.#delivery.isWanted(topic) || this.#sessions.isWanted(topic)
  }

  deliver(connection: Connection, message: MessageRecord): void {
    this.#deliveries.push({ connection, message })
    if (!this.#isDelivering) void this.#deliverAll()
  }

  refused(connection: Connection, reason: ConnectionRefusal, isClosing: boolean, topic?: string): void {
    this.#props.onRefused(reason)
    if (!isClosing) return
    const { address, identity } = connection
    this.#refusals.say(reason, { address, username: identity?.username })
    if (topic !== undefined) this.#denied(connection, 'publish', reason, topic)
  }

  #denied({ address, identity }: Connection, ...[action, reason, topic, given]: Denied): void {
    const username = given ?? identity?.username ?? ''
    this.#props.onDenied?.({ action, reason, address, username, topic })
  }

  /** What was known of devices and sites holds no longer. */
  registryChanged(): void {
    this.registryGeneration++
    this.rightsChanged()
    this.#sessions.dropRetained(topic => !this.#isStateTopic(topic))
  }

  /** Who was granted a filter that it may not have any more is sent away within `checkEveryMs`; it may come back for the rest. */
  rightsChanged(): void {
    this.#haveRightsChanged = true
  }

  /** Ends every connection and session of this credential, so that a revoked one ends at once. */
  disconnect(username: string): void {
    for (const connection of this.#connections) {
      if (connection.identity?.username === username) connection.stream.destroy()
    }
    this.#sessions.endOf(username)
  }

  /** Nothing more is read; what was taken in is synced and acknowledged; then every connection is closed. */
  async stop(): Promise<void> {
    if (this.#isStopping || !this.#aedes) return
    this.#isStopping = true
    for (const timer of this.#timers) clearInterval(timer)
    const aedes = this.#aedes
    for (const connection of this.#connections) connection.stopReading()
    await this.intake.drained()
    // The acknowledgements of the last group leave in the next turn.
    await new Promise(resolve => setImmediate(resolve))
    for (const { stream } of this.#connections) stream.end()
    await new Promise<void>(resolve => {
      aedes.close(resolve)
    })
    for (const { stream } of this.#connections) stream.destroy()
  }

  /** One after the other: aedes takes longer over what is retained or queued, and would let others overtake it. [MQTT-4.6.0-6] */
  async #deliverAll(): Promise<void> {
    this.#isDelivering = true
    while (this.#deliveries.length > 0) {
      const deliveries = this.#deliveries
      this.#deliveries = []
      for (const delivery of deliveries) await this.#deliverOne(delivery)
    }
    this.#isDelivering = false
  }

  #deliverOne({ connection, message }: Arrived): Promise<void> {
    const payload = Buffer.from(message.payload.buffer, message.payload.byteOffset, message.payload.length)
    const { topic, qos } = message
    const retain = message.retain && this.#isState(topic, payload)
    return new Promise(resolve => {
      this.#aedes?.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, error => {
        if (error) this.#props.log.warn({ clientId: connection.clientId, cause: error.message }, 'MQTT delivery failed')
        resolve()
      })
    })
  }

  #options(): AedesOptions {
    return {
      id: 'sen',
      mq: this.#delivery,
      persistence: this.#sessions,
      // Connections are watched by `check`, and hold back nobody.
      connectTimeout: 2 ** 31 - 1,
      drainTimeout: 0,
      concurrency: 0,
      maxClientsIdLength: 65_535,
      preConnect: (client, packet, done) => {
        const connection = this.#byStream.get(client.conn)
        if (connection) {
          connection.inAedes = 'joining'
          packet.clientId = connection.clientId
          Object.defineProperty(client, 'duplicates', { value: neverForwarded })
          Object.assign(client, { _nextId: this.#sessions.nextPacketId(connection.clientId) })
          packet.keepalive = 0
        }
        done(null, connection !== undefined)
      },
      authenticate: (client, _username, _password, done) => {
        // aedes drops a client whose stream has ended by now, without a word.
        if (client.conn.destroyed) this.#left(this.#byStream.get(client.conn))
        done(null, true)
      },
      authorizePublish: (client, will, done) => {
        this.#publishWill(client, will, done)
      },
      authorizeSubscribe: (client, subscription, done) => {
        const connection = this.#byStream.get(client.conn)
        const { topic } = subscription
        const refusal = this.#subscribeRefusal(connection, topic)
        if (refusal) this.#props.onRefused(refusal)
        if (refusal && connection) this.#denied(connection, 'subscribe', refusal, topic)
        if (connection) this.#keepSubscription(connection, subscription, refusal === undefined)
        // [MQTT-3.9.3-2] A refused filter is answered with 0x80. QoS is settled when a message is forwarded.
        done(null, refusal ? null : { ...subscription, qos: 2 })
      },
      authorizeForward: (client, packet) => this.#forwarded(client, packet)
    }
  }

  #welcome(connection: Connection, packet: ConnectPacket): GreetingRefusal | 'stopping' | undefined {
    if (!this.#aedes || this.#isStopping) return 'stopping'
    const joining = this.#greeter.greet(packet)
    if (typeof joining === 'string') return joining
    const { username, kind } = joining.identity
    const count = this.#perCredential.get(username) ?? 0
    if (kind === 'device' && count >= this.limits.connectionsPerDevice) return 'credential-limit'
    this.#perCredential.set(username, count + 1)
    connection.accepted(joining, packet)
    this.#clientIds.claim({ connection, joining, packet })
    return undefined
  }

  #join({ connection, joining, packet }: Successor): void {
    const session = this.#sessionOf(joining, packet)
    if (!session) {
      this.#props.onRefused('session-limit')
      connection.reject(returnCodes['session-limit'])
      return
    }
    connection.join(joining.identity, session, packet)
    this.#byStream.set(connection.stream, connection)
    this.#aedes?.handle(connection.stream)
    connection.stream.emit('readable')
  }

  #sessionOf({ clientId, identity }: Joining, { isClean }: ConnectPacket): FoundSession | undefined {
    if (isClean) return { received: new ReceivedIds(), isResumed: false }
    const isResumed = this.#sessions.has(clientId)
    const received = this.#sessions.resume(clientId, identity.username)
    return received && { received, isResumed }
  }

  #joined(client: Client): void {
    const connection = this.#byStream.get(client.conn)
    if (!connection) return
    connection.inAedes = 'yes'
    connection.joined()
    // aedes registers a client that has gone meanwhile, and would keep it.
    if (connection.hasEnded) unregister(this.#aedes, client)
    else this.#clientIds.joined(connection)
  }

  #left(connection: Connection | undefined): void {
    if (!connection) return
    connection.inAedes = 'no'
    this.#clientIds.settle(connection)
  }

  #greeted(connection: Connection): void {
    const { address, greeting } = connection
    connection.greeting = 0
    const greetings = (this.#greetings.get(address) ?? 0) - greeting
    if (greetings > 0) this.#greetings.set(address, greetings)
    else this.#greetings.delete(address)
  }

  #closed(connection: Connection): void {
    this.#greeted(connection)
    connection.closed()
    this.#connections.delete(connection)
    const { username } = connection.identity ?? {}
    if (username !== undefined) this.#leaveCredential(username)
    this.#clientIds.settle(connection)
  }

  #leaveCredential(username: string): void {
    const count = (this.#perCredential.get(username) ?? 0) - 1
    if (count > 0) this.#perCredential.set(username, count)
    else this.#perCredential.delete(username)
  }

  readonly #hearNewcomers = (): void => {
    for (const connection of this.#newcomers.splice(0, heardAtOnce)) connection.hear()
    if (this.#newcomers.length > 0) setImmediate(this.#hearNewcomers)
  }

  #endForfeited(): void {
    this.#haveRightsChanged = false
    for (const { identity, subscriptions, stream } of this.#connections) {
      if (!identity) continue
      const isForfeited = subscriptions
        .names()
        .some(name => subscribeRefusal(identity, name, this.siteOf) !== undefined)
      if (isForfeited) stream.destroy()
    }
  }

  #subscribeRefusal(connection: Connection | undefined, filter: string): BrokerRefusal | undefined {
    if (!connection?.identity) return 'topic-not-allowed'
    const { subscriptions, identity } = connection
    if (subscriptions.size >= this.limits.subscriptions && !subscriptions.has(filter)) return 'subscription-limit'
    return subscribeRefusal(identity, filter, this.siteOf)
  }

  #keepSubscription(
    { subscriptions, clientId }: Connection,
    subscription: { readonly topic: string; readonly qos: 0 | 1 | 2 },
    isGranted: boolean
  ): void {
    const { topic, qos } = subscription
    if (isGranted) {
      subscriptions.grant(topic, qos)
      this.#sessions.subscribe(clientId, subscription)
    } else this.#sessions.unsubscribe(clientId, topic)
  }

  /**
   * A message on its way to a subscriber, with the QoS that it subscribed with [MQTT-3.8.4-6], once, and only where a filter that
   * it was granted fits. Under pressure QoS 0 is left out first; who lets much more than that wait is closed.
   */
  #forwarded(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    const connection = this.#byStream.get(client.conn)
    const qos = connection?.subscriptions.qosOf(packet.topic)
    if (!connection || qos === undefined) return null
    // What comes before it is told that it has joined is not sent; at QoS 1 and 2 it waits in its session.
    if (!connection.isOpen) return packet
    if (connection.hasHeard(packet)) return null
    packet.qos = Math.min(packet.qos, qos) as 0 | 1 | 2
    if (packet.qos === 0) packet.dup = false
    const { waitingBytes } = connection.outbound
    // It goes nowhere, and its session keeps it.
    if (waitingBytes > this.limits.outboundBytes) return connection.refuse('slow-subscriber') ?? packet
    if (packet.qos > 0 || waitingBytes <= this.limits.outboundQos0Bytes) return packet
    this.#props.onRefused('slow-subscriber-qos0')
    return null
  }

  /** The only publish that comes by way of aedes. */
  #publishWill(
    client: Client | null,
    will: Parameters<NonNullable<AedesOptions['authorizePublish']>>[1],
    done: (error?: Error | null) => void
  ): void {
    const connection = client ? this.#byStream.get(client.conn) : undefined
    const refusal = connection?.identity
      ? publishRefusal(connection.identity, will.topic, this.siteOf)
      : 'device-unknown'
    if (!connection?.identity || refusal) {
      if (refusal) this.#props.onRefused(refusal)
      if (refusal && connection) this.#denied(connection, 'publish', refusal, will.topic)
      done(new Error(`publish will: ${refusal ?? ''}`))
      return
    }
    const payload = typeof will.payload === 'string' ? Buffer.from(will.payload) : will.payload
    const { topic, qos, retain } = will
    if (retain && !this.#isState(topic, payload)) will.retain = false
    const { username } = connection.identity
    this.intake.submit(
      {
        door: 'mqtt',
        credential: username,
        topic,
        payload,
        qos,
        dup: false,
        retain,
        clientId: connection.clientId,
        connection: 0,
        packetId: 0
      },
      done
    )
  }

  #isState(topic: string, payload: Uint8Array): boolean {
    return payload.length <= this.limits.retainedBytes && this.#isStateTopic(topic)
  }

  #isStateTopic(topic: string): boolean {
    const parsed = topicOf(topic)
    return parsed.kind === 'status' && this.siteOf(parsed.device) === parsed.site
  }
}

/** What aedes does itself when a client disconnects; its types leave it out. */
function unregister(aedes: unknown, client: Client): void {
  const registry = aedes as { unregisterClient(client: Client): void }
  registry.unregisterClient(client)
}
