import { setTimeout as delay } from 'node:timers/promises'
import type { Channel, ChannelTools, DeliveryReport, Reply } from '../../alarms/notify/channel.ts'
import type { NoticeStep } from '../../model/alarm.ts'
import type { NotifyChannel, StoredNotice } from '../../storage/state/notice-store.ts'
import type { KeyFile } from '../auth/key-file.ts'
import { Answers } from './answers.ts'
import { ChannelBook } from './channel-book.ts'
import type { OpenChannel } from './channel-book.ts'
import { ChannelTrouble } from './channel-trouble.ts'
import type { NotifyContext } from './context.ts'
import { NoticeLinks } from './links.ts'
import { Planning } from './planning.ts'
import { RosterBook } from './roster-book.ts'
import { Sender } from './sender.ts'
import { WeeklyTests } from './weekly-tests.ts'

export interface NotifierProps extends Omit<NotifyContext, 'roster' | 'links'> {
  readonly keys: KeyFile
  readonly open: OpenChannel
  readonly tools: Pick<ChannelTools, 'clock' | 'log' | 'reachable' | 'host' | 'publish'>
  /** Address under which people reach Sen, without a path. */
  readonly origin: () => string | undefined
}

/** How often new steps are looked for, and how often the slow things are done, ms. */
const loopMs = 500
const slowMs = 60_000
const pollMs = 15_000
const checkMs = 300_000
const hourMs = 3_600_000
/** Gateways are asked for so long what became of a message. */
const askedForMs = 24 * hourMs
const keptMs = 400 * 24 * hourMs
/** A report may be there before the answer to the send is written. */
const earlyMs = 60_000

/**
 * Tells people: follows alarms, plans, sends, and writes what came of it into the alarms' histories. A loop that never waits
 * for a channel; whatever fails is tried again, and does not end it.
 */
export class Notifier {
  readonly roster: RosterBook
  readonly links: NoticeLinks
  readonly channels: ChannelBook
  readonly answers: Answers
  readonly planning: Planning
  readonly tests: WeeklyTests
  readonly #context: NotifyContext
  readonly #sender: Sender
  readonly #trouble: ChannelTrouble
  readonly #stopping = new AbortController()
  readonly #early: { readonly channel: string; readonly report: DeliveryReport; readonly at: number }[] = []
  #poke = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #loopAt: number | undefined
  readonly #doneAt = new Map<string, number>()

  constructor({ keys, open, tools, origin, ...rest }: NotifierProps) {
    this.links = new NoticeLinks({ key: keys.linkKey, origin })
    this.channels = new ChannelBook({
      ...{ store: rest.store, keys, open, tools },
      reportUrl: id => this.reportUrl(id),
      onReport: (id, report) => {
        this.#inBackground(this.report(id, [report]))
      },
      onReply: (_, reply) => {
        this.#inBackground(this.reply(reply))
      }
    })
    this.roster = new RosterBook(rest.store, id => this.channels.mediumOf(id))
    this.#context = { ...rest, roster: this.roster, links: this.links }
    this.planning = new Planning(this.#context)
    this.answers = new Answers(this.#context)
    this.tests = new WeeklyTests(this.#context)
    this.#trouble = new ChannelTrouble(this.#context, this.channels)
    this.#sender = new Sender(this.#context, {
      ...{ channels: this.channels, planning: this.planning },
      onSettled: (id, outcome) => {
        this.#inBackground(this.#trouble.take(id, outcome))
        this.poke()
      }
    })
    this.#origin = origin
  }

  readonly #origin: () => string | undefined

  async start(): Promise<void> {
    await this.channels.reload()
    await this.#trouble.start()
    this.#running = this.#run()
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#poke.abort()
    await this.#running
    await this.#sender.stop()
    await this.channels.stop()
  }

  /** How long ago the loop came round last, ms: what watches Sen from outside sees by it that people are still told. */
  get ageMs(): number | undefined {
    return this.#loopAt === undefined ? undefined : this.#context.clock.monotonic() - this.#loopAt
  }

  get underWay(): number {
    return this.#sender.underWay
  }

  /** Something may be to be done now. */
  poke(): void {
    this.#poke.abort()
  }

  /** Recipients, policies, rotas or channels have changed. */
  async changed(): Promise<void> {
    await this.channels.reload()
    this.roster.forget()
    this.poke()
  }

  /** Address that a channel's gateway calls back at. */
  reportUrl(channel: string): string | undefined {
    const origin = this.#origin()
    return origin && `${origin}/api/v1/notify/${channel}/report/${this.links.reportSecret(channel)}`
  }

  /** What became of messages, as their gateway says. */
  async report(channel: string, reports: readonly DeliveryReport[]): Promise<void> {
    const { store, clock } = this.#context
    if (reports.length === 0) return
    const unknown = new Set(await store.report(channel, reports, clock.now()))
    for (const report of reports)
      if (unknown.has(report.reference)) this.#early.push({ channel, report, at: clock.now() })
    this.#early.splice(0, Math.max(0, this.#early.length - 1000))
    this.poke()
  }

  /** @returns whether it answered anything. */
  async reply(reply: Reply): Promise<boolean> {
    const isAnswer = await this.answers.take(reply)
    this.poke()
    return isAnswer
  }

  /** One that is not kept yet. */
  trial(channel: NotifyChannel): Promise<Channel> {
    return this.channels.trial(channel)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.#poke = new AbortController()
      const again = await this.#turn().catch((cause: unknown) => {
        if (!signal.aborted) this.#context.log.error({ cause }, 'Telling people of alarms failed; it is tried again')
        return undefined
      })
      this.#loopAt = this.#context.clock.monotonic()
      const waitMs = again === undefined ? loopMs : Math.min(loopMs, Math.max(0, again - this.#context.clock.now()))
      const woken = AbortSignal.any([this.#poke.signal, signal])
      await delay(waitMs, undefined, { signal: woken }).catch(() => undefined)
    }
  }

  async #turn(): Promise<number | undefined> {
    await this.planning.follow()
    await this.planning.lookAgain()
    const again = await this.#sender.dispatch()
    await this.#note()
    await this.#takeEarly()
    await this.#seldom('poll', pollMs, () => this.#poll())
    await this.#seldom('slow', slowMs, async () => {
      // Numbers that were wrong become worth another try, rotas and accounts change by themselves.
      this.roster.forget()
      await this.tests.look()
      await this.#trouble.reconcile()
    })
    await this.#seldom('check', checkMs, async () => {
      this.#inBackground(this.#trouble.check())
    })
    await this.#seldom('trim', hourMs, () => {
      const now = this.#context.clock.now()
      return this.#context.store.trim(now - keptMs, now)
    })
    return again
  }

  async #seldom(name: string, everyMs: number, work: () => Promise<void>): Promise<void> {
    const now = this.#context.clock.monotonic()
    if (now - (this.#doneAt.get(name) ?? -Infinity) < everyMs) return
    this.#doneAt.set(name, now)
    await work()
  }

  /** What became of notices belongs into their alarms' histories. */
  async #note(): Promise<void> {
    const { store, alarms } = this.#context
    for (;;) {
      const notices = await store.unnoted(200)
      if (notices.length === 0) return
      await alarms.note(notices.map(notice => ({ alarm: notice.alarm, body: stepOf(notice) })))
      await store.noted(notices)
    }
  }

  async #takeEarly(): Promise<void> {
    const now = this.#context.clock.now()
    for (const one of this.#early.splice(0)) {
      const unknown = await this.#context.store.report(one.channel, [one.report], now)
      if (unknown.length > 0 && now - one.at < earlyMs) this.#early.push(one)
    }
  }

  /** Asks gateways that do not call back; nobody waits for them. */
  async #poll(): Promise<void> {
    const { store, clock } = this.#context
    for (const id of this.channels.ids()) {
      const channel = this.channels.get(id)
      if (!channel?.poll) continue
      const references = await store.unreported(id, clock.now() - askedForMs, 100)
      if (references.length === 0) continue
      const signal = AbortSignal.any([AbortSignal.timeout(pollMs), this.#stopping.signal])
      this.#inBackground(channel.poll(references, signal).then(reports => this.report(id, reports)))
    }
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((cause: unknown) => {
      if (!this.#stopping.signal.aborted) this.#context.log.error({ cause }, 'Telling people of alarms failed in part')
    })
  }
}

/** A notice as the alarm's history has it. */
function stepOf({ key, recipient, channel, state, group, detail }: StoredNotice): NoticeStep {
  return { kind: 'notice', key, recipient, channel, outcome: outcomeOf(state, group), detail: detail.slice(0, 300) }
}

function outcomeOf(state: StoredNotice['state'], group: string | undefined): NoticeStep['outcome'] {
  switch (state) {
    case 'sent':
    case 'reached':
      return state
    case 'refused':
    case 'failed':
    case 'stopped':
      return 'refused'
    case 'waiting':
      return group === undefined ? 'held' : 'grouped'
    default:
      return state satisfies never
  }
}
