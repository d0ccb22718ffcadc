import type { Log } from '../../model/log.ts'
import { SenError } from '../../model/errors.ts'
import { failpoint } from '../../model/failpoint.ts'
import type { Position } from '../../model/position.ts'
import { origin } from '../../model/position.ts'
import type { FileSystem, OpenFile } from '../file-system.ts'
import type { Damage, Recovery } from '../journal.ts'
import { recordHeaderBytes } from '../record-format.ts'
import type { SegmentFile } from './segment-files.ts'
import { createSegment, listSegments, openSegment, removeUnfinishedForms, segmentFile } from './segment-files.ts'
import type { HeaderReading, SegmentHeader } from './segment-format.ts'
import { formatVersions, segmentHeaderBytes } from './segment-format.ts'
import type { LogEnd } from './segment-scan.ts'
import { damageOf, scanSegment } from './segment-scan.ts'

/** A segment that is whole and takes no more records. */
export interface SealedSegment extends SegmentFile {
  /** What it takes on the disk. */
  readonly sizeBytes: number
  /** `undefined` if both copies of it are damaged: nothing in the segment can be verified. */
  readonly header: SegmentHeader | undefined
}

/** The segment that takes the next records. */
export interface ActiveSegment {
  readonly segment: SegmentFile
  readonly file: OpenFile
  readonly header: SegmentHeader
  readonly endOffset: number
}

export interface RecoveredLog {
  readonly sealed: readonly SealedSegment[]
  readonly active: ActiveSegment
  readonly end: LogEnd
  readonly recovery: Recovery
}

export interface RecoveryProps {
  readonly fileSystem: FileSystem
  readonly directory: string
  /** Says whether every group was synced before the next was written. */
  readonly synced: boolean
  readonly log: Log
  /** Gives the salt of a new segment. */
  readonly newSalt: () => number
}

type Found = SealedSegment & Pick<HeaderReading, 'damaged'>
type Cut = Pick<Recovery, 'cutBytes' | 'cutFile' | 'cutOffset'>

const noCut: Cut = { cutBytes: 0, cutFile: undefined, cutOffset: 0 }
const rewriteBytes = 1024 * 1024
const emptyEnd: LogEnd = { position: origin, receivedAt: 0, messages: 0 }

/**
 * Opens a log after whatever happened to it. Reads the headers of all segments and the records of the newest one; damage
 * in older ones shows when they are read. Safe to be interrupted anywhere and done again.
 *
 * @throws SEN_JOURNAL_DAMAGED if a segment is of a version that this program does not know (nothing is touched then),
 *   SEN_JOURNAL_FAILED if what was found cannot be made durable.
 */
export async function recoverLog(props: RecoveryProps): Promise<RecoveredLog> {
  const { fileSystem, directory } = props
  await fileSystem.makeDirectory(directory)
  const found = await readSegments(props)
  failpoint('recovery-begun')
  await removeUnfinishedForms(fileSystem, directory).catch((cause: unknown) => {
    throw unsynced(directory, cause)
  })
  const { whole, unfinished, cut } = await dropUnfinished(props, found)
  const damage = headerDamage(whole)
  const newest = whole.at(-1)
  if (newest === undefined) return startLog(props, unfinished, cut)
  // Every position before an unfinished segment may have been given.
  const passed = unfinished ? unfinished.first - 1 : origin
  if (newest.header?.version !== formatVersions.plain) return startBehind(props, { whole, damage, cut, passed })
  return openNewest(props, { whole, damage, cut, newest: { ...newest, header: newest.header } })
}

async function readSegments({ fileSystem, directory }: RecoveryProps): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const segment of await listSegments(fileSystem, directory)) {
    const { source, reading, sizeBytes } = await openSegment(fileSystem, segment.path)
    await source.close()
    refuseOtherVersion(segment.path, reading.header)
    found.push({ ...segment, header: reading.header, sizeBytes, damaged: reading.damaged })
  }
  return found
}

function refuseOtherVersion(path: string, header: SegmentHeader | undefined): void {
  const known: readonly number[] = Object.values(formatVersions)
  if (header === undefined || known.includes(header.version)) return
  throw new SenError(
    'SEN_JOURNAL_DAMAGED',
    `open ${path}: written in format ${header.version}, this program knows ${known.join(' and ')}`,
    { hint: 'Start the version of Sen that wrote it; nothing was changed.' }
  )
}

/** Records are written only behind a synced header: a newest segment without one holds none. */
async function dropUnfinished(
  props: RecoveryProps,
  found: readonly Found[]
): Promise<{ readonly whole: readonly Found[]; readonly unfinished: Found | undefined; readonly cut: Cut }> {
  const newest = found.at(-1)
  const isUnfinished = newest && newest.sizeBytes <= segmentHeaderBytes && newest.damaged.length > 0
  if (!isUnfinished) return { whole: found, unfinished: undefined, cut: noCut }
  try {
    await props.fileSystem.remove(newest.path)
    await props.fileSystem.syncDirectory(props.directory)
  } catch (cause) {
    throw unsynced(newest.path, cause)
  }
  props.log.warn({ file: newest.path, sizeBytes: newest.sizeBytes }, 'Unfinished journal segment removed')
  const cut = { cutBytes: newest.sizeBytes, cutFile: newest.path, cutOffset: 0 }
  return { whole: found.slice(0, -1), unfinished: newest, cut }
}

function headerDamage(segments: readonly Found[]): readonly Damage[] {
  return segments.flatMap((segment, index) => {
    const { path: file, first: from, sizeBytes, header, damaged } = segment
    if (header === undefined)
      return [{ file, offset: 0, sizeBytes, from, to: lastPossible(segment, segments[index + 1]) }]
    // A copy of the header holds no record: the range of positions is empty.
    return damaged.map(copy => ({ file, ...copy, from, to: from - 1 }))
  })
}

/** The last position that may stand in a segment; without a segment behind it, as many as fit into its bytes. */
function lastPossible(segment: SealedSegment, next: SegmentFile | undefined): number {
  if (next !== undefined) return next.first - 1
  return segment.first - 1 + Math.floor((segment.sizeBytes - segmentHeaderBytes) / recordHeaderBytes)
}

/** An empty log: a new one, or one whose only segment was not finished. */
async function startLog(props: RecoveryProps, unfinished: Found | undefined, cut: Cut): Promise<RecoveredLog> {
  const known = unfinished?.header ?? { first: unfinished?.first ?? origin + 1, messages: 0, receivedAt: 0 }
  const end = { position: known.first - 1, receivedAt: known.receivedAt, messages: known.messages }
  const active = await newSegment(props, end)
  return { sealed: [], active, end, recovery: { ...cut, damage: [] } }
}

type Walk = { readonly whole: readonly Found[]; readonly damage: readonly Damage[]; readonly cut: Cut }

/**
 * The newest segment takes no more records: it cannot be read at all, or is compressed and what followed it is gone. It is
 * kept, and the log goes on behind every position it may have held.
 */
async function startBehind(
  props: RecoveryProps,
  { whole, damage, cut, passed }: Walk & { readonly passed: Position }
): Promise<RecoveredLog> {
  const before = whole.findLast(segment => segment.header !== undefined)
  const known = before?.header ? await endOf(props, { ...before, header: before.header }) : emptyEnd
  const end = { ...known, position: Math.max(passed, known.position, damage.at(-1)?.to ?? origin) }
  reportDamage(props, damage)
  const active = await newSegment(props, end)
  return { sealed: whole, active, end, recovery: { ...cut, damage } }
}

/** Behind what can be read, and behind as many positions as fit into a damaged end. */
async function endOf(props: RecoveryProps, segment: Found & { readonly header: SegmentHeader }): Promise<LogEnd> {
  const { source } = await openSegment(props.fileSystem, segment.path)
  try {
    const { end, bad } = await scanSegment(source, segment)
    const tail = bad.at(-1)?.stretch
    const lostBytes = tail && tail.to === undefined ? tail.sizeBytes : 0
    return { ...end, position: end.position + Math.floor(lostBytes / recordHeaderBytes) }
  } finally {
    await source.close()
  }
}

async function newSegment(props: RecoveryProps, end: LogEnd): Promise<ActiveSegment> {
  const header = { ...end, version: formatVersions.plain, salt: props.newSalt(), first: end.position + 1 }
  const created = await createSegment(props.fileSystem, props.directory, header).catch((cause: unknown) => {
    throw unsynced(segmentFile(props.directory, header.first).path, cause)
  })
  return { ...created, header, endOffset: segmentHeaderBytes }
}

async function openNewest(
  props: RecoveryProps,
  { whole, damage, cut, newest }: Walk & { readonly newest: Found & { readonly header: SegmentHeader } }
): Promise<RecoveredLog> {
  const file = await props.fileSystem.open(newest.path, 'write')
  try {
    const scan = await scanSegment(file, newest)
    // Unsynced groups prove nothing about what stands before them: such a log ends where its first gap begins.
    const tail = scan.bad.find(({ stretch }) => !props.synced || stretch.offset >= scan.provenOffset)
    const end = tail?.before ?? scan.end
    const inside = scan.bad
      .slice(0, tail && scan.bad.indexOf(tail))
      .map(({ stretch, before }) => damageOf(newest.path, stretch, before.position, end.position))
    const endOffset = tail?.stretch.offset ?? newest.sizeBytes
    if (tail) await file.truncate(endOffset)
    failpoint('recovery-cut')
    const from = scan.isEmpty ? 0 : props.synced ? scan.provenOffset : scan.markedOffset
    await makeDurable(props, { file, path: newest.path, from, to: endOffset })

    const recovery = { ...(tail ? reportCut(props, newest, endOffset) : cut), damage: [...damage, ...inside] }
    reportDamage(props, recovery.damage)
    const active = { segment: newest, file, header: newest.header, endOffset }
    return { sealed: whole.slice(0, -1), active, end, recovery }
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * What was found may so far stand in memory only, after a kill; readers may see it once it is on the disk. What is not
 * proven to have been synced is written again: if its sync has failed before, the kernel takes it for written, and syncing
 * alone would do nothing.
 */
async function makeDurable(
  { fileSystem, directory }: RecoveryProps,
  {
    file,
    path,
    from,
    to
  }: { readonly file: OpenFile; readonly path: string; readonly from: number; readonly to: number }
): Promise<void> {
  try {
    for (let at = from; at < to; at += rewriteBytes) {
      const bytes = new Uint8Array(Math.min(rewriteBytes, to - at))
      await file.read(bytes, at)
      await file.write(bytes, at)
    }
    failpoint('recovery-rewritten')
    await file.datasync()
    await fileSystem.syncDirectory(directory)
    failpoint('recovery-done')
  } catch (cause) {
    throw unsynced(path, cause)
  }
}

function unsynced(path: string, cause: unknown): SenError {
  return new SenError('SEN_JOURNAL_FAILED', `recover ${path}: it cannot be made durable`, {
    cause,
    hint: 'Look at the room on the disk and at its health, then start again.'
  })
}

function reportCut(props: RecoveryProps, segment: Found, offset: number): Cut {
  const cut = { cutBytes: segment.sizeBytes - offset, cutFile: segment.path, cutOffset: offset }
  props.log.warn({ file: segment.path, offset, sizeBytes: cut.cutBytes }, 'Unfinished end of the journal cut off')
  return cut
}

function reportDamage(props: RecoveryProps, damage: readonly Damage[]): void {
  for (const stretch of damage) props.log.error({ ...stretch }, 'Journal damaged: records lost')
}
