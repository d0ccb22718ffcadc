import {
  accounting,
  device,
  metric,
  organisation,
  profile,
  quarantined,
  reading,
  site,
  type Accounting,
  type Quarantined,
  type Reading
} from './resources.ts'
import { list, object, optional, text, type Parse } from './shape.ts'

/** The server answered, but not with what was asked for. `status` is the HTTP status. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface ApiProps {
  readonly fetch: typeof fetch
  /** Told the server's wall time (ms since the epoch, UTC; whole seconds) whenever an answer carries it. */
  readonly onServerTime: (at: number) => void
  /** Given up after this long, so that a dead link is noticed. */
  readonly timeoutMs?: number
}

const problem = object({ title: optional(text), detail: optional(text) })

/** Sen's HTTP API, same origin, with the session's cookie. Every method rejects with `ApiError`, or `TypeError` when the link fails. */
export class Api {
  readonly #props: ApiProps

  constructor(props: ApiProps) {
    this.#props = props
  }

  readonly registry = async (signal: AbortSignal) => {
    const [devices, sites, organisations, profiles, metrics] = await Promise.all([
      this.#all('devices', device, signal),
      this.#all('sites', site, signal),
      this.#all('organisations', organisation, signal),
      this.#all('profiles', profile, signal),
      this.#all('metrics', metric, signal)
    ])
    return { devices, sites, organisations, profiles, metrics }
  }

  latest(signal: AbortSignal): Promise<readonly Reading[]> {
    return this.#all('readings/latest', reading, signal)
  }

  async accounting(signal: AbortSignal): Promise<Accounting> {
    return accounting(await this.#get('accounting', signal), 'accounting')
  }

  /** @returns the newest messages in quarantine, newest first. */
  async quarantine(limit: number, signal: AbortSignal): Promise<readonly Quarantined[]> {
    const answer = await this.#get(`ingest/quarantine?limit=${limit}`, signal)
    const { items } = object({ items: list(quarantined) })(answer, 'quarantine')
    return [...items].sort((a, b) => b.position - a.position)
  }

  /** Opens a session (an HttpOnly cookie) with an API token. Rejects with `ApiError` 401 for an unknown token. */
  async signIn(token: string): Promise<void> {
    const body = JSON.stringify({ token })
    await this.#ask('session', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  }

  /** Follows `cursor` until the list is complete. */
  async #all<T>(path: string, parse: Parse<T>, signal: AbortSignal): Promise<readonly T[]> {
    const page = object({ items: list(parse), cursor: optional(text) })
    const items: T[] = []
    for (let cursor: string | undefined; ;) {
      const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`
      const answer = page(await this.#get(path + query, signal), path)
      items.push(...answer.items)
      if (answer.cursor === undefined || answer.cursor === cursor) return items
      cursor = answer.cursor
    }
  }

  async #get(path: string, signal: AbortSignal): Promise<unknown> {
    const response = await this.#ask(path, { signal, headers: { accept: 'application/json' } })
    return response.json()
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const timeout = AbortSignal.timeout(this.#props.timeoutMs ?? 30_000)
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    const response = await this.#props.fetch(`/api/v1/${path}`, { ...init, signal })
    const serverTime = Date.parse(response.headers.get('date') ?? '')
    if (Number.isFinite(serverTime)) this.#props.onServerTime(serverTime)
    if (response.ok) return response
    throw new ApiError(response.status, await whyRefused(response))
  }
}

async function whyRefused(response: Response): Promise<string> {
  try {
    const { title, detail } = problem(await response.json(), 'problem')
    return detail ?? title ?? `HTTP ${response.status}`
  } catch {
    return `HTTP ${response.status}`
  }
}
