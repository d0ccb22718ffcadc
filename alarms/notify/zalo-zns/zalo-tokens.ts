import type { Clock } from '../../../model/clock.ts'
import { parsed, valueAt } from '../http/field.ts'
import type { Outgoing } from '../outgoing/outgoing.ts'
import type { ZaloZnsSecrets } from './settings.ts'

interface ZaloTokensProps {
  readonly secrets: ZaloZnsSecrets
  readonly appId: string
  /** Without a path. */
  readonly oauthUrl: string
  readonly outgoing: Outgoing
  readonly clock: Clock
  /** Resolves once the pair is durable. */
  readonly store: (secrets: ZaloZnsSecrets) => Promise<void>
}

/** An access token, or why there is none. */
export type Token =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly isPassing: boolean; readonly detail: string }

/** Renewed when so much of its life (25 h) is over. */
const renewAfter = 0.8

/**
 * The one who renews Zalo's access token, however many ask. A refresh token serves once: the new pair is stored before it is
 * used, and stays in hand to be stored again if that failed.
 */
export class ZaloTokens {
  readonly #props: ZaloTokensProps
  #secrets: ZaloZnsSecrets
  #isStored = true
  #renewing: Promise<Token> | undefined

  constructor(props: ZaloTokensProps) {
    this.#props = props
    this.#secrets = props.secrets
  }

  /** What is secret now: it changes with each renewal. */
  get secrets(): readonly (string | undefined)[] {
    const { appSecret, refreshToken, accessToken, oaSecret } = this.#secrets
    return [appSecret, refreshToken, accessToken, oaSecret]
  }

  /** @param refused - the token that Zalo would not take: any other will do. */
  async token(signal: AbortSignal, refused?: string): Promise<Token> {
    const { accessToken: token, accessFrom = 0, accessUntil = 0 } = this.#secrets
    const isFresh = this.#props.clock.now() < accessFrom + (accessUntil - accessFrom) * renewAfter
    if (this.#isStored && token !== undefined && token !== refused && isFresh) return { ok: true, token }
    this.#renewing ??= this.#renewed(signal).finally(() => (this.#renewing = undefined))
    return this.#renewing
  }

  async #renewed(signal: AbortSignal): Promise<Token> {
    if (!this.#isStored) return this.#stored()
    const { appId, oauthUrl, outgoing, clock } = this.#props
    const asked = { refresh_token: this.#secrets.refreshToken, app_id: appId, grant_type: 'refresh_token' }
    // Once it is asked, the answer is waited for: whoever gave up would lose the pair.
    const answer = await outgoing.request({
      ...{ method: 'POST', url: `${oauthUrl}/v4/oa/access_token`, body: new URLSearchParams(asked).toString() },
      headers: { secret_key: this.#secrets.appSecret, 'content-type': 'application/x-www-form-urlencoded' },
      signal: signal.aborted ? signal : new AbortController().signal
    })
    if (answer.kind !== 'answer')
      return { ok: false, isPassing: answer.kind === 'unreachable', detail: `token: ${answer.detail}` }
    const body = parsed(answer.body)
    const [accessToken, refreshToken] = [valueAt(body, 'access_token'), valueAt(body, 'refresh_token')]
    const lifeS = Number(valueAt(body, 'expires_in'))
    if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || !(lifeS > 0)) {
      const isPassing = answer.status >= 500 || answer.status === 429
      return { ok: false, isPassing, detail: `token refused: HTTP ${answer.status} ${answer.body}` }
    }
    const now = clock.now()
    const life = { accessFrom: now, accessUntil: now + lifeS * 1000 }
    this.#secrets = { ...this.#secrets, accessToken, refreshToken, ...life }
    this.#isStored = false
    return this.#stored()
  }

  async #stored(): Promise<Token> {
    try {
      await this.#props.store(this.#secrets)
    } catch {
      // The store says by itself what is wrong with it; its words may hold the row.
      return { ok: false, isPassing: true, detail: 'token: the new one could not be stored' }
    }
    this.#isStored = true
    return { ok: true, token: this.#secrets.accessToken ?? '' }
  }
}
