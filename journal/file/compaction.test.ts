import { randomFillSync } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { exampleBatch, exampleMessage, readThrough } from '../journal-examples.ts'
import type { StoredRecord } from '../journal.ts'
import type { FileJournalProps } from './file-journal.ts'
import { FileJournal } from './file-journal.ts'
import { decodeSegmentHeader, segmentName } from './segment-format.ts'
import { failure, SimulatedFileSystem } from './simulated-file-system.ts'

const directory = '/raw'
const firstPath = `${directory}/${segmentName(1)}`

function openOn(fileSystem: SimulatedFileSystem, changes: Partial<FileJournalProps> = {}): FileJournal {
  return new FileJournal({
    directory,
    fileSystem,
    synced: true,
    segmentBytes: 24_000,
    frameBytes: 3000,
    clock: systemClock,
    log: silentLog,
    ...changes
  })
}

/** A log of 150 messages in groups of 10: several segments of five or six frames each. */
async function written(disk: SimulatedFileSystem, changes: Partial<FileJournalProps> = {}) {
  const journal = openOn(disk, changes)
  await journal.start()
  for (let n = 1; n <= 150; n += 10) await journal.append(messages(n, n + 9))
  return journal
}

function messages(from: number, to: number) {
  return range(from, to).map(n => exampleMessage(n))
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

function positionsOf(records: readonly StoredRecord[]): readonly number[] {
  return records.map(({ position }) => position)
}

describe('compacting a log', () => {
  test('leaves every record where and as it was, in less room, over restarts', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    const before = journal.status()
    const reader = journal.reader('a')
    const expected = await readThrough(reader, 150)
    const { savedBytes } = await journal.compact()
    expect(savedBytes).toBeGreaterThan(10_000)
    expect(journal.status()).toEqual({ ...before, sizeBytes: before.sizeBytes - savedBytes })
    expect(await disk.list(directory)).toHaveLength(before.segments)
    expect(disk.usedBytes).toBe(journal.status().sizeBytes)
    expect(await readThrough(reader, 150)).toEqual(expected)
    for (const from of [1, 40, 77, 149])
      expect(positionsOf((await readThrough(journal.reader('b'), 150, from)).records)).toEqual(range(from + 1, 150))
    expect(await journal.compact()).toEqual({ savedBytes: 0 })
    await journal.stop()
    const again = openOn(disk)
    expect(await again.start()).toMatchObject({ cutBytes: 0, damage: [] })
    expect(await readThrough(again.reader('a'), 150)).toEqual(expected)
    expect(await again.compact()).toEqual({ savedBytes: 0 })
  })

  test('makes each frame one of zstd, with its checksum in the header', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    const plain = disk.contents(firstPath)
    await journal.compact()
    const compressed = Buffer.from(disk.contents(firstPath))
    const { header, frames } = decodeSegmentHeader(compressed)
    expect(header).toMatchObject({ version: 2, first: 1 })
    expect(frames).toMatchObject({ endOffset: plain.length, frameBytes: 3000 })
    let at = 8192
    for (const [index, sizeBytes] of (frames?.sizes ?? []).entries()) {
      expect(compressed.readUInt32LE(at)).toBe(0xfd2fb528)
      expect(crc32(compressed.subarray(at, at + sizeBytes))).toBe(frames?.checksums[index])
      at += sizeBytes
    }
    expect(at).toBe(compressed.length)
  })

  test('makes larger frames where the header has no room for so many', async () => {
    const disk = new SimulatedFileSystem()
    const journal = openOn(disk, { frameBytes: 16, segmentBytes: 600_000 })
    await journal.start()
    for (let n = 1; n <= 200; n += 1) await journal.append([exampleMessage(n, { payload: new Uint8Array(5000) })])
    await journal.compact()
    const { frames } = decodeSegmentHeader(disk.contents(firstPath))
    expect(frames?.sizes.length).toBe(504)
    expect(positionsOf((await readThrough(journal.reader('a'), 200)).records)).toEqual(range(1, 200))
  })

  test('lets a reader in the middle of a segment go on, and appends go on beside it', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    const stop = new AbortController()
    const reading = journal.reader('slow').read(0, stop.signal)[Symbol.asyncIterator]()
    const first = await reading.next()
    const seen = first.done ? [] : [...positionsOf(first.value.records)]
    const compacting = journal.compact()
    for (let n = 151; n <= 300; n += 10) await journal.append(messages(n, n + 9))
    await compacting
    await journal.compact()
    while (seen.at(-1) !== 300) {
      const next = await reading.next()
      if (!next.done) seen.push(...positionsOf(next.value.records))
    }
    expect(seen).toEqual(range(1, 300))
    await reading.return?.()
  })

  test('counts what segments take now when it trims by size', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    const { sizeBytes } = journal.status()
    const { savedBytes } = await journal.compact()
    const policy = { keepAfter: 0, maxBytes: sizeBytes - savedBytes }
    expect(await journal.trim(policy)).toEqual({ removedBytes: 0 })
    const { removedBytes } = await journal.trim({ ...policy, maxBytes: policy.maxBytes - 1 })
    expect(journal.status().sizeBytes).toBe(sizeBytes - savedBytes - removedBytes)
    expect(disk.usedBytes).toBe(journal.status().sizeBytes)
  })

  test('leaves a segment that does not become smaller, and does not try it again', async () => {
    const disk = new SimulatedFileSystem()
    const journal = openOn(disk)
    await journal.start()
    const payload = randomFillSync(new Uint8Array(12_000))
    for (const n of [1, 2, 3]) await journal.append([exampleMessage(n, { payload })])
    expect(journal.status().segments).toBe(3)
    const before = new Uint8Array(disk.contents(firstPath))
    expect(await journal.compact()).toEqual({ savedBytes: 0 })
    expect(disk.contents(firstPath)).toEqual(before)
    expect(await disk.list(directory)).toHaveLength(3)
    const { operations } = disk
    await journal.compact()
    expect(disk.operations).toBe(operations)
  })

  test('keeps damage where it is', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    const bytes = disk.contents(firstPath)
    bytes[8192 + 2000] = (bytes[8192 + 2000] ?? 0) ^ 1
    disk.put(firstPath, bytes)
    const before = await readThrough(journal.reader('a'), 150)
    expect(before.damage).toHaveLength(1)
    await journal.compact()
    expect(await readThrough(journal.reader('a'), 150)).toEqual(before)
  })
})

describe('compacting on a disk in trouble', () => {
  test.each([0, 500, 5000, 9000])('gives up quietly with room for %i bytes, and succeeds later', async room => {
    const disk = new SimulatedFileSystem()
    const warnings: unknown[] = []
    const journal = await written(disk, { log: { ...silentLog, warn: fields => void warnings.push(fields) } })
    const { sizeBytes } = journal.status()
    disk.capacityBytes = disk.usedBytes + room
    expect(await journal.compact()).toEqual({ savedBytes: 0 })
    expect(disk.usedBytes).toBe(sizeBytes)
    expect(warnings).toEqual([])
    disk.capacityBytes = Number.POSITIVE_INFINITY
    expect((await journal.compact()).savedBytes).toBeGreaterThan(0)
    expect(positionsOf((await readThrough(journal.reader('a'), 150)).records)).toEqual(range(1, 150))
  })

  test.each(['open', 'read', 'write', 'datasync'] as const)(
    'leaves the segment as it is if %s fails, says so, never syncs that file again, and goes on with the others',
    async kind => {
      const disk = new SimulatedFileSystem()
      const warnings: unknown[] = []
      const journal = await written(disk, { log: { ...silentLog, warn: fields => void warnings.push(fields) } })
      const before = new Uint8Array(disk.contents(firstPath))
      let syncsAfter = 0
      let hasFailed = false
      disk.intercept = operation => {
        if (!operation.path.startsWith(firstPath)) return
        if (hasFailed && operation.kind === 'datasync') syncsAfter += 1
        if (operation.kind !== kind || hasFailed) return
        hasFailed = true
        throw failure('EIO', kind)
      }
      expect((await journal.compact()).savedBytes).toBeGreaterThan(0)
      expect(warnings).toMatchObject([{ file: firstPath }])
      expect(syncsAfter).toBe(0)
      expect(disk.contents(firstPath)).toEqual(before)
      expect(await disk.list(directory)).toHaveLength(journal.status().segments)
      await journal.append(messages(151, 160))
      expect(positionsOf((await readThrough(journal.reader('a'), 160)).records)).toEqual(range(1, 160))
    }
  )

  test.each(['rename', 'syncDirectory'] as const)(
    'ends the log if %s fails: nobody knows what stands there',
    async kind => {
      const disk = new SimulatedFileSystem()
      const journal = await written(disk)
      disk.intercept = operation => {
        if (operation.kind === kind) throw failure('EIO', kind)
      }
      await expect(journal.compact()).rejects.toMatchObject({ code: 'SEN_JOURNAL_FAILED' })
      const again = openOn(disk.crash(3))
      expect(await again.start()).toMatchObject({ damage: [] })
      expect(positionsOf((await readThrough(again.reader('a'), 150)).records)).toEqual(range(1, 150))
    }
  )

  test('does not put in place what reads back as something else', async () => {
    const disk = new SimulatedFileSystem()
    const warnings: unknown[] = []
    const journal = await written(disk, { log: { ...silentLog, warn: fields => void warnings.push(fields) } })
    const before = new Uint8Array(disk.contents(firstPath))
    const form = `${firstPath}.unfinished`
    let opened = 0
    disk.intercept = ({ kind, path }) => {
      if (kind !== 'open' || path !== form) return
      opened += 1
      if (opened < 2) return
      // The disk has kept something else than it was given.
      const bytes = disk.contents(form)
      bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 16
      disk.put(form, bytes)
    }
    await journal.compact()
    expect(warnings).toMatchObject([{ cause: { code: 'SEN_JOURNAL_DAMAGED' } }])
    expect(disk.contents(firstPath)).toEqual(before)
    expect(await disk.list(directory)).not.toContain(`${segmentName(1)}.unfinished`)
  })

  test('ends with the log, at once', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    const reached = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    let writes = 0
    disk.intercept = async ({ kind, path }) => {
      if (kind !== 'write' || !path.endsWith('.unfinished')) return
      writes += 1
      reached.resolve()
      await release.promise
    }
    const compacting = journal.compact()
    await reached.promise
    const stopping = journal.stop()
    release.resolve()
    expect(await compacting).toEqual({ savedBytes: 0 })
    await stopping
    expect(writes).toBe(1)
    const again = openOn(disk)
    await again.start()
    expect(positionsOf((await readThrough(again.reader('a'), 150)).records)).toEqual(range(1, 150))
  })

  test('leaves nothing behind that a later start does not remove', async () => {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    await journal.stop()
    disk.put(`${firstPath}.unfinished`, new Uint8Array(9000))
    disk.put(`${directory}/notes.unfinished`, new Uint8Array(9))
    const again = openOn(disk)
    await again.start()
    const names = await disk.list(directory)
    expect(names.filter(name => !name.endsWith('.log'))).toEqual(['notes.unfinished'])
  })
})

describe('a compressed newest segment, what followed it being gone', () => {
  async function withoutNewest() {
    const disk = new SimulatedFileSystem()
    const journal = await written(disk)
    await journal.compact()
    await journal.stop()
    const paths = (await disk.list(directory)).toSorted().map(name => `${directory}/${name}`)
    const [newest = '', gone = ''] = paths.slice(-2)
    return { disk, newest, gone, first: decodeSegmentHeader(disk.contents(gone)).header?.first ?? 0 }
  }

  test('takes no records: the log goes on behind it in a new one', async () => {
    const { disk, gone, first } = await withoutNewest()
    await disk.remove(gone)
    const journal = openOn(disk)
    expect(await journal.start()).toMatchObject({ damage: [] })
    expect(journal.status()).toMatchObject({ last: first - 1, messages: first - 1 })
    expect(await journal.append([exampleMessage(first)])).toBe(first)
    const { records, damage } = await readThrough(journal.reader('a'), first)
    expect(positionsOf(records)).toEqual(range(1, first))
    expect(damage).toEqual([])
  })

  test('whose end is damaged too never has its positions given again', async () => {
    const { disk, newest, gone, first } = await withoutNewest()
    await disk.remove(gone)
    const bytes = disk.contents(newest)
    bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1
    disk.put(newest, bytes)
    const journal = openOn(disk)
    await journal.start()
    const next = await journal.append([exampleMessage(777)])
    expect(next).toBeGreaterThanOrEqual(first)
    const { records, damage } = await readThrough(journal.reader('a'), next)
    const last = records.at(-2)?.position ?? 0
    expect(last).toBeLessThan(first - 1)
    expect(damage).toMatchObject([{ file: newest, from: last + 1, to: next - 1 }])
  })

  test('is followed at the position of an unfinished one', async () => {
    const { disk, gone, first } = await withoutNewest()
    disk.put(gone, new Uint8Array(8192))
    const journal = openOn(disk)
    expect(await journal.start()).toMatchObject({ cutFile: gone, damage: [] })
    expect(await journal.append([exampleMessage(first)])).toBe(first)
  })

  test('whose end is damaged is followed behind an unfinished one’s beginning, though positions have gaps', async () => {
    const disk = new SimulatedFileSystem()
    const before = openOn(disk)
    await before.start()
    for (let position = 10_000; before.status().segments < 3; position += 10_000)
      await before.append([exampleBatch(position, 3000)])
    await before.compact()
    await before.stop()
    const [newest = '', gone = ''] = (await disk.list(directory)).toSorted().slice(-2)
    const bytes = disk.contents(`${directory}/${newest}`)
    bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1
    disk.put(`${directory}/${newest}`, bytes)
    disk.put(`${directory}/${gone}`, new Uint8Array(100))
    const journal = openOn(disk)
    await journal.start()
    expect(journal.status().last).toBe(Number(gone.slice(0, 16)) - 1)
  })
})
