import type { FileSystem, OpenFile } from '../file-system.ts'
import type { StoredRecord } from '../journal.ts'
import { decodeRecord } from '../record-format.ts'
import type { SealedSegment } from './recovery.ts'
import { segmentHeaderBytes } from './segment-format.ts'
import { SegmentScanner } from './segment-scanner.ts'

/** @param segments - oldest first. @returns the newest intact record, `undefined` if there is none. */
export async function newestRecord(
  fileSystem: FileSystem,
  segments: readonly SealedSegment[]
): Promise<StoredRecord | undefined> {
  for (const segment of segments.toReversed()) {
    const file = await fileSystem.open(segment.path, 'read')
    try {
      const record = await newestIn(file, segment)
      if (record) return record
    } finally {
      await file.close()
    }
  }
  return undefined
}

async function newestIn(file: OpenFile, segment: SealedSegment): Promise<StoredRecord | undefined> {
  const { path, header, sizeBytes } = segment
  if (header === undefined) return undefined
  const scanner = new SegmentScanner({ file, path, salt: header.salt, offset: segmentHeaderBytes })
  let newest: StoredRecord | undefined
  for (;;) {
    const step = await scanner.next(sizeBytes)
    if (step === undefined) return newest
    if (step.kind === 'bad') continue
    for (const at of step.starts.toReversed()) {
      const record = decodeRecord(step.chunk, at)
      if (record === undefined) continue
      newest = record
      break
    }
  }
}
