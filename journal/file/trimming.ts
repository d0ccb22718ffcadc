import type { Position } from '../../model/position.ts'
import type { ReaderName, TrimPolicy } from '../journal.ts'
import { isKept } from '../trim-policy.ts'
import type { SealedSegment } from './recovery.ts'

/** How far each registered reader has come. */
export class ReaderPositions {
  readonly #committed = new Map<ReaderName, Position>()

  /** From now on nothing after `position` is removed before this reader has committed it. Positions never go back. */
  commit(reader: ReaderName, position: Position): void {
    this.#committed.set(reader, Math.max(position, this.#committed.get(reader) ?? position))
  }

  /** The position at or before which nobody needs anything; infinite if nobody reads. */
  get lowest(): Position {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#committed.values())
  }
}

export interface TrimInput extends TrimPolicy {
  /** Oldest first. */
  readonly sealed: readonly SealedSegment[]
  /** What follows the last sealed segment. */
  readonly active: { readonly first: Position; readonly receivedAt: number; readonly sizeBytes: number }
  /** No reader needs anything at or before this. */
  readonly committed: Position
}

/** @returns how many of the oldest sealed segments may go. Pure. */
export function countToTrim({ sealed, active, committed, ...policy }: TrimInput): number {
  let sizeBytes = active.sizeBytes + sealed.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  let count = 0
  for (const segment of sealed) {
    const later = sealed.slice(count + 1)
    const last = (later[0]?.first ?? active.first) - 1
    // The next readable header says when this segment's newest record came; a later one's time keeps it longer.
    const newestAt = later.find(next => next.header)?.header?.receivedAt ?? active.receivedAt
    if (last > committed || isKept({ last, newestAt, sizeBytes }, policy)) return count
    sizeBytes -= segment.sizeBytes
    count += 1
  }
  return count
}
