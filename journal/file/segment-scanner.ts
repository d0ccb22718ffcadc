import type { Position } from '../../model/position.ts'
import { viewOf } from '../record-buffer.ts'
import type { Chunk } from '../record-format.ts'
import {
  claimedSize,
  isIntact,
  kindAt,
  paddedSize,
  positionAt,
  recordHeaderBytes,
  recordKinds
} from '../record-format.ts'
import type { SegmentSource } from './compressed-segment.ts'
import { unreadable } from './segment-files.ts'

const chunkBytes = 1024 * 1024
const mostRecords = 4096

/** Intact records, one behind the other: each begins at `chunk.bytes[starts[i]]`. At least one. */
export interface RecordRun {
  readonly kind: 'records'
  readonly chunk: Chunk
  readonly starts: readonly number[]
}

/** Bytes in which no record could be found. */
export interface BadStretch {
  readonly kind: 'bad'
  readonly offset: number
  readonly sizeBytes: number
  /** The last position lost in it, as the intact record behind it tells; `undefined` if there is none. */
  readonly to: Position | undefined
}

interface Found {
  readonly chunk: Chunk
  readonly at: number
}

/**
 * Walks through a segment's records, verifies each, and finds its way behind damage by looking for the next record at
 * every multiple of 8. Reads in large pieces; each piece is handed out with its records and never used again.
 */
export class SegmentScanner {
  readonly #source: Pick<SegmentSource, 'read'>
  readonly #path: string
  readonly #salt: number
  #offset: number
  #chunk: Chunk | undefined

  /** @param props.offset - where a record begins: behind the header, or as an earlier scan found it. */
  constructor(props: {
    readonly source: Pick<SegmentSource, 'read'>
    readonly path: string
    readonly salt: number
    readonly offset: number
  }) {
    this.#source = props.source
    this.#path = props.path
    this.#salt = props.salt
    this.#offset = props.offset
  }

  /** Everything before this offset was given. */
  get offset(): number {
    return this.#offset
  }

  /**
   * @param limit - offset to read to. Where more will be appended it must be the end of a record.
   * @returns `undefined` at the limit; a later call with a higher one goes on.
   * @throws SEN_JOURNAL_DAMAGED if the file cannot be read.
   */
  async next(limit: number): Promise<RecordRun | BadStretch | undefined> {
    if (this.#offset >= limit) return undefined
    const run = this.#run() ?? (await this.#readRun(limit))
    if (run === undefined) return this.#passOver(limit)
    const last = run.starts.at(-1) ?? 0
    this.#offset = run.chunk.offset + last + claimedSize(run.chunk, last)
    return run
  }

  async #readRun(limit: number): Promise<RecordRun | undefined> {
    this.#chunk = await this.#read(this.#offset, Math.min(chunkBytes, limit - this.#offset))
    const run = this.#run()
    if (run !== undefined || this.#chunk.bytes.length < recordHeaderBytes) return run
    const claimed = claimedSize(this.#chunk, 0)
    if (claimed <= this.#chunk.bytes.length || this.#offset + claimed > limit) return undefined
    this.#chunk = await this.#read(this.#offset, claimed)
    return this.#run()
  }

  /** The intact records at the present place that lie wholly in the chunk. */
  #run(): RecordRun | undefined {
    const chunk = this.#chunk
    if (chunk === undefined) return undefined
    const starts: number[] = []
    let at = this.#offset - chunk.offset
    while (starts.length < mostRecords) {
      const sizeBytes = this.#intactSize(chunk, at)
      if (sizeBytes === 0) break
      starts.push(at)
      at += sizeBytes
    }
    return starts.length === 0 ? undefined : { kind: 'records', chunk, starts }
  }

  #intactSize(chunk: Chunk, at: number): number {
    if (at + recordHeaderBytes > chunk.bytes.length) return 0
    const sizeBytes = claimedSize(chunk, at)
    if (sizeBytes === 0 || at + sizeBytes > chunk.bytes.length) return 0
    return isIntact(chunk, at, sizeBytes, this.#salt) ? sizeBytes : 0
  }

  async #passOver(limit: number): Promise<BadStretch> {
    const offset = this.#offset
    const found = await this.#find(offset + 8, limit)
    this.#chunk = found?.chunk
    this.#offset = found === undefined ? limit : found.chunk.offset + found.at
    return { kind: 'bad', offset, sizeBytes: this.#offset - offset, to: found && positionBefore(found.chunk, found.at) }
  }

  /** The first intact record from `offset` on. */
  async #find(offset: number, limit: number): Promise<Found | undefined> {
    for (let from = offset; from + recordHeaderBytes <= limit;) {
      const chunk = await this.#read(from, Math.min(chunkBytes, limit - from))
      for (let at = this.#candidate(chunk, 0, limit); at >= 0; at = this.#candidate(chunk, at + 8, limit)) {
        if (this.#intactSize(chunk, at) > 0) return { chunk, at }
        const whole = await this.#read(from + at, claimedSize(chunk, at))
        if (this.#intactSize(whole, 0) > 0) return { chunk: whole, at: 0 }
      }
      if (chunk.bytes.length < recordHeaderBytes) return undefined
      from += paddedSize(chunk.bytes.length - recordHeaderBytes + 1)
    }
    return undefined
  }

  /** The next place from `at` on with an intact record, or with what may be one reaching beyond the chunk; -1 if none. */
  #candidate(chunk: Chunk, at: number, limit: number): number {
    for (let place = at; place + recordHeaderBytes <= chunk.bytes.length; place += 8) {
      const claimed = claimedSize(chunk, place)
      if (claimed === 0 || chunk.offset + place + claimed > limit) continue
      if (place + claimed > chunk.bytes.length || isIntact(chunk, place, claimed, this.#salt)) return place
    }
    return -1
  }

  /** Up to `sizeBytes` from `offset` on: fewer where the file ends. */
  async #read(offset: number, sizeBytes: number): Promise<Chunk> {
    const room = Buffer.allocUnsafeSlow(sizeBytes)
    const count = await this.#source.read(room, offset).catch((cause: unknown) => {
      throw unreadable(this.#path, { offset, sizeBytes }, cause)
    })
    const bytes = count === sizeBytes ? room : room.subarray(0, count)
    return { bytes, view: viewOf(bytes), offset }
  }
}

/** A marker carries the position of the record before it, any other record its own. */
function positionBefore(chunk: Chunk, at: number): Position {
  return kindAt(chunk, at) === recordKinds.marker ? positionAt(chunk, at) : positionAt(chunk, at) - 1
}
