import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { exampleMessage, readThrough } from '../journal-examples.ts'
import { FileJournal } from './file-journal.ts'
import { FileJournalReader } from './file-journal-reader.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { SimulatedFileSystem } from './simulated-file-system.ts'

type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'commit'; readonly position: number }
  | { readonly kind: 'seen'; readonly seen: readonly number[] }

describe('a reader in another thread', () => {
  let parent = ''
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'sen-journal-'))
  })
  afterEach(() => rm(parent, { recursive: true }))

  test('follows the writer over segments and trims, without a message from it', async () => {
    const directory = join(parent, 'raw')
    const props = { directory, fileSystem: nodeFileSystem, synced: true, segmentBytes: 40_000 }
    const journal = new FileJournal({ ...props, clock: systemClock, log: silentLog })
    journal.commit('thread', 0)
    await journal.start()

    const count = 3000
    const worker = new Worker(new URL('./reading-thread.fixture.ts', import.meta.url), {
      workerData: { directory, head: journal.head, to: count }
    })
    const ready = Promise.withResolvers<void>()
    const seen = Promise.withResolvers<readonly number[]>()
    worker.on('error', seen.reject)
    worker.on('message', (told: Told) => {
      if (told.kind === 'ready') ready.resolve()
      else if (told.kind === 'commit') journal.commit('thread', told.position)
      else seen.resolve(told.seen)
    })
    await ready.promise
    for (let n = 1; n <= count; n += 20) {
      await journal.append(Array.from({ length: 20 }, (_, i) => exampleMessage(n + i)))
      if (n % 600 === 1) await journal.trim({ keepAfter: Number.POSITIVE_INFINITY, maxBytes: 0 })
    }
    expect(await seen.promise).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    await worker.terminate()
    await journal.stop()
  })
})

describe('a reader', () => {
  test('waits for a journal that has not started', async () => {
    const fileSystem = new SimulatedFileSystem()
    const directory = '/raw'
    const journal = new FileJournal({ directory, fileSystem, synced: true, clock: systemClock, log: silentLog })
    const reader = new FileJournalReader({ directory, fileSystem, head: journal.head, onCommit: () => undefined })
    const reading = readThrough(reader, 1)
    await journal.start()
    await journal.append([exampleMessage(1)])
    expect((await reading).records).toHaveLength(1)
  })

  test('gives everything once, however its pauses and the writer’s groups fall', async () => {
    const fileSystem = new SimulatedFileSystem()
    const props = { directory: '/raw', fileSystem, synced: true, segmentBytes: 30_000 }
    const journal = new FileJournal({ ...props, clock: systemClock, log: silentLog })
    await journal.start()
    const readings = Promise.all([readThrough(journal.reader('a'), 2000), readThrough(journal.reader('b'), 2000, 777)])
    for (let n = 1; n <= 2000;) {
      const count = Math.min(2000 - n + 1, 1 + ((n * 7) % 40))
      await journal.append(Array.from({ length: count }, (_, i) => exampleMessage(n + i)))
      n += count
    }
    const [a, b] = await readings
    expect(a.records.map(({ position }) => position)).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1))
    expect(b.records.map(({ position }) => position)).toEqual(Array.from({ length: 1223 }, (_, i) => i + 778))
  })

  test('that is at the end does not read the segment again to get there', async () => {
    const fileSystem = new SimulatedFileSystem()
    const journal = new FileJournal({ directory: '/raw', fileSystem, synced: true, clock: systemClock, log: silentLog })
    await journal.start()
    for (let n = 1; n <= 500; n += 1) await journal.append([exampleMessage(n)])
    let reads = 0
    fileSystem.intercept = ({ kind }) => {
      if (kind === 'read') reads += 1
    }
    const reading = readThrough(journal.reader('decode'), 501, 500)
    await journal.append([exampleMessage(501)])
    expect((await reading).records.map(({ position }) => position)).toEqual([501])
    // The header, and the new record.
    expect(reads).toBe(2)
  })
})
