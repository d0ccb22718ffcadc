import { connect as connectSocket } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { connect, parse, puback, subscribe } from '../protocol/packets.ts'
import type { Received } from '../protocol/packets.ts'

/** Devices of one site, each with its own login and topic. */
export interface HerdPlan {
  readonly port: number
  readonly clients: number
  /** Source addresses, taken in turn: one has not enough ports. */
  readonly addresses: readonly string[]
  /** Password of device `h{i}`; each subscribes to its own status. */
  readonly passwords: readonly string[]
  readonly site: string
  /** Whether they come over TLS, with a whole handshake each time. */
  readonly isTls: boolean
}

/** Where the herd stands. */
export interface HerdState {
  /** Clients connected and subscribed at present. */
  readonly subscribed: number
  /** CONNACK and SUBACK codes that were refusals. */
  readonly refusals: number
  /** Connections that were accepted by the operating system and ended before SUBACK. */
  readonly broken: number
  /** Messages received, and clients that have received at least one. */
  readonly messages: number
  readonly reached: number
}

/** Pause before each further attempt: the same every time, for all at once. */
const pauseMs = 100

/** One device of the herd: connects, subscribes, and begins again at once whenever its connection ends. */
class HerdClient {
  isSubscribed = false
  messages = 0
  refusals = 0
  broken = 0
  readonly #plan: HerdPlan
  readonly #i: number

  constructor(plan: HerdPlan, i: number) {
    this.#plan = plan
    this.#i = i
  }

  open(): void {
    const { port, addresses, passwords, isTls } = this.#plan
    const [username, password] = [`h${this.#i}`, passwords[this.#i] ?? '']
    const localAddress = addresses[this.#i % addresses.length] ?? ''
    const where = { host: '127.0.0.1', port, localAddress, noDelay: true }
    // Whose certificate it is does not matter here.
    const socket = isTls ? connectTls({ ...where, rejectUnauthorized: false }) : connectSocket(where)
    let isConnected = false
    let rest: Buffer = Buffer.alloc(0)
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      isConnected = true
      socket.write(connect({ clientId: `herd-${process.pid}-${this.#i}`, username, password, keepAlive: 600 }))
    })
    socket.on('data', chunk => {
      rest = Buffer.concat([rest, Buffer.from(chunk)])
      for (let next = parse(rest); next !== undefined; next = parse(rest)) {
        rest = next.rest
        this.#handle(socket, next.packet)
      }
    })
    socket.on('error', () => undefined)
    socket.once('close', () => {
      if (isConnected && !this.isSubscribed) this.broken++
      this.isSubscribed = false
      setTimeout(() => {
        this.open()
      }, pauseMs)
    })
  }

  #handle(socket: Socket, packet: Received): void {
    if (packet.kind === 'connack' && packet.code === 0) {
      socket.write(subscribe(1, [`site/${this.#plan.site}/h${this.#i}/status`, 1]))
    } else if (packet.kind === 'suback' && packet.codes[0] === 1) {
      this.isSubscribed = true
    } else if (packet.kind === 'publish') {
      this.messages++
      socket.write(puback(packet.id))
    } else {
      this.refusals++
      socket.destroy()
    }
  }
}

let herd: readonly HerdClient[] = []

/** The first message is the plan; each later one asks for the state. */
process.on('message', (message: HerdPlan | 'state') => {
  if (message === 'state') {
    process.send?.(stateOf(herd))
    return
  }
  herd = Array.from({ length: message.clients }, (_, i) => new HerdClient(message, i))
  for (const client of herd) client.open()
})
process.on('disconnect', () => process.exit())

function stateOf(clients: readonly HerdClient[]): HerdState {
  const sum = (count: 'messages' | 'refusals' | 'broken'): number =>
    clients.reduce((all, client) => all + client[count], 0)
  return {
    subscribed: clients.filter(({ isSubscribed }) => isSubscribed).length,
    refusals: sum('refusals'),
    broken: sum('broken'),
    messages: sum('messages'),
    reached: clients.filter(({ messages }) => messages > 0).length
  }
}
