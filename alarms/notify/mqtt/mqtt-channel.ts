import { messageOf } from '../../text/message.ts'
import { plain } from '../../text/plain.ts'
import type { Channel, ChannelTools, DeliveryReport, Notice, ReportCall, SendOutcome } from '../channel.ts'
import { parsed, valueAt } from '../http/field.ts'
import { Details } from '../outcome.ts'
import { untilAborted } from '../until-aborted.ts'
import { sirenTopic } from './settings.ts'
import type { MqttSettings } from './settings.ts'

interface MqttProps {
  readonly settings: MqttSettings
  readonly tools: ChannelTools
}

/**
 * A command to a siren through Sen's own broker: `{"id","name","args","expiresAt"}`. "Sent" is what the broker took;
 * "reached" is what the siren itself says on `…/command/reply`: `{"id","status","detail"}`.
 */
export class MqttChannel implements Channel {
  readonly kind = 'mqtt'
  readonly medium = 'machine'
  readonly #props: MqttProps
  readonly #details = new Details([])

  constructor(props: MqttProps) {
    this.#props = props
  }

  async send({ key, recipient, facts }: Notice, signal: AbortSignal): Promise<SendOutcome> {
    const { settings, tools } = this.#props
    const topic = sirenTopic.safeParse(settings.topic ?? recipient.topic)
    if (!topic.success) return this.#details.refused('recipient', 'no topic of commands')
    if (tools.publish === undefined) return this.#details.refused('channel', 'there is no broker')
    const { about, isStillTrue, severity } = facts
    const isOver = about === 'cleared' || about === 'withdrawn' || !isStillTrue
    const payload = {
      ...{ id: key, name: settings.command },
      args: {
        ...{
          on: about === 'test' || !isOver,
          test: about === 'test',
          severity,
          durationS: about === 'test' ? 3 : settings.durationS
        },
        ...{
          text: messageOf(facts, recipient.language).subject,
          plainText: plain(messageOf(facts, recipient.language).subject)
        }
      },
      expiresAt: new Date(tools.clock.now() + settings.validS * 1000).toISOString()
    }
    try {
      const taken = await untilAborted(
        signal,
        tools.publish(topic.data, JSON.stringify(payload)).then(() => true)
      )
      if (taken === undefined) return this.#details.refused('unavailable', 'no answer in time')
    } catch {
      return this.#details.refused('unavailable', 'the broker did not take it')
    }
    return { ok: true, reference: key, detail: 'published' }
  }

  /** What the siren answered, as its payload. */
  reports({ body }: ReportCall): readonly DeliveryReport[] {
    const reply = parsed(body)
    const [id, status, detail] = [valueAt(reply, 'id'), valueAt(reply, 'status'), valueAt(reply, 'detail')]
    if (typeof id !== 'string' || (status !== 'done' && status !== 'failed')) return []
    const said = this.#details.of(status, typeof detail === 'string' ? detail : '')
    return [{ reference: id, state: status === 'done' ? 'reached' : 'failed', detail: said }]
  }

  async stop(): Promise<void> {}
}
