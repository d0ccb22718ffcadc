import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { Server as TlsServer, TLSSocket } from 'node:tls'

/** Handshakes under way at once: what they cost comes in pieces of a few milliseconds, and others have their turn between. */
const mostAtOnce = 8
/** A peer that does not go on with its handshake keeps nobody waiting for longer, ms; its own time limit goes on. */
const patienceMs = 100

/**
 * The listener before a TLS server: it lets handshakes begin a few at a time. A thousand devices that come back at once
 * would otherwise hold the event loop for a second or two, with every connected device waiting for its acknowledgement.
 *
 * @param tls - does not listen itself.
 */
export function handshakeGate(tls: TlsServer): Server {
  const waiting: Socket[] = []
  const underWay = new Map<string, () => void>()

  const next = (): void => {
    while (underWay.size < mostAtOnce) {
      const socket = waiting.shift()
      if (!socket) return
      if (!socket.destroyed) begin(socket)
    }
  }
  const begin = (socket: Socket): void => {
    const key = keyOf(socket)
    const end = (): void => {
      clearTimeout(timer)
      // In a turn of its own, so that what the others have sent is read in between.
      if (underWay.delete(key)) setImmediate(next)
    }
    const timer = setTimeout(end, patienceMs)
    underWay.set(key, end)
    socket.once('close', end)
    tls.emit('connection', socket)
  }
  const ended = (socket: TLSSocket): void => underWay.get(keyOf(socket))?.()
  tls.on('secureConnection', ended)
  tls.on('tlsClientError', (_error, socket) => {
    ended(socket)
  })
  return createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, socket => {
    // Whoever gives up while it waits is no trouble of ours.
    socket.on('error', () => undefined)
    waiting.push(socket)
    next()
  })
}

function keyOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
