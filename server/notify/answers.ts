import type { Reply } from '../../alarms/notify/channel.ts'
import type { Alarm } from '../../model/alarm.ts'
import type { Author } from '../../model/audit.ts'
import { SenError } from '../../model/errors.ts'
import { phoneNumber } from '../../model/person.ts'
import type { NoticeLink, StoredRecipient } from '../../storage/state/notice-store.ts'
import type { NotifyContext } from './context.ts'
import { hashOfCode, replyCodeIn } from './links.ts'

/** What somebody answers to: a message's alarms, or a test. */
export interface Answered {
  readonly recipient: StoredRecipient
  readonly isTest: boolean
  /** The newest first. */
  readonly alarms: readonly Alarm[]
  /** It is said already that the message has come. */
  readonly link: NoticeLink
}

/** Acknowledges from messages: by link, or by a short code that comes back from the number that it went to. */
export class Answers {
  readonly #context: NotifyContext

  constructor(context: NotifyContext) {
    this.#context = context
  }

  /** What a link is about; `undefined` for one that was never given, or has expired. Changes nothing. */
  async behind(code: string): Promise<Answered | undefined> {
    const link = await this.#context.store.linkOf(hashOfCode(code))
    return link && link.expiresAt > this.#context.clock.now() ? this.#answered(link) : undefined
  }

  /**
   * Somebody has it: every alarm of the message is acknowledged, and the message counts as reached.
   *
   * @param address - from where it was done.
   */
  async acknowledge({ link, recipient, alarms }: Answered, by: 'link' | 'reply', address: string): Promise<void> {
    const { store, clock, alarms: book } = this.#context
    const author: Author = { id: recipient.id, name: recipient.name, address }
    for (const alarm of alarms)
      await book
        .act(alarm.id, { kind: 'acknowledged', by }, author, {
          ...{ at: clock.now(), author, action: 'alarm.acknowledge', object: `alarm:${alarm.id}`.slice(0, 200) },
          ...{ organisation: alarm.organisation, outcome: 'done', detail: by, count: 1 }
        })
        .catch((error: unknown) => {
          // Somebody else was faster, or it is over: it has reached this person all the same.
          if (!(error instanceof SenError && error.code === 'SEN_CONFLICT')) throw error
        })
    await store.reached(link.alarm, recipient.id, clock.now(), by === 'link' ? 'opened and confirmed' : 'answered')
  }

  /** `OK 4F7K` from a number that we know. @returns whether it answered anything. */
  async take({ from, text }: Reply): Promise<boolean> {
    const { store, clock, roster, log } = this.#context
    const code = replyCodeIn(text)
    const now = clock.now()
    const { all } = await roster.read(now)
    const phone = phoneNumber.safeParse(from).data ?? from
    const senders = [...all.values()].filter(
      ({ reach, accounts }) => reach.phone === phone || Object.values(accounts).includes(from)
    )
    const ids = senders.map(({ id }) => id)
    const link = code === undefined || ids.length === 0 ? undefined : await store.linkByReply(code, ids, now)
    const answered = link && (await this.#answered(link))
    if (!answered) {
      log.info({ hasCode: code !== undefined, isKnownSender: ids.length > 0 }, 'A reply answers nothing')
      return false
    }
    await this.acknowledge(answered, 'reply', phone)
    return true
  }

  async #answered(link: NoticeLink): Promise<Answered | undefined> {
    const { store, alarms, roster, clock } = this.#context
    const recipient = (await roster.read(clock.now())).all.get(link.recipient)
    if (!recipient) return undefined
    if (link.alarm.startsWith('test~')) return { recipient, isTest: true, alarms: [], link }
    const group = link.alarm.startsWith('group~') ? await store.notice(link.alarm.slice('group~'.length)) : undefined
    const members = await Promise.all((group?.members ?? []).map(key => store.notice(key)))
    const ids = group ? [...new Set(members.flatMap(one => one?.alarm ?? []))] : [link.alarm]
    const found = await Promise.all(ids.map(id => alarms.alarm(id)))
    return { recipient, isTest: false, alarms: found.filter(alarm => alarm !== undefined), link }
  }
}
