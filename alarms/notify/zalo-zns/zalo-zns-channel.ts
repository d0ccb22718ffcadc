import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { cut, oneLine } from '../../text/plain.ts'
import { isAddress } from '../addresses.ts'
import type { Channel, ChannelTools, DeliveryReport, Notice, Refusal, ReportCall, SendOutcome } from '../channel.ts'
import { fieldOf, parsed, valueAt } from '../http/field.ts'
import { fillBody } from '../http/template.ts'
import { Details } from '../outcome.ts'
import { Outgoing } from '../outgoing/outgoing.ts'
import type { Answer } from '../outgoing/outgoing.ts'
import { RenewedToken } from '../renewed-token.ts'
import { variablesOf } from '../variables.ts'
import type { ZaloZnsSecrets, ZaloZnsSettings, ZnsTemplate } from './settings.ts'

/** What a code means for who sends. Source: zalo.cloud/zns/guidelines/handle-error-code; -13x and -14x as integrators report. */
const refusals: Readonly<Record<string, Refusal>> = {
  '-100': 'unavailable',
  ...{
    '-101': 'channel',
    '-102': 'channel',
    '-103': 'channel',
    '-104': 'channel',
    '-105': 'channel',
    '-106': 'channel'
  },
  ...{
    '-107': 'channel',
    '-109': 'channel',
    '-111': 'channel',
    '-112': 'channel',
    '-115': 'channel',
    '-1241': 'channel'
  },
  ...{ '-131': 'channel', '-132': 'channel', '-124': 'channel', '-216': 'channel', '-220': 'channel' },
  ...{ '-108': 'recipient', '-110': 'recipient', '-118': 'recipient', '-119': 'recipient' },
  ...{ '-139': 'recipient', '-140': 'recipient', '-141': 'recipient' },
  ...{ '-133': 'not-now', '-144': 'not-now', '-147': 'not-now', '-1472': 'not-now' }
}
/** The access token is wrong or has ended. */
const tokenCodes: readonly string[] = ['-124', '-216', '-220']

interface ZaloZnsProps {
  readonly settings: ZaloZnsSettings
  readonly secrets: ZaloZnsSecrets
  readonly tools: ChannelTools
}

/** Zalo Notification Service: a message of an approved template to a telephone number. HTTP 200 is no success, `error` 0 is. */
export class ZaloZnsChannel implements Channel {
  readonly kind = 'zalo-zns'
  readonly medium = 'chat'
  readonly #props: ZaloZnsProps
  readonly #outgoing: Outgoing
  readonly #tokens: RenewedToken

  constructor(props: ZaloZnsProps) {
    const { secrets, tools } = props
    this.#props = props
    this.#outgoing = new Outgoing({ reachable: tools.reachable })
    const { refreshToken, accessToken, accessFrom, accessUntil } = secrets
    this.#tokens = new RenewedToken({
      ...{ pair: { refreshToken, accessToken, accessFrom, accessUntil }, clock: tools.clock },
      ...{ ask: (token, signal) => this.#askForToken(token, signal), read: tokensOf },
      store: async pair => tools.storeSecrets?.({ ...secrets, ...pair })
    })
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { phone } = notice.recipient
    if (!isAddress('phone', phone)) return this.#details.refused('recipient', 'no telephone number')
    const { settings } = this.#props
    const body = JSON.stringify({
      phone: phone.replace('+', ''),
      template_id: this.#templateFor(notice).id,
      template_data: this.#dataFor(notice),
      tracking_id: notice.key,
      ...(settings.mode === 'development' && { mode: 'development' })
    })
    const answer = await this.#asked({ method: 'POST', path: '/message/template', body }, signal)
    if ('refusal' in answer) return answer
    const code = fieldOf(answer.body, { json: 'error' })
    const said = this.#details.of(code ?? 'no code', fieldOf(answer.body, { json: 'message' }) ?? answer.body)
    if (code !== '0') return this.#details.refused((code !== undefined && refusals[code]) || 'channel', said)
    return { ok: true, reference: fieldOf(answer.body, { json: 'data.msg_id' }) ?? notice.key, detail: said }
  }

  /**
   * `user_received_message` says that the telephone has it. Where the account's secret is known, the signature must fit:
   * SHA-256 of app id, body, timestamp and secret.
   */
  reports({ body, headers }: ReportCall): readonly DeliveryReport[] {
    const event = parsed(body)
    const reference = valueAt(event, 'message.msg_id')
    const isReceived = valueAt(event, 'event_name') === 'user_received_message'
    if (!isReceived || typeof reference !== 'string' || !this.#isSigned(body, event, headers)) return []
    return [{ reference, state: 'reached', detail: 'user_received_message' }]
  }

  /** The token, and whether Zalo still allows the template. */
  async check(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const path = `/template/info/v2?template_id=${this.#props.settings.templates.alarm.id}`
    const answer = await this.#asked({ method: 'GET', path }, signal)
    if ('refusal' in answer) return { ok: false, detail: answer.detail }
    const code = fieldOf(answer.body, { json: 'error' })
    const state = fieldOf(answer.body, { json: 'data.status' })
    const ok = code === '0' && (state === undefined || state === 'ENABLE')
    return { ok, detail: this.#details.of(code, state, ok ? '' : fieldOf(answer.body, { json: 'message' })) }
  }

  async stop(): Promise<void> {
    this.#outgoing.close()
  }

  /** Made anew: tokens change. */
  get #details(): Details {
    const { appSecret, oaSecret } = this.#props.secrets
    return new Details([appSecret, oaSecret, ...this.#tokens.secrets])
  }

  #askForToken(refreshToken: string, signal: AbortSignal): Promise<Answer> {
    const { settings, secrets } = this.#props
    const asked = { refresh_token: refreshToken, app_id: settings.appId, grant_type: 'refresh_token' }
    return this.#outgoing.request({
      ...{ method: 'POST', url: `${settings.oauthUrl}/v4/oa/access_token`, signal },
      body: new URLSearchParams(asked).toString(),
      headers: { secret_key: secrets.appSecret, 'content-type': 'application/x-www-form-urlencoded' }
    })
  }

  /** Asks with the token of the day; if Zalo will not have it, renews it once and asks once more. */
  async #asked(
    request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string },
    signal: AbortSignal
  ): Promise<(Answer & { kind: 'answer' }) | (SendOutcome & { ok: false })> {
    let refused: string | undefined
    for (;;) {
      const token = await this.#tokens.token(signal, refused)
      if (!token.ok) return this.#details.refused(token.isPassing ? 'unavailable' : 'channel', token.detail)
      const answer = await this.#outgoing.request({
        ...{ method: request.method, url: this.#props.settings.url + request.path, body: request.body, signal },
        headers: {
          'content-type': 'application/json',
          access_token: token.token,
          appsecret_proof: createHmac('sha256', this.#props.secrets.appSecret).update(token.token).digest('hex')
        }
      })
      const failure = this.#details.failure(answer, this.#props.tools.clock.now())
      if (failure || answer.kind !== 'answer') return failure ?? this.#details.refused('unavailable', '')
      const isTokenRefused = tokenCodes.includes(fieldOf(answer.body, { json: 'error' }) ?? '')
      if (!isTokenRefused || refused !== undefined) return answer
      refused = token.token
    }
  }

  #templateFor({ facts: { about } }: Notice): ZnsTemplate {
    const { alarm, cleared, test } = this.#props.settings.templates
    if (about === 'test') return test ?? alarm
    return about === 'cleared' || about === 'withdrawn' ? (cleared ?? alarm) : alarm
  }

  /** Zalo refuses empty values and long ones. */
  #dataFor(notice: Notice): Readonly<Record<string, string>> {
    const { fields, mostCharacters } = this.#templateFor(notice)
    const variables = variablesOf(notice)
    const filled = ([name, filling]: [string, string]) => {
      const mark = notice.facts.isSimulated && filling === '{level}' ? '[mô phỏng] ' : ''
      const text = oneLine(mark + fillBody(filling, 'text', variables))
      return [name, cut(text === '' ? '-' : text, mostCharacters)] as const
    }
    return Object.fromEntries(Object.entries(fields).map(filled))
  }

  #isSigned(body: string, event: unknown, headers: ReportCall['headers']): boolean {
    const { oaSecret } = this.#props.secrets
    if (oaSecret === undefined) return true
    const timestamp = String(valueAt(event, 'timestamp'))
    const expected = createHash('sha256')
      .update(this.#props.settings.appId + body + timestamp + oaSecret)
      .digest()
    const given = Buffer.from((headers['x-zevent-signature'] ?? '').replace(/^mac=/, ''), 'hex')
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
}

/** Numbers come as text: `"expires_in":"90000"`. */
function tokensOf(body: string) {
  const [accessToken, refreshToken] = ['access_token', 'refresh_token'].map(json => fieldOf(body, { json }))
  const lifeS = Number(fieldOf(body, { json: 'expires_in' }))
  return accessToken && refreshToken && lifeS > 0 ? { accessToken, refreshToken, lifeS } : undefined
}
