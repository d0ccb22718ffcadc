import { messageOf } from '../../text/message.ts'
import { cut, oneLine, plain } from '../../text/plain.ts'
import { smsOf } from '../../text/sms.ts'
import { isAddress } from '../addresses.ts'
import type { Channel, ChannelTools, DeliveryReport, Notice, Refusal, ReportCall, SendOutcome } from '../channel.ts'
import { fieldOf } from '../http/field.ts'
import { fillBody } from '../http/template.ts'
import { Details } from '../outcome.ts'
import { Outgoing } from '../outgoing/outgoing.ts'
import { variablesOf } from '../variables.ts'
import type { EsmsSecrets, EsmsSettings } from './settings.ts'

/** What a code means for who sends. Source: developers.esms.vn, table of error codes. */
const refusals: Readonly<Record<string, Refusal>> = {
  ...{ '99': 'recipient', '108': 'recipient', '177': 'recipient' },
  ...{
    '101': 'channel',
    '102': 'channel',
    '103': 'channel',
    '104': 'channel',
    '118': 'channel',
    '140': 'channel',
    '146': 'channel'
  }
}

interface EsmsProps {
  readonly settings: EsmsSettings
  readonly secrets: EsmsSecrets
  readonly tools: ChannelTools
}

/** SMS by brandname through eSMS. Code 100 is "sent"; whether it arrived is called back, or asked for. */
export class EsmsChannel implements Channel {
  readonly kind = 'sms-esms'
  readonly medium = 'sms'
  readonly #props: EsmsProps
  readonly #details: Details
  readonly #outgoing: Outgoing

  constructor(props: EsmsProps) {
    this.#props = props
    this.#details = new Details([...Object.values(props.secrets), props.tools.reportUrl])
    this.#outgoing = new Outgoing({ reachable: props.tools.reachable })
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { settings, tools } = this.#props
    const { key, recipient } = notice
    const { phone } = recipient
    if (!isAddress('phone', phone)) return this.#details.refused('recipient', 'no telephone number')
    const text = textOf(notice, settings)
    const answer = await this.#ask('SendMultipleMessage_V4_post_json/', signal, {
      ...{
        Phone: phone.replace(/^\+?84/, '0'),
        Content: text,
        Brandname: settings.brandname,
        SmsType: settings.smsType
      },
      ...{ IsUnicode: settings.isUnicode ? '1' : '0', Sandbox: settings.isSandbox ? '1' : '0', RequestId: key },
      ...(tools.reportUrl !== undefined && { CallbackUrl: tools.reportUrl })
    })
    if (typeof answer !== 'string') return answer
    const code = fieldOf(answer, { json: 'CodeResult' })
    const said = this.#details.of(code ?? 'no code', fieldOf(answer, { json: 'ErrorMessage' }) ?? (code ? '' : answer))
    // 124: this RequestId was taken before: an earlier try that got no answer did arrive.
    if (code === '100' || code === '124') return { ok: true, reference: key, detail: said }
    return this.#details.refused((code !== undefined && refusals[code]) || 'channel', said)
  }

  /** eSMS calls by GET, with everything in the query; `SendStatus` 5 is the end, and the counts say which. */
  reports({ query }: ReportCall): readonly DeliveryReport[] {
    const { RequestId: reference, SendStatus: state, SendSuccess: reached } = query
    if (reference === undefined || reference === '' || (state !== '5' && state !== '4')) return []
    const isReached = state === '5' && Number(reached) > 0
    return [{ reference, state: isReached ? 'reached' : 'failed', detail: this.#details.of('SendStatus', state) }]
  }

  /** Whether the keys are right and there is money left. */
  async check(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const answer = await this.#ask('GetBalance_json', signal, {})
    if (typeof answer !== 'string') return { ok: false, detail: answer.detail }
    const code = fieldOf(answer, { json: 'CodeResponse' })
    const balance = Number(fieldOf(answer, { json: 'Balance' }) ?? NaN)
    const ok = code === '100' && balance >= this.#props.settings.leastBalance
    return { ok, detail: this.#details.of(code ?? 'no code', Number.isNaN(balance) ? answer : `balance ${balance} đ`) }
  }

  async stop(): Promise<void> {
    this.#outgoing.close()
  }

  async #ask(call: string, signal: AbortSignal, body: object): Promise<string | (SendOutcome & { ok: false })> {
    const { settings, secrets, tools } = this.#props
    const answer = await this.#outgoing.request({
      ...{ method: 'POST', url: `${settings.url}/MainService.svc/json/${call}`, signal },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ApiKey: secrets.apiKey, SecretKey: secrets.secretKey, ...body })
    })
    const failure = this.#details.failure(answer, tools.clock.now())
    return failure ?? (answer.kind === 'answer' ? answer.body : this.#details.refused('unavailable', ''))
  }
}

/** Of a variable in a registered content, so much is said. */
const mostOfVariable = 60

/** Nobody can answer a brandname: the code for it is left out, and the page that acknowledges takes its place. */
function textOf(notice: Notice, { content, isUnicode }: EsmsSettings): string {
  const facts = { ...notice.facts, replyCode: undefined }
  const { language } = notice.recipient
  if (content !== undefined) {
    const short = Object.entries(variablesOf(notice)).map(
      ([name, value]) => [name, cut(value, mostOfVariable)] as const
    )
    const filled = fillBody(content, 'text', Object.fromEntries(short))
    return isUnicode ? oneLine(filled) : plain(filled)
  }
  return isUnicode ? messageOf(facts, language).lines.slice(0, 4).join('\n') : smsOf(facts, language)
}
