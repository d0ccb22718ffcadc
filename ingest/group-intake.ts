import type { Journal, JournalRecord, MessageRecord } from '../journal/journal.ts'
import type { Clock } from '../model/clock.ts'
import { failpoint } from '../model/failpoint.ts'
import type { Intake, Receipt } from './intake.ts'

export interface GroupIntakeProps {
  readonly journal: Pick<Journal, 'append'>
  readonly clock: Pick<Clock, 'now'>
  /** Bytes of payload that may wait for their sync in the whole process; beyond it doors stop reading. */
  readonly budgetBytes?: number
}

/** Messages of one append, and who waits for them. */
interface Group {
  readonly receipts: readonly Receipt[]
  readonly tickets: readonly number[]
  readonly bytes: number
}

const defaultBudgetBytes = 32 * 1024 * 1024
/** A longer topic means nothing to Sen; cut, so that it never keeps the journal from taking its whole group. */
const longestTopic = 1000
/** What a waiting message costs besides its payload: topic, record, callback. */
const overheadBytes = 256

/**
 * Hands messages to the journal in groups: all that arrive in one turn of the event loop are one append, and answers come
 * in the order of arrival.
 */
export class GroupIntake implements Intake {
  readonly #props: GroupIntakeProps
  readonly #budgetBytes: number
  #records: JournalRecord[] = []
  #receipts: Receipt[] = []
  #tickets: number[] = []
  #groupBytes = 0
  #unsyncedBytes = 0
  #unsynced = 0
  #scheduled = false
  #answered: Promise<void> = Promise.resolve()
  #refusedAt = -Infinity
  #relief: (() => void)[] = []
  #drained: (() => void)[] = []

  constructor(props: GroupIntakeProps) {
    this.#props = props
    this.#budgetBytes = props.budgetBytes ?? defaultBudgetBytes
  }

  /** Whether doors should stop reading until `onRelief` calls back. */
  get isOverBudget(): boolean {
    return this.#unsyncedBytes >= this.#budgetBytes
  }

  /** Whether so much waits that what nobody promised to keep is to be left out. */
  get isPressed(): boolean {
    return this.#unsyncedBytes >= this.#budgetBytes / 2
  }

  /** Messages and bytes that wait for their sync. */
  get waiting(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#unsynced, bytes: this.#unsyncedBytes }
  }

  /** What messages are stamped with now, ms since the epoch. */
  now(): number {
    return this.#props.clock.now()
  }

  /** When the log last refused messages (`performance.now()`); minus infinity if it never did. */
  get refusedAt(): number {
    return this.#refusedAt
  }

  /** Calls back once, when less than half of the budget waits. */
  onRelief(callback: () => void): void {
    this.#relief.push(callback)
  }

  submit(message: Omit<MessageRecord, 'kind' | 'receivedAt'>, done: (error?: Error) => void): void {
    const { topic } = message
    const record: MessageRecord = {
      kind: 'message',
      receivedAt: this.now(),
      ...message,
      topic: topic.length > longestTopic ? topic.slice(0, longestTopic).toWellFormed() : topic
    }
    this.hand(record, { kept: (_ticket, error) => done(error) }, 0)
  }

  /**
   * The way of many messages: no copy, no callback of its own for each.
   *
   * @param record - with a topic of no more than 1,000 characters.
   * @param ticket - given back to the receipt.
   */
  hand(record: MessageRecord, receipt: Receipt, ticket: number): void {
    this.#records.push(record)
    this.#receipts.push(receipt)
    this.#tickets.push(ticket)
    const size = record.payload.length + overheadBytes
    this.#groupBytes += size
    this.#unsyncedBytes += size
    this.#unsynced++
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#flush()
    })
  }

  /** Resolves once everything submitted before has been answered. */
  async drained(): Promise<void> {
    if (this.#unsynced === 0) return
    await new Promise<void>(resolve => this.#drained.push(resolve))
  }

  #flush(): void {
    const records = this.#records
    const receipts = this.#receipts
    const tickets = this.#tickets
    const bytes = this.#groupBytes
    this.#records = []
    this.#receipts = []
    this.#tickets = []
    this.#groupBytes = 0
    this.#scheduled = false
    failpoint('append-begun')
    const group = { receipts, tickets, bytes }
    this.#answered = this.#settle(this.#answered, this.#props.journal.append(records), group)
  }

  /** Groups are answered in their order, whichever the journal ends first. */
  async #settle(before: Promise<void>, appended: Promise<unknown>, group: Group): Promise<void> {
    let error: Error | undefined
    try {
      await appended
    } catch (cause) {
      error = cause instanceof Error ? cause : new Error(String(cause))
    }
    await before
    this.#answer(group, error)
  }

  #answer({ receipts, tickets, bytes }: Group, error: Error | undefined): void {
    this.#unsyncedBytes -= bytes
    this.#unsynced -= receipts.length
    for (let i = 0; i < receipts.length; i++) receipts[i]?.kept(tickets[i] ?? 0, error)
    if (error) this.#refusedAt = performance.now()
    failpoint('answered')
    if (this.#unsynced === 0) {
      for (const resolve of this.#drained) resolve()
      this.#drained = []
    }
    if (this.#relief.length === 0 || this.#unsyncedBytes > this.#budgetBytes / 2) return
    const relief = this.#relief
    this.#relief = []
    for (const callback of relief) callback()
  }
}
