import { backoffMs } from './backoff.ts'
import { EventStreamParser, type StreamEvent } from './event-stream.ts'
import { ApiError } from './problem.ts'

/** How the page stands to the server. `retryAt` (ms since the epoch): when the next attempt begins; absent while one is under way. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly reason: string; readonly retryAt?: number }
  | { readonly kind: 'signed-out' }

export interface LiveStreamProps {
  readonly url: string
  readonly fetch: typeof fetch
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** Runs once the stream is open and while events already arrive; `live` is told when it resolves, a rejection loses the link. */
  readonly onOpen: (signal: AbortSignal) => Promise<void>
  readonly onEvent: (event: StreamEvent) => void
  readonly onLink: (link: Link) => void
  /** Any bytes at all, heartbeats included. */
  readonly onHeard: () => void
  /** A stream silent for longer (no event, no heartbeat) is given up. */
  readonly silenceMs?: number
}

/**
 * Server-sent events that come back: reconnects with `backoffMs` for ever, notices a link that is dead but not closed, and
 * stops at 401 (`signed-out`) until `start` is called again. Read through fetch, because EventSource hides status and heartbeats.
 */
export class LiveStream {
  readonly #props: LiveStreamProps
  #running: AbortController | undefined
  #wake: () => void = () => {}

  constructor(props: LiveStreamProps) {
    this.#props = props
  }

  start(): void {
    this.stop()
    this.#running = new AbortController()
    void this.#run(this.#running.signal)
  }

  stop(): void {
    this.#running?.abort()
    this.#running = undefined
    this.#wake()
  }

  /** Ends the wait for the next attempt, if there is one. */
  retryNow(): void {
    this.#wake()
  }

  async #run(stopped: AbortSignal): Promise<void> {
    this.#props.onLink({ kind: 'connecting' })
    let failures = 0
    while (!stopped.aborted) {
      const outcome = await this.#once(stopped)
      if (stopped.aborted) return
      if (outcome.kind === 'signed-out') return this.#props.onLink(outcome)

      const { reason } = outcome
      failures = outcome.wasStable ? 0 : failures
      const waitMs = backoffMs(failures++, this.#props.random())
      this.#props.onLink({ kind: 'lost', reason, retryAt: this.#props.now() + waitMs })
      await this.#wait(waitMs)
      if (!stopped.aborted) this.#props.onLink({ kind: 'lost', reason })
    }
  }

  async #wait(waitMs: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, waitMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => {}
  }

  async #once(stopped: AbortSignal): Promise<Outcome> {
    const connection = new AbortController()
    const signal = AbortSignal.any([stopped, connection.signal])
    const silence = new Silence(this.#props.silenceMs ?? 45_000, connection)
    let liveAt = Number.POSITIVE_INFINITY
    const wasStable = () => this.#props.now() - liveAt >= stableMs
    try {
      const response = await this.#props.fetch(this.#props.url, { signal, headers })
      if (!response.ok || !response.body) throw new ApiError(response.status, `HTTP ${response.status}`)

      this.#props.onOpen(signal).then(
        () => {
          if (signal.aborted) return
          liveAt = this.#props.now()
          this.#props.onLink({ kind: 'live' })
        },
        (error: unknown) => connection.abort(error)
      )
      await this.#follow(response.body, silence)
      return { kind: 'lost', reason: 'stream ended', wasStable: wasStable() }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return { kind: 'signed-out' }
      const reason = error instanceof Error ? error.message : String(error)
      return { kind: 'lost', reason, wasStable: wasStable() }
    } finally {
      silence.end()
      connection.abort()
    }
  }

  async #follow(body: ReadableStream<Uint8Array>, silence: Silence): Promise<void> {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    const parser = new EventStreamParser()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      silence.broken()
      this.#props.onHeard()
      for (const event of parser.push(decoder.decode(value, { stream: true }))) this.#props.onEvent(event)
    }
  }
}

/** The stream opens by itself, again and again: it is no sign that somebody is there. */
const headers = { accept: 'text/event-stream', 'x-sen-background': '1' }

/** A link that held this long starts again with the shortest wait; one that breaks sooner waits longer each time. */
const stableMs = 10_000

type Outcome =
  { readonly kind: 'signed-out' } | { readonly kind: 'lost'; readonly reason: string; readonly wasStable: boolean }

/** Aborts `connection` once nothing has been heard for `longestMs`. */
class Silence {
  readonly #longestMs: number
  readonly #connection: AbortController
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(longestMs: number, connection: AbortController) {
    this.#longestMs = longestMs
    this.#connection = connection
    this.broken()
  }

  broken(): void {
    this.end()
    this.#timer = setTimeout(
      () => this.#connection.abort(new Error(`nothing heard for ${this.#longestMs} ms`)),
      this.#longestMs
    )
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
