import { createHash } from 'node:crypto'
import webPush from 'web-push'
import type { AlarmFacts } from '../../../model/alarm.ts'
import { messageOf } from '../../text/message.ts'
import { cut } from '../../text/plain.ts'
import type { Channel, ChannelTools, Notice, Recipient, SendOutcome } from '../channel.ts'
import { Details, secretParts } from '../outcome.ts'
import { Outgoing } from '../outgoing/outgoing.ts'
import type { WebPushSecrets, WebPushSettings } from './settings.ts'

interface WebPushProps {
  readonly settings: WebPushSettings
  readonly secrets: WebPushSecrets
  readonly tools: ChannelTools
}

/** For how long a push service keeps it for a telephone that is off, s: what is urgent is soon no news any more. */
const lives = { critical: 3600, high: 3600, medium: 6 * 3600, low: 24 * 3600 } as const
const urgencies = { critical: 'high', high: 'high', medium: 'normal', low: 'low' } as const
/** A push holds 4,096 bytes encrypted (RFC 8030, 7.2); three bytes a letter, and the rest around them. */
const mostOfBody = 700

type Push = NonNullable<Recipient['pushes']>[number]

/**
 * Web push (RFC 8030), encrypted for each browser (RFC 8291). All browsers of a person are told; "sent" is what a push service
 * took for one of them. A later notice of the same alarm takes the place of one that waits.
 */
export class WebPushChannel implements Channel {
  readonly kind = 'web-push'
  readonly medium = 'push'
  readonly #props: WebPushProps
  readonly #outgoing: Outgoing

  constructor(props: WebPushProps) {
    this.#props = props
    this.#outgoing = new Outgoing({ reachable: props.tools.reachable })
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { pushes = [] } = notice.recipient
    const none = new Details([]).refused('recipient', 'no browser')
    const outcomes = await Promise.all(pushes.map(push => this.#sendTo(push, notice, signal)))
    const gone = pushes.filter((_, index) => isGone(outcomes[index])).map(({ endpoint }) => endpoint)
    const best = outcomes.find(({ ok }) => ok) ?? outcomes.find(outcome => !isGone(outcome)) ?? outcomes[0]
    return { ...(best ?? none), ...(gone.length > 0 && { gone }) }
  }

  async stop(): Promise<void> {
    this.#outgoing.close()
  }

  async #sendTo({ endpoint, p256dh, auth }: Push, notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { settings, secrets, tools } = this.#props
    const { severity } = notice.facts
    const said = new Details([secrets.privateKey, ...secretParts(endpoint)])
    const details = requestDetails(() =>
      webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payloadOf(notice), {
        vapidDetails: { ...settings, ...secrets },
        ...{
          TTL: lives[severity],
          urgency: urgencies[severity],
          topic: topicOf(notice.thread),
          contentEncoding: 'aes128gcm'
        }
      })
    )
    if (details === undefined) return said.refused('recipient', goneMark)
    const headers = Object.entries(details.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)])
    const answer = await this.#outgoing.request({
      ...{
        method: 'POST',
        url: endpoint,
        headers: Object.fromEntries(headers),
        body: details.body ?? undefined,
        signal
      }
    })
    if (answer.kind === 'answer' && (answer.status === 404 || answer.status === 410)) {
      return said.refused('recipient', `${goneMark} (HTTP ${answer.status})`)
    }
    const failure = said.failure(answer, tools.clock.now())
    return failure ?? { ok: true, detail: said.of('HTTP', answer.kind === 'answer' ? answer.status : '') }
  }
}

const goneMark = 'the browser has left'

function isGone(outcome: SendOutcome | undefined): boolean {
  return outcome?.ok === false && outcome.refusal === 'recipient'
}

/** @returns nothing for keys that are none: no try will ever do. */
function requestDetails<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** What the service worker shows. */
function payloadOf({ key, thread, recipient, facts }: Notice): string {
  const { subject, lines } = messageOf(facts, recipient.language)
  return JSON.stringify({
    ...{ key, tag: topicOf(thread), title: subject, body: cut(bodyLines(lines, facts).join('\n'), mostOfBody) },
    ...{ url: facts.link, severity: facts.severity, about: facts.about }
  })
}

/** Without what the title says already, and without the address, which a touch opens. */
function bodyLines(lines: readonly string[], { link }: AlarmFacts): readonly string[] {
  return lines.slice(1).filter(line => link === undefined || !line.includes(link))
}

/** At most 32 characters of Base64url (RFC 8030, 5.4). */
const topicOf = (thread: string): string => createHash('sha256').update(thread).digest('base64url').slice(0, 32)
