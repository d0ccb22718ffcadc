import type { JournalRecord } from '../journal.ts'
import type { Position } from '../../model/position.ts'
import { origin } from '../../model/position.ts'
import { RecordBuffer } from '../record-buffer.ts'
import type { Place } from '../record-format.ts'
import { encodeRecord, recordKinds, sealRecord } from '../record-format.ts'
import type { LogEnd } from './segment-scan.ts'

const firstBytes = 64 * 1024

interface Waiting {
  /** Where the append's records end in the buffer. */
  readonly end: number
  readonly resolve: (position: Position) => void
  readonly reject: (error: unknown) => void
  /** Of the append's last record, once the group is sealed. */
  position: Position
}

/** The records of one write, encoded as they come, and those who wait for it. Used again after `clear`. */
export class CommitGroup {
  readonly #buffer = new RecordBuffer(firstBytes)
  #waiting: Waiting[] = []

  get sizeBytes(): number {
    return this.#buffer.length
  }

  /** Room taken in memory. */
  get capacityBytes(): number {
    return this.#buffer.bytes.length
  }

  get bytes(): Uint8Array {
    return this.#buffer.bytes.subarray(0, this.#buffer.length)
  }

  /**
   * Encodes the records; nothing of them is referred to afterwards.
   *
   * @param floor - the log's newest `receivedAt`. @returns the newest with these records.
   * @throws as `encodeRecord`; the group is then as before.
   */
  add(records: readonly JournalRecord[], floor: number): number {
    const start = this.#buffer.length
    let receivedAt = floor
    try {
      for (const record of records) {
        if (record.receivedAt > receivedAt) receivedAt = record.receivedAt
        encodeRecord(this.#buffer, record, receivedAt)
      }
    } catch (error) {
      this.#buffer.length = start
      throw error
    }
    return receivedAt
  }

  /** @returns a promise of the last position added, settled by `resolve` or `reject`. */
  settled(): Promise<Position> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ end: this.#buffer.length, resolve, reject, position: origin })
    })
  }

  /** Gives every record its position and checksum, now that the place of the group is known. @returns the log's end. */
  seal(before: LogEnd, place: Place): LogEnd {
    const { view, length } = this.#buffer
    let { position, messages, receivedAt } = before
    let next = 0
    for (let at = 0; at < length;) {
      const kind = view.getUint8(at + 28)
      position = kind === recordKinds.batch ? view.getFloat64(at + 8, true) : position + 1
      if (kind === recordKinds.message) messages += 1
      receivedAt = view.getFloat64(at + 16, true)
      at = sealRecord(this.#buffer, at, position, place)
      const waiting = this.#waiting[next]
      if (waiting?.end === at) {
        waiting.position = position
        next += 1
      }
    }
    return { position, messages, receivedAt }
  }

  resolve(): void {
    for (const waiting of this.#waiting) waiting.resolve(waiting.position)
  }

  reject(error: unknown): void {
    for (const waiting of this.#waiting) waiting.reject(error)
  }

  clear(): void {
    this.#buffer.length = 0
    this.#waiting = []
  }
}
