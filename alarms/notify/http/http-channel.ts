import { SenError } from '../../../model/errors.ts'
import type { Channel, ChannelTools, DeliveryReport, Notice, ReportCall, SendOutcome } from '../channel.ts'
import { isAddress } from '../addresses.ts'
import { Details } from '../outcome.ts'
import { Outgoing } from '../outgoing/outgoing.ts'
import type { Answer } from '../outgoing/outgoing.ts'
import { variablesOf } from '../variables.ts'
import { fieldOf, parsed, valueAt } from './field.ts'
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
  readonly poll?: (references: readonly string[], signal: AbortSignal) => Promise<readonly DeliveryReport[]>
  readonly check?: (signal: AbortSignal) => Promise<{ readonly ok: boolean; readonly detail: string }>
  readonly #settings: HttpSettings
  readonly #tools: ChannelTools
  readonly #constants: Values
  readonly #details: Details
  readonly #outgoing: Outgoing

  /** @throws SenError `SEN_INPUT_INVALID` if a secret is missing that the settings name. */
  constructor({ settings, secrets, tools }: HttpChannelProps) {
    const missing = settings.secrets.find(name => !Object.hasOwn(secrets, name))
    if (missing !== undefined) throw new SenError('SEN_INPUT_INVALID', `open channel: the secret ${missing} is missing`)
    this.medium = settings.medium
    this.#settings = settings
    this.#tools = tools
    this.#details = new Details([...Object.values(secrets), tools.reportUrl])
    this.#outgoing = new Outgoing({ reachable: tools.reachable })
    this.#constants = Object.fromEntries([
      ...Object.entries(settings.values).map(([name, value]) => [`value.${name}`, value] as const),
      ...settings.secrets.map(name => [`secret.${name}`, secrets[name] ?? ''] as const)
    ])
    const { report, poll, check } = settings
    if (report) this.reports = call => this.#reported(report, call)
    if (poll) this.poll = (references, signal) => this.#polled(poll, references, signal)
    if (check) this.check = signal => this.#checked(check, signal)
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { address, request, answer: rules, report, poll } = this.#settings
    if (address !== 'none' && !isAddress(address, notice.recipient[address])) {
      return this.#details.refused('recipient', `no ${address}`)
    }
    const answer = await this.#ask(request, variablesOf(notice, this.#tools.reportUrl), signal)
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

  #ask(template: RequestTemplate, variables: Values, signal: AbortSignal): Promise<Answer> {
    const { method, url, headers, basic, format, body } = template
    const values = { ...variables, ...this.#constants }
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

  #reported(rules: NonNullable<HttpSettings['report']>, { body, query }: ReportCall): readonly DeliveryReport[] {
    const all = rules.from === 'query' ? query : Object.fromEntries(new URLSearchParams(body))
    const text = rules.from === 'body' ? body : JSON.stringify(all)
    const list = rules.items === undefined ? undefined : valueAt(parsed(text), rules.items)
    const items = Array.isArray(list) ? list.slice(0, 1000).map(item => JSON.stringify(item)) : [text]
    return items.flatMap(item => {
      const reference = fieldOf(item, rules.reference)
      return reference === undefined ? [] : this.#stateOf(reference, fieldOf(item, rules.state), rules)
    })
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
      if (answer.kind === 'answer') reports.push(...this.#stateOf(reference, fieldOf(answer.body, rules.state), rules))
    }
    return reports
  }

  #stateOf(
    reference: string,
    said: string | undefined,
    { reached, failed }: { readonly reached: readonly string[]; readonly failed: readonly string[] }
  ): readonly DeliveryReport[] {
    if (said === undefined) return []
    const state = reached.includes(said) ? 'reached' : failed.includes(said) ? 'failed' : undefined
    return state === undefined ? [] : [{ reference, state, detail: this.#details.of(said) }]
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
