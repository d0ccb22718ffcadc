import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import { silentLog } from '../../model/log.ts'
import { exampleBatch, exampleMessage, readThrough } from '../journal-examples.ts'
import type { Damage, JournalRecord, Recovery, StoredRecord } from '../journal.ts'
import { FileJournal } from './file-journal.ts'
import { seededRandom } from './seeded-random.ts'
import { decodeSegmentHeader, segmentName } from './segment-format.ts'
import { SimulatedFileSystem } from './simulated-file-system.ts'
import { trialSize, trialTimeoutMs } from './trial-size.fixture.ts'

const directory = '/data/raw'
const headerBytes = 8192

const frameBytes = 3000

function openOn(fileSystem: SimulatedFileSystem, synced = true, log: Log = silentLog): FileJournal {
  return new FileJournal({ directory, fileSystem, synced, segmentBytes: 24_000, frameBytes, clock: systemClock, log })
}

/** A log of `count` messages in groups of 10, in several segments; `compacted`: the sealed ones compressed. */
async function written(count: number, end: 'stop' | 'kill' | 'compacted', synced = true): Promise<SimulatedFileSystem> {
  const disk = new SimulatedFileSystem()
  const journal = openOn(disk, synced)
  await journal.start()
  for (let n = 1; n <= count; n += 10) await journal.append(messages(n, Math.min(count, n + 9)))
  if (end === 'compacted') expect((await journal.compact()).savedBytes).toBeGreaterThan(0)
  if (end !== 'kill') await journal.stop()
  return disk.clone()
}

function messages(from: number, to: number): readonly JournalRecord[] {
  return Array.from({ length: to - from + 1 }, (_, i) => exampleMessage(from + i))
}

async function paths(disk: SimulatedFileSystem): Promise<readonly string[]> {
  return (await disk.list(directory)).toSorted().map(name => `${directory}/${name}`)
}

interface Found {
  readonly recovery: Recovery
  readonly records: readonly StoredRecord[]
  readonly damage: readonly Damage[]
}

async function found(disk: SimulatedFileSystem, synced = true, log: Log = silentLog): Promise<Found> {
  const journal = openOn(disk, synced, log)
  const recovery = await journal.start()
  return { recovery, ...(await readThrough(journal.reader('check'), journal.status().last)) }
}

/** Every record is what was written at its position, and whatever is missing up to `count` was reported. */
function expectHonest({ recovery, records, damage }: Found, count: number): void {
  for (const record of records) {
    const expected = { ...exampleMessage(record.position), position: record.position }
    // Quicker than `toEqual`, which then shows the difference.
    if (!isDeepStrictEqual(record, expected)) expect(record).toEqual(expected)
  }
  const seen = new Set(records.map(({ position }) => position))
  expect(seen.size).toBe(records.length)
  for (let position = 1; position <= count; position += 1) {
    if (seen.has(position)) continue
    const isReported = damage.some(({ from, to }) => from <= position && position <= to)
    const isCut = recovery.cutBytes > 0 && position > Math.max(0, ...seen)
    if (!isReported && !isCut) expect.fail(`record ${position} is missing, and nobody says so`)
  }
}

describe('a torn tail', () => {
  test.each([
    { what: 'each', step: 1, where: 'in the only segment', count: 60, end: 'kill' },
    { what: 'each seventh', step: 7, where: 'behind a compressed segment', count: 120, end: 'compacted' }
  ] as const)(
    'is cut off and said at $what of the last 4,096 bytes, $where',
    { timeout: 120_000 },
    async ({ step, count, end }) => {
      const disk = await written(count, end)
      const newest = (await paths(disk)).at(-1) ?? ''
      const whole = disk.contents(newest)
      let kept: number = count
      for (let size = whole.length; size > whole.length - 4096; size -= step) {
        const torn = disk.clone()
        torn.put(newest, whole.slice(0, size))
        const warnings: unknown[] = []
        const result = await found(torn, true, { ...silentLog, warn: fields => void warnings.push(fields) })
        const { recovery, records, damage } = result
        const last = records.at(-1)?.position ?? 0
        expectHonest(result, last)
        expect([...damage, ...recovery.damage]).toEqual([])
        expect(records.length).toBe(last)
        // Byte by byte, one record after the other goes, and none before its own bytes do.
        expect(last).toBeLessThanOrEqual(kept)
        expect(kept - last).toBeLessThanOrEqual(1)
        kept = last
        const { cutBytes, cutFile, cutOffset } = recovery
        const said = cutBytes > 0 ? [{ file: newest, offset: cutOffset, sizeBytes: cutBytes }] : []
        expect(warnings).toEqual(said)
        if (cutBytes > 0) expect({ cutFile, end: cutOffset + cutBytes }).toEqual({ cutFile: newest, end: size })
      }
      expect(kept).toBeLessThan(count - 10)
    }
  )

  test('of a new segment’s header leaves the segment before it as the newest', async () => {
    const disk = await written(150, 'stop')
    const path = `${directory}/${segmentName(151)}`
    for (const size of [0, 1, 63, 4095, 4096, 8191, 8192]) {
      const torn = disk.clone()
      torn.put(path, new Uint8Array(size))
      const { recovery, records } = await found(torn)
      expect(recovery).toMatchObject({ cutBytes: size, cutFile: path, damage: [] })
      expect(records).toHaveLength(150)
      expect(await torn.list(directory)).not.toContain(segmentName(151))
    }
  })

  test('of zeros, as some file systems leave it, is cut off', async () => {
    const disk = await written(30, 'kill')
    const [path = ''] = await paths(disk)
    const whole = disk.contents(path)
    disk.put(path, Buffer.concat([whole, new Uint8Array(5000)]))
    const { recovery, records } = await found(disk)
    expect(recovery).toMatchObject({ cutBytes: 5000, cutOffset: whole.length, damage: [] })
    expect(records).toHaveLength(30)
  })
})

describe('bit rot', () => {
  test.each([
    { form: 'plain', end: 'stop', mostLost: 1 },
    // A frame of 3,000 bytes, and the records that reach into it or out of it.
    { form: 'compressed', end: 'compacted', mostLost: 30 }
  ] as const)(
    `at ${trialSize.flips} places of $form segments is detected and never returned as data, and other records still come`,
    { timeout: trialTimeoutMs },
    async ({ form, end, mostLost }) => {
      const disk = await written(250, end)
      const files = await paths(disk)
      const { flips, limitMs, firstSeed } = trialSize
      const random = seededRandom(firstSeed)
      const endAt = performance.now() + limitMs
      let [done, lost] = [0, 0]
      for (; done < flips && performance.now() < endAt; done += 1) {
        const rotten = disk.clone()
        const path = files[Math.floor(random() * files.length)] ?? ''
        const bytes = rotten.contents(path)
        // Mostly in the records; the two copies of the header fill the first 8 KiB.
        const from = random() < 0.1 ? 0 : headerBytes
        const at = from + Math.floor(random() * (bytes.length - from))
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        rotten.put(path, bytes)
        const result = await found(rotten)
        expectHonest(result, 250)
        lost += 250 - result.records.length
        expect(result.records.length, `bit at ${at} of ${path}`).toBeGreaterThanOrEqual(250 - mostLost)
        const isDetected = result.recovery.cutBytes + result.recovery.damage.length + result.damage.length > 0
        expect(isDetected, `bit at ${at} of ${path}`).toBe(true)
      }
      process.stdout.write(
        `bit rot in ${form} segments: seed ${firstSeed}, ${done} bits, ${lost} records lost, all told\n`
      )
    }
  )

  test('of a whole compressed frame costs that frame’s records only, which are named', async () => {
    const disk = await written(150, 'compacted')
    const [path = ''] = await paths(disk)
    const bytes = disk.contents(path)
    const { frames } = decodeSegmentHeader(bytes)
    const [before = 0, size = 0] = frames?.sizes ?? []
    bytes.fill(0xff, headerBytes + before, headerBytes + before + size)
    disk.put(path, bytes)
    const { recovery, records, damage } = await found(disk)
    expectHonest({ recovery, records, damage }, 150)
    expect(damage).toMatchObject([{ file: path }])
    const [{ offset = 0, sizeBytes = 0, from = 0, to = 0 } = {}] = damage
    expect(records.length).toBe(150 - (to - from + 1))
    // From the record that reaches into the second frame to the one that begins the rest of the third.
    expect(offset).toBeGreaterThan(headerBytes + frameBytes - 400)
    expect(offset + sizeBytes).toBeLessThan(headerBytes + 2 * frameBytes + 400)
  })

  test('of a shortened compressed segment is told, and its beginning is read', async () => {
    const disk = await written(150, 'compacted')
    const [path = ''] = await paths(disk)
    disk.put(path, disk.contents(path).slice(0, -300))
    const result = await found(disk)
    expectHonest(result, 150)
    expect(result.damage).toMatchObject([{ file: path }])
    expect(result.records.length).toBeGreaterThan(120)
  })

  test('in several places of one segment loses those records only', async () => {
    const disk = await written(150, 'stop')
    const [path = ''] = await paths(disk)
    const random = seededRandom(12)
    const bytes = disk.contents(path)
    for (let i = 0; i < 6; i += 1) {
      const at = headerBytes + Math.floor(random() * (bytes.length - headerBytes))
      bytes[at] = (bytes[at] ?? 0) ^ 4
    }
    disk.put(path, bytes)
    const result = await found(disk)
    expectHonest(result, 150)
    expect(result.records.length).toBeGreaterThanOrEqual(144)
    expect(result.damage.length).toBeGreaterThan(1)
  })

  test('in the newest segment is told at start, and the log goes on behind it', async () => {
    const disk = await written(30, 'stop')
    const [path = ''] = await paths(disk)
    const bytes = disk.contents(path)
    bytes[headerBytes + 100] = (bytes[headerBytes + 100] ?? 0) ^ 1
    disk.put(path, bytes)
    const journal = openOn(disk)
    const recovery = await journal.start()
    expect(recovery.damage).toMatchObject([{ file: path, offset: headerBytes, from: 1, to: 1 }])
    expect(journal.status()).toMatchObject({ damaged: 1, last: 30 })
    expect(await journal.append([exampleMessage(31)])).toBe(31)
    const { records, damage } = await readThrough(journal.reader('check'), 31)
    expect(damage).toEqual(recovery.damage)
    expect(records.map(({ position }) => position)).toEqual(Array.from({ length: 30 }, (_, i) => i + 2))
  })

  test('in the last group of a killed journal cannot be told from an unfinished write: it is cut, and said', async () => {
    const disk = await written(30, 'kill')
    const [path = ''] = await paths(disk)
    const bytes = disk.contents(path)
    bytes[bytes.length - 10] = (bytes.at(-10) ?? 0) ^ 1
    disk.put(path, bytes)
    const { recovery, records } = await found(disk)
    expect(records).toHaveLength(29)
    expect(recovery).toMatchObject({ damage: [], cutFile: path })
    expect(recovery.cutBytes).toBeGreaterThan(0)
  })

  test.each([
    ['the first', 0],
    ['a middle', 1],
    ['the newest', -1]
  ])('of both header copies of %s segment loses it, says which records, and gives the others', async (_, index) => {
    const disk = await written(150, 'stop')
    const files = await paths(disk)
    const path = files.at(index) ?? ''
    const bytes = disk.contents(path)
    bytes.fill(0, 0, headerBytes)
    disk.put(path, bytes)
    const journal = openOn(disk)
    const recovery = await journal.start()
    expect(recovery.damage).toMatchObject([{ file: path, offset: 0, sizeBytes: bytes.length }])
    const next = await journal.append([exampleMessage(1000)])
    expect(next).toBeGreaterThan(150)
    const { records, damage } = await readThrough(journal.reader('check'), next)
    expect(damage).toMatchObject([{ file: path, from: recovery.damage[0]?.from, to: recovery.damage[0]?.to }])
    expect(records.at(-1)?.position).toBe(next)
    expectHonest({ recovery, records: records.slice(0, -1), damage }, 150)
    expect(records.length).toBeGreaterThan(60)
  })

  test('of one header copy loses nothing', async () => {
    const disk = await written(150, 'stop')
    for (const path of await paths(disk))
      for (const at of [0, 4096]) {
        const rotten = disk.clone()
        const bytes = rotten.contents(path)
        bytes.fill(0xff, at, at + 4096)
        rotten.put(path, bytes)
        const { recovery, records, damage } = await found(rotten)
        expect(recovery.damage).toMatchObject([{ file: path, offset: at, sizeBytes: 4096 }])
        expect(damage).toEqual([])
        expect(records).toHaveLength(150)
      }
  })

  test('of an unsynced log’s newest segment cuts it back', async () => {
    const disk = await written(30, 'stop', false)
    const [path = ''] = await paths(disk)
    const bytes = disk.contents(path)
    bytes[headerBytes + 1500] = (bytes[headerBytes + 1500] ?? 0) ^ 1
    disk.put(path, bytes)
    const { recovery, records, damage } = await found(disk, false)
    expect(recovery.cutBytes).toBeGreaterThan(0)
    expect(recovery.damage).toEqual([])
    expect(damage).toEqual([])
    expect(records.length).toBeLessThan(30)
    expect(records.map(({ position }) => position)).toEqual(Array.from({ length: records.length }, (_, i) => i + 1))
  })
})

describe('other damage', () => {
  test('a segment that was removed by hand is reported with its records', async () => {
    const disk = await written(250, 'stop')
    const files = await paths(disk)
    expect(files.length).toBeGreaterThan(3)
    await disk.remove(files[1] ?? '')
    const result = await found(disk)
    expect(result.damage).toHaveLength(1)
    expectHonest(result, 250)
  })

  test('a sealed segment that was shortened is reported with its records', async () => {
    const disk = await written(250, 'stop')
    const [path = ''] = await paths(disk)
    disk.put(path, disk.contents(path).slice(0, -1000))
    const result = await found(disk)
    expect(result.damage).not.toEqual([])
    expectHonest(result, 250)
  })

  test('a payload that looks like a record is never taken for one', async () => {
    const disk = await written(20, 'stop')
    const [path = ''] = await paths(disk)
    const forged = disk.contents(path).slice(headerBytes)
    const journal = new FileJournal({ directory, fileSystem: disk, synced: true, clock: systemClock, log: silentLog })
    await journal.start()
    const offsets: number[] = []
    // Records begin at multiples of 8: with one of these shifts the copies in the payload do so too.
    for (let shift = 0; shift < 8; shift += 1) {
      offsets.push(journal.status().sizeBytes)
      await journal.append([exampleMessage(21 + shift, { payload: Buffer.concat([new Uint8Array(shift), forged]) })])
    }
    await journal.stop()
    const bytes = disk.contents(path)
    for (const offset of offsets) bytes.fill(0, offset, offset + 8)
    disk.put(path, bytes)
    const { records, damage } = await found(disk)
    expect(records.map(({ position }) => position)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(damage).toMatchObject([{ from: 21, to: 28, offset: offsets[0] }])
  })

  test('a large record is read over the pieces in which files are read, and found behind damage', async () => {
    const disk = new SimulatedFileSystem()
    const journal = new FileJournal({ directory, fileSystem: disk, synced: false, clock: systemClock, log: silentLog })
    await journal.start()
    for (const position of [1, 2, 3]) await journal.append([exampleBatch(position, 2_500_000)])
    const [path = ''] = await paths(disk)
    const bytes = disk.contents(path)
    bytes[headerBytes + 2_500_032 + 700] = 1 + (bytes[headerBytes + 2_500_032 + 700] ?? 0)
    disk.put(path, bytes)
    const { records, damage } = await readThrough(journal.reader('check'), 3)
    expect(records.map(({ position }) => position)).toEqual([1, 3])
    expect(damage).toMatchObject([{ from: 2, to: 2, sizeBytes: 2_500_032 }])
  })

  test('a log of a later format is refused and not touched', async () => {
    const disk = await written(20, 'stop')
    const [path = ''] = await paths(disk)
    const bytes = Buffer.from(disk.contents(path))
    const { crc32 } = await import('node:zlib')
    for (const at of [0, 4096]) {
      bytes.writeUInt32LE(3, at + 8)
      bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 4092)), at + 4092)
    }
    disk.put(path, bytes)
    const starting = openOn(disk).start()
    await expect(starting).rejects.toMatchObject({
      message: expect.stringContaining('format 3, this program knows 1 and 2') as string
    })
    expect(disk.contents(path)).toEqual(new Uint8Array(bytes))
  })
})
