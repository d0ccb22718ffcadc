import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { parseArgs } from 'node:util'
import { FixtureAccess } from './fixture-access.ts'
import { FixtureProvince, type FixtureReading } from './fixture-province.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2'
}

/** As strict as Sen's own: nothing inline, nothing from elsewhere. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"

export interface FixtureServerProps {
  /** The folder that `vite build` wrote. */
  readonly dist: string
  readonly province: FixtureProvince
  /** Only sessions opened with this token may read; absent: everyone may. */
  readonly token?: string
  /** People and their rights; absent: there are only visitors, who may look. */
  readonly access?: FixtureAccess
  /** How often devices report by themselves, ms; absent: only when told to. */
  readonly tickMs?: number
  /** How many devices report in a tick. */
  readonly devicesPerTick?: number
}

/** The HTTP API as far as the console uses it, over a made-up province; serves the built console as well. */
export class FixtureServer {
  /** What the live page has asked for, in order. */
  readonly liveRequests: { readonly resource: string; readonly isBackground: boolean }[] = []
  readonly #props: FixtureServerProps
  readonly #streams = new Set<ServerResponse>()
  #server: Server | undefined
  #ticking: ReturnType<typeof setInterval> | undefined
  #port = 0

  constructor(props: FixtureServerProps) {
    this.#props = props
  }

  /** By name where people and passkeys are: these belong to a name, never to an IP address. */
  get url(): string {
    return `http://${this.#props.access ? 'localhost' : '127.0.0.1'}:${this.#port}`
  }

  /** How many pages listen to the live stream now. */
  get listeners(): number {
    return this.#streams.size
  }

  /** Port 0 takes any free port; started again after `stop`, it is the same one. */
  async start(port = this.#port): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address === 'object' && address) this.#port = address.port
    this.#server = server
    if (this.#props.access) this.#props.access.origin = this.url
    if (this.#props.tickMs) this.#ticking = setInterval(() => this.#tick(), this.#props.tickMs)
  }

  /** Cuts every connection, as a crash does. */
  async stop(): Promise<void> {
    clearInterval(this.#ticking)
    const server = this.#server
    this.#server = undefined
    if (!server) return
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  /** Sends readings, and the accounting after them, to all who listen. */
  publish(readings: readonly FixtureReading[]): void {
    this.send('readings', { items: readings })
    this.send('accounting', this.#props.province.accounting)
  }

  send(event: string, data: unknown): void {
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  #tick(): void {
    this.publish(this.#props.province.wander(this.#props.devicesPerTick ?? 3))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url)
    response.setHeader('content-security-policy', contentSecurityPolicy)
    response.setHeader('x-content-type-options', 'nosniff')
    if (!pathname.startsWith('/api/v1/')) return this.#file(pathname, response)

    const resource = pathname.slice('/api/v1/'.length)
    const { access } = this.#props
    if (access && !this.#isLive(request, resource)) return this.#answerAccess(access, request, response)
    this.liveRequests.push({ resource, isBackground: request.headers['x-sen-background'] === '1' })
    if (resource === 'setup') return json(response, { needed: false })
    if (resource === 'session' && request.method === 'POST') return this.#openSession(request, response)
    if (!this.#hasSession(request)) return refuse(response, 401, 'a session is needed')
    if (resource === 'session') return json(response, visitor)
    if (resource === 'events') return this.#listen(response)
    if (resource === 'accounting') return json(response, this.#props.province.accounting)
    const items = this.#props.province.list(resource)
    return items ? json(response, { items, cursor: null }) : refuse(response, 404, `${resource} is not there`)
  }

  /** Whether this is live data for somebody who may see it. */
  #isLive(request: IncomingMessage, resource: string): boolean {
    if (!this.#props.access?.isSignedIn(cookieOf(request))) return false
    if (resource === 'organisations') return false
    return ['events', 'accounting'].includes(resource) || this.#props.province.list(resource) !== undefined
  }

  async #answerAccess(access: FixtureAccess, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    const text = await bodyOf(request)
    const { status, body, cookie, retryAfterS } = await access.answer({
      method: request.method ?? 'GET',
      path: pathname.slice('/api/v1/'.length),
      query: searchParams,
      body: text === '' ? {} : JSON.parse(text),
      isBackground: request.headers['x-sen-background'] === '1',
      cookie: cookieOf(request)
    })
    if (cookie !== undefined) {
      const life = cookie === null ? '; Max-Age=0' : ''
      response.setHeader('set-cookie', `session=${cookie ?? ''}; HttpOnly; SameSite=Strict; Path=/${life}`)
    }
    if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS))
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body))
  }

  async #openSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { token } = JSON.parse(await bodyOf(request))
    if (token !== this.#props.token) return refuse(response, 401, 'the token is not known')
    response.writeHead(204, { 'set-cookie': 'session=open; HttpOnly; SameSite=Strict; Path=/' }).end()
  }

  #hasSession(request: IncomingMessage): boolean {
    return this.#props.token === undefined || cookieOf(request) === 'open'
  }

  #listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': hello\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  async #file(pathname: string, response: ServerResponse): Promise<void> {
    const path = normalize(pathname === '/' ? '/index.html' : pathname)
    try {
      const bytes = await readFile(join(this.#props.dist, path))
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(bytes)
    } catch {
      refuse(response, 404, `${path} is not there`)
    }
  }
}

/** Whoever opens the page of the demo. */
const visitor = {
  actor: {
    id: 'demo',
    name: 'demo',
    kind: 'visitor',
    organisation: 'root',
    organisationName: 'Tỉnh Nghệ An',
    grants: [{ role: 'viewer', organisation: 'root', organisationName: 'Tỉnh Nghệ An' }],
    actions: ['read', 'observe-system']
  },
  step: 'none',
  via: 'demo',
  idleAfterS: null,
  device: null
}

function cookieOf(request: IncomingMessage): string | undefined {
  return /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const piece of request) body += String(piece)
  return body
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  const code = status === 401 ? 'SEN_UNAUTHENTICATED' : 'SEN_NOT_FOUND'
  const problem = { type: `urn:sen:error:${code}`, title: 'Refused', status, code, detail }
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      devices: { type: 'string', default: '70' },
      'tick-ms': { type: 'string', default: '500' },
      'devices-per-tick': { type: 'string', default: '4' },
      people: { type: 'string' },
      new: { type: 'boolean', default: false }
    }
  })
  const server = new FixtureServer({
    dist: join(import.meta.dirname, '../dist'),
    province: new FixtureProvince(Number(values.devices)),
    ...(values.people === undefined
      ? {}
      : { access: new FixtureAccess({ people: Number(values.people), isNew: values.new }) }),
    tickMs: Number(values['tick-ms']),
    devicesPerTick: Number(values['devices-per-tick'])
  })
  await server.start(Number(values.port))
  console.log(`Fixture server on ${server.url}`)
}
