import { randomInt } from 'node:crypto'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { failpoint } from '../../model/failpoint.ts'
import type { Log } from '../../model/log.ts'
import type { Position } from '../../model/position.ts'
import { origin } from '../../model/position.ts'
import type { FileSystem } from '../file-system.ts'
import { codeOf, isFull } from '../file-system.ts'
import type {
  Journal,
  JournalReader,
  JournalRecord,
  JournalStatus,
  ReaderName,
  Recovery,
  StoredRecord,
  TrimPolicy
} from '../journal.ts'
import { RecordBuffer } from '../record-buffer.ts'
import { encodeMarker, sealRecord } from '../record-format.ts'
import { Compactor } from './compactor.ts'
import { CommitQueue } from './commit-queue.ts'
import type { CommitGroup } from './commit-group.ts'
import { FileJournalReader } from './file-journal-reader.ts'
import { JournalHead } from './journal-head.ts'
import { newestRecord } from './newest-record.ts'
import type { ActiveSegment, SealedSegment } from './recovery.ts'
import { recoverLog } from './recovery.ts'
import { journalFailed, noRoom, SegmentAppender } from './segment-appender.ts'
import { createSegment, segmentFile } from './segment-files.ts'
import { formatVersions, segmentHeaderBytes } from './segment-format.ts'
import type { LogEnd } from './segment-scan.ts'
import { countToTrim, ReaderPositions } from './trimming.ts'

const defaultSegmentBytes = 64 * 1024 * 1024
const largestSegmentBytes = 2 ** 31
const defaultFrameBytes = 256 * 1024

export interface FileJournalProps {
  /** Only this journal's files stand in it; one process at a time may use it (the caller holds the lock). */
  readonly directory: string
  readonly fileSystem: FileSystem
  /** `true`: an append resolves when it is durable. `false`: when it is written; a loss of power may take the newest segment's end. */
  readonly synced: boolean
  /** A segment is sealed before it grows beyond this; default 64 MiB. */
  readonly segmentBytes?: number
  /** Bytes that are compressed together in sealed segments, and lost together if one of them goes bad; default 256 KiB. */
  readonly frameBytes?: number
  readonly clock: Clock
  readonly log: Log
}

/**
 * A log in files, see FORMAT.md. Appends that arrive while a group is being written form the next group: one write and
 * one fdatasync each, however many messages. An append that finds the disk full takes those waiting behind it along,
 * so that what is kept is always a beginning of what was appended.
 */
export class FileJournal implements Journal {
  readonly #props: FileJournalProps
  readonly #segmentBytes: number
  readonly #head = new JournalHead()
  readonly #readers = new ReaderPositions()
  readonly #queue: CommitQueue
  readonly #compactor: Compactor
  #appender: SegmentAppender | undefined
  #sealed: readonly SealedSegment[] = []
  #end: LogEnd = { position: origin, receivedAt: 0, messages: 0 }
  #damaged = 0
  /** The last of what removes or replaces sealed segments, one after the other; never rejects. */
  #upkeep: Promise<unknown> = Promise.resolve()

  /** @throws SEN_SETTING_INVALID if `segmentBytes` is out of range. */
  constructor(props: FileJournalProps) {
    this.#props = props
    this.#segmentBytes = props.segmentBytes ?? defaultSegmentBytes
    if (!(this.#segmentBytes > segmentHeaderBytes && this.#segmentBytes <= largestSegmentBytes))
      throw new SenError(
        'SEN_SETTING_INVALID',
        `open journal ${props.directory}: segments of ${this.#segmentBytes} bytes, possible are ${segmentHeaderBytes + 1} to ${largestSegmentBytes}`
      )
    this.#compactor = new Compactor({ ...props, frameBytes: props.frameBytes ?? defaultFrameBytes })
    this.#queue = new CommitQueue({
      name: props.directory,
      commit: group => this.#commit(group),
      end: () => this.#end
    })
  }

  /** Memory that tells readers of other threads how far they may read; see `FileJournalReader`. */
  get head(): SharedArrayBuffer {
    return this.#head.shared
  }

  async start(): Promise<Recovery> {
    const { log, directory } = this.#props
    const recovered = await recoverLog({ ...this.#props, newSalt })
    this.#sealed = recovered.sealed
    this.#end = recovered.end
    this.#damaged = recovered.recovery.damage.length
    this.#use(recovered.active)
    this.#queue.open()
    log.info({ directory, first: this.status().first, last: this.#end.position }, 'Journal open')
    return recovered.recovery
  }

  append(records: readonly JournalRecord[]): Promise<Position> {
    return this.#queue.append(records)
  }

  reader(name: ReaderName): JournalReader {
    this.#readers.commit(name, origin)
    const { directory, fileSystem } = this.#props
    const onCommit = (position: Position): void => this.commit(name, position)
    return new FileJournalReader({ directory, fileSystem, head: this.head, onCommit })
  }

  async last(): Promise<StoredRecord | undefined> {
    const { segment, endOffset } = this.#opened()
    return newestRecord(this.#props.fileSystem, [...this.#sealed, segment], endOffset)
  }

  commit(reader: ReaderName, position: Position): void {
    this.#readers.commit(reader, position)
  }

  trim(policy: TrimPolicy): Promise<{ readonly removedBytes: number }> {
    return this.#inTurn(() => this.#trim(policy))
  }

  async compact(): Promise<{ readonly savedBytes: number }> {
    let savedBytes = 0
    for (;;) {
      const saved = await this.#inTurn(() => this.#compactNext())
      if (saved === undefined) return { savedBytes }
      savedBytes += saved
    }
  }

  reset(position: Position): Promise<void> {
    return this.#inTurn(() => this.#queue.exclusively(() => this.#reset(position)))
  }

  status(): JournalStatus {
    const { segment, header, endOffset } = this.#opened()
    return {
      trimmed: this.#sealed.find(sealed => sealed.header)?.header?.messages ?? header.messages,
      first: this.#sealed[0]?.first ?? segment.first,
      last: this.#end.position,
      messages: this.#end.messages,
      sizeBytes: this.#sealed.reduce((sum, sealed) => sum + sealed.sizeBytes, endOffset),
      segments: this.#sealed.length + 1,
      damaged: this.#damaged
    }
  }

  stop(): Promise<void> {
    this.#compactor.stop()
    return this.#queue.close(async () => {
      await this.#upkeep
      const appender = this.#appender
      if (appender === undefined) return
      if (this.#queue.failure === undefined) await this.#finish(appender)
      await appender.close()
    })
  }

  async #commit(group: CommitGroup): Promise<void> {
    const isTooLong = this.#opened().endOffset + group.sizeBytes > this.#segmentBytes
    if (isTooLong && this.#opened().endOffset > segmentHeaderBytes) await this.#rotate()
    const appender = this.#opened()
    const end = group.seal(this.#end, { groupStart: appender.endOffset, salt: appender.header.salt })
    await appender.append(group.bytes)
    this.#end = end
    this.#publish()
  }

  /** Seals the segment and begins the next one; the old one stays in use if there is no room for that. */
  async #rotate(): Promise<void> {
    const old = this.#opened()
    failpoint('rotation-begun')
    // That a sealed segment is durable is what recovery relies on, in a synced and in an unsynced log.
    if (!this.#props.synced) await old.sync()
    this.#use(await this.#create(this.#end))
    failpoint('rotation-done')
    this.#sealed = [...this.#sealed, { ...old.segment, header: old.header, sizeBytes: old.endOffset }]
    await old.close()
  }

  async #create(end: LogEnd): Promise<ActiveSegment> {
    const { fileSystem, directory } = this.#props
    const header = { ...end, version: formatVersions.plain, salt: newSalt(), first: end.position + 1 }
    try {
      const created = await createSegment(fileSystem, directory, header)
      return { ...created, header, endOffset: segmentHeaderBytes }
    } catch (cause) {
      const { path } = segmentFile(directory, header.first)
      if (!isFull(cause)) throw journalFailed('create', path, cause)
      await this.#removeUnfinished(path)
      throw noRoom(path, segmentHeaderBytes, cause)
    }
  }

  /** Durably, before the old segment takes positions that this one would begin with after a loss of power. */
  async #removeUnfinished(path: string): Promise<void> {
    const { fileSystem, directory } = this.#props
    try {
      await fileSystem.remove(path)
      await fileSystem.syncDirectory(directory)
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT') throw journalFailed('remove', path, cause)
    }
  }

  #use(active: ActiveSegment): void {
    this.#appender = new SegmentAppender(active, this.#props)
    this.#publish()
  }

  #publish(): void {
    const { segment, endOffset } = this.#opened()
    this.#head.publish({ position: this.#end.position, segment: segment.first, endOffset })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#upkeep.then(work)
    this.#upkeep = done.catch(() => undefined)
    return done
  }

  /** @returns the bytes saved, `undefined` if there is nothing to do now. */
  async #compactNext(): Promise<number | undefined> {
    const plain = this.#queue.failure === undefined && this.#sealed.find(one => this.#compactor.mayShrink(one))
    const replaced = plain && (await this.#compactor.replace(plain))
    if (!replaced) return undefined
    this.#sealed = this.#sealed.map(one => (one === plain ? replaced : one))
    return plain.sizeBytes - replaced.sizeBytes
  }

  async #trim(policy: TrimPolicy): Promise<{ removedBytes: number }> {
    const { segment, endOffset } = this.#opened()
    const active = { first: segment.first, receivedAt: this.#end.receivedAt, sizeBytes: endOffset }
    const count = countToTrim({ ...policy, sealed: this.#sealed, active, committed: this.#readers.lowest })
    let removedBytes = 0
    for (const oldest of this.#sealed.slice(0, count)) {
      failpoint('trim-begun')
      await this.#remove(oldest.path)
      this.#sealed = this.#sealed.filter(sealed => sealed !== oldest)
      removedBytes += oldest.sizeBytes
    }
    return { removedBytes }
  }

  /** One by one, durably: a loss of power must not leave a gap between segments. */
  async #remove(path: string): Promise<void> {
    const { fileSystem, directory } = this.#props
    try {
      await fileSystem.remove(path)
      failpoint('segment-removed')
      await fileSystem.syncDirectory(directory)
    } catch (cause) {
      throw journalFailed('remove', path, cause)
    }
  }

  async #reset(position: Position): Promise<void> {
    const old = this.#opened()
    this.#appender = undefined
    await old.close()
    // Newest first: whatever an interruption leaves is a beginning of the old log.
    for (const { path } of [...this.#sealed, old.segment].toReversed()) await this.#remove(path)
    this.#sealed = []
    this.#damaged = 0
    this.#end = { position, receivedAt: 0, messages: 0 }
    this.#use(await this.#create(this.#end))
    this.#props.log.info({ directory: this.#props.directory, position }, 'Journal emptied')
  }

  /**
   * A marker at the end lets the next start tell damage in the last group from an unfinished one, and proves that
   * everything before it was synced.
   */
  async #finish(appender: SegmentAppender): Promise<void> {
    if (!this.#props.synced) await appender.sync()
    const marker = new RecordBuffer(64)
    encodeMarker(marker, this.#end.position, this.#end.receivedAt)
    const { salt } = appender.header
    sealRecord(marker, 0, this.#end.position, { groupStart: appender.endOffset, salt })
    await appender.append(marker.bytes.subarray(0, marker.length)).catch((error: unknown) => {
      // Everything acknowledged is durable without it.
      this.#props.log.warn({ file: appender.segment.path, error }, 'Journal closed without its last mark')
    })
  }

  #opened(): SegmentAppender {
    if (this.#appender) return this.#appender
    throw new SenError('SEN_JOURNAL_CLOSED', `use journal ${this.#props.directory}: it has not been started`)
  }
}

function newSalt(): number {
  return randomInt(2 ** 32)
}
