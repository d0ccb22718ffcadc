import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { silentLog } from '../../model/log.ts'
import type { FileSystem, OpenFile } from '../file-system.ts'
import { exampleMessage } from '../journal-examples.ts'
import { FileJournal } from './file-journal.ts'
import { SimulatedFileSystem } from './simulated-file-system.ts'

/** Time that passes only when it is told to, on a disk whose syncs take `syncMs` of it. */
class SlowDisk {
  readonly fileSystem = new SimulatedFileSystem()
  now = 0
  syncMs = 0
  #waiting: { readonly at: number; readonly wake: () => void }[] = []

  constructor() {
    this.fileSystem.intercept = ({ kind }) => {
      if (kind !== 'datasync' || this.syncMs === 0) return
      return new Promise(wake => this.#waiting.push({ at: this.now + this.syncMs, wake }))
    }
  }

  /** Lets time pass, and everything happen that can. */
  async pass(ms: number): Promise<void> {
    this.now += ms
    const due = this.#waiting.filter(({ at }) => at <= this.now)
    this.#waiting = this.#waiting.filter(({ at }) => at > this.now)
    for (const { wake } of due) wake()
    for (let turn = 0; turn < 4; turn += 1) await nextTurn()
  }
}

async function startedOn(disk: SlowDisk): Promise<FileJournal> {
  const clock = { now: () => disk.now, monotonic: () => disk.now }
  const journal = new FileJournal({
    directory: '/raw',
    fileSystem: disk.fileSystem,
    synced: true,
    clock,
    log: silentLog
  })
  await journal.start()
  return journal
}

/** Sends 500 messages a simulated second, and notes when each was acknowledged, and in which order. */
async function send(journal: FileJournal, disk: SlowDisk, seconds: number) {
  const acknowledged: { readonly n: number; readonly tookMs: number; readonly at: number }[] = []
  let n = 0
  for (const endAt = disk.now + seconds * 1000; disk.now < endAt;) {
    for (let i = 0; i < 10; i += 1) {
      const message = (n += 1)
      const sentAt = disk.now
      journal.append([exampleMessage(message)]).then(
        position => {
          expect(position).toBe(message)
          acknowledged.push({ n: message, tookMs: disk.now - sentAt, at: disk.now })
        },
        () => undefined
      )
    }
    await disk.pass(20)
  }
  return { acknowledged, sent: () => n }
}

describe('a disk whose every sync takes 500 ms', () => {
  test('acknowledges everything in order, each within 1.5 s', async () => {
    const disk = new SlowDisk()
    const journal = await startedOn(disk)
    disk.syncMs = 500
    const { acknowledged, sent } = await send(journal, disk, 60)
    for (let i = 0; i < 60; i += 1) await disk.pass(20)
    expect(acknowledged.map(({ n }) => n)).toEqual(Array.from({ length: sent() }, (_, i) => i + 1))
    expect(sent()).toBe(30_000)
    expect(Math.max(...acknowledged.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(1500)
    expect(journal.status().last).toBe(30_000)
  })
})

describe('a disk that stalls for 30 s', () => {
  test('acknowledges nothing in that time, and everything in order after it', async () => {
    const disk = new SlowDisk()
    const journal = await startedOn(disk)
    disk.syncMs = 5
    const before = await send(journal, disk, 2)
    await disk.pass(20)
    expect(before.acknowledged).toHaveLength(1000)

    disk.syncMs = 30_000
    const stalledAt = disk.now
    let next = 1000
    const answers: { readonly position: number; readonly at: number }[] = []
    const answer = (position: number): void => void answers.push({ position, at: disk.now })
    for (let step = 0; step < 1500; step += 1) {
      for (let i = 0; i < 10; i += 1) void journal.append([exampleMessage((next += 1))]).then(answer)
      if (step === 0) {
        await disk.pass(0)
        disk.syncMs = 5
      }
      expect(answers).toEqual([])
      expect(journal.status()).toMatchObject({ last: 1000 })
      if (step < 1499) await disk.pass(20)
    }
    for (let i = 0; i < 50; i += 1) await disk.pass(20)
    expect(answers.map(({ position }) => position)).toEqual(Array.from({ length: 15_000 }, (_, i) => 1001 + i))
    expect(Math.min(...answers.map(({ at }) => at))).toBeGreaterThanOrEqual(stalledAt + 30_000)
  })

  test('holds in memory twice what waits at most, and hardly anything once it was written', async () => {
    const release = Promise.withResolvers<void>()
    const clock = { now: () => 0, monotonic: () => 0 }
    const disk = stalledDisk(release.promise)
    const journal = new FileJournal({ directory: '/raw', fileSystem: disk, synced: true, clock, log: silentLog })
    await journal.start()
    const idleBytes = await heldBytes()
    disk.isStalled = true
    const payload = new Uint8Array(1000)
    const waitingBytes = 48_000 * 1096
    const appends: Promise<number>[] = []
    for (let n = 1; n <= 48_000; n += 100) {
      const records = Array.from({ length: 100 }, (_, i) => exampleMessage(n + i, { payload }))
      appends.push(journal.append(records))
      if (n % 4000 === 1) await nextTurn()
    }
    const stalledBytes = (await heldBytes()) - idleBytes
    expect(stalledBytes).toBeGreaterThan(waitingBytes / 2)
    expect(stalledBytes).toBeLessThan(2.2 * waitingBytes)
    release.resolve()
    expect(Math.max(...(await Promise.all(appends)))).toBe(48_000)
    expect((await heldBytes()) - idleBytes).toBeLessThan(20_000_000)
  })
})

/** Keeps nothing of what is written, so that memory shows what the journal alone holds; stalls in every sync when told to. */
function stalledDisk(released: Promise<void>): FileSystem & { isStalled: boolean } {
  const done = (): Promise<void> => Promise.resolve()
  const file: OpenFile = {
    read: () => Promise.resolve(0),
    write: done,
    datasync: () => (disk.isStalled ? released : done()),
    truncate: done,
    sizeBytes: () => Promise.resolve(0),
    close: done
  }
  const disk = {
    isStalled: false,
    makeDirectory: done,
    open: () => Promise.resolve(file),
    list: () => Promise.resolve([]),
    rename: done,
    remove: done,
    syncDirectory: done
  }
  return disk
}

/** Memory held by buffers. A collection frees them in another thread, which its successor waits for: the least of several counts. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  // `as`: V8 puts the function there once the flag is set.
  const collect = runInNewContext('gc') as () => void
  let least = Number.POSITIVE_INFINITY
  for (let count = 0; count < 5; count += 1) {
    collect()
    await nextTurn()
    least = Math.min(least, process.memoryUsage().arrayBuffers)
  }
  return least
}
