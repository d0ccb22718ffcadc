import { once } from 'node:events'
import { request as plainRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'

/** What a request was answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** A request as a program sends it, with every header in our hands. */
export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Goes as JSON. */
  readonly body?: unknown
  /** From which address of this machine it comes. */
  readonly from?: string
  /** What the client trusts. */
  readonly ca?: string
}

/** Sends a request, over a connection of its own. */
export async function ask(url: string, { method = 'GET', headers = {}, body, from, ca }: Asked = {}): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  const request = url.startsWith('https:') ? secureRequest : plainRequest
  const asked = request(url, {
    method,
    headers: { ...type, ...headers },
    agent: false,
    // Of the address, not of whatever the Host header says.
    servername: new URL(url).hostname,
    ...(from !== undefined && { localAddress: from, family: 4 }),
    ...(ca !== undefined && { ca })
  })
  asked.end(text)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }
}

/** Opens a TLS connection. @throws what the client has against the server, or the server against the client. */
export async function shakeHands(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options })
  await once(socket, 'secureConnect')
  return socket
}
