import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { Aedes } from 'aedes'
import type { AedesOptions, Client } from 'aedes'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import { connectionNumber } from '../connection-number.ts'
import type { GroupIntake } from '../group-intake.ts'
import { topicOf } from '../topics.ts'
import { publishRefusal, subscribeRefusal } from './access.ts'
import type { Identity, Refusal } from './access.ts'
import { defaultPacketLimits, guard } from './packet-guard.ts'
import type { GuardRefusal, GuardedSocket, PacketLimits } from './packet-guard.ts'

/** Why the broker turned something away; each is counted. */
export type BrokerRefusal =
  Refusal | GuardRefusal | 'credentials' | 'client-id' | 'protocol-version' | 'subscription-limit'

export interface BrokerProps {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly intake: GroupIntake
  /** @returns who it is, or `undefined` if user name and password do not fit. In memory, constant time. */
  readonly authenticate: (username: string, password: Uint8Array) => Identity | undefined
  /** The site at which a registered device stands. */
  readonly siteOf: (device: string) => string | undefined
  readonly onRefused: (reason: BrokerRefusal) => void
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly limits?: PacketLimits
}

type PublishPacket = Parameters<NonNullable<AedesOptions['authorizePublish']>>[1]
type PublishDone = Parameters<NonNullable<AedesOptions['authorizePublish']>>[2]

/** Messages of one connection that may wait for their sync before its socket is read no further, and where reading goes on. */
const pauseAt = 64
const resumeAt = 32
/** Clients whose connections are counted; who has not connected for longest is forgotten first. */
const mostCounted = 100_000
/** Topic filters of one connection. */
const mostSubscriptions = 64
/** QoS 2 messages of one connection that wait for their PUBREL. */
const mostHalfOpen = 64
/** Largest state that is kept for later subscribers, bytes. */
const retainedBytes = 4096
const longestClientId = 256

interface Connection {
  number: number
  readonly address: string
  readonly socket: GuardedSocket
  identity: Identity | undefined
  inFlight: number
  isHeld: boolean
  awaitsRelief: boolean
}

/**
 * Sen's MQTT 3.1.1 broker: authenticates, keeps every publish durable before its acknowledgement, and holds back who is
 * faster than the disk. MQTT 5 is answered with return code 1.
 */
export class Broker {
  readonly #props: BrokerProps
  readonly #connections = new WeakMap<object, Connection>()
  readonly #sockets = new Set<Socket>()
  #aedes: Aedes | undefined
  #server: Server | undefined
  /** How often each client has connected since the start. */
  readonly #counts = new Map<string, number>()
  #startedAt = 0
  #isStopping = false

  constructor(props: BrokerProps) {
    this.#props = props
  }

  /** Number of connections that are past CONNECT. */
  get connectedClients(): number {
    return this.#aedes?.connectedClients ?? 0
  }

  /** @returns the address it listens on. */
  async start(): Promise<AddressInfo> {
    this.#startedAt = this.#props.clock.now()
    this.#aedes = await Aedes.createBroker({
      id: 'sen',
      connectTimeout: 10_000,
      drainTimeout: 10_000,
      maxClientsIdLength: 65_535,
      maxInflightInbound: mostHalfOpen,
      preConnect: (_client, packet, done) => {
        // aedes answers these with return code 1. [MQTT-3.1.2-2]
        if ((packet.protocolVersion ?? 4) > 4) this.#props.onRefused('protocol-version')
        const refusal = connectRefusal(packet.clientId)
        // Sessions belong to who made them: nobody takes over another's by naming its client id.
        if (packet.clientId !== '') packet.clientId = `${packet.username ?? ''}/${packet.clientId}`
        if (refusal) this.#props.onRefused(refusal)
        done(refusal ? new Error(`connect: ${refusal}`) : null, refusal === undefined)
      },
      authenticate: (client, username, password, done) => {
        const isKnown = this.#authenticate(client, username, password)
        done(null, isKnown)
      },
      authorizePublish: (client, packet, done) => {
        this.#publish(client, packet, done)
      },
      authorizeSubscribe: (client, subscription, done) => {
        const connection = this.#connectionOf(client)
        const refusal = connection
          ? this.#subscribeRefusal(client, connection, subscription.topic)
          : 'topic-not-allowed'
        if (refusal) this.#props.onRefused(refusal)
        // [MQTT-3.9.3-2] A refused filter is answered with 0x80.
        done(null, refusal ? null : subscription)
      }
    })
    this.#aedes.on('connectionError', (_client, error) => {
      this.#props.log.debug({ cause: error.message }, 'MQTT connection ended before CONNECT was accepted')
    })
    this.#aedes.on('clientError', (client, error) => {
      this.#props.log.debug({ clientId: client.id, cause: error.message }, 'MQTT connection ended by an error')
    })
    this.#server = createServer({ noDelay: true }, socket => {
      this.#accept(socket)
    })
    const server = this.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#props.port, this.#props.host, 4096, resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new TypeError('listen broker: no TCP address')
    return address
  }

  /** Closes every connection of this credential user name, so that a revoked one ends at once. */
  disconnect(username: string): void {
    for (const socket of this.#sockets) {
      if (this.#connections.get(socket)?.identity?.username === username) socket.destroy()
    }
  }

  /** New connections are refused; what was taken in is synced and acknowledged; then every connection is closed. */
  async stop(): Promise<void> {
    if (this.#isStopping || !this.#server || !this.#aedes) return
    this.#isStopping = true
    const server = this.#server
    const aedes = this.#aedes
    const closed = new Promise<void>(resolve => {
      server.close(() => {
        resolve()
      })
    })
    for (const socket of this.#sockets) socket.pause()
    await this.#props.intake.drained()
    // The acknowledgements of the last group leave their sockets in the next turn.
    await new Promise(resolve => setImmediate(resolve))
    for (const socket of this.#sockets) socket.destroySoon()
    await new Promise<void>(resolve => {
      aedes.close(() => {
        resolve()
      })
    })
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    if (!this.#aedes || this.#isStopping) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const address = socket.remoteAddress ?? ''
    const guarded = guard(socket, this.#props.limits ?? defaultPacketLimits, reason => {
      this.#props.onRefused(reason)
      this.#props.log.warn({ address, reason }, 'MQTT connection closed')
    })
    this.#connections.set(socket, {
      number: 0,
      address,
      socket: guarded,
      identity: undefined,
      inFlight: 0,
      isHeld: false,
      awaitsRelief: false
    })
    this.#aedes.handle(socket)
  }

  #authenticate(client: Client, username: string | undefined, password: Uint8Array | undefined): boolean {
    const connection = this.#connectionOf(client)
    const identity =
      username === undefined || password === undefined ? undefined : this.#props.authenticate(username, password)
    if (!connection || !identity) {
      this.#props.onRefused('credentials')
      this.#props.log.warn({ address: connection?.address, username: username?.slice(0, 100) }, 'MQTT login refused')
      return false
    }
    connection.identity = identity
    connection.number = connectionNumber(this.#startedAt, this.#countOf(client.id))
    connection.socket.connected()
    return true
  }

  #subscribeRefusal(client: Client, connection: Connection, filter: string): BrokerRefusal | undefined {
    if (!connection.identity) return 'topic-not-allowed'
    const { subscriptions } = client as unknown as { readonly subscriptions: Readonly<Record<string, unknown>> }
    if (Object.keys(subscriptions).length >= mostSubscriptions && !(filter in subscriptions))
      return 'subscription-limit'
    return subscribeRefusal(connection.identity, filter, this.#props.siteOf)
  }

  #countOf(clientId: string): number {
    const count = (this.#counts.get(clientId) ?? 0) + 1
    this.#counts.delete(clientId)
    this.#counts.set(clientId, count)
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= mostCounted) break
      this.#counts.delete(oldest)
    }
    return count
  }

  #publish(client: Client | null, packet: PublishPacket, done: PublishDone): void {
    const connection = client ? this.#connectionOf(client) : undefined
    if (!client || !connection?.identity) {
      done(new Error('publish: not authorised'))
      return
    }
    const refusal = publishRefusal(connection.identity, packet.topic, this.#props.siteOf)
    if (refusal) {
      this.#props.onRefused(refusal)
      this.#props.log.warn(
        { username: connection.identity.username, topic: packet.topic.slice(0, 200), reason: refusal },
        'MQTT publish refused'
      )
      // 3.1.1 has no negative acknowledgement: [MQTT-3.3.5-2] leaves closing the connection.
      done(new Error(`publish: ${refusal}`))
      return
    }
    if (packet.qos === 2) this.#publishOnce(client, connection, packet, done)
    else this.#keep(client, connection, packet, done)
  }

  /** A QoS 2 packet id that still waits for its PUBREL was journalled already. [MQTT-4.3.3-2] */
  #publishOnce(client: Client, connection: Connection, packet: PublishPacket, done: PublishDone): void {
    const persistence = this.#aedes as unknown as { persistence: IncomingPackets }
    persistence.persistence.incomingGetPacket(client, packet).then(
      () => {
        done()
      },
      () => {
        this.#keep(client, connection, packet, done)
      }
    )
  }

  #keep(client: Client, connection: Connection, packet: PublishPacket, done: PublishDone): void {
    const { intake } = this.#props
    connection.inFlight++
    if (!connection.isHeld && (connection.inFlight >= pauseAt || intake.isOverBudget)) this.#hold(connection)
    // Only a state is worth keeping for later subscribers; the history of readings is the series store's.
    const { retain } = packet
    if (retain && !this.#isState(packet)) packet.retain = false
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    // A will has no packet id; neither has QoS 0.
    const packetId = 'messageId' in packet && typeof packet.messageId === 'number' ? packet.messageId : 0
    intake.submit(
      {
        door: 'mqtt',
        credential: connection.identity?.username ?? '',
        topic: packet.topic,
        payload,
        qos: packet.qos,
        dup: packet.dup,
        retain,
        clientId: client.id,
        connection: connection.number,
        packetId
      },
      error => {
        connection.inFlight--
        this.#releaseWhenClear(connection)
        done(error)
      }
    )
  }

  #isState(packet: PublishPacket): boolean {
    const topic = topicOf(packet.topic)
    return (
      topic.kind === 'status' &&
      this.#props.siteOf(topic.device) === topic.site &&
      packet.payload.length <= retainedBytes
    )
  }

  #hold(connection: Connection): void {
    connection.isHeld = true
    connection.socket.hold()
  }

  /** Reads on once few enough messages wait: of this connection, and of the whole process. */
  #releaseWhenClear(connection: Connection): void {
    if (!connection.isHeld || connection.inFlight > resumeAt || connection.awaitsRelief) return
    const { intake } = this.#props
    if (intake.isOverBudget) {
      connection.awaitsRelief = true
      intake.onRelief(() => {
        connection.awaitsRelief = false
        this.#releaseWhenClear(connection)
      })
      return
    }
    connection.isHeld = false
    // After the acknowledgements of this turn, so that they leave first.
    setImmediate(() => {
      if (!connection.isHeld && !this.#isStopping) connection.socket.release()
    })
  }

  #connectionOf(client: Client): Connection | undefined {
    return this.#connections.get(client.conn)
  }
}

interface IncomingPackets {
  incomingGetPacket(client: Client, packet: PublishPacket): Promise<unknown>
}

/** [MQTT-1.5.3-1], [MQTT-1.5.3-2]: the parser turns invalid UTF-8 into U+FFFD and lets U+0000 pass. */
function connectRefusal(clientId: string): BrokerRefusal | undefined {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const isUnreadable = /[\u0000-\u001f\u007f\ufffd]/.test(clientId)
  return isUnreadable || clientId.length > longestClientId ? 'client-id' : undefined
}
