import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { OpenFile } from '../file-system.ts'
import type { FrameTable } from './frame-table.ts'
import { frameChecksum } from './frame-table.ts'
import { segmentHeaderBytes } from './segment-format.ts'

const decompress = promisify(zstdDecompress)
/** A chunk of a scan ends inside a frame, with which the next one begins. */
const mostCached = 2

/** What is read of a segment, compressed or not: offsets and size are those of the uncompressed segment. */
export type SegmentSource = Pick<OpenFile, 'read' | 'sizeBytes' | 'close'>

interface Cached {
  readonly index: number
  readonly bytes: Uint8Array
}

/**
 * Reads the records of a compressed segment as if it were not.
 *
 * A frame that does not pass its checksum reads as zeros, in which nobody finds a record: whoever walks through the
 * records meets it as damage, with its offset and size, and finds those of the other frames behind it.
 */
export class CompressedSegment implements SegmentSource {
  readonly #file: OpenFile
  readonly #table: FrameTable
  /** Where each frame begins in the file. */
  readonly #offsets: readonly number[]
  #cached: readonly Cached[] = []

  constructor(file: OpenFile, table: FrameTable) {
    this.#file = file
    this.#table = table
    const offsets: number[] = []
    let offset = segmentHeaderBytes
    for (const sizeBytes of table.sizes) {
      offsets.push(offset)
      offset += sizeBytes
    }
    this.#offsets = offsets
  }

  /** @param offset - behind the header. @throws what the disk throws. */
  async read(into: Uint8Array, offset: number): Promise<number> {
    const end = Math.min(offset + into.length, this.#table.endOffset)
    for (let at = offset; at < end;) {
      const index = Math.floor((at - segmentHeaderBytes) / this.#table.frameBytes)
      const start = this.#startOf(index)
      const part = (await this.#frame(index)).subarray(at - start, end - start)
      into.set(part, at - offset)
      at += part.length
    }
    return Math.max(0, end - offset)
  }

  sizeBytes(): Promise<number> {
    return Promise.resolve(this.#table.endOffset)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #startOf(index: number): number {
    return segmentHeaderBytes + index * this.#table.frameBytes
  }

  async #frame(index: number): Promise<Uint8Array> {
    const known = this.#cached.find(cached => cached.index === index)
    if (known) return known.bytes
    const sizeBytes = Math.min(this.#table.frameBytes, this.#table.endOffset - this.#startOf(index))
    const bytes = (await this.#decompressed(index, sizeBytes)) ?? new Uint8Array(sizeBytes)
    this.#cached = [...this.#cached, { index, bytes }].slice(-mostCached)
    return bytes
  }

  /** @returns `undefined` if the frame is damaged. */
  async #decompressed(index: number, sizeBytes: number): Promise<Uint8Array | undefined> {
    const compressed = new Uint8Array(this.#table.sizes[index] ?? 0)
    await this.#file.read(compressed, this.#offsets[index] ?? 0)
    if (frameChecksum(compressed) !== this.#table.checksums[index]) return undefined
    // In one piece: by default the output comes in pieces of 16 KiB, which takes five times as long.
    const bytes = await decompress(compressed, { chunkSize: Math.max(64, sizeBytes) }).catch(() => undefined)
    return bytes?.length === sizeBytes ? bytes : undefined
  }
}
