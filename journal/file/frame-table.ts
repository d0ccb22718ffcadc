import { crc32 } from 'node:zlib'

/** Where the table begins in a header copy, behind what every segment says of itself. */
const tableOffset = 40
const framesOffset = 56
const frameEntryBytes = 8

/** As many as fit into a copy of the header, before its checksum. */
export const mostFrames = 504

/**
 * How the records of a compressed segment are cut into frames, each compressed by itself (zstd, RFC 8878).
 *
 * Offsets of records are those of the uncompressed segment: they stand in checksums and in the indexes of readers.
 */
export interface FrameTable {
  /** Size of the segment before it was compressed, header included: where its last record ends. */
  readonly endOffset: number
  /** Uncompressed bytes of a frame; the last one may hold fewer. */
  readonly frameBytes: number
  /** Compressed bytes of each frame; they stand behind the header in this order. */
  readonly sizes: Uint32Array
  /** CRC-32 of each frame's compressed bytes. */
  readonly checksums: Uint32Array
}

/** Writes the table into a copy of the header. */
export function encodeFrameTable(view: DataView, at: number, table: FrameTable): void {
  view.setFloat64(at + tableOffset, table.endOffset, true)
  view.setUint32(at + tableOffset + 8, table.frameBytes, true)
  view.setUint32(at + tableOffset + 12, table.sizes.length, true)
  for (const [index, sizeBytes] of table.sizes.entries()) {
    const entry = at + framesOffset + index * frameEntryBytes
    view.setUint32(entry, sizeBytes, true)
    view.setUint32(entry + 4, table.checksums[index] ?? 0, true)
  }
}

/** @param view - over an intact copy of a compressed segment's header. */
export function decodeFrameTable(view: DataView): FrameTable {
  const length = view.getUint32(tableOffset + 12, true)
  const entries = Array.from({ length }, (_, index) => framesOffset + index * frameEntryBytes)
  return {
    endOffset: view.getFloat64(tableOffset, true),
    frameBytes: view.getUint32(tableOffset + 8, true),
    sizes: Uint32Array.from(entries, entry => view.getUint32(entry, true)),
    checksums: Uint32Array.from(entries, entry => view.getUint32(entry + 4, true))
  }
}

export function frameChecksum(compressed: Uint8Array): number {
  return crc32(compressed)
}
