import type { Position } from '../../model/position.ts'
import { segmentHeaderBytes } from './segment-format.ts'

const everyBytes = 1024 * 1024
const mostSegments = 64

interface Mark {
  /** The record that begins at `offset`. */
  readonly position: Position
  readonly offset: number
}

/** Remembers where records were found, about one a MiB, so that reading again need not begin at a segment's start. */
export class SeekIndex {
  readonly #segments = new Map<Position, Mark[]>()

  /** Notes that the record at `position` begins at `offset` of the segment that begins with `first`. */
  note(first: Position, position: Position, offset: number): void {
    const marks = this.#marksOf(first)
    const last = marks.at(-1)
    if (last === undefined || offset >= last.offset + everyBytes) marks.push({ position, offset })
  }

  /** @returns an offset at which a record begins that stands before every one after `from`. */
  offsetOf(first: Position, from: Position): number {
    const mark = this.#segments.get(first)?.findLast(({ position }) => position <= from)
    return mark?.offset ?? segmentHeaderBytes
  }

  #marksOf(first: Position): Mark[] {
    const known = this.#segments.get(first)
    if (known) return known
    const marks: Mark[] = []
    this.#segments.set(first, marks)
    const [oldest] = this.#segments.keys()
    if (this.#segments.size > mostSegments && oldest !== undefined) this.#segments.delete(oldest)
    return marks
  }
}
