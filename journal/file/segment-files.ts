import { join } from 'node:path'
import { SenError } from '../../model/errors.ts'
import { failpoint } from '../../model/failpoint.ts'
import type { FileSystem, OpenFile } from '../file-system.ts'
import type { Position } from '../../model/position.ts'
import type { SegmentSource } from './compressed-segment.ts'
import { CompressedSegment } from './compressed-segment.ts'
import type { HeaderReading, SegmentHeader } from './segment-format.ts'
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  firstOfName,
  isUnfinishedName,
  segmentHeaderBytes,
  segmentName
} from './segment-format.ts'

/** A segment's file, by its name alone. */
export interface SegmentFile {
  readonly first: Position
  readonly path: string
}

export function segmentFile(directory: string, first: Position): SegmentFile {
  return { first, path: join(directory, segmentName(first)) }
}

/** @returns the segments of a directory, oldest first; other files are passed over. */
export async function listSegments(fileSystem: FileSystem, directory: string): Promise<readonly SegmentFile[]> {
  const names = await fileSystem.list(directory)
  return names
    .map(firstOfName)
    .filter(first => first !== undefined)
    .toSorted((one, other) => one - other)
    .map(first => segmentFile(directory, first))
}

/** Removes what an interruption left of compressing segments; they have their own names still. */
export async function removeUnfinishedForms(fileSystem: FileSystem, directory: string): Promise<void> {
  for (const name of await fileSystem.list(directory))
    if (isUnfinishedName(name)) await fileSystem.remove(join(directory, name))
}

/** A segment open for reading, whichever its form. */
export interface OpenSegment {
  readonly source: SegmentSource
  readonly reading: HeaderReading
  /** What it takes on the disk. */
  readonly sizeBytes: number
}

/** @throws what opening it throws; SEN_JOURNAL_DAMAGED if the disk cannot read its header. */
export async function openSegment(fileSystem: FileSystem, path: string): Promise<OpenSegment> {
  const file = await fileSystem.open(path, 'read')
  try {
    const reading = await readSegmentHeader(file, path)
    const source = reading.frames ? new CompressedSegment(file, reading.frames) : file
    return { source, reading, sizeBytes: await file.sizeBytes() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readSegmentHeader(file: OpenFile, path: string): Promise<HeaderReading> {
  const bytes = new Uint8Array(segmentHeaderBytes)
  const count = await file.read(bytes, 0).catch((cause: unknown) => {
    throw unreadable(path, { offset: 0, sizeBytes: segmentHeaderBytes }, cause)
  })
  return decodeSegmentHeader(bytes.subarray(0, count))
}

/** @returns the error of a file that the disk itself cannot read. */
export function unreadable(
  path: string,
  { offset, sizeBytes }: { readonly offset: number; readonly sizeBytes: number },
  cause: unknown
): SenError {
  return new SenError('SEN_JOURNAL_DAMAGED', `read ${path}: ${sizeBytes} bytes at ${offset} cannot be read`, {
    cause,
    hint: 'Look at the disk’s health; the rest of the log is untouched.'
  })
}

/** Creates a segment durably, so that records may be written behind its header. */
export async function createSegment(
  fileSystem: FileSystem,
  directory: string,
  header: SegmentHeader
): Promise<{ readonly file: OpenFile; readonly segment: SegmentFile }> {
  const segment = segmentFile(directory, header.first)
  const file = await fileSystem.open(segment.path, 'create')
  failpoint('segment-created')
  try {
    await file.write(encodeSegmentHeader(header), 0)
    failpoint('segment-headed')
    await file.datasync()
    await fileSystem.syncDirectory(directory)
    return { file, segment }
  } catch (error) {
    await file.close()
    throw error
  }
}
