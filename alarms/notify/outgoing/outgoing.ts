import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { forbiddenAddress, guardConnection, guardedLookup, isForbiddenAddress } from './guarded-lookup.ts'
import type { Resolve } from './guarded-lookup.ts'
import { ReachableAddresses } from './reachable-addresses.ts'
import { openTunnel } from './tunnel.ts'

/** One HTTP request to an address that users gave. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  readonly signal: AbortSignal
  /** Authority of the other side's certificate, PEM, where the machine does not know it. */
  readonly ca?: string | undefined
  /** `http://proxy:3128`: through which to go. */
  readonly proxy?: string | undefined
}

/** What came of it. `detail` holds neither address nor secrets. */
export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
  /** Not sent, and never will be: the address may not be reached. */
  | { readonly kind: 'forbidden'; readonly detail: string }
  /** No answer in time, no connection, or one cut short: it may have been taken all the same. */
  | { readonly kind: 'unreachable'; readonly detail: string }

interface OutgoingProps {
  /** See `ChannelTools.reachable`. */
  readonly reachable: readonly string[]
  /** For one request in all; default 15 s. */
  readonly timeoutMs?: number
  readonly resolve?: Resolve
}

/** Answers longer than this are cut: nothing of a provider's answer that counts stands behind. */
const mostBytes = 65_536

/**
 * Makes requests to addresses that users gave, and only to the public internet or what the operator named: judged after
 * resolution and again on the connected address. Redirects are not followed: they come back as the answer they are.
 */
export class Outgoing {
  readonly reachable: ReachableAddresses
  readonly #timeoutMs: number
  readonly #lookup: ReturnType<typeof guardedLookup>
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: 16, timeout: 30_000 })
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: 16, timeout: 30_000 })

  constructor({ reachable, timeoutMs = 15_000, resolve }: OutgoingProps) {
    this.reachable = new ReachableAddresses(reachable)
    this.#timeoutMs = timeoutMs
    this.#lookup = guardedLookup(this.reachable, resolve)
  }

  /** Never rejects. */
  async request(request: OutgoingRequest): Promise<Answer> {
    const problem = this.#problemOf(request.url) ?? (request.proxy && this.#problemOf(request.proxy))
    if (problem) return { kind: 'forbidden', detail: problem }
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(this.#timeoutMs)])
    try {
      const socket = request.proxy === undefined ? undefined : await this.#tunnel(request, request.proxy, signal)
      return await this.#answered(request, signal, socket)
    } catch (error) {
      return failed(error, signal)
    }
  }

  /** Lets go of connections that are kept for the next request. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #problemOf(url: string): string | undefined {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined) return 'it is no URL'
    const { protocol, username, password, hostname } = parsed
    if (protocol !== 'http:' && protocol !== 'https:') return `${protocol} is not allowed`
    if (username !== '' || password !== '') return 'user name and password belong into a header'
    if (isForbiddenAddress(hostname, this.reachable)) return 'the address is not of the public internet'
    return undefined
  }

  #tunnel({ url, ca }: OutgoingRequest, proxy: string, signal: AbortSignal): Promise<Socket> {
    const guard = (socket: Socket, host: string) => guardConnection(socket, host, this.reachable)
    return openTunnel({ target: new URL(url), proxy: new URL(proxy), ca, signal, lookup: this.#lookup, guard })
  }

  #answered(request: OutgoingRequest, signal: AbortSignal, socket: Socket | undefined): Promise<Answer> {
    const url = new URL(request.url)
    const isTls = url.protocol === 'https:' && socket === undefined
    const agent = socket ? undefined : isTls ? this.#https : this.#http
    return new Promise((resolve, reject) => {
      const outgoing = (isTls ? httpsRequest : httpRequest)({
        ...{ method: request.method, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), path: url.pathname + url.search },
        ...{ port: url.port || (url.protocol === 'https:' ? 443 : 80), signal, lookup: this.#lookup, agent },
        headers: { host: url.host, 'user-agent': 'sen', ...lengthOf(request.body), ...request.headers },
        ...(request.ca !== undefined && { ca: request.ca }),
        ...(socket && { createConnection: () => socket })
      })
      outgoing.once('socket', made => {
        if (socket === undefined) guardConnection(made, url.hostname, this.reachable)
      })
      outgoing.once('response', response => void readAnswer(response).then(resolve, reject))
      outgoing.once('error', reject)
      outgoing.end(request.body)
    })
  }
}

function lengthOf(body: string | Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    const part = Buffer.from(chunk)
    chunks.push(part)
    length += part.length
    if (length > mostBytes) break
  }
  const body = Buffer.concat(chunks).subarray(0, mostBytes).toString()
  return { kind: 'answer', status: response.statusCode ?? 0, headers: response.headers, body }
}

function failed(error: unknown, signal: AbortSignal): Answer {
  if (signal.aborted) return { kind: 'unreachable', detail: 'no answer in time' }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'connection failed'
  if (code === forbiddenAddress) return { kind: 'forbidden', detail: 'the address is not of the public internet' }
  if (code === 'ERR_INVALID_CHAR') return { kind: 'forbidden', detail: 'a header holds what no header may' }
  return { kind: 'unreachable', detail: code }
}
