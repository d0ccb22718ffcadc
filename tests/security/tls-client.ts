import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'

/** What an HTTPS request was answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

/** A request as a program sends it, with every header in our hands. */
export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** From which address of this machine it comes. */
  readonly from?: string
  /** What the client trusts. */
  readonly ca?: string
}

/** Sends an HTTPS request over a connection of its own; a body goes as JSON. */
export async function ask(url: string, { method = 'GET', headers = {}, body, from, ca }: Asked = {}): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  const { hostname } = new URL(url)
  const asked = request(url, {
    method,
    headers: { ...type, ...headers },
    agent: false,
    ...(from !== undefined && { localAddress: from }),
    ...(ca !== undefined && { ca }),
    // Certificates of these tests stand for this name.
    servername: /^[\d.]+$/.test(hostname) ? '' : hostname
  })
  asked.end(text)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }
}

/** Opens a TLS connection. @throws what the client has against the server, or the server against the client. */
export async function shakeHands(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options })
  await once(socket, 'secureConnect')
  return socket
}
