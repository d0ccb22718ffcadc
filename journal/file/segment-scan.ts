import type { Position } from '../../model/position.ts'
import type { Damage } from '../journal.ts'
import { groupStartAt, kindAt, positionAt, receivedAtOf, recordHeaderBytes, recordKinds } from '../record-format.ts'
import type { SegmentSource } from './compressed-segment.ts'
import type { SegmentFile } from './segment-files.ts'
import type { SegmentHeader } from './segment-format.ts'
import { segmentHeaderBytes } from './segment-format.ts'
import type { BadStretch, RecordRun } from './segment-scanner.ts'
import { SegmentScanner } from './segment-scanner.ts'

/** Where a log stands behind a record. */
export interface LogEnd {
  readonly position: Position
  /** Newest `receivedAt`, ms since the epoch; 0 if there is none. */
  readonly receivedAt: number
  /** `message` records since the log began. */
  readonly messages: number
}

/** What one walk through a segment found. */
export interface SegmentScan {
  readonly end: LogEnd
  /** Highest `groupStart` of an intact record: everything before that offset was synced once (in a synced log). */
  readonly provenOffset: number
  /** Where the last marker ends, else where the records begin: everything before was synced once, in every log. */
  readonly markedOffset: number
  /** Says that there is no intact record, which would prove that the header was synced. */
  readonly isEmpty: boolean
  /** Where no record could be found, with the log's end before it. */
  readonly bad: readonly { readonly stretch: BadStretch; readonly before: LogEnd }[]
}

/** Walks through a segment. */
export async function scanSegment(
  source: SegmentSource,
  segment: SegmentFile & { readonly header: SegmentHeader }
): Promise<SegmentScan> {
  const { header } = segment
  const { salt, messages, receivedAt } = header
  const scanner = new SegmentScanner({ source, path: segment.path, salt, offset: segmentHeaderBytes })
  const endOffset = await source.sizeBytes()
  const bad: { readonly stretch: BadStretch; readonly before: LogEnd }[] = []
  let end: LogEnd = { position: header.first - 1, receivedAt, messages }
  let provenOffset = segmentHeaderBytes
  let markedOffset = segmentHeaderBytes
  let isEmpty = true
  for (;;) {
    const step = await scanner.next(endOffset)
    if (step === undefined) return { end, provenOffset, markedOffset, isEmpty, bad }
    if (step.kind === 'bad') {
      bad.push({ stretch: step, before: end })
      continue
    }
    const last = step.starts.at(-1) ?? 0
    provenOffset = groupStartAt(step.chunk, last)
    const marker = step.starts.findLast(at => kindAt(step.chunk, at) === recordKinds.marker)
    if (marker !== undefined) markedOffset = step.chunk.offset + marker + recordHeaderBytes
    isEmpty = false
    end = endAfter(end, step, last)
  }
}

function endAfter(end: LogEnd, run: RecordRun, last: number): LogEnd {
  const { chunk, starts } = run
  return {
    position: positionAt(chunk, last),
    receivedAt: receivedAtOf(chunk, last),
    messages: end.messages + starts.filter(at => kindAt(chunk, at) === recordKinds.message).length
  }
}

/** @param segmentEnd - the last position that may have stood in the segment. */
export function damageOf(path: string, stretch: BadStretch, before: Position, segmentEnd: Position): Damage {
  const { offset, sizeBytes } = stretch
  return { file: path, offset, sizeBytes, from: before + 1, to: stretch.to ?? segmentEnd }
}
