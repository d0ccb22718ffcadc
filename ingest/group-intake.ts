import type { Journal, JournalRecord, MessageRecord } from '../journal/journal.ts'
import type { Clock } from '../model/clock.ts'
import type { Intake } from './intake.ts'

export interface GroupIntakeProps {
  readonly journal: Pick<Journal, 'append'>
  readonly clock: Clock
  /** Bytes of payload that may wait for their sync in the whole process; beyond it doors stop reading. */
  readonly budgetBytes?: number
}

type Done = (error?: Error) => void

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
  #callbacks: Done[] = []
  #groupBytes = 0
  #unsyncedBytes = 0
  #unsynced = 0
  #scheduled = false
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

  /** Messages and bytes that wait for their sync. */
  get waiting(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#unsynced, bytes: this.#unsyncedBytes }
  }

  /** Calls back once, when less than half of the budget waits. */
  onRelief(callback: () => void): void {
    this.#relief.push(callback)
  }

  submit(message: Omit<MessageRecord, 'kind' | 'receivedAt'>, done: Done): void {
    this.#records.push({
      kind: 'message',
      receivedAt: this.#props.clock.now(),
      door: message.door,
      credential: message.credential,
      topic: message.topic.length > longestTopic ? message.topic.slice(0, longestTopic).toWellFormed() : message.topic,
      payload: message.payload,
      qos: message.qos,
      dup: message.dup,
      retain: message.retain,
      clientId: message.clientId,
      connection: message.connection,
      packetId: message.packetId
    })
    this.#callbacks.push(done)
    const size = message.payload.length + overheadBytes
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
    const callbacks = this.#callbacks
    const bytes = this.#groupBytes
    this.#records = []
    this.#callbacks = []
    this.#groupBytes = 0
    this.#scheduled = false
    this.#props.journal.append(records).then(
      () => {
        this.#answer(callbacks, bytes)
      },
      (cause: unknown) => {
        this.#answer(callbacks, bytes, cause instanceof Error ? cause : new Error(String(cause)))
      }
    )
  }

  #answer(callbacks: readonly Done[], bytes: number, error?: Error): void {
    this.#unsyncedBytes -= bytes
    this.#unsynced -= callbacks.length
    for (const done of callbacks) done(error)
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
