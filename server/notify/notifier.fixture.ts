import { setImmediate as turn } from 'node:timers/promises'
import { afterEach } from 'vitest'
import { raisedAt } from '../../alarms/lifecycle/alarm-examples.ts'
import type { Channel, Medium, Notice, Reply, SendOutcome } from '../../alarms/notify/channel.ts'
import { alarmIdOf } from '../../model/alarm.ts'
import type { Alarm, AlarmNames } from '../../model/alarm.ts'
import { silentLog } from '../../model/log.ts'
import { metricCatalogue } from '../../model/metric.ts'
import { recipientDraft } from '../../model/recipient.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Severity } from '../../model/rule.ts'
import { SqliteStateStore } from '../../storage/state/sqlite/sqlite-state-store.ts'
import { keys } from '../administration.fixture.ts'
import { Health } from '../health.ts'
import { Notifier } from './notifier.ts'

/* For tests: a notifier over a real state store in memory, at a time that the test sets, and channels that it answers for. */

/** What a channel answers; `hang` never does. */
export type Answer = SendOutcome | 'hang'

/** A channel of the test. */
export class LoopBack implements Channel {
  readonly kind = 'http'
  readonly medium: Medium
  /** Everything that was tried, in order. */
  readonly sent: Notice[] = []
  answer: (notice: Notice) => Answer = () => ({ ok: true, reference: `r${this.sent.length}` })
  stopped = 0

  constructor(medium: Medium) {
    this.medium = medium
  }

  async send(notice: Notice, signal: AbortSignal): Promise<SendOutcome> {
    this.sent.push(notice)
    const answer = this.answer(notice)
    if (answer !== 'hang') return answer
    return new Promise(resolve => {
      signal.addEventListener('abort', () => {
        resolve({ ok: false, refusal: 'unavailable', detail: 'no answer' })
      })
    })
  }

  async stop(): Promise<void> {
    this.stopped++
  }
}

const media = { zalo: 'chat', sms: 'sms', mail: 'email' } as const
export type ChannelName = keyof typeof media

const opened: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})

/** Half past ten of a Tuesday in Việt Nam. */
export const start = Date.parse('2026-12-01T03:30:00Z')

export class NotifierWorld {
  readonly time = { now: start }
  readonly registry = new RegistrySnapshot([
    { kind: 'organisation', organisation: { id: 'root', name: 'Nghệ An' } },
    { kind: 'organisation', organisation: { id: 'nam-dan', name: 'Nam Đàn', parent: 'root' } },
    { kind: 'site', site: { id: 'cau-rong', name: 'Cầu Rồng', organisation: 'nam-dan' } }
  ])
  readonly health = new Health()
  readonly channels = new Map<string, LoopBack>()
  readonly state: SqliteStateStore
  notifier: Notifier
  #raised = 0

  constructor() {
    const clock = { now: () => this.time.now, monotonic: () => performance.now() }
    this.state = new SqliteStateStore({ file: ':memory:', clock, log: silentLog, auditKey: keys.auditKey })
    this.notifier = this.#newNotifier()
  }

  static async open(): Promise<NotifierWorld> {
    const world = new NotifierWorld()
    await world.state.start()
    opened.push(world.state)
    for (const id of Object.keys(media)) await world.putChannel(id)
    await world.notifier.start()
    opened.push({ stop: () => world.notifier.stop() })
    return world
  }

  get store() {
    return this.state.notices
  }

  channel(id: ChannelName): LoopBack {
    const found = this.channels.get(id)
    if (!found) throw new Error(`find channel ${id}: it is not open`)
    return found
  }

  async putChannel(id: string, isEnabled = true): Promise<void> {
    const what = { id, kind: 'http', name: id, organisation: 'root', isEnabled } as const
    await this.store.putChannel({ ...what, settings: {}, secrets: undefined, createdAt: start })
  }

  async addContact(channels: readonly ChannelName[], more: object = {}): Promise<string> {
    const draft = recipientDraft.parse({ organisation: 'nam-dan', name: 'An', channels, phone: '0912345678', ...more })
    const id = await this.store.addRecipient(draft, undefined)
    await this.notifier.changed()
    return id
  }

  /** An alarm about a device of its own. @returns its id. */
  async raise(severity: Severity = 'critical', count = 1): Promise<readonly string[]> {
    const names: AlarmNames = {
      ...{ organisation: 'nam-dan', site: 'cau-rong', name: { vi: 'Mực nước sông Lam' }, subjectName: 'Trạm 1' },
      ...{ levelName: { vi: 'Báo động II' }, severity, advice: undefined, healthEvent: undefined, isSimulated: false }
    }
    const changes = Array.from({ length: count }, () => {
      const position = ++this.#raised
      const subject = { kind: 'device', id: `tram-${position}` } as const
      return { ...raisedAt(position), subject, alarm: alarmIdOf('song-lam', 1, subject, position) }
    })
    await this.state.alarms.take(
      changes.map(change => ({ change, names })),
      [],
      undefined
    )
    this.notifier.poke()
    return changes.map(({ alarm }) => alarm)
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.time.now += ms
    this.notifier.poke()
  }

  /** The process is gone with what it had in memory, and another begins. */
  async restart(): Promise<void> {
    await this.notifier.stop()
    this.notifier = this.#newNotifier()
    await this.notifier.start()
  }

  async alarm(id = ''): Promise<Alarm | undefined> {
    return this.state.alarms.alarm(id)
  }

  reply(text: string, from = '+84912345678'): Promise<boolean> {
    const reply: Reply = { from, text }
    return this.notifier.reply(reply)
  }

  #newNotifier(): Notifier {
    const clock = { now: () => this.time.now, monotonic: () => performance.now() }
    return new Notifier({
      ...{ store: this.state.notices, alarms: this.state.alarms, registry: this.registry, metrics: metricCatalogue },
      ...{ health: this.health, clock, log: silentLog, keys, origin: () => 'https://sen.example.vn' },
      tools: { clock, log: silentLog, reachable: [], host: 'sen.example.vn' },
      open: async ({ id }) => {
        const channel = this.channels.get(id) ?? new LoopBack(media[id as ChannelName])
        this.channels.set(id, channel)
        return channel
      }
    })
  }
}

/** Waits until something is so. */
export async function until<T>(look: () => T | Promise<T>, fits: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look()
    if (fits(value)) return value
    await turn()
  }
}
