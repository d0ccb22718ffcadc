import { basename } from 'node:path'
import { expect } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { silentLog } from '../../model/log.ts'
import type { Position } from '../../model/position.ts'
import { codeOf } from '../file-system.ts'
import { exampleMessage, readThrough } from '../journal-examples.ts'
import type { StoredRecord } from '../journal.ts'
import { FileJournal } from './file-journal.ts'
import { FileJournalReader } from './file-journal-reader.ts'
import { JournalHead } from './journal-head.ts'
import { MessageLedger } from './message-ledger.fixture.ts'
import type { Random } from './seeded-random.ts'
import { seededRandom } from './seeded-random.ts'
import type { Operation } from './simulated-file-system.ts'
import { failure, SimulatedFileSystem } from './simulated-file-system.ts'

export const directory = '/data/raw'

export interface LogShape {
  readonly synced?: boolean
  readonly segmentBytes?: number
  readonly frameBytes?: number
}

export function openOn(fileSystem: SimulatedFileSystem, shape: LogShape = {}): FileJournal {
  const { synced = true, segmentBytes = 24_000, frameBytes = 4096 } = shape
  return new FileJournal({
    directory,
    fileSystem,
    synced,
    segmentBytes,
    frameBytes,
    clock: systemClock,
    log: silentLog
  })
}

/** Everything in the log, which has no damage and no gap. Reads without being registered: nothing is kept for it. */
export async function contentsOf(
  journal: FileJournal,
  disk: SimulatedFileSystem
): Promise<{ readonly records: readonly StoredRecord[]; readonly from: Position }> {
  const { first, last } = journal.status()
  const onCommit = (): void => undefined
  const reader = new FileJournalReader({ directory, fileSystem: disk, head: journal.head, onCommit })
  const { records, damage } = await readThrough(reader, last, first - 1)
  expect(damage).toEqual([])
  for (const [index, { position }] of records.entries())
    if (position !== first + index) expect.fail(`position ${position} follows ${first + index - 1}`)
  expect(records.length).toBe(last - first + 1)
  return { records, from: first - 1 }
}

/** Says whether the simulated power is off, or the simulated program at its end. */
export function isCrash(error: unknown): boolean {
  return error instanceof SenError ? isCrash(error.cause) : codeOf(error) === 'ECRASHED'
}

/** Does what can be done until the power is lost; only the crash may end it. */
export async function untilCrash(live: () => Promise<void>): Promise<void> {
  await live().catch((error: unknown) => {
    if (!isCrash(error)) throw error
  })
}

/** Loses power when the disk begins its `at`-th operation. @returns the disk that is left, once it has happened. */
export function crashAt(disk: SimulatedFileSystem, at: number, seed: number): () => SimulatedFileSystem | undefined {
  let left: SimulatedFileSystem | undefined
  disk.intercept = ({ count }) => {
    if (count === at) left = disk.crash(seed)
  }
  return () => left
}

function upTo(random: Random, most: number): number {
  return 1 + Math.floor(random() * most)
}

/** What befalls a disk in one life of a log. */
class Faults {
  readonly #disk: SimulatedFileSystem
  readonly #random: Random
  readonly #events: string[]
  readonly #endAt: number
  readonly #failAt: number
  readonly #unsyncable = new Set<string>()
  #syncs = 0
  #left: SimulatedFileSystem | undefined
  #wrong: string | undefined

  /** @param walk.events - what happens is added. */
  constructor(disk: SimulatedFileSystem, walk: Walk, operations: number) {
    const { random, events } = walk
    this.#disk = disk
    this.#random = random
    this.#events = events
    this.#endAt = disk.operations + upTo(random, operations)
    this.#failAt = random() < 0.3 ? upTo(random, 25) : Number.POSITIVE_INFINITY
    disk.intercept = operation => this.#before(operation)
  }

  /** Ends the life, by a loss of power or of the process alone, if nothing else has. @returns the next life's disk. */
  end(): SimulatedFileSystem {
    const disk = (this.#left ??= this.#death())
    disk.capacityBytes = Number.POSITIVE_INFINITY
    if (this.#wrong) expect.fail(this.#wrong)
    return disk
  }

  #before({ kind, path, count }: Operation): void {
    this.#events.push(`${kind} ${basename(path)}`)
    if (count === this.#endAt) this.#left = this.#death()
    if (kind !== 'datasync' && kind !== 'syncDirectory') return
    // Linux forgets what it could not write: the second sync of the same file would lie.
    if (this.#unsyncable.has(path)) this.#wrong = `${path} is synced again after a failure`
    this.#syncs += 1
    if (this.#syncs !== this.#failAt) return
    if (kind === 'datasync') this.#unsyncable.add(path)
    this.#events.push('EIO')
    throw failure('EIO', `${kind} '${path}'`)
  }

  #death(): SimulatedFileSystem {
    const isKill = this.#random() < 0.35
    this.#events.push(isKill ? 'kill' : 'power loss')
    return isKill ? this.#disk.kill() : this.#disk.crash(Math.floor(this.#random() * 2 ** 32))
  }
}

interface Walk {
  readonly random: Random
  readonly shape: LogShape
  readonly ledger: MessageLedger
  readonly events: string[]
}

/**
 * Lives and deaths of one log: appends, rotation, trimming, compression, full disks, failed syncs, orderly stops, kills
 * and losses of power at any operation, those of recovery too. After each death the log is compared with the ledger.
 *
 * @returns what happened to the disk, in order.
 */
export async function faultWalk(seed: number): Promise<readonly string[]> {
  const random = seededRandom(seed)
  const shape = {
    synced: random() < 0.65,
    segmentBytes: 10_000 + upTo(random, 14_000),
    frameBytes: [3000, 8192, 262_144][Math.floor(random() * 3)] ?? 8192
  }
  const walk: Walk = { random, shape, ledger: new MessageLedger(), events: [] }
  let disk = new SimulatedFileSystem()
  for (let life = 0; life < 3; life += 1) {
    const alive = await comparedStart(disk, walk)
    const faults = new Faults(alive.disk, walk, 90)
    await untilEnd(() => work(alive, walk))
    // What stands before the segment that takes records is durable, in an unsynced log too.
    walk.ledger.sealed = (new JournalHead(alive.journal.head).state().segment ?? 1) - 1
    disk = faults.end()
  }
  await comparedStart(disk, walk)
  return walk.events
}

interface Alive {
  readonly journal: FileJournal
  readonly disk: SimulatedFileSystem
}

async function comparedStart(disk: SimulatedFileSystem, walk: Walk): Promise<Alive> {
  const alive = await startedAfterAll(disk, walk, Math.floor(walk.random() * 3))
  const { records, from } = await contentsOf(alive.journal, alive.disk)
  walk.ledger.compare(records, { from, isSynced: walk.shape.synced ?? true })
  return alive
}

/** Starts on the disk, dying during recovery a few times before. */
async function startedAfterAll(disk: SimulatedFileSystem, walk: Walk, deaths: number): Promise<Alive> {
  const faults = deaths > 0 ? new Faults(disk, walk, 25) : undefined
  const journal = openOn(disk, walk.shape)
  try {
    const { damage } = await journal.start()
    expect(damage).toEqual([])
    disk.intercept = undefined
    return { journal, disk }
  } catch (error) {
    if (faults === undefined || !isEnd(error)) throw error
    return startedAfterAll(faults.end(), walk, deaths - 1)
  }
}

/** Appends of random size, some at once; beside them trimming and compression; now and then a full disk; perhaps a stop. */
async function work({ journal, disk }: Alive, { random, ledger, events }: Walk): Promise<void> {
  journal.commit('reader', ledger.committed)
  for (let turn = 0; turn < 10; turn += 1) {
    const isFull = random() < 0.1
    disk.capacityBytes = isFull ? disk.usedBytes + upTo(random, 3000) : Number.POSITIVE_INFINITY
    if (isFull) events.push('full')
    const under: Promise<unknown>[] = Array.from({ length: upTo(random, 3) }, () =>
      ledger.append(journal, upTo(random, 20))
    )
    if (random() < 0.3) under.push(journal.compact())
    if (random() < 0.2) under.push(trim(journal, ledger, random))
    const failed = (await Promise.allSettled(under)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }
  disk.capacityBytes = Number.POSITIVE_INFINITY
  if (random() < 0.5) await journal.stop()
}

async function trim(journal: FileJournal, ledger: MessageLedger, random: Random): Promise<void> {
  const { first, last } = journal.status()
  ledger.committed = Math.max(ledger.committed, first - 1 + Math.floor(random() * (last - first + 2)))
  journal.commit('reader', ledger.committed)
  const keepAfter = exampleMessage(Math.floor(random() * ledger.sent)).receivedAt
  await journal.trim({ keepAfter, maxBytes: 20_000 + upTo(random, 60_000) })
}

/** Only a death, or a failure after which the program must end, may end the work. */
async function untilEnd(live: () => Promise<void>): Promise<void> {
  await live().catch((error: unknown) => {
    if (!isEnd(error)) throw error
  })
}

function isEnd(error: unknown): boolean {
  return isCrash(error) || (error instanceof SenError && error.code === 'SEN_JOURNAL_FAILED')
}
