import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { parseArgs } from 'node:util'
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
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"

export interface FixtureServerProps {
  /** The folder that `vite build` wrote. */
  readonly dist: string
  readonly province: FixtureProvince
  /** Only sessions opened with this token may read; absent: everyone may. */
  readonly token?: string
  /** How often devices report by themselves, ms; absent: only when told to. */
  readonly tickMs?: number
  /** How many devices report in a tick. */
  readonly devicesPerTick?: number
}

/** The HTTP API as far as the console uses it, over a made-up province; serves the built console as well. */
export class FixtureServer {
  readonly #props: FixtureServerProps
  readonly #streams = new Set<ServerResponse>()
  #server: Server | undefined
  #ticking: ReturnType<typeof setInterval> | undefined
  #port = 0

  constructor(props: FixtureServerProps) {
    this.#props = props
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
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
    if (resource === 'session') return this.#openSession(request, response)
    if (!this.#hasSession(request)) return refuse(response, 401, 'a session is needed')
    if (resource === 'events') return this.#listen(response)
    if (resource === 'accounting') return json(response, this.#props.province.accounting)
    const items = this.#props.province.list(resource)
    return items ? json(response, { items, cursor: null }) : refuse(response, 404, `${resource} is not there`)
  }

  async #openSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const piece of request) body += String(piece)
    if (JSON.parse(body).token !== this.#props.token) return refuse(response, 401, 'the token is not known')
    response.writeHead(204, { 'set-cookie': 'session=open; HttpOnly; SameSite=Strict; Path=/' }).end()
  }

  #hasSession(request: IncomingMessage): boolean {
    return this.#props.token === undefined || (request.headers.cookie ?? '').includes('session=open')
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

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  const problem = { type: 'about:blank', title: 'Refused', status, detail }
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      devices: { type: 'string', default: '70' },
      'tick-ms': { type: 'string', default: '500' },
      'devices-per-tick': { type: 'string', default: '4' }
    }
  })
  const server = new FixtureServer({
    dist: join(import.meta.dirname, '../dist'),
    province: new FixtureProvince(Number(values.devices)),
    tickMs: Number(values['tick-ms']),
    devicesPerTick: Number(values['devices-per-tick'])
  })
  await server.start(Number(values.port))
  console.log(`Fixture server on ${server.url}`)
}
