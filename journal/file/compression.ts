import { promisify } from 'node:util'
import { constants, crc32, zstdCompress } from 'node:zlib'
import { SenError } from '../../model/errors.ts'
import type { FileSystem, OpenFile } from '../file-system.ts'
import type { SegmentSource } from './compressed-segment.ts'
import type { FrameTable } from './frame-table.ts'
import { frameChecksum, mostFrames } from './frame-table.ts'
import type { SealedSegment } from './recovery.ts'
import { openSegment } from './segment-files.ts'
import type { SegmentHeader } from './segment-format.ts'
import { encodeSegmentHeader, formatVersions, segmentHeaderBytes, unfinishedPath } from './segment-format.ts'

const compress = promisify(zstdCompress)
/** On telemetry as small as level 3, at half the cost. */
const level = 1
/** Written before each sync: large ones would keep the appends of the same disk waiting. */
const syncEveryBytes = 1024 * 1024

export interface CompressionProps {
  readonly fileSystem: FileSystem
  /** Uncompressed bytes of a frame; more where a segment would need more frames than its header has room for. */
  readonly frameBytes: number
  /** Ends the work between two frames. */
  readonly signal: AbortSignal
}

/** A compressed form that is written, synced and read back, and does not have the segment's name yet. */
export interface CompressedForm {
  readonly path: string
  readonly sizeBytes: number
  readonly header: SegmentHeader
}

interface Frames extends FrameTable {
  /** CRC-32 of each frame's bytes before compression. */
  readonly plainChecksums: Uint32Array
}

/**
 * Writes the compressed form of a sealed segment beside it. Compression runs in libuv's thread pool; the event loop is
 * held for a checksum of one frame at a time, 0.1 ms for 256 KiB.
 *
 * @returns the form to be renamed to the segment's name, durable under neither name yet.
 * @throws what the disk throws, the signal's reason, or SEN_JOURNAL_DAMAGED if it reads back as something else. What was
 *   written so far is left for the caller to remove.
 */
export async function writeCompressedForm(props: CompressionProps, segment: SealedSegment): Promise<CompressedForm> {
  const path = unfinishedPath(segment.path)
  const { source, reading } = await openSegment(props.fileSystem, segment.path)
  try {
    if (reading.header === undefined) throw altered(segment.path, 'its header cannot be read')
    const header = { ...reading.header, version: formatVersions.compressed }
    const file = await props.fileSystem.open(path, 'create')
    const frames = await writeFrames(props, source, file)
      .then(async written => {
        await file.write(encodeSegmentHeader(header, written), 0)
        await file.datasync()
        return written
      })
      .finally(() => file.close())
    await readBack(props, path, frames)
    return { path, header, sizeBytes: frames.sizes.reduce((sum, size) => sum + size, segmentHeaderBytes) }
  } finally {
    await source.close()
  }
}

async function writeFrames(props: CompressionProps, source: SegmentSource, file: OpenFile): Promise<Frames> {
  const endOffset = await source.sizeBytes()
  const recordBytes = endOffset - segmentHeaderBytes
  const frameBytes = Math.max(props.frameBytes, Math.ceil(recordBytes / mostFrames))
  const count = Math.ceil(recordBytes / frameBytes)
  const sizes = new Uint32Array(count)
  const checksums = new Uint32Array(count)
  const plainChecksums = new Uint32Array(count)
  const plain = new Uint8Array(Math.min(frameBytes, recordBytes))
  let at = segmentHeaderBytes
  let unsyncedBytes = 0
  for (let index = 0; index < count; index += 1) {
    props.signal.throwIfAborted()
    const length = await source.read(plain, segmentHeaderBytes + index * frameBytes)
    const bytes = plain.subarray(0, length)
    const compressed = await compressedOf(bytes)
    sizes[index] = compressed.length
    checksums[index] = frameChecksum(compressed)
    plainChecksums[index] = crc32(bytes)
    await file.write(compressed, at)
    at += compressed.length
    unsyncedBytes += compressed.length
    if (unsyncedBytes < syncEveryBytes) continue
    await file.datasync()
    unsyncedBytes = 0
  }
  return { endOffset, frameBytes, sizes, checksums, plainChecksums }
}

function compressedOf(bytes: Uint8Array): Promise<Uint8Array> {
  return compress(bytes, {
    // In one piece: by default the output comes in pieces of 16 KiB.
    chunkSize: Math.max(64, bytes.length),
    params: { [constants.ZSTD_c_compressionLevel]: level }
  })
}

/** Reads the form as readers will, and compares it with what the segment held. */
async function readBack(props: CompressionProps, path: string, frames: Frames): Promise<void> {
  const { source, reading } = await openSegment(props.fileSystem, path)
  try {
    if (reading.damaged.length > 0 || (await source.sizeBytes()) !== frames.endOffset)
      throw altered(path, 'its header reads back differently')
    const bytes = new Uint8Array(Math.min(frames.frameBytes, frames.endOffset))
    for (const [index, expected] of frames.plainChecksums.entries()) {
      props.signal.throwIfAborted()
      const length = await source.read(bytes, segmentHeaderBytes + index * frames.frameBytes)
      if (crc32(bytes.subarray(0, length)) !== expected) throw altered(path, `frame ${index} reads back differently`)
    }
  } finally {
    await source.close()
  }
}

function altered(path: string, cause: string): SenError {
  return new SenError('SEN_JOURNAL_DAMAGED', `compress ${path}: ${cause}`, {
    hint: 'The segment stays as it was. Look at the disk’s health.'
  })
}
