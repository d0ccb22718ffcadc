import type { FileSystem } from '../file-system.ts'
import type { StoredRecord } from '../journal.ts'
import { decodeRecord } from '../record-format.ts'
import type { OpenSegment, SegmentFile } from './segment-files.ts'
import { openSegment } from './segment-files.ts'
import { segmentHeaderBytes } from './segment-format.ts'
import { SegmentScanner } from './segment-scanner.ts'

/**
 * @param segments - oldest first.
 * @param endOffset - where the last one's readable records end.
 * @returns the newest intact record, `undefined` if there is none.
 */
export async function newestRecord(
  fileSystem: FileSystem,
  segments: readonly SegmentFile[],
  endOffset: number
): Promise<StoredRecord | undefined> {
  for (const { path } of segments.toReversed()) {
    const segment = await openSegment(fileSystem, path)
    try {
      const isNewest = path === segments.at(-1)?.path
      const record = await newestIn(segment, path, isNewest ? endOffset : await segment.source.sizeBytes())
      if (record) return record
    } finally {
      await segment.source.close()
    }
  }
  return undefined
}

async function newestIn(
  { source, reading }: OpenSegment,
  path: string,
  endOffset: number
): Promise<StoredRecord | undefined> {
  if (reading.header === undefined) return undefined
  const scanner = new SegmentScanner({ source, path, salt: reading.header.salt, offset: segmentHeaderBytes })
  let newest: StoredRecord | undefined
  for (;;) {
    const step = await scanner.next(endOffset)
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
