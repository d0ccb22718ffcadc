import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { SenError } from '../../model/errors.ts'
import type { Position } from '../../model/position.ts'
import { origin } from '../../model/position.ts'
import { exampleMessage } from '../journal-examples.ts'
import type { Journal, MessageRecord, StoredRecord } from '../journal.ts'

/** What was sent and what was acknowledged, kept outside the journal. Message `n` says `connection: n`. */
export class MessageLedger {
  /** The message acknowledged at each position. */
  readonly acknowledged = new Map<Position, number>()
  sent = 0
  /** What readers have committed: nothing after it may be trimmed. */
  committed: Position = origin
  /** Everything up to here stood in sealed segments when the log died. */
  sealed: Position = origin
  /** Of appends answered with SEN_JOURNAL_FULL: nothing of them may be kept. */
  readonly #refused = new Set<number>()

  /** Appends `count` new messages; those of an append that rejects stay unacknowledged. */
  async append(journal: Journal, count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => (this.sent += 1))
    try {
      const last = await journal.append(numbers.map(message))
      for (const [index, n] of numbers.entries()) this.acknowledged.set(last - count + 1 + index, n)
    } catch (error) {
      if (!(error instanceof SenError && error.code === 'SEN_JOURNAL_FULL')) throw error
      for (const n of numbers) this.#refused.add(n)
    }
  }

  /**
   * Nothing lost, altered, invented or there twice.
   *
   * @param log.from - what was trimmed ends here.
   * @param log.isSynced - `false`: what was acknowledged behind the sealed segments may be gone, from some record on.
   */
  compare(records: readonly StoredRecord[], log: { readonly from: Position; readonly isSynced: boolean }): void {
    const { from, isSynced } = log
    if (from > this.committed) expect.fail(`trimmed up to ${from}, readers have committed ${this.committed}`)
    const seen = new Map<Position, number>()
    for (const record of records) seen.set(record.position, this.#numberOf(record))
    expect(new Set(seen.values()).size).toBe(records.length)
    const last = from + records.length
    if (last < this.sealed) expect.fail(`the log ends at ${last}, sealed was ${this.sealed}`)
    for (const [position, n] of this.acknowledged) {
      if (position <= from || seen.get(position) === n) continue
      if (isSynced || position <= last) expect.fail(`message ${n} at ${position} is lost`)
      this.acknowledged.delete(position)
    }
  }

  #numberOf(record: StoredRecord): number {
    const n = record.kind === 'message' ? record.connection : 0
    if (!(n > 0 && n <= this.sent)) expect.fail(`message ${n} was never sent`)
    if (this.#refused.has(n)) expect.fail(`message ${n} is kept, though its append was refused`)
    expectMessage(record, n)
    return n
  }
}

const messages: MessageRecord[] = []

/** `exampleMessage(n)`, made once: trials send the same ones millions of times. */
function message(n: number): MessageRecord {
  return (messages[n] ??= exampleMessage(n))
}

/** As `toEqual`, but quick: this runs a million times. */
export function expectMessage(record: StoredRecord, n: number): void {
  const expected = message(n)
  if (record.kind === 'message' && isSame(record, expected)) return
  expect(record).toEqual({ ...expected, position: record.position })
}

/** Compares what is large first and cheaply, then the rest. */
function isSame(record: StoredRecord & MessageRecord, expected: MessageRecord): boolean {
  if (Buffer.compare(record.payload, expected.payload) !== 0) return false
  return isDeepStrictEqual(
    { ...record, payload: undefined },
    { ...expected, payload: undefined, position: record.position }
  )
}
