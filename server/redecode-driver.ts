import { setTimeout as delay } from 'node:timers/promises'
import { dedupWindowMs } from '../ingest/decode/radio-dedup.ts'
import { resendWindowMs } from '../ingest/decode/resend-dedup.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock, ReceiptClock } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import type { Log } from '../model/log.ts'
import type { Position } from '../model/position.ts'
import type { RedecodePart, RedecodeSelection } from '../model/redecode.ts'
import type { RedecodeJob, StateStore } from '../storage/state/state-store.ts'
import type { Survey, SurveyRequest } from './raw-lookup.ts'
import { outsideKept } from './redecode-outside.ts'
import type { OutsideProps } from './redecode-outside.ts'

export interface RedecodeDriverProps {
  readonly state: Pick<
    StateStore,
    | 'redecodeToDo'
    | 'beginRedecode'
    | 'passRedecode'
    | 'redecode'
    | 'quarantinedBetween'
    | 'quarantinePosition'
    | 'quarantineReasons'
  >
  readonly registry: OutsideProps['registry']
  readonly raw: Pick<Journal, 'append' | 'status'>
  /** Looks things up in the raw log, in another thread; see `RawLookup`. */
  readonly lookup: {
    readonly survey: (request: SurveyRequest) => Promise<Survey>
    readonly firstFrom: (at: number, first: Position, last: Position) => Promise<Position>
    readonly receivedAt: (position: Position, last: Position) => Promise<number>
  }
  /** Has the quarantine's index written as soon as it knows more. */
  readonly catchUp: () => Promise<void>
  readonly clock: Clock
  readonly receiptClock: Pick<ReceiptClock, 'now'>
  readonly log: Log
}

/** A stretch as it can be made a part, and what it holds. */
export interface SurveyedPart {
  readonly survey: Survey
  readonly quarantined: string
  readonly chosen: string | undefined
  /** End of the sets; the part itself may end sooner. */
  readonly to: Position
}

/** Positions of one part, and messages: about a second of decoding with slow codecs, much less with others. */
const partPositions = 32_768
const partMessages = 1500
const pollMs = 100
const retryMs = 2000
/** How far back a repeat of a frame or packet is known. */
const warmMs = dedupWindowMs + resendWindowMs

/** Looks at what follows `from`, as far as one part may go. */
export async function surveyedPart(
  { state, lookup }: Pick<RedecodeDriverProps, 'state' | 'lookup'>,
  selection: RedecodeSelection,
  { from, last, mostMessages }: { readonly from: Position; readonly last: Position; readonly mostMessages: number }
): Promise<SurveyedPart> {
  const to = Math.min(last, from + partPositions - 1)
  const quarantined = await state.quarantinedBetween(from, to)
  const { reason, isQuarantined } = selection
  const chosen =
    reason !== undefined
      ? await state.quarantinedBetween(from, to, reason)
      : isQuarantined === true
        ? quarantined
        : undefined
  return {
    survey: await lookup.survey({ selection, from, to, mostMessages, quarantined, chosen }),
    ...{ quarantined, chosen, to }
  }
}

/** Carries out jobs of decoding again, one after the other, a part at a time. */
export class RedecodeDriver {
  readonly #props: RedecodeDriverProps
  readonly #stopping = new AbortController()
  #driving: Promise<void> | undefined
  #done: Pick<RedecodePart, 'began' | 'to'> | undefined
  #isCalled = false

  constructor(props: RedecodeDriverProps) {
    this.#props = props
  }

  /** Whether there is, or may be, a job that has not ended. */
  get isBusy(): boolean {
    return this.#driving !== undefined
  }

  /** Begins or goes on with whatever there is to do. */
  drive(): void {
    this.#isCalled = true
    if (this.#stopping.signal.aborted) return
    this.#driving ??= this.#work().finally(() => {
      this.#driving = undefined
      if (this.#isCalled) this.drive()
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#driving
  }

  /** Decode has done a part. */
  partDone(done: Pick<RedecodePart, 'began' | 'to'>): void {
    this.#done = done
  }

  /** Job after job, until there is none. */
  async #work(): Promise<void> {
    const { state, log } = this.#props
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        this.#isCalled = false
        const job = await state.redecodeToDo()
        if (!job) return
        await this.#carryOut(job)
      } catch (cause) {
        // The process ends: nothing more can be appended.
        if (signal.aborted || (cause instanceof SenError && cause.code === 'SEN_JOURNAL_FAILED')) return
        log.warn({ cause }, 'Decoding again waits; it is tried again')
        await this.#wait(retryMs)
      }
    }
  }

  async #carryOut(waiting: RedecodeJob): Promise<void> {
    const { state, raw, log } = this.#props
    const { signal } = this.#stopping
    const job = waiting.state === 'waiting' ? await state.beginRedecode(waiting.id, raw.status().last) : waiting
    if (job?.began === undefined || job.generation === undefined) return
    await this.#indexReaches(job.last)
    this.#places = []
    let next = await this.#keptFrom(job, job.next)
    let warmFrom = await this.warmFrom(next)
    log.info({ job: job.id, from: next, to: job.last }, 'Kept messages are decoded again')
    for (; !signal.aborted && next <= job.last; next = await this.#keptFrom(job, next)) {
      const found = await surveyedPart(this.#props, job.selection, {
        from: next,
        last: job.last,
        mostMessages: partMessages
      })
      const { to } = found.survey
      const { device, profile } = job.selection
      const part: RedecodePart = {
        ...{ job: job.id, began: job.began, generation: job.generation },
        ...{ from: next, to, warmFrom, device, profile },
        ...{ quarantined: found.quarantined, chosen: found.chosen }
      }
      await raw.append([{ kind: 'redecode', receivedAt: this.#props.receiptClock.now(), part }])
      await this.#partIsDone(job, part)
      next = to + 1
      if (found.survey.firstAt !== undefined) warmFrom = this.#laterWarmFrom(warmFrom, part.from, found.survey.firstAt)
    }
    await this.#hasEnded(job.id)
  }

  /** Surveyed places that lie far enough back for whatever comes next; the newest of them. */
  #places: { readonly from: Position; readonly at: number }[] = []

  /** Where to begin with what must be remembered, if decode has to begin anew. */
  #laterWarmFrom(before: Position, from: Position, at: number): Position {
    this.#places.push({ from, at })
    while ((this.#places[1]?.at ?? Number.POSITIVE_INFINITY) < at - warmMs) this.#places.shift()
    const oldest = this.#places[0]
    return oldest && oldest.at < at - warmMs ? oldest.from - 1 : before
  }

  /** Where the job goes on: what the raw log has given up since the job was accepted is passed over, and the job says so. */
  async #keptFrom(job: RedecodeJob, next: Position): Promise<Position> {
    const { first } = this.#props.raw.status()
    if (first <= next) return next
    await this.#notePassed(job, first)
    return first
  }

  async #notePassed(job: RedecodeJob, next: Position): Promise<void> {
    const { state, log } = this.#props
    const period = { from: job.fromTime, to: job.toTime }
    const outside = await outsideKept(this.#props, job.selection, period)
    if (!outside) return
    log.warn({ job: job.id, next, ...outside }, 'The raw log no longer has all that is to be decoded again')
    await state.passRedecode(job.id, next, outside)
  }

  /** After which position to read, to know at `from` which frames and packets are repeats. */
  async warmFrom(from: Position): Promise<Position> {
    const { raw, lookup } = this.#props
    const { first, last } = raw.status()
    const at = await lookup.receivedAt(from, last)
    return Number.isFinite(at) ? (await lookup.firstFrom(at - warmMs, first, last)) - 1 : from - 1
  }

  /** What became of messages up to a place is known only when the index has passed it. */
  async #indexReaches(position: Position): Promise<void> {
    const { state, catchUp } = this.#props
    while (!this.#stopping.signal.aborted && (await state.quarantinePosition()) < position) {
      await catchUp()
      await this.#wait(pollMs)
    }
  }

  /** Decode says so itself; what it had done before a crash stands in the state. */
  async #partIsDone(job: RedecodeJob, { began, from, to }: RedecodePart): Promise<void> {
    const { state, raw } = this.#props
    let lost = from
    for (let tries = 1; !this.#stopping.signal.aborted; tries++) {
      if (this.#done?.began === began && this.#done.to >= to) return
      const isGone = raw.status().first > lost
      if (isGone || tries % 10 === 0) {
        const { next = to + 1 } = (await state.redecode(job.id)) ?? {}
        if (next > to) return
        // Waited for so long that the raw log holds it no longer.
        if (isGone) {
          await this.#notePassed(job, from)
          lost = raw.status().first
        }
      }
      await this.#wait(Math.min(pollMs, 2 ** tries))
    }
  }

  /** The next job must see what this one has done. */
  async #hasEnded(id: number): Promise<void> {
    const { state } = this.#props
    while (!this.#stopping.signal.aborted) {
      const { state: is } = (await state.redecode(id)) ?? {}
      if (is !== 'running') return
      await this.#wait(pollMs)
    }
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}
