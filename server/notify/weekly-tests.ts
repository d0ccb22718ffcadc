import { noticeKeyOf } from '../../alarms/escalation/notice-key.ts'
import { localDay, localWeekday, nextAt } from '../../alarms/escalation/local-time.ts'
import type { StoredRecipient } from '../../storage/state/notice-store.ts'
import type { NotifyContext } from './context.ts'

const dayMs = 86_400_000
/** On Mondays, when people are at work. */
const hour = '09:00'
const monday = 1

/** Each week everybody's ways are tried: who is reached by none is seen before it matters. */
export class WeeklyTests {
  readonly #context: NotifyContext
  #doneFor: number | undefined

  constructor(context: NotifyContext) {
    this.#context = context
  }

  /** Begins the week's tests once it is time; a Sen that was down then does it within the day. */
  async look(): Promise<void> {
    const { clock, roster } = this.#context
    const now = clock.now()
    const at = lastTestAt(now)
    if (now - at >= dayMs || this.#doneFor === at) return
    const { recipients, all } = await roster.read(now)
    for (const { id, isTested } of recipients.values()) {
      const recipient = all.get(id)
      if (isTested && recipient) await this.test(recipient, localDay(at))
    }
    this.#doneFor = at
  }

  /** Tries every way to one recipient. @param mark - the same mark, the same test. @returns what its notices are about. */
  async test({ id, channels, organisation }: StoredRecipient, mark: string): Promise<string> {
    const { store, links, clock, roster } = this.#context
    const now = clock.now()
    const alarm = `test~${id}~${mark}`
    const usable = (await roster.read(now)).channels
    const notices = channels
      .filter(channel => usable.has(channel))
      .map(channel => {
        const identity = { alarm, step: 0, round: 0, recipient: id, channel }
        const what = { about: 'test', severity: 'medium', organisation, due: now } as const
        return { key: noticeKeyOf(identity), alarm, recipient: id, channel, ...what }
      })
    await store.addExtra(notices, [links.kept(alarm, id, now)], now)
    return alarm
  }
}

/** @returns the last Monday at 09:00 in Việt Nam, at or before now. */
function lastTestAt(now: number): number {
  const next = nextAt(hour, now)
  const daysBack = (localWeekday(next) - monday + 7) % 7
  return next === now && daysBack === 0 ? now : next - (daysBack === 0 ? 7 : daysBack) * dayMs
}
