import type { SendOutcome } from '../../alarms/notify/channel.ts'
import { alarmIdOf } from '../../model/alarm.ts'
import type { Alarm, AlarmChange, AlarmNames } from '../../model/alarm.ts'
import type { NamedChange } from '../../storage/state/alarm-store.ts'
import type { NotifyChannel } from '../../storage/state/notice-store.ts'
import type { ChannelBook } from './channel-book.ts'
import type { NotifyContext } from './context.ts'

/** No rule of anybody's finds it. */
export const channelTroubleRule = 'sen-channel'
const checkMs = 10_000

/** A channel whose credentials, balance or template fail raises an alarm itself, which leaves by the others. */
export class ChannelTrouble {
  readonly #context: NotifyContext
  readonly #channels: ChannelBook
  /** Channels whose last answer was that they are at fault. */
  readonly #troubled = new Set<string>()

  constructor(context: NotifyContext, channels: ChannelBook) {
    this.#context = context
    this.#channels = channels
  }

  /** What is known of before. */
  async start(): Promise<void> {
    for (const { id, trouble } of await this.#context.store.channels()) if (trouble) this.#troubled.add(id)
  }

  /** A channel has answered. */
  async take(id: string, outcome: Pick<SendOutcome, 'ok' | 'detail'> & { readonly refusal?: string }): Promise<void> {
    const { store, clock } = this.#context
    if (outcome.ok && !this.#troubled.has(id)) return
    if (!outcome.ok && outcome.refusal !== 'channel') return
    if (outcome.ok) this.#troubled.delete(id)
    else this.#troubled.add(id)
    const trouble = outcome.ok ? undefined : { since: clock.now(), detail: outcome.detail ?? '' }
    if (await store.setTrouble(id, trouble)) await this.reconcile()
  }

  /** Asks every channel that can be asked whether it could send. */
  async check(): Promise<void> {
    for (const id of this.#channels.ids()) {
      const channel = this.#channels.get(id)
      const state = await channel?.check?.(AbortSignal.timeout(checkMs)).catch(() => undefined)
      if (state) await this.take(id, state.ok ? state : { ...state, refusal: 'channel' })
    }
  }

  /** Raises and clears so that there is one open alarm for each channel that is at fault. Safe to repeat. */
  async reconcile(): Promise<void> {
    const { store, alarms } = this.#context
    const channels = await store.channels()
    const known = await alarms.alarms({ limit: 500, rule: channelTroubleRule })
    const open = new Map(known.filter(({ level }) => level > 0).map(alarm => [alarm.subject.id, alarm]))
    const changes = channels.flatMap((channel): readonly NamedChange[] => {
      const alarm = open.get(channel.id)
      open.delete(channel.id)
      if (channel.isEnabled && channel.trouble && !alarm) return [this.#raised(channel, channel.trouble)]
      return alarm && !(channel.isEnabled && channel.trouble) ? [this.#cleared(alarm)] : []
    })
    // Of channels that are gone.
    const gone = [...open.values()].map(alarm => this.#cleared(alarm))
    if (changes.length + gone.length > 0) await alarms.take([...changes, ...gone], [], undefined)
  }

  #raised(channel: NotifyChannel, { since, detail }: NonNullable<NotifyChannel['trouble']>): NamedChange {
    const subject = { kind: 'channel', id: channel.id } as const
    const alarm = alarmIdOf(channelTroubleRule, 1, subject, since)
    const change: AlarmChange = { ...changeOf(alarm, subject, since), kind: 'raised', level: 1 }
    return { change, names: namesOf(channel, detail) }
  }

  #cleared(alarm: Alarm): NamedChange {
    const change: AlarmChange = { ...changeOf(alarm.id, alarm.subject, this.#context.clock.now()), kind: 'cleared' }
    return { change, names: alarm }
  }
}

/** Nothing in the log made it so: the moment stands for the position. */
function changeOf(alarm: string, subject: Alarm['subject'], at: number) {
  return {
    ...{ alarm, rule: channelTroubleRule, version: 1, subject, position: at, at, foundAt: at },
    ...{ readings: [], isRetrospective: false }
  }
}

function namesOf({ name, organisation }: NotifyChannel, detail: string): AlarmNames {
  return {
    ...{ organisation, site: undefined, subjectName: name, severity: 'high', healthEvent: undefined },
    name: { vi: 'Kênh báo không gửi được', en: 'A channel cannot send' },
    levelName: { vi: 'Kênh hỏng', en: 'Channel at fault' },
    advice: {
      vi: `Kênh trả lời: ${detail}. Kiểm tra tài khoản, số dư, mẫu tin.`,
      en: `It answers: ${detail}. Check its credentials, balance and templates.`
    },
    isSimulated: false
  }
}
