import { SenError } from '../../../model/errors.ts'
import type { Channel, ChannelTools, DeliveryReport, Notice, Reply, ReportCall, SendOutcome } from '../channel.ts'
import { plain } from '../../text/plain.ts'
import { isAddress } from '../addresses.ts'
import { Details } from '../outcome.ts'
import { Outgoing } from '../outgoing/outgoing.ts'
import type { Answer } from '../outgoing/outgoing.ts'
import { RenewedToken } from '../renewed-token.ts'
import { variablesOf } from '../variables.ts'
import { calledReplies, calledReports, reportOf } from './called-back.ts'
import { fieldOf, parsed } from './field.ts'
import type { AnswerField } from './field.ts'
import type { HttpSecrets, HttpSettings, RequestTemplate, TemplateOutcome } from './settings.ts'
import { fillBody, fillHeader, fillUrl } from './template.ts'
import type { BodyFormat, Values } from './template.ts'

const contentTypes: Readonly<Record<BodyFormat, string>> = {
  json: 'application/json',
  xml: 'text/xml; charset=utf-8',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8'
}

interface HttpChannelProps {
  readonly settings: HttpSettings
  readonly secrets: HttpSecrets
  readonly tools: ChannelTools
}

/** Any gateway that takes an HTTP request: what to send, and how to read what it answers, are settings. */
export class HttpChannel implements Channel {
  readonly kind = 'http'
  readonly medium
  readonly reports?: (call: ReportCall) => readonly DeliveryReport[]
  readonly replies?: (call: ReportCall) => readonly Reply[]
  readonly poll?: (references: readonly string[], signal: AbortSignal) => Promise<readonly DeliveryReport[]>
  readonly check?: (signal: AbortSignal) => Promise<{ readonly ok: boolean; readonly detail: string }>
  readonly #settings: HttpSettings
  readonly #tools: ChannelTools
  readonly #secrets: HttpSecrets
  readonly #constants: Values
  readonly #outgoing: Outgoing
  readonly #token: RenewedToken | undefined

  /** @throws SenError `SEN_INPUT_INVALID` if a secret is missing that the settings name. */
  constructor({ settings, secrets, tools }: HttpChannelProps) {
    const missing = settings.secrets.find(name => !Object.hasOwn(secrets, name))
    if (missing !== undefined) throw new SenError('SEN_INPUT_INVALID', `open channel: the secret ${missing} is missing`)
    this.medium = settings.medium
    this.#settings = settings
    this.#tools = tools
    this.#secrets = secrets
    this.#outgoing = new Outgoing({ reachable: tools.reachable })
    this.#constants = Object.fromEntries([
      ...Object.entries(settings.values).map(([name, value]) => [`value.${name}`, value] as const),
      ...settings.secrets.map(name => [`secret.${name}`, secrets[name] ?? ''] as const)
    ])
    const { report, reply, poll, check, token } = settings
    if (token) this.#token = this.#renewedToken(token)
    if (report) this.reports = call => calledReports(report, call)
    if (reply) this.replies = call => calledReplies(reply, call)
    if (poll) this.poll = (references, signal) => this.#polled(poll, references, signal)
    if (check) this.check = signal => this.#checked(check, signal)
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { address, request, answer: rules, report, poll } = this.#settings
    if (address !== 'none' && !isAddress(address, notice.recipient[address])) {
      return this.#details.refused('recipient', `no ${address}`)
    }
    const answer = await this.#ask(request, this.#variablesOf(notice), signal)
    const { outcome, detail } = this.#judged(answer)
    if (outcome !== 'sent' && outcome !== 'reached') {
      const waitS = Number(
        answer.kind === 'answer' && rules.retryAfterS ? fieldOf(answer.body, rules.retryAfterS) : NaN
      )
      const wait = Number.isFinite(waitS) ? Math.min(waitS, 3600) * 1000 : detail.retryAfterMs
      return this.#details.refused(outcome, detail.detail, wait)
    }
    const said = answer.kind === 'answer' && rules.reference ? fieldOf(answer.body, rules.reference) : undefined
    const reference = report || poll ? (said ?? notice.key) : said
    return {
      ok: true,
      ...(reference !== undefined && { reference }),
      isReached: outcome === 'reached',
      detail: detail.detail
    }
  }

  async stop(): Promise<void> {
    this.#outgoing.close()
  }

  /** A code for an answer is given only where answers are read. */
  #variablesOf(notice: Notice): Values {
    const { reply, isPlain } = this.#settings
    const facts = reply ? notice.facts : { ...notice.facts, replyCode: undefined }
    const variables = variablesOf({ ...notice, facts }, this.#tools.reportUrl)
    if (!isPlain) return variables
    const plainOnes = Object.entries(variables).map(
      ([name, value]) => [name, isAsItIs(name) ? value : plain(value)] as const
    )
    return Object.fromEntries(plainOnes)
  }

  /** Made anew: tokens change. */
  get #details(): Details {
    const { accessFrom: _, accessUntil: __, ...secrets } = this.#secrets
    return new Details([...Object.values(secrets), ...(this.#token?.secrets ?? []), this.#tools.reportUrl])
  }

  #renewedToken({ request, access, refresh, lifeS }: NonNullable<HttpSettings['token']>): RenewedToken {
    const { refreshToken = '', accessToken, accessFrom, accessUntil } = this.#secrets
    return new RenewedToken({
      pair: { refreshToken, accessToken, accessFrom: Number(accessFrom ?? 0), accessUntil: Number(accessUntil ?? 0) },
      clock: this.#tools.clock,
      ask: (token, signal) => this.#request(request, { 'secret.refreshToken': token }, signal),
      read: body => {
        const [accessToken, refreshToken] = [fieldOf(body, access), fieldOf(body, refresh)]
        const life = Number(fieldOf(body, lifeS))
        return accessToken && refreshToken && life > 0 ? { accessToken, refreshToken, lifeS: life } : undefined
      },
      store: async pair => {
        const kept = Object.entries(pair).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)] as const]
        )
        await this.#tools.storeSecrets?.({ ...this.#secrets, ...Object.fromEntries(kept) })
      }
    })
  }

  /** Asks, with the token of the day where there is one: if it is refused, renews it once and asks once more. */
  async #ask(template: RequestTemplate, variables: Values, signal: AbortSignal): Promise<Answer> {
    if (this.#token === undefined) return this.#request(template, variables, signal)
    let refused: string | undefined
    for (;;) {
      const token = await this.#token.token(signal, refused)
      if (!token.ok) return { kind: token.isPassing ? 'unreachable' : 'forbidden', detail: token.detail }
      const answer = await this.#request(template, { ...variables, 'secret.accessToken': token.token }, signal)
      const code = answer.kind === 'answer' ? firstOf(answer.body, this.#settings.answer.code) : undefined
      const isRefused = code !== undefined && this.#settings.token?.refusedBy.includes(code)
      if (!isRefused || refused !== undefined) return answer
      refused = token.token
    }
  }

  #request(template: RequestTemplate, variables: Values, signal: AbortSignal): Promise<Answer> {
    const { method, url, headers, basic, format, body } = template
    const values = { ...this.#constants, ...variables }
    const sent = body === undefined ? undefined : fillBody(body, format, values)
    if (sent !== undefined && format === 'json' && parsed(sent) === undefined) {
      return Promise.resolve({ kind: 'forbidden', detail: 'the body is no JSON once it is filled' })
    }
    const filled = Object.entries(headers).map(
      ([name, text]) => [name.toLowerCase(), fillHeader(text, values)] as const
    )
    const login = basic && `${fillHeader(basic.user, values)}:${fillHeader(basic.password, values)}`
    return this.#outgoing.request({
      ...{ method, url: fillUrl(url, values), body: sent, signal, proxy: this.#settings.proxy },
      headers: {
        ...(sent !== undefined && { 'content-type': contentTypes[format] }),
        ...(login !== undefined && { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
        ...Object.fromEntries(filled)
      }
    })
  }

  /** By the code in the body, by the status, then as HTTP means it. */
  #judged(answer: Answer): { outcome: TemplateOutcome; detail: { detail: string; retryAfterMs?: number | undefined } } {
    const failure = this.#details.failure(answer, this.#tools.clock.now())
    if (answer.kind !== 'answer')
      return { outcome: failure?.refusal ?? 'unavailable', detail: failure ?? { detail: '' } }
    const { code: fields, outcomes, otherwise, statuses } = this.#settings.answer
    const code = firstOf(answer.body, fields)
    const detail = {
      detail: this.#details.of(code ?? `HTTP ${answer.status}`, answer.body),
      retryAfterMs: failure?.retryAfterMs
    }
    const byCode = code !== undefined && Object.hasOwn(outcomes, code) ? outcomes[code] : undefined
    const byStatus = statuses[String(answer.status)] ?? statuses[`${String(answer.status)[0]}xx`]
    const plain = fields.length === 0 ? 'sent' : otherwise
    return { outcome: byCode ?? byStatus ?? failure?.refusal ?? plain, detail }
  }

  async #polled(
    rules: NonNullable<HttpSettings['poll']>,
    references: readonly string[],
    signal: AbortSignal
  ): Promise<readonly DeliveryReport[]> {
    const reports: DeliveryReport[] = []
    for (const reference of references) {
      const answer = await this.#ask(rules.request, { reference }, signal)
      if (signal.aborted) break
      if (answer.kind === 'answer') reports.push(...reportOf(reference, fieldOf(answer.body, rules.state), rules))
    }
    return reports
  }

  async #checked(rules: NonNullable<HttpSettings['check']>, signal: AbortSignal) {
    const answer = await this.#ask(rules.request, {}, signal)
    const failure = this.#details.failure(answer, this.#tools.clock.now())
    if (failure || answer.kind !== 'answer') return { ok: false, detail: failure?.detail ?? '' }
    const code = rules.code ? fieldOf(answer.body, rules.code) : undefined
    const amount = rules.amount && Number(fieldOf(answer.body, rules.amount.field))
    const isGood = rules.code === undefined || rules.good.includes(code ?? '')
    const isEnough = rules.amount === undefined || (amount !== undefined && amount >= rules.amount.least)
    return { ok: isGood && isEnough, detail: this.#details.of(code, amount, isGood && isEnough ? '' : answer.body) }
  }
}

function firstOf(body: string, fields: readonly AnswerField[]): string | undefined {
  return fields.map(field => fieldOf(body, field)).find(code => code !== undefined)
}

/** Whether a variable is an address or a key rather than words. */
function isAsItIs(name: string): boolean {
  return ['account', 'email', 'key', 'reportUrl', 'link'].includes(name)
}
