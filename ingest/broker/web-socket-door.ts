import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, createWebSocketStream } from 'ws'
import type { WebSocket } from 'ws'

export interface WebSocketDoorProps {
  /** Path at which clients ask for the upgrade. */
  readonly path: string
  /** Origins under which Sen's own pages are reached, besides the host that the request names. */
  readonly origins?: readonly string[]
  /** @returns who asks; without it the address of the connection. */
  readonly addressOf?: (request: IncomingMessage) => string
  readonly accept: (stream: Duplex, address: string, weight: number) => void
  readonly onRefused: (reason: WebSocketRefusal) => void
}

/** Why an upgrade is refused. Labels of `sen_refused_total`. */
export type WebSocketRefusal = 'ws-path' | 'ws-subprotocol' | 'ws-origin' | 'ws-text-frame'

/** Largest frame: one packet of the largest size, with room to spare. */
const frameBytes = 272 * 1024
/** A frame is taken in whole before anything is known of its sender: few such may wait for their CONNECT. */
const greetingWeight = 8

/**
 * The MQTT-over-WebSocket door (3.1.1, chapter 6) beside an HTTP server: what to do on its `upgrade` event. Frames are not
 * compressed, so that none can swell. A page of another origin is refused: its visitor's browser is not a device.
 */
export function webSocketDoor(props: WebSocketDoorProps) {
  const { accept, onRefused, addressOf = (request: IncomingMessage) => request.socket.remoteAddress ?? '' } = props
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: frameBytes,
    // [MQTT-6.0.0-4]
    handleProtocols: () => 'mqtt'
  })
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => undefined)
    const refusal = refusalOf(request, props)
    if (refusal) {
      onRefused(refusal.reason)
      socket.end(`HTTP/1.1 ${refusal.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => {
        socket.destroy()
      })
      return
    }
    server.handleUpgrade(request, socket, head, client => {
      client.on('message', (_data, isBinary) => {
        // [MQTT-6.0.0-1]
        if (isBinary) return
        onRefused('ws-text-frame')
        client.terminate()
      })
      // A bad frame: what the closing handshake would wait for does not come.
      client.on('error', () => {
        client.terminate()
      })
      accept(streamOf(client), addressOf(request), greetingWeight)
    })
  }
}

/** What is written while the other side closes is dropped: as an error it would end what still has to be read. */
function streamOf(client: WebSocket): Duplex {
  const stream = createWebSocketStream(client)
  const write = stream.write.bind(stream) as (bytes: unknown, done: () => void) => boolean
  stream.write = (bytes: unknown, done: unknown) => {
    const written = typeof done === 'function' ? (done as () => void) : () => undefined
    if (client.readyState === client.OPEN) return write(bytes, written)
    setImmediate(written)
    return true
  }
  return stream
}

function refusalOf(
  request: IncomingMessage,
  { path, origins = [] }: WebSocketDoorProps
): { readonly reason: WebSocketRefusal; readonly status: string } | undefined {
  const { url = '', headers } = request
  if (url.split('?')[0] !== path) return { reason: 'ws-path', status: '404 Not Found' }
  // [MQTT-6.0.0-3]
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map(protocol => protocol.trim())
  if (!protocols.includes('mqtt')) return { reason: 'ws-subprotocol', status: '400 Bad Request' }
  const { origin } = headers
  if (origin !== undefined && !origins.includes(origin) && !isOfHost(origin, request))
    return { reason: 'ws-origin', status: '403 Forbidden' }
  return undefined
}

/** A page that came over TLS from the same host; or, where the request itself came without, over whatever. */
function isOfHost(origin: string, { headers, socket }: IncomingMessage): boolean {
  const url = URL.parse(origin)
  if (!url || url.host !== headers.host) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && !('encrypted' in socket))
}
