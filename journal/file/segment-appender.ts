import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { failpoint } from '../../model/failpoint.ts'
import type { Log } from '../../model/log.ts'
import type { OpenFile } from '../file-system.ts'
import { isFull } from '../file-system.ts'
import type { ActiveSegment } from './recovery.ts'
import type { SegmentFile } from './segment-files.ts'
import type { SegmentHeader } from './segment-format.ts'

const slowMs = 1000

/** Writes groups behind one another into one segment, and makes each durable before it says so. */
export class SegmentAppender {
  readonly segment: SegmentFile
  readonly header: SegmentHeader
  readonly #file: OpenFile
  readonly #props: SegmentAppenderProps
  #endOffset: number

  constructor(active: ActiveSegment, props: SegmentAppenderProps) {
    this.segment = active.segment
    this.header = active.header
    this.#file = active.file
    this.#endOffset = active.endOffset
    this.#props = props
  }

  /** Everything before this offset is durable (synced journal) or written. */
  get endOffset(): number {
    return this.#endOffset
  }

  /**
   * @param group - sealed for `endOffset`.
   * @throws SEN_JOURNAL_FULL if there is no room; the segment is then as before. SEN_JOURNAL_FAILED after anything else:
   *   the segment must not be written to again.
   */
  async append(group: Uint8Array): Promise<void> {
    try {
      await this.#file.write(group, this.#endOffset)
    } catch (cause) {
      if (!isFull(cause)) throw this.#failed('write', cause)
      await this.#takeBack()
      throw noRoom(this.segment.path, group.length, cause)
    }
    failpoint(this.#props.synced ? 'append-written' : 'readings-appended')
    if (this.#props.synced) await this.sync()
    if (this.#props.synced) failpoint('append-synced')
    this.#endOffset += group.length
  }

  /** To be called at most once after an error: Linux drops what it could not write, a second call would succeed. */
  async sync(): Promise<void> {
    const { clock, log } = this.#props
    const began = clock.monotonic()
    await this.#file.datasync().catch((cause: unknown) => {
      throw this.#failed('sync', cause)
    })
    const ms = Math.round(clock.monotonic() - began)
    if (ms >= slowMs) log.warn({ file: this.segment.path, ms }, 'Journal disk is slow')
  }

  async close(): Promise<void> {
    await this.#file.close().catch((cause: unknown) => {
      throw this.#failed('close', cause)
    })
  }

  /** What a full disk took of a group must be gone, durably, before another group stands in its place. */
  async #takeBack(): Promise<void> {
    try {
      await this.#file.truncate(this.#endOffset)
      await this.#file.datasync()
    } catch (cause) {
      throw this.#failed('truncate', cause)
    }
  }

  #failed(operation: string, cause: unknown): SenError {
    return journalFailed(operation, this.segment.path, cause)
  }
}

export interface SegmentAppenderProps {
  readonly synced: boolean
  readonly clock: Clock
  readonly log: Log
}

/** @returns the error after which the journal takes nothing any more. */
export function journalFailed(operation: string, path: string, cause: unknown): SenError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new SenError('SEN_JOURNAL_FAILED', `${operation} ${path}: ${reason}`, {
    cause,
    hint: 'Look at the disk’s health and start Sen again: it continues behind what was acknowledged.'
  })
}

/** @returns the error of an append for which there is no room at present. */
export function noRoom(path: string, sizeBytes: number, cause: unknown): SenError {
  return new SenError('SEN_JOURNAL_FULL', `append ${path}: no room for ${sizeBytes} bytes`, {
    cause,
    hint: 'Free space on the disk or shorten the retention; Sen goes on by itself.'
  })
}
