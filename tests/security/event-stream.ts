import { once } from 'node:events'
import { request as plainRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'

/** `GET /events` as a page reads it; remembers all that came. */
export class EventStream {
  readonly #request: ClientRequest
  readonly #response: IncomingMessage
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>
  #text = ''
  #wake = Promise.withResolvers<void>()

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request
    this.#response = response
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      this.#text += chunk
      this.#wake.resolve()
      this.#wake = Promise.withResolvers()
    })
    response.on('error', () => undefined)
    this.ended = new Promise(resolve => response.once('close', resolve))
  }

  /** @throws Error unless the answer is 200 and the first event came: from then on it hears everything. */
  static async open(url: string, headers: Readonly<Record<string, string>>, ca?: string): Promise<EventStream> {
    const ask = url.startsWith('https:') ? secureRequest : plainRequest
    const request = ask(`${url}/api/v1/events`, {
      agent: false,
      headers: { accept: 'text/event-stream', ...headers },
      ...(ca !== undefined && { ca })
    })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new Error(`open event stream: ${response.statusCode}`)
    request.on('error', () => undefined)
    const stream = new EventStream(request, response)
    await stream.until(text => text.includes('event: '))
    return stream
  }

  /** Everything that came so far. */
  get text(): string {
    return this.#text
  }

  get isOpen(): boolean {
    return !this.#response.closed
  }

  /** Waits until what came fits. */
  async until(fits: (text: string) => boolean): Promise<void> {
    while (!fits(this.#text)) {
      if (!this.isOpen) throw new Error(`wait for event: the stream has ended after ${this.#text}`)
      await Promise.race([this.#wake.promise, this.ended])
    }
  }

  close(): void {
    this.#request.destroy()
  }
}
