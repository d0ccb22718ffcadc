import { createHmac } from 'node:crypto'
import { messageOf } from '../../text/message.ts'
import { smsOf } from '../../text/sms.ts'
import type { Channel, ChannelTools, Notice, SendOutcome } from '../channel.ts'
import { Details, secretParts } from '../outcome.ts'
import { Outgoing } from '../outgoing/outgoing.ts'
import type { WebhookSecrets, WebhookSettings } from './settings.ts'

interface WebhookProps {
  readonly settings: WebhookSettings
  readonly secrets: WebhookSecrets
  readonly tools: ChannelTools
}

/**
 * Posts the facts and texts of an alarm, signed: HMAC-SHA256 of id, time and body. Source: Standard Webhooks 1.0.0, "Signature
 * scheme". Receivers refuse what is older than five minutes, and know by `webhook-id` what they have had.
 */
export class WebhookChannel implements Channel {
  readonly kind = 'webhook'
  readonly medium = 'machine'
  readonly #props: WebhookProps
  readonly #outgoing: Outgoing

  constructor(props: WebhookProps) {
    this.#props = props
    this.#outgoing = new Outgoing({ reachable: props.tools.reachable })
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { settings, secrets, tools } = this.#props
    const url = settings.url ?? notice.recipient.webhook
    const keys = [secrets.secret, secrets.previous].flatMap(key => (key === undefined ? [] : [key, withoutPrefix(key)]))
    const details = new Details([...keys, ...secretParts(url)])
    if (url === undefined) return details.refused('recipient', 'no address to post to')
    const body = JSON.stringify(eventOf(notice, tools.clock.now()))
    const timestamp = Math.floor(tools.clock.now() / 1000)
    const signed = [secrets.secret, secrets.previous].flatMap(secret =>
      secret === undefined ? [] : `v1,${signature(secret, `${notice.key}.${timestamp}.${body}`)}`
    )
    const answer = await this.#outgoing.request({
      ...{ method: 'POST', url, body, signal },
      headers: {
        ...{ 'content-type': 'application/json', 'webhook-id': notice.key, 'webhook-timestamp': String(timestamp) },
        'webhook-signature': signed.join(' ')
      }
    })
    if (answer.kind === 'answer' && answer.status === 410) return details.refused('recipient', 'HTTP 410')
    const failure = details.failure(answer, tools.clock.now())
    return failure ?? { ok: true, detail: details.of('HTTP', answer.kind === 'answer' ? answer.status : '') }
  }

  async stop(): Promise<void> {
    this.#outgoing.close()
  }
}

function eventOf({ thread, recipient, facts }: Notice, now: number) {
  const { language } = recipient
  return {
    type: `alarm.${facts.about}`,
    timestamp: new Date(now).toISOString(),
    data: { thread, ...facts, text: { ...messageOf(facts, language), sms: smsOf(facts, language) } }
  }
}

const withoutPrefix = (secret: string): string => secret.replace(/^whsec_/, '')

function signature(secret: string, content: string): string {
  return createHmac('sha256', Buffer.from(withoutPrefix(secret), 'base64'))
    .update(content)
    .digest('base64')
}
