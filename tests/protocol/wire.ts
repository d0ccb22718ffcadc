import { connect as connectSocket } from 'node:net'
import type { Socket } from 'node:net'
import { connect, disconnect, parse, pingreq, puback, pubcomp, publish, pubrec, pubrel } from './packets.ts'
import { subscribe } from './packets.ts'
import type { ConnectFields, PublishFields, Qos, Received, ReceivedPublish } from './packets.ts'

type Kind = Received['kind']
type Of<K extends Kind> = Received & { readonly kind: K }

const deadlineMs = 5_000

/** A client at the level of bytes: sends what it is told to, remembers what comes. Nothing is answered by itself. */
export class Wire {
  readonly socket: Socket
  /** What came and was not asked for yet, in order. */
  readonly received: Received[] = []
  /** When the connection closed, ms of `performance.now()`; `undefined` while it is open. */
  closedAt: number | undefined
  #bytes: Buffer = Buffer.alloc(0)
  #failure: unknown
  #wake = Promise.withResolvers<void>()
  #nextId = 1

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', chunk => {
      this.#take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    })
    // A reset is one way of closing; `close` follows.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closedAt = performance.now()
      this.#stir()
    })
  }

  /** A TCP connection on which nothing has been said. */
  static async open(port: number): Promise<Wire> {
    const socket = connectSocket({ host: '127.0.0.1', port, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new Wire(socket)
  }

  /** Sends CONNECT and demands that it is accepted. @returns whether the server had a session of it. */
  async login(fields: ConnectFields): Promise<boolean> {
    this.send(connect(fields))
    const { code, isSessionPresent } = await this.next('connack')
    if (code !== 0) throw new Error(`connect: refused with code ${code}`)
    return isSessionPresent
  }

  /** All of it in one write. */
  send(...packets: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(packets))
  }

  /** The first packet of this kind that has come or comes, taken off `received`. Fails if the connection closes before. */
  async next<K extends Kind>(kind: K): Promise<Of<K>> {
    return this.#until(`${kind}`, () => {
      const at = this.received.findIndex(packet => packet.kind === kind)
      return at < 0 ? undefined : (this.received.splice(at, 1)[0] as Of<K>)
    })
  }

  /** The next `count` packets of this kind. */
  async nextOf<K extends Kind>(kind: K, count: number): Promise<Of<K>[]> {
    const packets: Of<K>[] = []
    while (packets.length < count) packets.push(await this.next(kind))
    return packets
  }

  /** Waits until the server has closed the connection. */
  async closed(timeoutMs = deadlineMs): Promise<void> {
    await this.#until('the connection to close', () => (this.closedAt === undefined ? undefined : true), timeoutMs)
  }

  /** Whatever was sent before has been read, and what it led to on this connection has come. */
  async settle(): Promise<void> {
    this.send(pingreq)
    await this.next('pingresp')
  }

  /** Subscribes and demands that it is granted. */
  async subscribe(filter: string, qos: Qos = 0): Promise<void> {
    const id = this.#nextId++
    this.send(subscribe(id, [filter, qos]))
    const { codes } = await this.next('suback')
    if (codes[0] !== qos) throw new Error(`subscribe ${filter}: answered ${codes.join()}`)
  }

  /** Publishes, with the whole exchange that its QoS asks for. */
  async publish(fields: Omit<PublishFields, 'id'>): Promise<void> {
    const id = this.#nextId++
    this.send(publish({ ...fields, ...((fields.qos ?? 0) === 0 ? {} : { id }) }))
    if (fields.qos === 1) await this.next('puback')
    if (fields.qos !== 2) return
    await this.next('pubrec')
    this.send(pubrel(id))
    await this.next('pubcomp')
  }

  /** The next message, received to its end as its QoS asks for. */
  async message(): Promise<ReceivedPublish> {
    const message = await this.next('publish')
    if (message.qos === 1) this.send(puback(message.id))
    if (message.qos === 2) {
      this.send(pubrec(message.id))
      await this.next('pubrel')
      this.send(pubcomp(message.id))
    }
    return message
  }

  /** Leaves in good order, and waits for the server to close. */
  async leave(): Promise<void> {
    this.send(disconnect)
    await this.closed()
  }

  /** Leaves without a word. */
  async drop(): Promise<void> {
    this.socket.destroy()
    await this.closed()
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    try {
      for (let next = parse(this.#bytes); next !== undefined; next = parse(this.#bytes)) {
        this.received.push(next.packet)
        this.#bytes = next.rest
      }
    } catch (cause) {
      this.#failure = cause
      this.socket.destroy()
    }
    this.#stir()
  }

  #stir(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  async #until<T>(what: string, find: () => T | undefined, timeoutMs = deadlineMs): Promise<T> {
    const timeout = AbortSignal.timeout(timeoutMs)
    const late = new Promise<void>(resolve => {
      timeout.addEventListener('abort', () => {
        resolve()
      })
    })
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const found = find()
      if (found !== undefined) return found
      if (timeout.aborted || this.closedAt !== undefined) {
        const state = this.closedAt === undefined ? 'open' : 'closed'
        throw new Error(
          `wait for ${what}: connection ${state}, ${JSON.stringify(this.received.slice(0, 5))} came instead`
        )
      }
      await Promise.race([this.#wake.promise, late])
    }
  }
}
