import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../model/clock.ts'
import type { WebhookSignature } from '../../model/connector.ts'
import type { ConnectorGuard } from '../flood/connector-guard.ts'
import type { Rhythm } from './rhythm.ts'

export interface WebhookProps {
  readonly name: string
  readonly guard: ConnectorGuard
  /** How the sender signs, and with what; `undefined` where it does not. */
  readonly signature: (WebhookSignature & { readonly secret: string }) | undefined
  /** What is known of how often something comes. */
  readonly rhythm: Rhythm
  readonly clock: Clock
}

/** What a webhook says of itself. Times are ms since the epoch (UTC), counts are of this process's life. */
export interface WebhookStatus {
  readonly name: string
  readonly type: 'webhook'
  readonly state: 'open'
  readonly since: number
  readonly lastMessageAt: number | undefined
  readonly usualEveryMs: number | undefined
  readonly isSilent: boolean
  readonly lastError: string | undefined
  readonly lastErrorAt: number | undefined
  readonly received: number
  /** Requests that were turned away: beyond the quota, wrongly signed, or not kept. */
  readonly refused: number
}

/** One address that others call. The HTTP door asks it what may come in, and tells it what came of it. */
export class Webhook {
  readonly #props: WebhookProps
  readonly #since: number
  #lastError: string | undefined
  #lastErrorAt: number | undefined
  #received = 0
  #refused = 0

  constructor(props: WebhookProps) {
    this.#props = props
    this.#since = props.clock.now()
  }

  start(): Promise<void> {
    this.#props.rhythm.listens(this.#props.clock.now())
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#props.rhythm.isDeaf(this.#props.clock.now())
    return Promise.resolve()
  }

  /** @returns 0 if a body of this size may come in now, else in how many ms. */
  waitMs(sizeBytes: number): number {
    const { guard, clock } = this.#props
    const { waitMs } = guard.take(undefined, sizeBytes, { now: clock.monotonic(), isOwed: false })
    if (waitMs > 0) this.refused('beyond its quota')
    return waitMs
  }

  /** The header in which the sender signs; `undefined` where it does not. */
  get signatureHeader(): string | undefined {
    return this.#props.signature?.header
  }

  /** @param given - what the header holds, perhaps after the algorithm's name and "=". @returns whether it fits the body. */
  isSigned(body: Uint8Array, given: string): boolean {
    const { signature } = this.#props
    if (!signature) return true
    const digest = createHmac(signature.algorithm, signature.secret).update(body).digest()
    const text = given.trim().replace(/^[a-z0-9-]{1,16}=(?=.)/i, '')
    const encoding = /^[0-9a-fA-F]+$/.test(text) && text.length === digest.length * 2 ? 'hex' : 'base64'
    const claimed = Buffer.from(text, encoding)
    return claimed.length === digest.length && timingSafeEqual(claimed, digest)
  }

  received(): void {
    this.#received++
    this.#props.rhythm.arrived(this.#props.clock.now())
  }

  refused(reason: string): void {
    this.#refused++
    this.#lastError = `webhook ${this.#props.name}: ${reason}`
    this.#lastErrorAt = this.#props.clock.now()
  }

  status(): WebhookStatus {
    const { rhythm, clock } = this.#props
    return {
      name: this.#props.name,
      type: 'webhook',
      state: 'open',
      since: this.#since,
      lastMessageAt: rhythm.lastAt,
      usualEveryMs: rhythm.usualMs,
      isSilent: rhythm.isSilent(clock.now()),
      lastError: this.#lastError,
      lastErrorAt: this.#lastErrorAt,
      received: this.#received,
      refused: this.#refused
    }
  }
}
