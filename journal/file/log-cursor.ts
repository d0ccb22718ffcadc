import { SenError } from '../../model/errors.ts'
import type { Position } from '../../model/position.ts'
import { origin } from '../../model/position.ts'
import type { FileSystem } from '../file-system.ts'
import { codeOf } from '../file-system.ts'
import type { Damage, JournalBatch, StoredRecord } from '../journal.ts'
import { decodeRecord, positionAt } from '../record-format.ts'
import type { SegmentSource } from './compressed-segment.ts'
import type { HeadState } from './journal-head.ts'
import type { SeekIndex } from './seek-index.ts'
import type { SegmentFile } from './segment-files.ts'
import { listSegments, openSegment } from './segment-files.ts'
import { segmentHeaderBytes } from './segment-format.ts'
import { damageOf } from './segment-scan.ts'
import type { BadStretch, RecordRun } from './segment-scanner.ts'
import { SegmentScanner } from './segment-scanner.ts'

/** The segment under the cursor. Without a scanner its header is lost and nothing in it can be verified. */
interface Place {
  readonly segment: SegmentFile
  readonly source: SegmentSource
  readonly scanner: SegmentScanner | undefined
}

export interface LogCursorProps {
  readonly fileSystem: FileSystem
  readonly directory: string
  /** Where earlier reading found records; the cursor adds to it. */
  readonly index: SeekIndex
  /** Records after this position are wanted. */
  readonly from: Position
}

/** One way through the log, from segment to segment, behind the journal's head. */
export class LogCursor {
  readonly #props: LogCursorProps
  #place: Place | undefined
  /** Everything up to here was given or is known to be lost. */
  #passed: Position

  constructor(props: LogCursorProps) {
    this.#props = props
    this.#passed = props.from
  }

  /**
   * @returns the next records or the next damage, `undefined` if there is nothing more up to `head`.
   * @throws SEN_JOURNAL_DAMAGED if what should follow `from` was removed, or a file cannot be read.
   */
  async next(head: HeadState): Promise<JournalBatch | undefined> {
    const { segment: active } = head
    if (active === undefined) return undefined
    for (;;) {
      const place = (this.#place ??= await this.#enter(await this.#segments(active), head))
      const isActive = place.segment.first === active
      const step = await place.scanner?.next(isActive ? head.endOffset : await place.source.sizeBytes())
      if (step?.kind === 'records') {
        const records = this.#recordsOf(place, step)
        if (records.length > 0) return { records, damage: undefined }
        continue
      }
      const next = isActive ? undefined : await this.#following(place, active)
      const segmentEnd = next ? next.first - 1 : head.position
      const damage = step ? this.#damageOf(place, step, segmentEnd) : await this.#missing(place, segmentEnd)
      if (damage) return { records: [], damage }
      if (step) continue
      if (next === undefined) return undefined
      await this.close()
      this.#place = await this.#open(next, segmentHeaderBytes)
    }
  }

  async close(): Promise<void> {
    const place = this.#place
    this.#place = undefined
    await place?.source.close()
  }

  /** Opens the segment in which the position after `from` stands, or would. */
  async #enter(segments: readonly SegmentFile[], head: HeadState): Promise<Place> {
    const { from, index } = this.#props
    const segment = segments.findLast(({ first }) => first <= from + 1) ?? (from === origin ? segments[0] : undefined)
    if (segment === undefined) throw this.#removed(segments[0])
    this.#passed = Math.max(this.#passed, segment.first - 1)
    const isAtEnd = from >= head.position && segment.first === head.segment
    return this.#open(segment, isAtEnd ? head.endOffset : index.offsetOf(segment.first, from))
  }

  async #open(segment: SegmentFile, offset: number): Promise<Place> {
    const { path } = segment
    const { source, reading } = await openSegment(this.#props.fileSystem, path).catch((cause: unknown) => {
      throw codeOf(cause) === 'ENOENT' ? this.#removed(segment, cause) : cause
    })
    const { header } = reading
    return { segment, source, scanner: header && new SegmentScanner({ source, path, salt: header.salt, offset }) }
  }

  /** The segments up to the active one; one behind it may not be finished. */
  async #segments(active: Position): Promise<readonly SegmentFile[]> {
    const { fileSystem, directory } = this.#props
    return (await listSegments(fileSystem, directory)).filter(({ first }) => first <= active)
  }

  async #following(place: Place, active: Position): Promise<SegmentFile> {
    const next = (await this.#segments(active)).find(({ first }) => first > place.segment.first)
    if (next === undefined) throw this.#removed(place.segment)
    return next
  }

  #recordsOf(place: Place, { chunk, starts }: RecordRun): readonly StoredRecord[] {
    const { from, index } = this.#props
    const records: StoredRecord[] = []
    const [first = 0] = starts
    index.note(place.segment.first, positionAt(chunk, first), chunk.offset + first)
    for (const at of starts) {
      const position = positionAt(chunk, at)
      if (position > this.#passed) this.#passed = position
      const record = position > from ? decodeRecord(chunk, at) : undefined
      if (record !== undefined) records.push(record)
    }
    return records
  }

  #damageOf(place: Place, stretch: BadStretch, segmentEnd: Position): Damage | undefined {
    const damage = damageOf(place.segment.path, stretch, this.#passed, segmentEnd)
    return this.#lost(damage)
  }

  /** What should stand between the end of a segment and the next one, or in a segment without a header. */
  async #missing(place: Place, segmentEnd: Position): Promise<Damage | undefined> {
    const sizeBytes = await place.source.sizeBytes()
    const stretch = place.scanner ? { offset: sizeBytes, sizeBytes: 0 } : { offset: 0, sizeBytes }
    return this.#lost({ file: place.segment.path, ...stretch, from: this.#passed + 1, to: segmentEnd })
  }

  /** Damage in what the reader has passed already is none of its business. */
  #lost(damage: Damage): Damage | undefined {
    if (damage.to <= this.#passed) return undefined
    this.#passed = damage.to
    return damage
  }

  #removed(segment: SegmentFile | undefined, cause?: unknown): SenError {
    const what = `read ${segment?.path ?? this.#props.directory}`
    return new SenError('SEN_JOURNAL_DAMAGED', `${what}: the records after ${this.#passed} were removed`, {
      cause,
      hint: 'Register readers before trimming; begin at the oldest record or rebuild what this reader keeps.'
    })
  }
}
