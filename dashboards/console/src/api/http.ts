import { refusalOf } from './problem.ts'

/** Nothing answered: the link is down, or slower than the time limit of the call. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly reason: 'unreachable' | 'too-slow'

  constructor(reason: 'unreachable' | 'too-slow', cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.reason = reason
  }
}

export interface HttpProps {
  readonly fetch: typeof fetch
  /** Told the server's wall time (ms since the epoch, UTC; whole seconds) whenever an answer carries it. */
  readonly onServerTime: (at: number) => void
  /** Told of 401 on a call that needs a session: it may have ended, or a password that was asked for again is wrong. */
  readonly onRefused?: () => void
  /** Given up after this long, so that a dead link is noticed. */
  readonly timeoutMs?: number
}

export interface Ask {
  readonly signal?: AbortSignal | undefined
  /** The console asks by itself, not because a person did something: does not keep the session from idling. */
  readonly isBackground?: boolean
  /** Part of signing in: 401 is about what was entered, not about the session. */
  readonly isEntry?: boolean
  /** The same key again does the same thing once, however often a bad link makes us send it. */
  readonly idempotencyKey?: string
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Requests to Sen's HTTP API, same origin, with the session's cookie, each with a time limit. Everything rejects with `ApiError`
 * when the server refuses, `LinkError` when nothing answers, and the reason of `signal` when the caller no longer wants it.
 */
export class Http {
  readonly #props: HttpProps

  constructor(props: HttpProps) {
    this.#props = props
  }

  get(path: string, ask: Ask = {}): Promise<unknown> {
    return this.#send('GET', path, undefined, ask)
  }

  /** @returns the answer, `undefined` if it is empty. */
  post(path: string, body: unknown, ask: Ask = {}): Promise<unknown> {
    return this.#send('POST', path, body, ask)
  }

  put(path: string, body: unknown, ask: Ask = {}): Promise<unknown> {
    return this.#send('PUT', path, body, ask)
  }

  patch(path: string, body: unknown, ask: Ask = {}): Promise<unknown> {
    return this.#send('PATCH', path, body, ask)
  }

  delete(path: string, body?: unknown, ask: Ask = {}): Promise<unknown> {
    return this.#send('DELETE', path, body, ask)
  }

  async #send(method: Method, path: string, body: unknown, ask: Ask): Promise<unknown> {
    const timeout = AbortSignal.timeout(this.#props.timeoutMs ?? 30_000)
    const signal = ask.signal ? AbortSignal.any([ask.signal, timeout]) : timeout
    try {
      const response = await this.#props.fetch(`/api/v1/${path}`, {
        method,
        signal,
        headers: headersOf(body, ask),
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const serverTime = Date.parse(response.headers.get('date') ?? '')
      if (Number.isFinite(serverTime)) this.#props.onServerTime(serverTime)
      if (response.ok) return await bodyOf(response)
      if (response.status === 401 && !ask.isEntry) this.#props.onRefused?.()
      throw await refusalOf(response)
    } catch (error) {
      if (ask.signal?.aborted) throw error
      if (timeout.aborted) throw new LinkError('too-slow', error)
      // What fetch itself throws when no answer comes, or breaks off.
      if (error instanceof TypeError) throw new LinkError('unreachable', error)
      throw error
    }
  }
}

function headersOf(body: unknown, ask: Ask): Record<string, string> {
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(ask.isBackground ? { 'x-sen-background': '1' } : {}),
    ...(ask.idempotencyKey === undefined ? {} : { 'idempotency-key': ask.idempotencyKey })
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}
