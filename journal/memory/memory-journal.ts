import { SenError } from '../../model/errors.ts'
import type { Position } from '../../model/position.ts'
import { origin } from '../../model/position.ts'
import type {
  Journal,
  JournalBatch,
  JournalReader,
  JournalRecord,
  JournalStatus,
  ReaderName,
  Recovery,
  StoredRecord,
  TrimPolicy
} from '../journal.ts'
import { isKept } from '../trim-policy.ts'

const mostRecords = 4096
/** What a record takes besides its payload or body; a guess that makes `maxBytes` of `trim` mean something. */
const recordBytes = 128

interface Segment {
  readonly first: Position
  readonly records: StoredRecord[]
  sizeBytes: number
}

export interface MemoryJournalProps {
  /** A segment is sealed once it holds as much; default 64 MiB. */
  readonly segmentBytes?: number
}

/** A journal without a disk, for tests: the same contract, nothing survives it. */
export class MemoryJournal implements Journal {
  readonly #segmentBytes: number
  readonly #committed = new Map<ReaderName, Position>()
  #segments: Segment[] = [newSegment(origin + 1)]
  #position: Position = origin
  #receivedAt = 0
  #messages = 0
  #trimmed = 0
  #isOpen = false
  #wakeReaders = Promise.withResolvers<void>()

  constructor({ segmentBytes = 64 * 1024 * 1024 }: MemoryJournalProps = {}) {
    this.#segmentBytes = segmentBytes
  }

  start(): Promise<Recovery> {
    this.#isOpen = true
    return Promise.resolve({ cutBytes: 0, cutFile: undefined, cutOffset: 0, damage: [] })
  }

  append(records: readonly JournalRecord[]): Promise<Position> {
    if (!this.#isOpen)
      return Promise.reject(new SenError('SEN_JOURNAL_CLOSED', 'append memory journal: it is not open'))
    const disorder = this.#disorder(records)
    if (disorder) return Promise.reject(disorder)
    for (const record of records) this.#add(record)
    const position = this.#position
    this.#wakeReaders.resolve()
    this.#wakeReaders = Promise.withResolvers()
    return Promise.resolve(position)
  }

  reader(name: ReaderName): JournalReader {
    this.commit(name, origin)
    return {
      read: (from, signal) => this.#read(from, signal),
      commit: position => this.commit(name, position)
    }
  }

  last(): Promise<StoredRecord | undefined> {
    return Promise.resolve(this.#segments.findLast(({ records }) => records.length > 0)?.records.at(-1))
  }

  commit(reader: ReaderName, position: Position): void {
    this.#committed.set(reader, Math.max(position, this.#committed.get(reader) ?? position))
  }

  trim(policy: TrimPolicy): Promise<{ removedBytes: number }> {
    const lowest = Math.min(Number.POSITIVE_INFINITY, ...this.#committed.values())
    let removedBytes = 0
    for (const segment of this.#segments.slice(0, -1)) {
      const last = segment.records.at(-1)
      if (last === undefined || last.position > lowest) break
      if (isKept({ last: last.position, newestAt: last.receivedAt, sizeBytes: this.#sizeBytes() }, policy)) break
      this.#segments.shift()
      this.#trimmed += segment.records.filter(({ kind }) => kind === 'message').length
      removedBytes += segment.sizeBytes
    }
    return Promise.resolve({ removedBytes })
  }

  /** There is nothing to gain in memory. */
  compact(): Promise<{ savedBytes: number }> {
    return Promise.resolve({ savedBytes: 0 })
  }

  reset(position: Position): Promise<void> {
    this.#segments = [newSegment(position + 1)]
    this.#position = position
    this.#receivedAt = 0
    this.#messages = 0
    this.#trimmed = 0
    return Promise.resolve()
  }

  status(): JournalStatus {
    return {
      first: this.#segments[0]?.first ?? this.#position + 1,
      last: this.#position,
      messages: this.#messages,
      trimmed: this.#trimmed,
      sizeBytes: this.#sizeBytes(),
      segments: this.#segments.length,
      damaged: 0
    }
  }

  stop(): Promise<void> {
    this.#isOpen = false
    return Promise.resolve()
  }

  async *#read(from: Position, signal: AbortSignal): AsyncGenerator<JournalBatch, void, void> {
    let passed = from
    while (!signal.aborted) {
      const changed = this.#wakeReaders.promise
      const records = this.#after(passed)
      if (records.length === 0) await firstOf(changed, signal)
      else {
        passed = records.at(-1)?.position ?? passed
        yield { records, damage: undefined }
      }
    }
  }

  #after(position: Position): readonly StoredRecord[] {
    const [oldest] = this.#segments
    if (position !== origin && oldest && position + 1 < oldest.first)
      throw new SenError('SEN_JOURNAL_DAMAGED', `read memory journal: the records after ${position} were removed`)
    const segment = this.#segments.find(({ records }) => (records.at(-1)?.position ?? origin) > position)
    return (segment?.records ?? []).filter(record => record.position > position).slice(0, mostRecords)
  }

  #disorder(records: readonly JournalRecord[]): SenError | undefined {
    let position = this.#position
    for (const record of records) {
      if (record.kind === 'batch' && !(Number.isSafeInteger(record.position) && record.position > position))
        return new SenError(
          'SEN_INPUT_INVALID',
          `append memory journal: batch at position ${record.position}, the log is at ${position}`
        )
      position = record.kind === 'batch' ? record.position : position + 1
    }
    return undefined
  }

  #add(record: JournalRecord): void {
    if (record.receivedAt > this.#receivedAt) this.#receivedAt = record.receivedAt
    const position = record.kind === 'batch' ? record.position : this.#position + 1
    const stored: StoredRecord = { ...copyOf(record), position, receivedAt: this.#receivedAt }
    const sizeBytes = recordBytes + bytesOf(record)
    const segment = this.#segmentFor(sizeBytes)
    segment.records.push(stored)
    segment.sizeBytes += sizeBytes
    this.#position = position
    if (record.kind === 'message') this.#messages += 1
  }

  #segmentFor(sizeBytes: number): Segment {
    const newest = this.#segments.at(-1)
    if (newest && (newest.records.length === 0 || newest.sizeBytes + sizeBytes <= this.#segmentBytes)) return newest
    const segment = newSegment(this.#position + 1)
    this.#segments.push(segment)
    return segment
  }

  #sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }
}

function newSegment(first: Position): Segment {
  return { first, records: [], sizeBytes: 0 }
}

function copyOf(record: JournalRecord): JournalRecord {
  if (record.kind === 'message') return { ...record, payload: Uint8Array.from(record.payload) }
  if (record.kind === 'batch') return { ...record, body: Uint8Array.from(record.body) }
  return record.kind === 'control' || record.kind === 'redecode' ? structuredClone(record) : record
}

function bytesOf(record: JournalRecord): number {
  if (record.kind === 'message') return record.payload.length
  return record.kind === 'batch' ? record.body.length : 0
}

async function firstOf(changed: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const stop = (): void => aborted.resolve()
  signal.addEventListener('abort', stop)
  await Promise.race([changed, aborted.promise])
  signal.removeEventListener('abort', stop)
}
