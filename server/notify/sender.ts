import { createHash } from 'node:crypto'
import { gather, stormWindowMs } from '../../alarms/escalation/gather.ts'
import type { NoticeGroup } from '../../alarms/escalation/gather.ts'
import { chainsOf } from '../../alarms/escalation/chain.ts'
import type { Channel, Recipient, SendOutcome } from '../../alarms/notify/channel.ts'
import type { Alarm, AlarmFacts } from '../../model/alarm.ts'
import { messageOf } from '../../model/errors.ts'
import { severities } from '../../model/rule.ts'
import type { SentLately, StoredNotice, StoredRecipient, TryOutcome } from '../../storage/state/notice-store.ts'
import type { ChannelBook } from './channel-book.ts'
import type { NotifyContext } from './context.ts'
import { factsOf, testFacts } from './facts.ts'
import { isCall } from './planning.ts'
import type { Planning } from './planning.ts'
import type { ReadRoster } from './roster-book.ts'

const dueAtATime = 2000
/** So many tries at once, in all and by one channel: one that hangs keeps no other waiting. */
const mostAtOnce = { all: 64, channel: 4 }
/** How long one try may take. */
const tryMs = { critical: 15_000, other: 30_000 }
/** How long a try that is worth another is repeated, from when it was due. */
const triedForMs = { critical: 24 * 3_600_000, other: 6 * 3_600_000 }
const backOffMs = { first: 2000, most: 300_000 }
/** A channel that asks for more is left for another. */
const longestWaitMs = 600_000

/** Sends what is due. Nobody waits for it: outcomes are written as they come. */
export class Sender {
  readonly #context: NotifyContext
  readonly #channels: ChannelBook
  readonly #planning: Planning
  readonly #onSettled: (channel: string, outcome: SendOutcome) => void
  readonly #underWay = new Map<
    string,
    { readonly bucket: string; readonly channel: string; readonly done: Promise<void> }
  >()
  readonly #stopping = new AbortController()

  constructor(
    context: NotifyContext,
    parts: {
      readonly channels: ChannelBook
      readonly planning: Planning
      /** Is told of every answer of a channel. */
      readonly onSettled: (channel: string, outcome: SendOutcome) => void
    }
  ) {
    this.#context = context
    this.#channels = parts.channels
    this.#planning = parts.planning
    this.#onSettled = parts.onSettled
  }

  get underWay(): number {
    return this.#underWay.size
  }

  /** Begins to send what is due, as far as there is room. @returns when to come again though nothing happens. */
  async dispatch(): Promise<number | undefined> {
    const { store, clock, roster: book } = this.#context
    const now = clock.now()
    const due = (await store.due(now, dueAtATime)).filter(({ key }) => !this.#underWay.has(key))
    if (due.length === 0) return undefined
    const roster = await book.read(now)
    const lately = new Map((await store.sentSince(now - stormWindowMs)).map(one => [bucketOf(one), one]))
    let again: number | undefined
    const buckets = [...Map.groupBy(due, bucketOf)].sort((a, b) => worstIn(b[1]) - worstIn(a[1]))
    for (const [bucket, notices] of buckets) {
      const at = await this.#dispatchTo(notices, { roster, lately: lately.get(bucket), now })
      if (at !== undefined) again = Math.min(again ?? Infinity, at)
    }
    return again
  }

  /** Ends what is under way; it is tried again, under the same keys, at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled([...this.#underWay.values()].map(({ done }) => done))
  }

  /** To one recipient by one channel. */
  async #dispatchTo(
    notices: readonly StoredNotice[],
    { roster, lately, now }: { roster: ReadRoster; lately: SentLately | undefined; now: number }
  ): Promise<number | undefined> {
    const [first] = notices
    if (!first) return undefined
    const recipient = roster.all.get(first.recipient)
    const channel = this.#channels.get(first.channel)
    if (!recipient?.isActive || !channel) {
      const detail = channel ? 'the recipient is not in use' : 'the channel is not in use'
      for (const { key } of notices) await this.#settle({ key, at: now, state: 'refused', detail })
      return undefined
    }
    const underWay = [...this.#underWay.values()].filter(({ bucket }) => bucket === bucketOf(first)).length
    const gathered = gather({
      due: notices.map(dueOf),
      recent: (lately?.count ?? 0) + underWay,
      ...{ lastGroupAt: lately?.lastGroupAt, mostSingle: recipient.mostSingle, now }
    })
    const byKey = new Map(notices.map(notice => [notice.key, notice]))
    for (const key of gathered.single) {
      const notice = byKey.get(key)
      if (notice) this.#begin(notice, { recipient, channel, roster })
    }
    for (const group of gathered.groups) await this.#group(group, first)
    return gathered.groups.length > 0 ? now : gathered.lookAgainAt
  }

  /** The group is due itself from then on. */
  async #group(group: NoticeGroup, { recipient, channel, organisation }: StoredNotice): Promise<void> {
    const { store, links, clock } = this.#context
    const now = clock.now()
    const link = links.kept(`group~${group.key}`, recipient, now)
    await store.group({ ...group, recipient, channel, organisation }, link, now)
  }

  #begin(notice: StoredNotice, to: { recipient: StoredRecipient; channel: Channel; roster: ReadRoster }): void {
    const ofChannel = [...this.#underWay.values()].filter(({ channel }) => channel === notice.channel).length
    if (this.#underWay.size >= mostAtOnce.all || ofChannel >= mostAtOnce.channel) return
    const done = this.#send(notice, to)
      .catch((cause: unknown) => {
        if (!this.#stopping.signal.aborted) this.#context.log.error({ key: notice.key, cause }, 'A notice was not sent')
      })
      .finally(() => this.#underWay.delete(notice.key))
    this.#underWay.set(notice.key, { bucket: bucketOf(notice), channel: notice.channel, done })
  }

  async #send(
    notice: StoredNotice,
    { recipient, channel, roster }: { recipient: StoredRecipient; channel: Channel; roster: ReadRoster }
  ): Promise<void> {
    const { clock } = this.#context
    const { key, alarm, channel: id } = notice
    const facts = await this.#factsOf(notice, recipient, roster)
    if (!facts) return this.#settle({ key, at: clock.now(), state: 'stopped', detail: 'there is nothing left to tell' })
    const timeMs = notice.severity === 'critical' ? tryMs.critical : tryMs.other
    const signal = AbortSignal.any([AbortSignal.timeout(timeMs), this.#stopping.signal])
    const to = recipientOf(recipient, id, roster)
    const outcome = await answered(channel.send({ key, thread: alarm, recipient: to, facts }, signal), signal)
    if (this.#stopping.signal.aborted && !outcome.ok) return
    await this.#settle(tryOutcomeOf(notice, outcome, clock.now()))
    if (outcome.gone) await this.#context.store.forgetPushes(outcome.gone)
    this.#onSettled(id, outcome)
  }

  async #settle(outcome: TryOutcome): Promise<void> {
    await this.#context.store.settle(outcome)
    if (outcome.isBadContact) this.#context.roster.forget()
  }

  /** @returns nothing if there is nothing left to tell. */
  async #factsOf(
    notice: StoredNotice,
    recipient: StoredRecipient,
    roster: ReadRoster
  ): Promise<AlarmFacts | undefined> {
    const { registry, metrics, links, clock } = this.#context
    const { alarm: id, about } = notice
    if (about === 'test') return testFacts(recipient.name, links.answerable(id, recipient.id), clock.now())
    const told = await this.#alarmsOf(notice)
    const alarm = [...told].sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))[0]
    if (!alarm) return undefined
    const answerable = isCall(about) ? links.answerable(id, recipient.id) : undefined
    const contact = await this.#contactOf(alarm, recipient, roster)
    const others = notice.members.length > 0 ? told.filter(one => one !== alarm) : undefined
    return factsOf({ alarm, about, registry, metrics, contact, answerable, ...(others && { others }) })
  }

  /** The alarms that a notice tells of, as far as they still ask for it. */
  async #alarmsOf(notice: StoredNotice): Promise<readonly Alarm[]> {
    const { store, alarms } = this.#context
    const members =
      notice.members.length === 0 ? [notice] : await Promise.all(notice.members.map(key => store.notice(key)))
    const waiting = members.filter(one => one?.state === 'waiting')
    const ids = [...new Set(waiting.flatMap(one => one?.alarm ?? []))]
    const found = (await Promise.all(ids.map(id => alarms.alarm(id)))).filter(alarm => alarm !== undefined)
    if (!isCall(notice.about)) return found
    const isCalling = await Promise.all(found.map(alarm => this.#planning.isCalling(alarm)))
    return found.filter((_, index) => isCalling[index])
  }

  /** Whom to call: the first of the chain with a phone who is not the one that is told. */
  async #contactOf(alarm: Alarm, { id }: StoredRecipient, roster: ReadRoster): Promise<AlarmFacts['contact']> {
    const now = this.#context.clock.now()
    const chains = chainsOf(await this.#planning.situationOf(alarm), roster, now)
    const all = chains.flatMap(({ stages, members }) =>
      Array.from({ length: stages }).flatMap((_, stage) => members(stage, now))
    )
    const one = all.find(member => member.id !== id && roster.all.get(member.id)?.reach.phone !== undefined)
    return one && { name: one.name, phone: roster.all.get(one.id)?.reach.phone }
  }
}

function bucketOf({ recipient, channel }: { readonly recipient: string; readonly channel: string }): string {
  return `${recipient} ${channel}`
}

function worstIn(notices: readonly StoredNotice[]): number {
  return Math.max(...notices.map(({ severity }) => severities.indexOf(severity)))
}

function dueOf({ key, about, severity, due, attempts, members }: StoredNotice) {
  return { key, about, severity, due, isFixed: attempts > 0 || members.length > 0 || about === 'test' }
}

/** What a channel needs to know of a recipient. */
export function recipientOf(
  { id, name, language, reach, accounts, webhook, topic }: StoredRecipient,
  channel: string,
  { pushes }: Pick<ReadRoster, 'pushes'>
): Recipient {
  return { id, name, language, ...reach, account: accounts[channel], pushes: pushes.get(id), webhook, topic }
}

/** What a channel answers, and what is made of one that does not keep its promise. */
async function answered(sending: Promise<SendOutcome>, signal: AbortSignal): Promise<SendOutcome> {
  const gaveUp = new Promise<SendOutcome>(resolve => {
    signal.addEventListener('abort', () => {
      resolve({ ok: false, refusal: 'unavailable', detail: 'no answer in time' })
    })
  })
  const failed = (cause: unknown): SendOutcome => ({
    ...{ ok: false, refusal: 'unavailable' },
    detail: messageOf(cause).slice(0, 300)
  })
  return Promise.race([sending.catch(failed), gaveUp])
}

function tryOutcomeOf(notice: StoredNotice, outcome: SendOutcome, at: number): TryOutcome {
  const { key } = notice
  if (outcome.ok) {
    const { reference, detail = '', isReached } = outcome
    return { key, at, state: isReached ? 'reached' : 'sent', reference, detail }
  }
  const { refusal, detail } = outcome
  const nextTryAt = nextTryOf(notice, outcome, at)
  if (nextTryAt !== undefined) return { key, at, state: 'waiting', nextTryAt, detail }
  return { key, at, state: 'refused', detail, isBadContact: refusal === 'recipient' }
}

/** @returns when another try is worth it; `undefined`: never. */
function nextTryOf(
  { key, severity, due, attempts, about }: StoredNotice,
  { refusal, retryAfterMs }: Extract<SendOutcome, { ok: false }>,
  at: number
): number | undefined {
  const isWorthIt = refusal === 'unavailable' || (refusal === 'not-now' && (retryAfterMs ?? Infinity) <= longestWaitMs)
  const triedMs = about === 'test' ? longestWaitMs : severity === 'critical' ? triedForMs.critical : triedForMs.other
  if (!isWorthIt) return undefined
  const backOff = Math.min(backOffMs.first * 2 ** Math.min(attempts, 20), backOffMs.most)
  // Jitter: what failed together does not come again together. The same for the same notice and try.
  const share = (createHash('sha256').update(`${key} ${attempts}`).digest()[0] ?? 0) / 255
  const next = at + (retryAfterMs ?? backOff * (0.5 + share / 2))
  return next - due > triedMs ? undefined : Math.round(next)
}
