import { SenError } from '../../model/errors.ts'
import type { Position } from '../../model/position.ts'
import type { JournalRecord } from '../journal.ts'
import { CommitGroup } from './commit-group.ts'
import type { LogEnd } from './segment-scan.ts'

/** A group takes no further append beyond this. */
const groupBytes = 4 * 1024 * 1024
const mostSpare = 2

export interface CommitQueueProps {
  /** For messages. */
  readonly name: string
  /** Writes a group. A rejection with SEN_JOURNAL_FULL leaves the log usable, any other ends it. */
  readonly commit: (group: CommitGroup) => Promise<void>
  /** Where the log stands, without what is queued. */
  readonly end: () => LogEnd
}

/** Collects appends into groups and has them written one after the other. */
export class CommitQueue {
  readonly #props: CommitQueueProps
  #state: 'new' | 'open' | 'closed' = 'new'
  #groups: CommitGroup[] = []
  #spare: CommitGroup[] = []
  /** What is running, never two at once; never rejects. */
  #running: Promise<void> | undefined
  #isScheduled = false
  #failure: unknown
  #closing: Promise<void> | undefined
  /** Where the log will stand with everything queued; positions are upper bounds. */
  #queued: Pick<LogEnd, 'position' | 'receivedAt'> = { position: 0, receivedAt: 0 }

  constructor(props: CommitQueueProps) {
    this.#props = props
  }

  /** Why the log takes nothing any more, if so. */
  get failure(): unknown {
    return this.#failure
  }

  open(): void {
    this.#state = 'open'
    this.#queued = this.#props.end()
  }

  append(records: readonly JournalRecord[]): Promise<Position> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#state !== 'open') return Promise.reject(this.#closed())
    if (records.length === 0) return Promise.resolve(this.#props.end().position)
    try {
      const group = this.#openGroup()
      const position = this.#positionAfter(records)
      const receivedAt = group.add(records, this.#queued.receivedAt)
      this.#queued = { position, receivedAt }
      this.#schedule()
      return group.settled()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Runs `work` while nothing is written; what was appended before is written first. @throws what `work` throws. */
  async exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#state !== 'open') throw this.#closed()
    await this.#settle()
    const done = work()
    this.#running = done.then(
      () => this.#after(),
      (error: unknown) => this.#fail(error)
    )
    await done
    await this.#running
  }

  /** Writes what is queued, then runs `work`, once. Later calls wait for the same end. */
  close(work: () => Promise<void>): Promise<void> {
    this.#state = 'closed'
    return (this.#closing ??= this.#settle().then(work))
  }

  async #settle(): Promise<void> {
    while (this.#groups.length > 0 || this.#running) await (this.#running ??= this.#drain())
  }

  #openGroup(): CommitGroup {
    const newest = this.#groups.at(-1)
    if (newest && newest.sizeBytes < groupBytes) return newest
    const group = this.#spare.pop() ?? new CommitGroup()
    this.#groups.push(group)
    return group
  }

  /** @throws SEN_INPUT_INVALID if a batch's position does not rise. */
  #positionAfter(records: readonly JournalRecord[]): Position {
    let { position } = this.#queued
    for (const record of records) {
      if (record.kind !== 'batch') position += 1
      else if (Number.isSafeInteger(record.position) && record.position > position) ({ position } = record)
      else
        throw new SenError(
          'SEN_INPUT_INVALID',
          `append ${this.#props.name}: batch at position ${record.position}, the log is at ${position}`
        )
    }
    return position
  }

  /** Waits for the end of this turn of the event loop, so that what all sockets brought in it shares one sync. */
  #schedule(): void {
    if (this.#running || this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (this.#groups.length > 0) this.#running ??= this.#drain()
    })
  }

  async #drain(): Promise<void> {
    for (let group = this.#groups.shift(); group; group = this.#groups.shift()) {
      try {
        await this.#props.commit(group)
        group.resolve()
      } catch (error) {
        group.reject(error)
        this.#refused(error)
      }
      this.#recycle(group)
    }
    this.#running = undefined
  }

  /** What was appended behind a group that is not kept is not kept either: the log holds no gaps. */
  #refused(error: unknown): void {
    for (const group of this.#groups) group.reject(error)
    this.#groups = []
    this.#queued = this.#props.end()
    if (!(error instanceof SenError && error.code === 'SEN_JOURNAL_FULL')) this.#failure = error
  }

  #recycle(group: CommitGroup): void {
    if (group.capacityBytes > 2 * groupBytes || this.#spare.length >= mostSpare) return
    group.clear()
    this.#spare.push(group)
  }

  #after(): void {
    this.#running = undefined
    this.#queued = this.#props.end()
    if (this.#groups.length > 0) this.#schedule()
  }

  #fail(error: unknown): void {
    this.#running = undefined
    this.#refused(error)
    this.#failure ??= error
  }

  #closed(): SenError {
    return new SenError('SEN_JOURNAL_CLOSED', `append ${this.#props.name}: the journal is not open`)
  }
}
