import type { Clock } from '../../model/clock.ts'
import type { Answer } from './outgoing/outgoing.ts'
import { untilAborted } from './until-aborted.ts'

/** What is kept of a provider that gives a short-lived token for one that serves once. */
export interface TokenPair {
  /** Serves once: the provider gives a new one with each access token. */
  readonly refreshToken: string
  readonly accessToken?: string | undefined
  /** From when to when the access token lives, ms since the epoch. */
  readonly accessFrom?: number | undefined
  readonly accessUntil?: number | undefined
}

interface RenewedTokenProps {
  readonly pair: TokenPair
  readonly clock: Clock
  /** Asks the provider for a new pair. */
  readonly ask: (refreshToken: string, signal: AbortSignal) => Promise<Answer>
  /** @returns the new tokens and the access token's life, s; nothing where the answer holds none. */
  readonly read: (body: string) => { accessToken: string; refreshToken: string; lifeS: number } | undefined
  /** Resolves once the pair is durable. */
  readonly store: (pair: TokenPair) => Promise<void>
}

/** An access token, or why there is none. */
export type Token =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly isPassing: boolean; readonly detail: string }

/** Renewed when so much of its life is over. */
const renewAfter = 0.8

/**
 * The one who renews an access token, however many ask. The new pair is stored before it is used, for the old one is worth
 * nothing any more; it stays in hand to be stored again if that failed.
 */
export class RenewedToken {
  readonly #props: RenewedTokenProps
  #pair: TokenPair
  #isStored = true
  #renewing: Promise<Token> | undefined

  constructor(props: RenewedTokenProps) {
    this.#props = props
    this.#pair = props.pair
  }

  /** What is secret now: it changes with each renewal. */
  get secrets(): readonly (string | undefined)[] {
    return [this.#pair.refreshToken, this.#pair.accessToken]
  }

  /** @param refused - the token that the provider would not take: any other will do. */
  async token(signal: AbortSignal, refused?: string): Promise<Token> {
    const { accessToken: token, accessFrom = 0, accessUntil = 0 } = this.#pair
    const isFresh = this.#props.clock.now() < accessFrom + (accessUntil - accessFrom) * renewAfter
    if (this.#isStored && token !== undefined && token !== refused && isFresh) return { ok: true, token }
    this.#renewing ??= this.#renewed(signal).finally(() => (this.#renewing = undefined))
    const renewed = await untilAborted(signal, this.#renewing)
    return renewed ?? { ok: false, isPassing: true, detail: 'token: no answer in time' }
  }

  async #renewed(signal: AbortSignal): Promise<Token> {
    if (!this.#isStored) return this.#stored()
    const { ask, read, clock } = this.#props
    // Once it is asked, the answer is waited for: whoever gave up would lose the pair.
    const answer = await ask(this.#pair.refreshToken, signal.aborted ? signal : new AbortController().signal)
    if (answer.kind !== 'answer') {
      return { ok: false, isPassing: answer.kind === 'unreachable', detail: `token: ${answer.detail}` }
    }
    const given = read(answer.body)
    if (given === undefined) {
      const isPassing = answer.status >= 500 || answer.status === 429
      return { ok: false, isPassing, detail: `token refused: HTTP ${answer.status} ${answer.body}` }
    }
    const { accessToken, refreshToken, lifeS } = given
    const now = clock.now()
    this.#pair = { accessToken, refreshToken, accessFrom: now, accessUntil: now + lifeS * 1000 }
    this.#isStored = false
    return this.#stored()
  }

  async #stored(): Promise<Token> {
    try {
      await this.#props.store(this.#pair)
    } catch {
      // The store says by itself what is wrong with it; its words may hold the row.
      return { ok: false, isPassing: true, detail: 'token: the new one could not be stored' }
    }
    this.#isStored = true
    return { ok: true, token: this.#pair.accessToken ?? '' }
  }
}
