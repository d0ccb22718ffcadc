import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Log } from '../../model/log.ts'
import type { Credential } from '../mqtt-publisher.ts'
import type { MessageWriter } from './message-writer.ts'
import { AnswerReader, connectPacket, disconnectPacket, pingPacket } from './mqtt-packets.ts'

export interface LoadConnectionProps {
  readonly host: string
  readonly port: number
  readonly clientId: string
  readonly credential: Credential
  /** By place on this connection. */
  readonly messages: readonly MessageWriter[]
  readonly qos: 0 | 1
  /** Most messages in flight at QoS 1; at most 32,000. */
  readonly inFlightLimit: number
  /** Seeded, in [0, 1): spreads reconnects. */
  readonly random: () => number
  readonly log: Log
  /** CONNACK came: the connection may be written to. */
  readonly onOpen: () => void
  readonly onAcknowledged: (place: number, n: number, times: AcknowledgedTimes) => void
  /** The broker refused the credential before it ever accepted it. */
  readonly onRefused: (code: number) => void
}

export interface ComposedMessage {
  /** Place of the device on its connection. */
  readonly place: number
  readonly n: number
  /** ms since the epoch. */
  readonly ts: number
  /** ms of `performance.now()`. */
  readonly sentAt: number
}

export interface AcknowledgedTimes {
  /** When the message left first, ms of `performance.now()`. */
  readonly sentAt: number
  /** When the PUBACK came, ms of `performance.now()`. */
  readonly ackedAt: number
  /** The same in ms since the epoch. */
  readonly wallAt: number
}

const keepAliveS = 60
const connectTimeoutMs = 10_000
/** Sockets read in turn and handle what they read at once, so one buffer is enough for all. */
const readBuffer = Buffer.alloc(65_536)

/**
 * One MQTT 3.1.1 connection of the load generator, on a bare socket. Knows every message that is not acknowledged by its
 * packet id, and after a broken connection sends them again in their order, with DUP and the same packet id, before
 * anything new [MQTT-4.4.0-1].
 */
export class LoadConnection {
  /** No packet of its messages is longer. */
  readonly maxBytes: number
  isOpen = false
  inFlight = 0
  resent = 0
  reconnects = 0
  readonly #props: LoadConnectionProps
  /** Packet ids go round from 1 to this. */
  readonly #lastId: number
  /** By packet id; a place of −1 is a free id. */
  readonly #place: Int32Array
  readonly #n: Uint32Array
  readonly #ts: Float64Array
  readonly #sentAt: Float64Array
  /** One object for all acknowledgements: it is read at once. */
  readonly #times = { sentAt: 0, ackedAt: 0, wallAt: 0 }
  #nextId = 1
  #socket: Socket | undefined
  #retry: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined
  #wasAccepted = false
  #isEnded = false
  #attempts = 0
  #lastWriteAt = 0

  constructor(props: LoadConnectionProps) {
    this.#props = props
    this.maxBytes = Math.max(...props.messages.map(({ maxBytes }) => maxBytes))
    this.#lastId = props.inFlightLimit * 2
    this.#place = new Int32Array(this.#lastId + 1).fill(-1)
    this.#n = new Uint32Array(this.#lastId + 1)
    this.#ts = new Float64Array(this.#lastId + 1)
    this.#sentAt = new Float64Array(this.#lastId + 1)
  }

  /** Connects, and again with growing delay (50 ms to 1 s) whenever the connection breaks, until `end`. */
  open(): void {
    const { host, port, clientId, credential, log } = this.#props
    const reader = this.#newReader()
    const socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: length => {
          this.#times.ackedAt = performance.now()
          this.#times.wallAt = Date.now()
          reader.read(readBuffer, length)
          return true
        }
      }
    })
    this.#socket = socket
    this.#patience = setTimeout(() => socket.destroy(), connectTimeoutMs)
    socket.on('connect', () => socket.write(connectPacket({ clientId, credential, clean: false, keepAliveS })))
    socket.on('error', error => log.debug({ clientId, error: error.message }, 'Load connection broke'))
    socket.on('close', () => this.#closed())
  }

  /**
   * Writes the PUBLISH of message `n` into a buffer and, at QoS 1, remembers it as in flight; `send` must follow.
   *
   * @returns the offset after the packet.
   */
  compose(into: Buffer, offset: number, message: ComposedMessage): number {
    const { place, n, ts } = message
    if (this.#props.qos === 0)
      return this.#messageAt(place).write(into, offset, { n, ts, packetId: 0, isResent: false })
    const packetId = this.#take()
    this.#place[packetId] = place
    this.#n[packetId] = n
    this.#ts[packetId] = ts
    this.#sentAt[packetId] = message.sentAt
    this.inFlight++
    return this.#write(into, offset, packetId, false)
  }

  /** @param onWritten - called once the operating system has taken the bytes. */
  send(bytes: Buffer, onWritten?: () => void): void {
    this.#lastWriteAt = performance.now()
    this.#socket?.write(bytes, onWritten)
  }

  /** To be called now and then: keeps an idle connection open. */
  ping(): void {
    if (this.isOpen && performance.now() - this.#lastWriteAt > (keepAliveS * 1_000) / 3) this.send(pingPacket)
  }

  /** Says goodbye and closes for good. Safe to call twice. */
  end(): void {
    this.#isEnded = true
    clearTimeout(this.#retry)
    clearTimeout(this.#patience)
    if (this.isOpen) this.send(disconnectPacket)
    this.#socket?.destroySoon()
    this.isOpen = false
  }

  #newReader(): AnswerReader {
    return new AnswerReader({
      connected: code => this.#connected(code),
      acknowledged: packetId => this.#acknowledged(packetId),
      unexpected: firstByte => {
        this.#props.log.warn({ clientId: this.#props.clientId, firstByte }, 'Load connection got an unexpected packet')
        this.#socket?.destroy()
      }
    })
  }

  #connected(code: number): void {
    clearTimeout(this.#patience)
    if (code !== 0) {
      if (!this.#wasAccepted && (code === 4 || code === 5)) this.#props.onRefused(code)
      this.#socket?.destroy()
      return
    }
    if (this.#wasAccepted) this.reconnects++
    this.#wasAccepted = true
    this.#attempts = 0
    this.isOpen = true
    this.#sendAgain()
    this.#props.onOpen()
  }

  #sendAgain(): void {
    if (this.inFlight === 0) return
    const bytes = Buffer.allocUnsafe(this.inFlight * this.maxBytes)
    let end = 0
    for (let i = 0, id = this.#nextId; i < this.#lastId; i++, id = (id % this.#lastId) + 1) {
      if (this.#place[id] === -1) continue
      end = this.#write(bytes, end, id, true)
      this.resent++
    }
    this.send(bytes.subarray(0, end))
  }

  #write(into: Buffer, offset: number, packetId: number, isResent: boolean): number {
    const message = this.#messageAt(this.#place[packetId] ?? -1)
    const n = this.#n[packetId] ?? 0
    const ts = this.#ts[packetId] ?? 0
    return message.write(into, offset, { n, ts, packetId, isResent })
  }

  #messageAt(place: number): MessageWriter {
    const message = this.#props.messages[place]
    if (message === undefined) throw new RangeError(`compose message: no device ${place} on this connection`)
    return message
  }

  #acknowledged(packetId: number): void {
    const place = this.#place[packetId] ?? -1
    // A second PUBACK for a message that was sent twice: already counted.
    if (place === -1) return
    this.#place[packetId] = -1
    this.inFlight--
    this.#times.sentAt = this.#sentAt[packetId] ?? 0
    this.#props.onAcknowledged(place, this.#n[packetId] ?? 0, this.#times)
  }

  #take(): number {
    while (this.#place[this.#nextId] !== -1) this.#nextId = (this.#nextId % this.#lastId) + 1
    const packetId = this.#nextId
    this.#nextId = (packetId % this.#lastId) + 1
    return packetId
  }

  #closed(): void {
    clearTimeout(this.#patience)
    this.isOpen = false
    if (this.#isEnded) return
    const delayMs = Math.min(1_000, 50 * 2 ** this.#attempts++) * (0.5 + this.#props.random() / 2)
    this.#retry = setTimeout(() => this.open(), delayMs)
  }
}
