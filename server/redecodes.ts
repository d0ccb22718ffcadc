import type { Author } from '../model/audit.ts'
import { systemAuthor } from '../model/audit.ts'
import { origin } from '../model/position.ts'
import type { Position } from '../model/position.ts'
import type { RedecodePart, RedecodeSelection } from '../model/redecode.ts'
import { rootOrganisation } from '../model/registry.ts'
import type { OutsideKept, RedecodeJob, StateStore } from '../storage/state/state-store.ts'
import type { Survey } from './raw-lookup.ts'
import { RedecodeDriver, surveyedPart } from './redecode-driver.ts'
import type { RedecodeDriverProps } from './redecode-driver.ts'
import { outsideKept } from './redecode-outside.ts'
import type { RedecodePeriod } from './redecode-outside.ts'

export interface RedecodesProps extends RedecodeDriverProps {
  readonly state: RedecodeDriverProps['state'] &
    Pick<StateStore, 'addRedecode' | 'redecode' | 'redecodes' | 'redecodeNeeds'>
}

/** What a job would do. */
export interface RedecodeForecast {
  /** Messages that are meant; repeats of frames, which stay what they are, among them. */
  readonly messages: number
  /** Those of them that stand in quarantine. */
  readonly quarantined: number
  /** Those of them whose device is not registered: they stay as they are. */
  readonly unregistered: number
  /** `false`: the log is so long that counting ended at `countedTo`. */
  readonly isComplete: boolean
  /** When the record came at which counting ended, ms UTC. */
  readonly countedTo: number | undefined
  readonly outside: OutsideKept | undefined
}

/** A forecast counts for so long, ms. */
const forecastMs = 10_000

/**
 * Jobs that decode kept messages again, one after the other: parts are appended to the raw log, and the next one follows
 * once decode has done the one before. How far a job is stands in the state store, so that it goes on after a crash; a
 * part that is appended twice is done once.
 *
 * For a claimed device: `begin({ device }, {}, author)`.
 */
export class Redecodes {
  readonly #props: RedecodesProps
  readonly #driver: RedecodeDriver
  /** Jobs that are being taken up, and forecasts. */
  #holds = 0

  constructor(props: RedecodesProps) {
    this.#props = props
    this.#driver = new RedecodeDriver(props)
  }

  /** Goes on with what had begun before the last stop. */
  start(): void {
    this.#driver.drive()
  }

  stop(): Promise<void> {
    return this.#driver.stop()
  }

  /** Decode has done a part. */
  partDone(done: Pick<RedecodePart, 'began' | 'to'>): void {
    this.#driver.partDone(done)
  }

  /**
   * After which position the raw log may give up nothing yet: jobs that wait or run have still to read it.
   *
   * @returns `undefined` if there is no job.
   */
  async heldAfter(): Promise<Position | undefined> {
    if (this.#holds > 0) return origin
    if (!this.#driver.isBusy) return undefined
    const next = await this.#props.state.redecodeNeeds()
    return next === undefined ? undefined : this.#driver.warmFrom(next)
  }

  /** Counts what a job would do, without doing anything. */
  forecast(selection: RedecodeSelection, period: RedecodePeriod = {}): Promise<RedecodeForecast> {
    return this.#holding(() => this.#forecast(selection, period))
  }

  async #forecast(selection: RedecodeSelection, period: RedecodePeriod): Promise<RedecodeForecast> {
    const { first, last, outside } = await this.#stretch(selection, period)
    const until = this.#props.clock.monotonic() + forecastMs
    const sum = { messages: 0, quarantined: 0, unregistered: 0 }
    let next = first
    while (next <= last && this.#props.clock.monotonic() < until) {
      const survey = await this.#survey(selection, next, last)
      sum.messages += survey.messages
      sum.quarantined += survey.quarantined
      sum.unregistered += survey.unregistered
      next = survey.to + 1
    }
    const isComplete = next > last
    const countedTo = isComplete ? undefined : await this.#props.lookup.receivedAt(next, last)
    return { ...sum, isComplete, countedTo, outside }
  }

  /**
   * Begins to decode kept messages again with what registry and profiles say then: new codecs, mappings, devices. It
   * resolves once the job is kept; `job` tells how far it is.
   *
   * @returns the job's number.
   */
  async begin(
    selection: RedecodeSelection,
    period: RedecodePeriod = {},
    author: Author = systemAuthor,
    organisation: string = rootOrganisation
  ): Promise<number> {
    return this.#holding(() => this.#begin(selection, period, { author, organisation }))
  }

  /** While the work lasts, the raw log gives up nothing. */
  async #holding<T>(work: () => Promise<T>): Promise<T> {
    this.#holds++
    try {
      return await work()
    } finally {
      this.#holds--
    }
  }

  async #begin(
    selection: RedecodeSelection,
    period: RedecodePeriod,
    { author, organisation }: { readonly author: Author; readonly organisation: string }
  ): Promise<number> {
    const { state, clock } = this.#props
    const { first, last, outside } = await this.#stretch(selection, period)
    const at = clock.now()
    const job = {
      selection,
      fromTime: period.from,
      toTime: period.to,
      author: author.name,
      madeAt: at,
      ...{ first, last, outside }
    }
    const object = selection.device === undefined ? 'quarantine' : `device:${selection.device}`
    const entry = {
      at,
      author,
      action: 'messages.redecode',
      object,
      organisation,
      outcome: 'done',
      detail: '',
      count: 1
    } as const
    const id = await state.addRedecode(job, { ...entry, after: { selection, ...period } })
    this.#driver.drive()
    return id
  }

  job(id: number): Promise<RedecodeJob | undefined> {
    return this.#props.state.redecode(id)
  }

  /** Newest first. */
  jobs(limit: number): Promise<readonly RedecodeJob[]> {
    return this.#props.state.redecodes(limit)
  }

  /** Which stretch of the raw log a period is, and what of it is gone. */
  async #stretch(
    selection: RedecodeSelection,
    { from, to }: RedecodePeriod
  ): Promise<{ readonly first: Position; readonly last: Position; readonly outside: OutsideKept | undefined }> {
    const { raw, lookup } = this.#props
    const { first: kept, last: end } = raw.status()
    const first = from === undefined ? kept : await lookup.firstFrom(from, kept, end)
    const last = to === undefined ? end : (await lookup.firstFrom(to, kept, end)) - 1
    return { first, last, outside: first > kept ? undefined : await outsideKept(this.#props, selection, { from, to }) }
  }

  async #survey(selection: RedecodeSelection, from: Position, last: Position): Promise<Survey> {
    return (await surveyedPart(this.#props, selection, { from, last, mostMessages: Number.POSITIVE_INFINITY })).survey
  }
}
