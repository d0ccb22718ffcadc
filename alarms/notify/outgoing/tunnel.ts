import { request } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'

interface TunnelProps {
  readonly target: URL
  readonly proxy: URL
  readonly ca: string | undefined
  readonly signal: AbortSignal
  readonly lookup: LookupFunction
  /** Judges the connection to the proxy. */
  readonly guard: (socket: Socket, host: string) => void
}

/**
 * Opens a connection to `target` through a proxy by CONNECT (RFC 9110, 9.3.6), with TLS inside for https. Where the name of
 * the target leads is the proxy's to decide: who names a proxy trusts it.
 */
export async function openTunnel({ target, proxy, ca, signal, lookup, guard }: TunnelProps): Promise<Socket> {
  const isTls = target.protocol === 'https:'
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
  const authority = `${target.hostname}:${target.port || (isTls ? 443 : 80)}`
  const plain = await new Promise<Socket>((resolve, reject) => {
    const asked = request({
      ...{ method: 'CONNECT', host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'), port: proxy.port || 80 },
      ...{ path: authority, headers: { host: authority }, agent: false, lookup, signal }
    })
    asked.once('socket', socket => guard(socket, proxy.hostname))
    asked.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(Object.assign(new Error('connect through the proxy'), { code: `proxy answers ${answer.statusCode}` }))
    })
    asked.once('error', reject)
    asked.end()
  })
  if (!isTls) return plain
  return new Promise((resolve, reject) => {
    const secure = tlsConnect({ socket: plain, ca, ...(/[a-z]/i.test(host) && { servername: host }) })
    secure.once('secureConnect', () => resolve(secure))
    secure.once('error', reject)
    signal.addEventListener('abort', () => secure.destroy(new Error('aborted')), { once: true })
  })
}
