import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { silentLog } from '../../model/log.ts'
import type { Position } from '../../model/position.ts'
import { exampleMessage, readThrough } from '../journal-examples.ts'
import type { Recovery, StoredRecord } from '../journal.ts'
import { codeOf } from '../file-system.ts'
import { FileJournal } from './file-journal.ts'
import type { Random } from './seeded-random.ts'
import { seededRandom } from './seeded-random.ts'
import { SimulatedFileSystem } from './simulated-file-system.ts'

const directory = '/data/raw'
const seeds = Number(process.env['SEN_SEEDS'] ?? 200)
const timeout = 60_000 + seeds * 200

/** What was sent and what was acknowledged, kept outside the journal. Message `n` says `connection: n`. */
class Ledger {
  readonly acknowledged = new Map<Position, number>()
  sent = 0

  /** Appends `count` new messages; those of an append that rejects stay unacknowledged. */
  async append(journal: FileJournal, count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => (this.sent += 1))
    try {
      const last = await journal.append(numbers.map(n => exampleMessage(n)))
      for (const [index, n] of numbers.entries()) this.acknowledged.set(last - count + 1 + index, n)
    } catch (error) {
      if (!isCrash(error)) throw error
    }
  }

  /** L0 A0 I0, and nothing twice. */
  compare(records: readonly StoredRecord[], from: Position): void {
    const seen = new Map<Position, number>()
    for (const record of records) {
      const n = record.kind === 'message' ? record.connection : 0
      if (!(n > 0 && n <= this.sent)) expect.fail(`message ${n} was never sent`)
      expectMessage(record, n)
      seen.set(record.position, n)
    }
    expect(new Set(seen.values()).size).toBe(records.length)
    for (const [position, n] of this.acknowledged)
      if (position > from && seen.get(position) !== n) expect.fail(`message ${n} at ${position} is lost`)
  }
}

/** As `toEqual`, but quick: this runs a million times. */
function expectMessage(record: StoredRecord, n: number): void {
  if (!isDeepStrictEqual(record, { ...exampleMessage(n), position: record.position }))
    expect(record).toEqual({ ...exampleMessage(n), position: record.position })
}

function isCrash(error: unknown): boolean {
  return error instanceof SenError ? isCrash(error.cause) : codeOf(error) === 'ECRASHED'
}

function openOn(fileSystem: SimulatedFileSystem, synced = true): FileJournal {
  return new FileJournal({ directory, fileSystem, synced, segmentBytes: 24_000, clock: systemClock, log: silentLog })
}

/** Loses power when the disk begins its `at`-th operation. @returns the disk that is left, once it has happened. */
function crashAt(disk: SimulatedFileSystem, at: number, seed: number): () => SimulatedFileSystem | undefined {
  let left: SimulatedFileSystem | undefined
  disk.intercept = ({ count }) => {
    if (count === at) left = disk.crash(seed)
  }
  return () => left
}

/** Appends of random size, some at once, some after another; now and then a trim. */
async function work(journal: FileJournal, ledger: Ledger, random: Random): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) {
    const appends = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      ledger.append(journal, 1 + Math.floor(random() * 25))
    )
    if (random() < 0.7) await Promise.all(appends)
    if (random() < 0.1) await journal.trim({ keepAfter: 0, maxBytes: 60_000 })
    if (random() >= 0.7) await Promise.all(appends)
  }
}

/** Does what can be done until the power is lost; only the crash may end it. */
async function untilCrash(live: () => Promise<void>): Promise<void> {
  await live().catch((error: unknown) => {
    if (!isCrash(error)) throw error
  })
}

async function contentsOf(
  journal: FileJournal
): Promise<{ readonly records: readonly StoredRecord[]; readonly from: Position }> {
  const { first, last } = journal.status()
  const { records, damage } = await readThrough(journal.reader('check'), last, first - 1)
  expect(damage).toEqual([])
  expect(records.map(({ position }) => position)).toEqual(Array.from({ length: last - first + 1 }, (_, i) => first + i))
  return { records, from: first - 1 }
}

/** Starts on the disk, losing power during recovery `times` more. */
async function recovered(
  disk: SimulatedFileSystem,
  random: Random,
  times: number
): Promise<{ readonly journal: FileJournal; readonly disk: SimulatedFileSystem; readonly recovery: Recovery }> {
  const left =
    times > 0 ? crashAt(disk, 1 + Math.floor(random() * 12), Math.floor(random() * 2 ** 32)) : () => undefined
  const journal = openOn(disk)
  try {
    const recovery = await journal.start()
    disk.intercept = undefined
    return { journal, disk, recovery }
  } catch (error) {
    const next = left()
    if (!isCrash(error) || next === undefined) throw error
    return recovered(next, random, times - 1)
  }
}

describe('power loss', () => {
  test(
    `loses, alters and invents nothing acknowledged, whatever was unsynced (${seeds} seeds, SEN_SEEDS)`,
    { timeout },
    async () => {
      for (let seed = 1; seed <= seeds; seed += 1) {
        const random = seededRandom(seed)
        const ledger = new Ledger()
        let disk = new SimulatedFileSystem()
        try {
          for (let life = 0; life < 3; life += 1) {
            const { journal, disk: used, recovery } = await recovered(disk, random, Math.floor(random() * 3))
            expect(recovery.damage).toEqual([])
            const { records, from } = await contentsOf(journal)
            ledger.compare(records, from)
            const left = crashAt(used, used.operations + 1 + Math.floor(random() * 60), Math.floor(random() * 2 ** 32))
            await untilCrash(() => work(journal, ledger, random))
            disk = left() ?? used.crash(seed)
          }
          const { journal } = await recovered(disk, random, 0)
          const { records, from } = await contentsOf(journal)
          ledger.compare(records, from)
        } catch (error) {
          throw new Error(`power loss, seed ${seed}`, { cause: error })
        }
      }
    }
  )

  test('after a kill takes nothing that the next start has shown to readers', { timeout }, async () => {
    for (let seed = 1; seed <= seeds; seed += 1) {
      const random = seededRandom(seed)
      const ledger = new Ledger()
      const first = new SimulatedFileSystem()
      const at = 6 + Math.floor(random() * 40)
      let next: SimulatedFileSystem | undefined
      first.intercept = ({ count }) => {
        if (count === at) next = first.kill()
      }
      await untilCrash(async () => {
        const journal = openOn(first)
        await journal.start()
        await work(journal, ledger, random)
      })
      const disk = next ?? first.kill()
      const journal = openOn(disk)
      await journal.start()
      const shown = await contentsOf(journal)
      ledger.compare(shown.records, shown.from)
      if (random() < 0.5) await ledger.append(journal, 3)

      const after = openOn(disk.crash(seed))
      expect((await after.start()).damage, `seed ${seed}`).toEqual([])
      const { records, from } = await contentsOf(after)
      ledger.compare(records, from)
      expect(records.slice(0, shown.records.length), `seed ${seed}`).toEqual(shown.records)
    }
  })

  test('leaves a beginning of an unsynced log', { timeout }, async () => {
    for (let seed = 1; seed <= seeds; seed += 1) {
      const random = seededRandom(seed)
      const ledger = new Ledger()
      const disk = new SimulatedFileSystem()
      const journal = openOn(disk, false)
      const left = crashAt(disk, 20 + Math.floor(random() * 60), seed)
      await untilCrash(async () => {
        await journal.start()
        await work(journal, ledger, random)
      })
      const again = openOn(left() ?? disk.crash(seed), false)
      const recovery = await again.start()
      expect(recovery.damage, `seed ${seed}`).toEqual([])
      const { records } = await contentsOf(again)
      for (const record of records) expectMessage(record, record.position)
    }
  })

  /** Rotation, trimming, a restart and an orderly stop. */
  async function wholeLife(disk: SimulatedFileSystem, ledger: Ledger): Promise<void> {
    const journal = openOn(disk)
    await journal.start()
    for (let turn = 0; turn < 8; turn += 1) await ledger.append(journal, 25)
    await journal.trim({ keepAfter: 0, maxBytes: 50_000 })
    await journal.stop()
    const again = openOn(disk)
    await again.start()
    for (let turn = 0; turn < 3; turn += 1) await ledger.append(again, 25)
    await again.stop()
  }

  test('may come between any two operations', { timeout }, async () => {
    const whole = new SimulatedFileSystem()
    await wholeLife(whole, new Ledger())
    expect(whole.operations).toBeGreaterThan(50)
    for (let at = 1; at <= whole.operations; at += 1)
      for (let seed = 0; seed < 4; seed += 1) {
        const ledger = new Ledger()
        const disk = new SimulatedFileSystem()
        const left = crashAt(disk, at, seed * 1000 + at)
        await untilCrash(() => wholeLife(disk, ledger))
        const journal = openOn(left() ?? disk)
        const { damage } = await journal.start()
        expect(damage, `operation ${at}, seed ${seed}`).toEqual([])
        const { records, from } = await contentsOf(journal)
        ledger.compare(records, from)
      }
  })

  test('during a reset leaves the old log’s beginning or the new log', async () => {
    for (let at = 1; at <= 20; at += 1) {
      const disk = new SimulatedFileSystem()
      const journal = openOn(disk)
      await journal.start()
      const ledger = new Ledger()
      for (let turn = 0; turn < 10; turn += 1) await ledger.append(journal, 25)
      const left = crashAt(disk, disk.operations + at, at)
      await untilCrash(() => journal.reset(1000))
      const again = openOn(left() ?? disk.crash(at))
      const { damage } = await again.start()
      expect(damage).toEqual([])
      const { first, last } = again.status()
      if (first === 1001) expect(last).toBe(1000)
      else expect(first).toBe(1)
      const { records } = await contentsOf(again)
      for (const record of records)
        expect(record).toEqual({ ...exampleMessage(record.position), position: record.position })
    }
  })
})
