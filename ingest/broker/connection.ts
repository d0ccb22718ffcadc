import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { MessageRecord } from '../../journal/journal.ts'
import type { Receipt } from '../intake.ts'
import type { Identity } from './access.ts'
import { GrantedFilters } from './granted-filters.ts'
import { readConnect } from './connect-packet.ts'
import type { ConnectPacket } from './connect-packet.ts'
import type { ConnectionHost, ConnectionRefusal } from './connection-host.ts'
import { Outbound } from './outbound.ts'
import { isLawful, packetType } from './packet-rules.ts'
import { PacketStream } from './packet-stream.ts'
import { readPublish } from './publish-packet.ts'
import type { OwedAnswers, ReceivedIds } from './received-ids.ts'
import { Routes } from './routes.ts'
import type { Route } from './routes.ts'

/** Who joins, once its CONNECT was accepted. */
export interface Joining {
  readonly identity: Identity
  readonly clientId: string
  /** Gives this connection its number among the client's that bring messages. */
  readonly takeNumber: () => number
}

/** What a client finds of itself. */
export interface FoundSession {
  readonly received: ReceivedIds
  /** Whether it is one from before. */
  readonly isResumed: boolean
}

/** Why nothing is read: bits of `#held`. */
const held = { joining: 1, inFlight: 2, budget: 4, quota: 8, stopping: 16, answers: 32 } as const

/** As much of a refused topic as is said of it. */
const shownTopicBytes = 200

const connack = 0x20
const puback = 0x40
const pubrec = 0x50
const pubcomp = 0x70

/**
 * One MQTT connection. What devices send, PUBLISH and the end of QoS 2, is read here and goes to the journal; every other
 * packet is held against the rules and handed on to aedes, which keeps subscriptions and delivers.
 *
 * aedes takes its bytes by `read()` and gives them by `write()`, so that is where this stands between it and the stream.
 */
export class Connection implements Receipt {
  readonly stream: Duplex
  readonly address: string
  readonly outbound: Outbound
  identity: Identity | undefined
  clientId = ''
  isClean = true
  /** Where aedes stands with it: it must have let go of a client before another with its id may join. */
  inAedes: 'no' | 'joining' | 'yes' = 'no'
  /** What it subscribes to. */
  readonly subscriptions = new GrantedFilters()
  readonly #host: ConnectionHost
  readonly #packets: PacketStream
  readonly #read: (size?: number) => unknown
  readonly #openedAt: number
  #routes: Routes | undefined
  #received: ReceivedIds | undefined
  #takeNumber: () => number = () => 0
  #number: number | undefined
  /** The other side has sent its last byte, and aedes is told once it has been read. */
  #isEndPending = false
  #isResumed = false
  #state: 'greeting' | 'accepted' | 'joining' | 'open' | 'rejected' | 'closed' = 'greeting'
  #held = 0
  #inFlight = 0
  #awaitsRelief = false
  /** CONNECT, until aedes has read it. */
  #greeting: Buffer | undefined
  #now: number
  #keepAliveMs = 0
  #heard: number | undefined
  #lastPacketAt: number
  #partSince: number | undefined
  #endWhenRead: (() => void) | undefined

  constructor(stream: Duplex, address: string, host: ConnectionHost) {
    this.stream = stream
    this.address = address
    this.#host = host
    this.#now = host.clock.monotonic()
    this.#openedAt = this.#now
    this.#lastPacketAt = this.#now
    this.#packets = new PacketStream(host.limits)
    this.#read = stream.read.bind(stream)
    this.outbound = new Outbound(stream, () => host.clock.monotonic())
    stream.on('error', ignore)
    stream.on('end', () => {
      // The doors' streams stay open to one side; who has ended before joining has nothing to wait for.
      if (this.#state !== 'open' && this.#state !== 'joining') stream.destroy()
    })
  }

  /** Begins to read: CONNECT is to come. */
  hear(): void {
    if (!this.hasEnded) this.stream.on('readable', this.#greet)
  }

  /** Whether CONNACK has been sent and the connection has not ended. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Whether nothing more comes or goes on its stream. */
  get hasEnded(): boolean {
    return this.stream.closed
  }

  /** What it counts for among its address' connections that have not been accepted or refused; 0 once it has. */
  greeting = 0
  /** CONNECT is accepted; it may wait for another connection of the client to end. */
  accepted({ identity, clientId, takeNumber }: Joining, { isClean }: ConnectPacket): void {
    this.identity = identity
    this.clientId = clientId
    this.isClean = isClean
    this.#takeNumber = takeNumber
    this.#state = 'accepted'
  }

  /** The client may join. The stream must be handed to aedes next. */
  join(identity: Identity, { received, isResumed }: FoundSession, { keepAliveS }: ConnectPacket): void {
    const { siteOf, quota } = this.#host
    received.holder = this
    this.#received = received
    this.#isResumed = isResumed
    this.#routes = new Routes({ identity, siteOf, quota })
    // [MQTT-3.1.2-24]
    this.#keepAliveMs = keepAliveS * 1500
    this.#state = 'joining'
    this.#held |= held.joining
    this.#packets.connected()
    this.stream.off('readable', this.#greet)
    this.stream.read = () => this.#forAedes()
    this.stream.write = (chunk: unknown, encodingOrDone?: unknown, done?: unknown) => {
      // Before it has joined aedes writes CONNACK, which is written here, and it must come first. [MQTT-3.2.0-1]
      if (this.#state !== 'joining') {
        this.outbound.push(chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk)))
      }
      const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done
      if (typeof callback === 'function') setImmediate(callback as () => void)
      // aedes never waits for one reader: see `Outbound`.
      return true
    }
    // Node says so as soon as it has given the last bytes; here they may still wait to be read.
    const emit = this.stream.emit.bind(this.stream)
    this.stream.emit = (event: string | symbol, ...values: readonly unknown[]) => {
      if (event !== 'end') return emit(event, ...values)
      this.#isEndPending = true
      this.#endWhenRead = () => {
        if (this.#held !== 0 || this.#inFlight > 0 || this.#packets.hasRest || !this.#isEndPending) return
        this.#isEndPending = false
        emit('end')
      }
      setImmediate(this.#endWhenRead)
      return true
    }
    // Without it the packet writer corks and uncorks the stream for every packet, which `Outbound` does better.
    Object.defineProperty(this.stream, 'cork', { value: undefined })
  }

  /** CONNECT is refused, with its return code. [MQTT-3.2.2-5] */
  reject(returnCode: number): void {
    this.#state = 'rejected'
    this.outbound.push(Buffer.from([connack, 2, 0, returnCode]))
    this.outbound.whenEmpty(() => {
      this.stream.end()
      this.stream.destroy()
    })
  }

  /** aedes has taken the client in: it is told so, and reading goes on. */
  joined(): void {
    if (this.#state !== 'joining') return
    this.#state = 'open'
    // [MQTT-3.2.2-2] [MQTT-3.2.2-3] A session is present even if it holds no subscription.
    this.outbound.push(Buffer.from([connack, 2, this.#isResumed ? 1 : 0, 0]))
    this.#lastPacketAt = this.#host.clock.monotonic()
    this.#clear(held.joining)
  }

  /** Nothing more is read. */
  stopReading(): void {
    this.#held |= held.stopping
  }

  /** The stream has closed. */
  closed(): void {
    this.#state = 'closed'
    this.outbound.drop()
  }

  /** To be called twice a second: ends what takes too long. @param now - ms that never run back. */
  check(now: number): void {
    const reason = this.#overdue(now)
    if (reason) this.refuse(reason)
  }

  /** Whether this message has just been forwarded to it: filters that overlap bring it one after the other. [MQTT-3.3.5-1] */
  hasHeard({ brokerId, brokerCounter }: { readonly brokerId?: string; readonly brokerCounter?: number }): boolean {
    // A retained message has no such number: it comes for each subscription.
    if (!brokerId || brokerCounter === undefined) return false
    const isRepeat = this.#heard === brokerCounter
    this.#heard = brokerCounter
    return isRepeat
  }

  /** Closes the connection for this reason. @param topic - that may not be published to. */
  refuse(reason: ConnectionRefusal, topic?: string): null {
    if (this.#state === 'closed') return null
    this.#state = 'closed'
    this.#host.refused(this, reason, true, topic)
    // What waits in the kernel for a reader that does not read would wait there for minutes.
    if (reason === 'slow-subscriber' && this.stream instanceof Socket) this.stream.resetAndDestroy()
    else this.stream.destroy()
    return null
  }

  /** The message of this ticket is durable, or will not be: without an acknowledgement its sender sends it again. */
  kept(ticket: number, error: Error | undefined): void {
    this.#inFlight--
    const id = ticket & 0xffff
    const qos = ticket >> 16
    if (error) {
      if (qos === 2) this.#received?.lost(id)
      this.#received?.holder?.stream.destroy()
      this.stream.destroy()
    } else if (qos === 1) this.outbound.acknowledge(puback, id)
    else if (qos === 2) this.#answer(id, this.#received?.kept(id))
    this.#readOnWhenClear()
    if (this.#inFlight === 0) this.#endWhenRead?.()
  }

  #overdue(now: number): ConnectionRefusal | undefined {
    const { connectMs, packetMs, stalledMs } = this.#host.limits
    if (this.#state === 'closed') return undefined
    if (this.#state !== 'open') return now - this.#openedAt > connectMs ? 'connect-timeout' : undefined
    if (this.outbound.stalledMs > stalledMs) return 'slow-subscriber'
    // What is not read cannot be late.
    if (this.#held !== 0) this.#lastPacketAt = now
    else if (this.#keepAliveMs > 0 && now - this.#lastPacketAt > this.#keepAliveMs) return 'keep-alive'
    else if (this.#partSince !== undefined && now - this.#partSince > packetMs) return 'packet-timeout'
    return undefined
  }

  readonly #greet = (): void => {
    while (this.#state === 'greeting') {
      const step = this.#packets.next()
      if (step === 'more') {
        if (!this.#feed()) return
        continue
      }
      if (step !== 'packet') {
        this.refuse(step)
        return
      }
      const { bytes, start, body, end } = this.#packets
      this.#greeting = bytes.subarray(start, end)
      this.#host.welcome(this, readConnect(bytes, bytes[start] ?? 0, body, end))
    }
  }

  #refresh(): void {
    this.#now = this.#host.clock.monotonic()
    this.#routes?.since(this.#host.registryGeneration, this.#now)
  }

  /** Who sends and does not read what it is answered is read no further. */
  #awaitReader(): void {
    this.#held |= held.answers
    this.outbound.whenEmpty(() => {
      this.#clear(held.answers)
    })
  }

  #feed(): boolean {
    const chunk = this.#read()
    if (!(chunk instanceof Uint8Array)) return false
    this.#packets.feed(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
    return true
  }

  /** @returns the next packet that is aedes' business, `null` if there is none at present. */
  #forAedes(): Buffer | null {
    const greeting = this.#greeting
    if (greeting) {
      this.#greeting = undefined
      return greeting
    }
    // It may have been held for long, with packets left of what was read before.
    this.#refresh()
    while (this.#held === 0 && this.#state === 'open') {
      if (this.outbound.waitingBytes > this.#host.limits.outboundQos0Bytes) this.#awaitReader()
      const step = this.#packets.next()
      if (step === 'more') {
        this.#partSince = this.#packets.isInsidePacket ? (this.#partSince ?? this.#now) : undefined
        if (!this.#feed()) return null
        this.#refresh()
        continue
      }
      if (step !== 'packet') return this.refuse(step)
      this.#partSince = undefined
      this.#lastPacketAt = this.#now
      const { bytes, start, body, end } = this.#packets
      const first = bytes[start] ?? 0
      const type = first >> 4
      if (type === packetType.publish) this.#publish(bytes, first, body, end)
      else if (!isLawful(bytes, first, body, end)) return this.refuse('malformed')
      else if (type === packetType.pubrel) this.#release(bytes.readUInt16BE(body))
      else {
        // [MQTT-3.14.4-2] What stands behind it is not the client's any more.
        if (type === packetType.disconnect) this.#state = 'closed'
        return bytes.subarray(start, end)
      }
    }
    return null
  }

  #publish(bytes: Buffer, first: number, body: number, end: number): void {
    const packet = readPublish(bytes, first, body, end)
    if (!packet) {
      this.refuse('malformed')
      return
    }
    const { qos, packetId, dup, retain, topicAt, topicEnd, payloadAt } = packet
    const route = this.#routes?.of(bytes, topicAt, topicEnd)
    if (typeof route === 'string')
      this.refuse(route, bytes.toString('utf8', topicAt, Math.min(topicEnd, topicAt + shownTopicBytes)))
    else if (route && this.#isToBeKept(route, { qos, packetId, sizeBytes: end - payloadAt })) {
      this.#keep(route, { payload: bytes.subarray(payloadAt, end), qos, packetId, dup, retain })
    }
  }

  /** QoS 2 at its first coming; QoS 0 while its device and the process have room for it. */
  #isToBeKept(
    route: Route,
    { qos, packetId, sizeBytes }: { readonly qos: 0 | 1 | 2; readonly packetId: number; readonly sizeBytes: number }
  ): boolean {
    const { quota, intake } = this.#host
    if (qos === 2 && !this.#isNew(packetId)) return false
    const waitMs = quota.take(route.allowance, this.#now, qos > 0, sizeBytes)
    if (qos > 0) {
      if (waitMs > 0) this.#waitFor(waitMs)
      return true
    }
    if (waitMs > 0) this.#host.refused(this, 'quota', false)
    else if (intake.isPressed) this.#host.refused(this, 'overloaded', false)
    else return true
    return false
  }

  #isNew(id: number): boolean {
    const arrival = this.#received?.arrive(id)
    if (arrival === 'kept') this.outbound.acknowledge(pubrec, id)
    else if (arrival === 'too-many') this.refuse('half-open-limit')
    return arrival === 'new'
  }

  #keep(route: Route, part: Pick<MessageRecord, 'payload' | 'qos' | 'packetId' | 'dup' | 'retain'>): void {
    const { intake, limits } = this.#host
    const { payload, qos, packetId, dup, retain } = part
    const record: MessageRecord = {
      kind: 'message',
      receivedAt: intake.now(),
      door: 'mqtt',
      credential: this.identity?.username ?? '',
      topic: route.topic,
      payload,
      qos,
      dup,
      retain,
      clientId: this.clientId,
      connection: (this.#number ??= this.#takeNumber()),
      packetId
    }
    this.#inFlight++
    if (this.#inFlight >= limits.pauseAt) this.#held |= held.inFlight
    if (intake.isOverBudget) this.#awaitRelief()
    const receipt = retain || this.#isWanted(route) ? this.#delivering(record) : this
    intake.hand(record, receipt, packetId | (qos << 16))
  }

  #isWanted(route: Route): boolean {
    const { subscriptionGeneration } = this.#host
    if (route.wantedAt !== subscriptionGeneration) {
      route.isWanted = this.#host.isWanted(route.topic)
      route.wantedAt = subscriptionGeneration
    }
    return route.isWanted
  }

  #delivering(record: MessageRecord): Receipt {
    return {
      kept: (ticket, error) => {
        this.kept(ticket, error)
        if (!error) this.#host.deliver(this, record)
      }
    }
  }

  /** [MQTT-4.3.3-2] PUBCOMP is owed for every PUBREL, of what id ever. */
  #release(id: number): void {
    if (this.#received?.release(id)) this.outbound.acknowledge(pubcomp, id)
  }

  #answer(id: number, { pubrecs, pubcomps }: OwedAnswers = { pubrecs: 0, pubcomps: 0 }): void {
    const outbound = this.#received?.holder?.outbound
    for (let i = 0; i < pubrecs; i++) outbound?.acknowledge(pubrec, id)
    for (let i = 0; i < pubcomps; i++) outbound?.acknowledge(pubcomp, id)
  }

  #waitFor(ms: number): void {
    if ((this.#held & held.quota) !== 0) return
    this.#host.refused(this, 'quota-paused', false)
    this.#held |= held.quota
    setTimeout(() => {
      this.#clear(held.quota)
    }, ms).unref()
  }

  #awaitRelief(): void {
    this.#held |= held.budget
    if (this.#awaitsRelief) return
    this.#awaitsRelief = true
    this.#host.intake.onRelief(() => {
      this.#awaitsRelief = false
      this.#clear(held.budget)
    })
  }

  #readOnWhenClear(): void {
    if ((this.#held & held.inFlight) !== 0 && this.#inFlight <= this.#host.limits.resumeAt) this.#clear(held.inFlight)
  }

  #clear(bit: number): void {
    this.#held &= ~bit
    // In the next turn, so that this turn's acknowledgements leave first.
    if (this.#held === 0) setImmediate(this.#readOn)
  }

  readonly #readOn = (): void => {
    if (this.#held === 0 && this.#state === 'open') this.stream.emit('readable')
    this.#endWhenRead?.()
  }
}

function ignore(): void {
  // The stream's end follows, and is what counts.
}
