import type * as Crypto from 'node:crypto'
import type * as Zlib from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { seededRandom } from './seeded-random.ts'
import { contentsOf, crashAt, faultWalk, openOn, untilCrash } from './fault-walk.fixture.ts'
import { expectMessage, MessageLedger } from './message-ledger.fixture.ts'
import { SimulatedFileSystem } from './simulated-file-system.ts'
import { forSeeds, trialSize, trialTimeoutMs } from './trial-size.fixture.ts'

const timeout = trialTimeoutMs

/** What is not simulated and yet decides the order or the size of what is written. */
const chance = vi.hoisted(() => ({ salt: 0 }))

// The thread pool answers when it likes; here it does so at a fixed moment, so that a seed always does the same.
vi.mock('node:zlib', async importOriginal => {
  const zlib = await importOriginal<typeof Zlib>()
  type Answer = (error: Error | null, bytes: Buffer) => void
  return {
    ...zlib,
    zstdCompress: (bytes: Uint8Array, options: Zlib.ZstdOptions, answer: Answer) =>
      void setImmediate(answer, null, zlib.zstdCompressSync(bytes, options)),
    zstdDecompress: (bytes: Uint8Array, options: Zlib.ZstdOptions, answer: Answer) =>
      void setImmediate(answer, null, zlib.zstdDecompressSync(bytes, options))
  }
})

vi.mock('node:crypto', async importOriginal => ({
  ...(await importOriginal<typeof Crypto>()),
  randomInt: () => (chance.salt = (Math.imul(chance.salt, 1_664_525) + 1_013_904_223) >>> 0)
}))

async function trial(seed: number): Promise<readonly string[]> {
  chance.salt = seed
  return faultWalk(seed)
}

describe('power loss', () => {
  test('loses, alters and invents nothing acknowledged, whatever else goes wrong', { timeout }, () =>
    forSeeds('lives and deaths of a log', trialSize.seeds, trial)
  )

  test('does the same for the same seed, and everything that it can do', async () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 60; seed += 1) {
      const events = await trial(seed)
      if (seed <= 10) expect(await trial(seed)).toEqual(events)
      for (const event of events) seen.add(event.replace(/\d{16}|raw/, '').trim())
    }
    const expected = ['kill', 'power loss', 'EIO', 'full', 'truncate .log', 'remove .log', 'rename .log.unfinished']
    expect([...seen]).toEqual(expect.arrayContaining([...expected, 'remove .log.unfinished', 'syncDirectory']))
  })

  test('after a kill takes nothing that the next start has shown to readers', { timeout }, () =>
    forSeeds('power loss after a kill', trialSize.seeds / 5, async seed => {
      const random = seededRandom(seed)
      const ledger = new MessageLedger()
      const first = new SimulatedFileSystem()
      const at = 6 + Math.floor(random() * 60)
      let next: SimulatedFileSystem | undefined
      first.intercept = ({ count }) => {
        if (count === at) next = first.kill()
      }
      await untilCrash(async () => {
        const journal = openOn(first)
        await journal.start()
        for (let turn = 0; turn < 20; turn += 1) {
          await Promise.all([ledger.append(journal, 9), ledger.append(journal, 14)])
          if (random() < 0.3) await journal.compact()
        }
      })
      const disk = next ?? first.kill()
      const journal = openOn(disk)
      await journal.start()
      const shown = await contentsOf(journal, disk)
      ledger.compare(shown.records, { from: shown.from, isSynced: true })
      if (random() < 0.5) await ledger.append(journal, 3)

      const left = disk.crash(seed)
      const after = openOn(left)
      expect((await after.start()).damage).toEqual([])
      const { records, from } = await contentsOf(after, left)
      ledger.compare(records, { from, isSynced: true })
      expect(records.slice(0, shown.records.length)).toEqual(shown.records)
    })
  )

  /** Rotation, compression, trimming, a restart and an orderly stop. */
  async function wholeLife(disk: SimulatedFileSystem, ledger: MessageLedger): Promise<void> {
    const journal = openOn(disk)
    await journal.start()
    for (let turn = 0; turn < 8; turn += 1) await ledger.append(journal, 25)
    await journal.compact()
    ledger.committed = 120
    journal.commit('reader', 120)
    await journal.trim({ keepAfter: 0, maxBytes: 40_000 })
    await ledger.append(journal, 60)
    await journal.stop()
    const again = openOn(disk)
    await again.start()
    for (let turn = 0; turn < 3; turn += 1) await ledger.append(again, 25)
    await again.compact()
    await again.stop()
  }

  test('may come between any two operations', { timeout }, async () => {
    const whole = new SimulatedFileSystem()
    await wholeLife(whole, new MessageLedger())
    expect(whole.operations).toBeGreaterThan(100)
    for (let at = 1; at <= whole.operations; at += 1)
      for (let seed = 0; seed < 4; seed += 1) {
        const ledger = new MessageLedger()
        const disk = new SimulatedFileSystem()
        const left = crashAt(disk, at, seed * 1000 + at)
        await untilCrash(() => wholeLife(disk, ledger))
        const next = left() ?? disk
        const journal = openOn(next)
        const { damage } = await journal.start()
        expect(damage, `operation ${at}, seed ${seed}`).toEqual([])
        const { records, from } = await contentsOf(journal, next)
        ledger.compare(records, { from, isSynced: true })
        const names = await next.list('/data/raw')
        expect(names.filter(name => !name.endsWith('.log'))).toEqual([])
      }
  })

  test('during a reset leaves the old log’s beginning or the new log', async () => {
    for (let at = 1; at <= 24; at += 1)
      for (const isCompacted of [false, true]) {
        const disk = new SimulatedFileSystem()
        const journal = openOn(disk)
        await journal.start()
        const ledger = new MessageLedger()
        for (let turn = 0; turn < 10; turn += 1) await ledger.append(journal, 25)
        if (isCompacted) await journal.compact()
        const left = crashAt(disk, disk.operations + at, at)
        await untilCrash(() => journal.reset(1000))
        const next = left() ?? disk.crash(at)
        const again = openOn(next)
        const { damage } = await again.start()
        expect(damage).toEqual([])
        const { first, last } = again.status()
        if (first === 1001) expect(last).toBe(1000)
        else expect(first).toBe(1)
        const { records } = await contentsOf(again, next)
        for (const record of records) expectMessage(record, record.position)
      }
  })
})
