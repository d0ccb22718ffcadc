import { describe, expect, it } from 'vitest'
import type { JournalRecord } from '../journal/journal.ts'
import { systemClock } from '../model/clock.ts'
import { GroupIntake } from './group-intake.ts'

const message = {
  door: 'mqtt',
  credential: 'd',
  topic: 'site/s/d/telemetry',
  payload: new Uint8Array(1000),
  qos: 1,
  dup: false,
  retain: false,
  clientId: 'c',
  connection: 1,
  packetId: 1
} as const

/** A journal whose syncs end when the test says so. */
function heldJournal() {
  const groups: { readonly records: readonly JournalRecord[]; readonly end: (error?: Error) => void }[] = []
  return {
    groups,
    append: (records: readonly JournalRecord[]) =>
      new Promise<number>((resolve, reject) => {
        groups.push({
          records,
          end: error => {
            if (error) reject(error)
            else resolve(records.length)
          }
        })
      })
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

describe('GroupIntake', () => {
  it('appends what comes in one turn as one group, and answers in order once it is durable', async () => {
    const journal = heldJournal()
    const intake = new GroupIntake({ journal, clock: systemClock })
    const answered: number[] = []
    for (let i = 0; i < 3; i++) intake.submit(message, () => answered.push(i))
    await turn()
    expect(journal.groups.map(({ records }) => records.length)).toEqual([3])
    expect(answered).toEqual([])
    journal.groups[0]?.end()
    await turn()
    expect(answered).toEqual([0, 1, 2])
  })

  it('gives every message of a group that failed the error', async () => {
    const journal = heldJournal()
    const intake = new GroupIntake({ journal, clock: systemClock })
    const errors: (Error | undefined)[] = []
    intake.submit(message, error => errors.push(error))
    intake.submit(message, error => errors.push(error))
    await turn()
    const failure = new Error('full')
    journal.groups[0]?.end(failure)
    await turn()
    expect(errors).toEqual([failure, failure])
  })

  it('cuts a topic that the journal could not take, so that its group is kept', async () => {
    const journal = heldJournal()
    const intake = new GroupIntake({ journal, clock: systemClock })
    intake.submit({ ...message, topic: `${'x'.repeat(999)}\u{1f33e}${'y'.repeat(70_000)}` }, () => undefined)
    await turn()
    const [record] = journal.groups[0]?.records ?? []
    const topic = record?.kind === 'message' ? record.topic : ''
    expect(topic).toHaveLength(1000)
    expect(topic.isWellFormed()).toBe(true)
  })

  it('says when the budget is used up, and calls back at half of it', async () => {
    const journal = heldJournal()
    const intake = new GroupIntake({ journal, clock: systemClock, budgetBytes: 3000 })
    let relieved = 0
    for (let i = 0; i < 3; i++) {
      intake.submit(message, () => undefined)
      await turn()
    }
    expect(intake.isOverBudget).toBe(true)
    intake.onRelief(() => relieved++)
    journal.groups[0]?.end()
    await turn()
    expect(relieved).toBe(0)
    journal.groups[1]?.end()
    await turn()
    expect(relieved).toBe(1)
    expect(intake.isOverBudget).toBe(false)
  })

  it('is drained once everything is answered', async () => {
    const journal = heldJournal()
    const intake = new GroupIntake({ journal, clock: systemClock })
    intake.submit(message, () => undefined)
    let isDrained = false
    const drained = intake.drained().then(() => (isDrained = true))
    await turn()
    expect(isDrained).toBe(false)
    journal.groups[0]?.end()
    await drained
    expect(intake.waiting).toEqual({ messages: 0, bytes: 0 })
  })
})
