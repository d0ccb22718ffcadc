import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { floodFacts } from '../text/facts.fixture.ts'
import type { ChannelTools, Notice, Recipient } from './channel.ts'

/** Ends no try. */
export const never = new AbortController().signal

const silent = () => {}

/** Tools that may reach this machine, and whatever a test needs otherwise. */
export function testTools(change: Partial<ChannelTools> = {}): ChannelTools {
  return {
    clock: systemClock,
    log: silentLog,
    reachable: ['127.0.0.1', 'localhost'],
    host: 'sen.example.vn',
    ...change
  }
}

/** The flood at Nam Đàn for one who can be reached in every way. */
export function testNotice(recipient: Partial<Recipient> = {}, change: Partial<Notice> = {}): Notice {
  return {
    key: 'k-1f0c9a',
    thread: 'a-77b1',
    recipient: {
      ...{ id: 'person:12', name: 'Nguyễn Văn Bảo', language: 'vi', phone: '+84987654321', email: 'bao@example.vn' },
      ...{ account: '2512523625412515', topic: 'site/cau-rong/coi-01/command', ...recipient }
    },
    facts: floodFacts(),
    ...change
  }
}

/** What a provider was asked. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** How a provider answers: a body (an object is JSON) with 200, or whatever it does to the response. */
export type ProviderAnswer = string | object | ((response: ServerResponse, asked: Asked) => void)

/** A provider on this machine that answers as its documentation says, one answer after the other; the last one stays. */
export class TestProvider {
  readonly asked: Asked[] = []
  readonly #server: Server
  #answers: ProviderAnswer[] = []

  /** @param encoding - in which bodies are kept: `latin1` for bytes. */
  constructor(encoding: BufferEncoding = 'utf8') {
    this.#server = createServer((request, response) => {
      let body = ''
      request.setEncoding(encoding).on('data', chunk => (body += chunk))
      request.on('end', () => {
        const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
        this.asked.push(asked)
        const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0]
        if (typeof answer === 'function') answer(response, asked)
        else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}))
      })
    })
  }

  async start(): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://${this.host}`
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  answers(...answers: readonly ProviderAnswer[]): void {
    this.#answers = [...answers]
    this.asked.length = 0
  }

  /** The first request since it was told what to answer. */
  get first(): Asked {
    const [asked] = this.asked
    if (asked === undefined) throw new Error('nothing was asked')
    return asked
  }

  /** The newest request's body. */
  get json(): unknown {
    return JSON.parse(this.asked.at(-1)?.body ?? 'null')
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }
}

/** @returns an answer with a status. */
export function status(
  code: number,
  body: string | object = '',
  headers: Readonly<Record<string, string>> = {}
): ProviderAnswer {
  return response => void response.writeHead(code, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** @returns what ends a try: nothing, unless no answer will come. */
export function signalFor(answer: ProviderAnswer): AbortSignal {
  return answer === silent ? AbortSignal.timeout(20) : never
}

/** Ways in which every provider may fail, and what a channel says to each: it never throws. */
export const failures: readonly (readonly [name: string, answer: ProviderAnswer, refusal: string])[] = [
  ['a server error', status(502, 'Bad Gateway'), 'unavailable'],
  ['no answer', silent, 'unavailable'],
  [
    'an answer that breaks off',
    response => response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
    'unavailable'
  ],
  ['a redirect', status(302, '', { location: 'http://169.254.169.254/' }), 'channel'],
  ['too many requests', status(429, '', { 'retry-after': '30' }), 'not-now']
]
