import { describe, expect, test } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import { silentLog } from '../../model/log.ts'
import { exampleMessage, readThrough } from '../journal-examples.ts'
import { FileJournal } from './file-journal.ts'
import type { Operation } from './simulated-file-system.ts'
import { failure, SimulatedFileSystem } from './simulated-file-system.ts'

const directory = '/data/raw'

async function started(disk: SimulatedFileSystem, segmentBytes = 24_000): Promise<FileJournal> {
  const journal = new FileJournal({
    directory,
    fileSystem: disk,
    synced: true,
    segmentBytes,
    clock: systemClock,
    log: silentLog
  })
  await journal.start()
  return journal
}

/** The disk fails the next operation of this kind, once. */
function failNext(disk: SimulatedFileSystem, kind: Operation['kind'], code: string): void {
  disk.intercept = operation => {
    if (operation.kind !== kind) return
    disk.intercept = undefined
    throw failure(code, kind)
  }
}

async function appendTen(journal: FileJournal, from: number): Promise<void> {
  await journal.append(Array.from({ length: 10 }, (_, i) => exampleMessage(from + i)))
}

async function appendUntilFailure(journal: FileJournal): Promise<void> {
  for (let n = 11; n < 1000; n += 1) await journal.append([exampleMessage(n)])
}

async function connections(journal: FileJournal): Promise<readonly number[]> {
  const { records, damage } = await readThrough(journal.reader('check'), journal.status().last)
  expect(damage).toEqual([])
  return records.map(record => (record.kind === 'message' ? record.connection : 0))
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

describe('a full disk', () => {
  test.each([0, 1, 100, 511, 512, 1000])(
    'refuses appends and takes them again, %i bytes of a group having fitted',
    async fit => {
      const disk = new SimulatedFileSystem()
      const journal = await started(disk)
      await appendTen(journal, 1)
      disk.capacityBytes = journal.status().sizeBytes + fit
      for (let i = 0; i < 3; i += 1)
        await expect(appendTen(journal, 100)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
      expect(journal.status()).toMatchObject({ last: 10, messages: 10 })
      disk.capacityBytes = Number.POSITIVE_INFINITY
      await appendTen(journal, 11)
      expect(await connections(journal)).toEqual(range(1, 20))
      const after = await started(disk.crash(fit))
      expect(await connections(after)).toEqual(range(1, 20))
    }
  )

  test('leaves nothing of what it refused', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    await appendTen(journal, 1)
    disk.capacityBytes = journal.status().sizeBytes + 1500
    await expect(appendTen(journal, 100)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
    disk.capacityBytes = Number.POSITIVE_INFINITY
    await journal.append([exampleMessage(11)])
    const after = new FileJournal({
      directory,
      fileSystem: disk.clone(),
      synced: true,
      clock: systemClock,
      log: silentLog
    })
    expect(await after.start()).toMatchObject({ cutBytes: 0, damage: [] })
    expect(await connections(after)).toEqual(range(1, 11))
  })

  test('while a new segment is begun leaves the old one in use', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk, 10_000)
    await appendTen(journal, 1)
    disk.capacityBytes = journal.status().sizeBytes + 5000
    await expect(appendTen(journal, 100)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
    expect(journal.status().segments).toBe(1)
    const left = await started(disk.clone().crash(1), 10_000)
    expect(await connections(left)).toEqual(range(1, 10))
    disk.capacityBytes = Number.POSITIVE_INFINITY
    await appendTen(journal, 11)
    expect(journal.status().segments).toBe(2)
    expect(await connections(journal)).toEqual(range(1, 20))
  })

  test.each([100, 4096, 8000])(
    'while a new segment is begun leaves nothing of it, %i bytes having fitted, though power is lost later',
    async fit => {
      for (let seed = 1; seed <= 20; seed += 1) {
        const disk = new SimulatedFileSystem()
        const journal = await started(disk, 11_000)
        await appendTen(journal, 1)
        disk.capacityBytes = journal.status().sizeBytes + fit
        await expect(appendTen(journal, 100)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
        disk.capacityBytes = Number.POSITIVE_INFINITY
        // Fits into the old segment, at the positions with which the new one would have begun; then another is begun.
        await journal.append([exampleMessage(11, { payload: new Uint8Array(1) })])
        let left: SimulatedFileSystem | undefined
        disk.intercept = ({ kind }) => {
          if (kind === 'datasync') left ??= disk.crash(seed)
        }
        await expect(appendTen(journal, 12)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
        const after = new FileJournal({
          directory,
          fileSystem: left ?? disk,
          synced: true,
          clock: systemClock,
          log: silentLog
        })
        expect(await after.start()).toMatchObject({ damage: [] })
        expect((await connections(after)).slice(0, 11)).toEqual(range(1, 11))
      }
    }
  )

  test('refuses what waits behind the refused group too, so that what is kept has no gap', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    const release = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    disk.intercept = async ({ kind }) => {
      if (kind !== 'write') return
      reached.resolve()
      await release.promise
      disk.intercept = undefined
      throw failure('ENOSPC', 'write')
    }
    const first = appendTen(journal, 1)
    await reached.promise
    const second = appendTen(journal, 11)
    release.resolve()
    await expect(first).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
    await expect(second).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
    await appendTen(journal, 21)
    expect(await connections(journal)).toEqual(range(21, 30))
  })

  test('lets a refused batch be appended again at its own position', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    const batch = { kind: 'batch', receivedAt: 1, position: 50, body: new Uint8Array(9) } as const
    failNext(disk, 'write', 'ENOSPC')
    await expect(journal.append([batch])).rejects.toMatchObject({ code: 'SEN_JOURNAL_FULL' })
    expect(await journal.append([batch])).toBe(50)
  })

  test('does not keep the journal from stopping', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    await appendTen(journal, 1)
    disk.capacityBytes = 0
    await journal.stop()
    disk.capacityBytes = Number.POSITIVE_INFINITY
    expect(await connections(await started(disk))).toEqual(range(1, 10))
  })
})

describe('a failing disk', () => {
  test.each<[Operation['kind'], string]>([
    ['datasync', 'EIO'],
    ['datasync', 'ENOSPC'],
    ['write', 'EIO']
  ])('ends the journal at the first failed %s (%s), and that file is never synced again', async (kind, code) => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    await appendTen(journal, 1)
    failNext(disk, kind, code)
    await expect(appendTen(journal, 11)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
    const { operations } = disk
    await expect(appendTen(journal, 21)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
    await journal.stop()
    expect(disk.operations).toBe(operations)
    expect(journal.status().last).toBe(10)
    const after = await started(disk.crash(5))
    expect((await connections(after)).slice(0, 10)).toEqual(range(1, 10))
  })

  test('that failed to sync a group makes it durable at the next start before readers see it', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    await appendTen(journal, 1)
    failNext(disk, 'datasync', 'EIO')
    await expect(appendTen(journal, 11)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
    // The kernel still shows the group, and holds it to be written.
    const next = disk.kill()
    const again = await started(next)
    expect(await connections(again)).toEqual(range(1, 20))
    expect(await connections(await started(next.crash(3)))).toEqual(range(1, 20))
  })

  test.each([true, false])(
    'that failed to sync a new segment makes its header durable at the next start (synced: %s)',
    async synced => {
      for (let seed = 1; seed <= 20; seed += 1) {
        const disk = new SimulatedFileSystem()
        failNext(disk, 'datasync', 'EIO')
        const props = { directory, synced, clock: systemClock, log: silentLog }
        await expect(new FileJournal({ ...props, fileSystem: disk }).start()).rejects.toMatchObject({
          code: 'SEN_JOURNAL_FAILED'
        })
        const next = disk.kill()
        const journal = new FileJournal({ ...props, fileSystem: next })
        await journal.start()
        await appendTen(journal, 1)
        await journal.stop()
        const after = new FileJournal({ ...props, fileSystem: next.crash(seed) })
        expect(await after.start()).toMatchObject({ damage: [] })
        expect(await connections(after)).toEqual(range(1, 10))
      }
    }
  )

  test('that failed to sync an unsynced log’s segment makes it durable before the next one', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const disk = new SimulatedFileSystem()
      const props = { directory, synced: false, segmentBytes: 12_000, clock: systemClock, log: silentLog }
      const journal = new FileJournal({ ...props, fileSystem: disk })
      await journal.start()
      await appendTen(journal, 1)
      failNext(disk, 'datasync', 'EIO')
      await expect(appendUntilFailure(journal)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
      const next = disk.kill()
      const again = new FileJournal({ ...props, fileSystem: next })
      await again.start()
      for (let n = again.status().last + 1; again.status().segments < 3; n += 1) await again.append([exampleMessage(n)])
      const sealed = again.status().last - 1
      const after = new FileJournal({ ...props, fileSystem: next.crash(seed) })
      expect(await after.start()).toMatchObject({ damage: [] })
      const seen = await connections(after)
      expect(seen.length).toBeGreaterThanOrEqual(sealed)
      expect(seen).toEqual(range(1, seen.length))
    }
  })

  test('ends the journal if what a full disk took cannot be taken back', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    disk.capacityBytes = journal.status().sizeBytes + 700
    failNext(disk, 'truncate', 'EIO')
    await expect(appendTen(journal, 1)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
    await expect(appendTen(journal, 1)).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
  })

  test('rejects what waits behind the failed group', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    failNext(disk, 'datasync', 'EIO')
    const settled = await Promise.allSettled([appendTen(journal, 1), appendTen(journal, 11)])
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  test('is named when a reader cannot read it', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    await appendTen(journal, 1)
    disk.intercept = ({ kind }) => {
      if (kind === 'read') throw failure('EIO', 'read')
    }
    await expect(readThrough(journal.reader('check'), 10)).rejects.toMatchObject({ code: 'SEN_JOURNAL_DAMAGED' })
  })
})

describe('a slow disk', () => {
  test('acknowledges nothing and shows nothing to readers before the sync, and groups what waits', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await started(disk)
    const release = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    let syncs = 0
    disk.intercept = async ({ kind }) => {
      if (kind !== 'datasync') return
      syncs += 1
      reached.resolve()
      await release.promise
    }
    let acknowledged = 0
    const appends = range(1, 500).map(async n => {
      await journal.append([exampleMessage(n, { payload: new Uint8Array(10) })])
      acknowledged += 1
      expect(acknowledged).toBe(n)
      if (n === 1) expect(journal.status().last).toBeGreaterThan(0)
    })
    await reached.promise
    const late = journal.append([exampleMessage(501)])
    expect(acknowledged).toBe(0)
    expect(journal.status()).toMatchObject({ last: 0, messages: 0 })
    release.resolve()
    await Promise.all(appends)
    expect(await late).toBe(501)
    // The 500 of one turn in one segment after another, then the late one.
    expect(syncs).toBeLessThan(12)
  })

  test('is reported', async () => {
    let now = 0
    const warnings: unknown[] = []
    const log: Log = { ...silentLog, warn: (fields, message) => void warnings.push({ ...fields, message }) }
    const disk = new SimulatedFileSystem()
    const clock = { now: () => now, monotonic: () => now }
    const journal = new FileJournal({ directory, fileSystem: disk, synced: true, clock, log })
    await journal.start()
    disk.intercept = ({ kind }) => {
      if (kind === 'datasync') now += 1500
    }
    await appendTen(journal, 1)
    expect(warnings).toMatchObject([{ ms: 1500, message: 'Journal disk is slow' }])
  })
})
