import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy for tests that can be cut, and that knows the PUBACKs a client sent, connection by connection. */
export class WatchingProxy {
  /** Packet ids acknowledged, one list a connection. */
  readonly acknowledged: number[][] = []
  readonly #target: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(target: number) {
    this.#target = target
    this.#server = createServer(client => {
      this.#join(client)
    })
  }

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('start proxy: no address')
    return address.port
  }

  /** Ends every connection as a broken line would. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async stop(): Promise<void> {
    this.cut()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const broker = connect(this.#target, '127.0.0.1')
    const acknowledged: number[] = []
    this.acknowledged.push(acknowledged)
    let unread = Buffer.alloc(0)
    client.on('data', chunk => {
      unread = readAcknowledgements(Buffer.concat([unread, chunk]), acknowledged)
    })
    for (const [from, to] of [
      [client, broker],
      [broker, client]
    ] as const) {
      this.#sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        // What it sent last still arrives.
        to.end()
      })
    }
  }
}

/** Adds the packet ids of PUBACKs (MQTT 3.1.1 section 3.4); @returns the bytes of a packet that is not whole yet. */
function readAcknowledgements(bytes: Buffer<ArrayBuffer>, acknowledged: number[]): Buffer<ArrayBuffer> {
  let at = 0
  while (at + 2 <= bytes.length) {
    let length = 0
    let shift = 0
    let body = at + 1
    let digit: number
    do {
      digit = bytes[body++] ?? 0
      length |= (digit & 0x7f) << shift
      shift += 7
    } while (digit >= 0x80)
    if (body + length > bytes.length) break
    if (bytes[at] === 0x40) acknowledged.push(bytes.readUInt16BE(body))
    at = body + length
  }
  return bytes.subarray(at)
}
