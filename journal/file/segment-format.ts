import { crc32 } from 'node:zlib'
import type { Position } from '../../model/position.ts'
import { viewOf } from '../record-buffer.ts'
import type { FrameTable } from './frame-table.ts'
import { decodeFrameTable, encodeFrameTable } from './frame-table.ts'

/** Each copy of the header fills a disk block of its own, so that a block that cannot be read costs one copy. */
const copyBytes = 4096
const copyOffsets = [0, copyBytes] as const
/** Records of a segment begin here, behind both copies of its header. */
export const segmentHeaderBytes = copyOffsets.length * copyBytes
/** The versions that this program knows; any other is refused (see FORMAT.md). A segment is born plain. */
export const formatVersions = { plain: 1, compressed: 2 } as const

const magic = Buffer.from('SENLOG\r\n', 'latin1')
const suffix = '.log'
/** Ends the name of a segment's compressed form until it is whole and takes the segment's own name. */
const unfinishedSuffix = '.unfinished'

/** What a segment says of itself and of the log before it. */
export interface SegmentHeader {
  readonly version: number
  /** Random; every checksum in the segment begins with it. */
  readonly salt: number
  /** No record of this segment has a lower position; every record of the segment before has. */
  readonly first: Position
  /** `message` records in the log before this segment, trimmed ones included. */
  readonly messages: number
  /** Newest `receivedAt` before this segment, ms since the epoch; 0 if there was none. */
  readonly receivedAt: number
}

/** @returns the file name of the segment that begins with `first`: names sort as positions do. */
export function segmentName(first: Position): string {
  return `${String(first).padStart(16, '0')}${suffix}`
}

/** @returns the first position that a file name states, or `undefined` if the file is no segment. */
export function firstOfName(name: string): Position | undefined {
  return /^\d{16}\.log$/.test(name) ? Number(name.slice(0, -suffix.length)) : undefined
}

/** @returns the path at which the compressed form of the segment at `path` is made. */
export function unfinishedPath(path: string): string {
  return `${path}${unfinishedSuffix}`
}

/** Says whether a file of this name is what an interruption left of making a compressed form. */
export function isUnfinishedName(name: string): boolean {
  return name.endsWith(unfinishedSuffix) && firstOfName(name.slice(0, -unfinishedSuffix.length)) !== undefined
}

/** @param frames - of a compressed segment. @returns `segmentHeaderBytes` bytes: both copies. */
export function encodeSegmentHeader(header: SegmentHeader, frames?: FrameTable): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes)
  const view = viewOf(bytes)
  for (const at of copyOffsets) {
    bytes.set(magic, at)
    view.setUint32(at + 8, header.version, true)
    view.setUint32(at + 12, header.salt, true)
    view.setFloat64(at + 16, header.first, true)
    view.setFloat64(at + 24, header.messages, true)
    view.setFloat64(at + 32, header.receivedAt, true)
    if (frames) encodeFrameTable(view, at, frames)
    view.setUint32(at + copyBytes - 4, crc32(bytes.subarray(at, at + copyBytes - 4)), true)
  }
  return bytes
}

/** The header as read, and where copies of it are damaged. */
export interface HeaderReading {
  readonly header: SegmentHeader | undefined
  /** Of a compressed segment. */
  readonly frames: FrameTable | undefined
  /** Offset and size of each copy that does not pass its checksum. */
  readonly damaged: readonly { readonly offset: number; readonly sizeBytes: number }[]
}

/** @param bytes - the beginning of a segment's file, as much as there is of it. */
export function decodeSegmentHeader(bytes: Uint8Array): HeaderReading {
  const copies = copyOffsets.map(at => intactCopy(bytes, at))
  const copy = copies.find(view => view !== undefined)
  const header = copy && headerOf(copy)
  return {
    header,
    frames: copy && header?.version === formatVersions.compressed ? decodeFrameTable(copy) : undefined,
    damaged: copyOffsets
      .filter((_, index) => copies[index] === undefined)
      .map(offset => ({ offset, sizeBytes: copyBytes }))
  }
}

function intactCopy(bytes: Uint8Array, at: number): DataView | undefined {
  if (bytes.length < at + copyBytes) return undefined
  const copy = bytes.subarray(at, at + copyBytes)
  const view = viewOf(copy)
  if (crc32(copy.subarray(0, copyBytes - 4)) !== view.getUint32(copyBytes - 4, true)) return undefined
  return magic.equals(copy.subarray(0, magic.length)) ? view : undefined
}

function headerOf(view: DataView): SegmentHeader {
  return {
    version: view.getUint32(8, true),
    salt: view.getUint32(12, true),
    first: view.getFloat64(16, true),
    messages: view.getFloat64(24, true),
    receivedAt: view.getFloat64(32, true)
  }
}
