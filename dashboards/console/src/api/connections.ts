import type { Http } from './http.ts'
import { sliceOf, type Slice } from './pages.ts'
import { flag, instant, list, number, object, oneOf, optional, scalar, text } from './shape.ts'

export const connectionTypes = ['mqtt', 'chirpstack', 'tts', 'webhook'] as const
export type ConnectionType = (typeof connectionTypes)[number]

const connection = object({
  name: text,
  type: oneOf(...connectionTypes),
  organisation: text,
  state: oneOf('connecting', 'connected', 'failed', 'stopped', 'paused', 'open'),
  since: instant,
  isPaused: flag,
  broker: optional(text),
  topics: optional(list(text)),
  lastMessageAt: optional(instant),
  /** ms; absent while it is not known yet. */
  usualEveryMs: optional(number),
  isSilent: optional(flag),
  lastError: optional(text),
  lastErrorAt: optional(instant),
  nextTryAt: optional(instant),
  warning: optional(text),
  certificateWarning: optional(text),
  ownCertificateWarning: optional(text),
  certificate: optional(object({ subject: text, issuer: text, expiresAt: instant })),
  ownCertificate: optional(object({ subject: text, issuer: text, expiresAt: instant })),
  received: optional(number),
  refused: optional(number),
  dropped: optional(number),
  lost: optional(number)
})
export type Connection = ReturnType<typeof connection>

const offender = object({
  holder: text,
  rule: oneOf('rate', 'new-devices'),
  since: instant,
  lastAt: instant,
  slowed: number,
  turnedAway: number
})
export type Offender = ReturnType<typeof offender>

const trial = object({
  samples: list(
    object({
      device: text,
      isRegistered: flag,
      time: optional(instant),
      readings: list(object({ metric: text, value: scalar }))
    })
  ),
  problem: optional(object({ reason: text, detail: text }))
})
export type ConnectionTrial = ReturnType<typeof trial>

const made = object({
  url: optional(text),
  token: optional(text),
  username: optional(text),
  password: optional(text)
})

export interface NewConnection {
  readonly type: ConnectionType
  readonly name: string
  readonly url?: string
  readonly topics?: readonly string[]
  readonly mapping?: unknown
}

/** What opens a new connection from outside; shown once. */
export interface ConnectionSecret {
  /** A webhook's address, or a user name at Sen's own broker. */
  readonly address: string
  readonly secret: string
}

/** Connections to other brokers, and webhooks. Secrets are written, never read. */
export class ConnectionsApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async list(signal: AbortSignal): Promise<Slice<Connection>> {
    return sliceOf(connection)(await this.#http.get('connectors', { signal }), 'connectors')
  }

  async offenders(signal: AbortSignal): Promise<Slice<Offender>> {
    return sliceOf(offender)(await this.#http.get('ingest/offenders', { signal }), 'offenders')
  }

  /** @returns what opens it from outside, where others come to Sen. */
  async add(wanted: NewConnection, key: string): Promise<ConnectionSecret | undefined> {
    return secretOf(await this.#http.post('connectors', wanted, { idempotencyKey: key }))
  }

  /** @returns one more token for a webhook. */
  async token(name: string, key: string): Promise<ConnectionSecret | undefined> {
    return secretOf(await this.#http.post(`${pathOf(name)}/credentials`, {}, { idempotencyKey: key }))
  }

  async pause(name: string, isPaused: boolean): Promise<void> {
    await this.#http.patch(pathOf(name), { isPaused })
  }

  async remove(name: string): Promise<void> {
    await this.#http.delete(pathOf(name))
  }

  async tryOut(wanted: Pick<NewConnection, 'topics' | 'mapping'>, topic: string, payload: string) {
    return trial(await this.#http.post('connectors/trial', { ...wanted, topic, payload }), 'trial')
  }
}

function secretOf(answer: unknown): ConnectionSecret | undefined {
  const { url, token, username, password } = made(answer, 'connector')
  const [address, secret] = [url ?? username, token ?? password]
  return address === undefined || secret === undefined ? undefined : { address, secret }
}

function pathOf(name: string): string {
  return `connectors/${encodeURIComponent(name)}`
}
