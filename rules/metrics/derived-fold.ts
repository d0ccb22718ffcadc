import { metricGivenBy } from '../../model/calculation.ts'
import type { Calculation } from '../../model/calculation.ts'
import { SenError } from '../../model/errors.ts'
import { qualityBits } from '../../model/quality.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { Device, RegistryChange } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { SeriesDefinition, SeriesId } from '../../model/series.ts'
import { isInScope } from './calculation-scope.ts'
import { DerivedRows, storedValue } from './derived-rows.ts'
import type { DerivedColumns } from './derived-rows.ts'
import type { DerivedFormula, InstantFormula, PeriodFormula, Place } from './formulas/formula.ts'
import { formulaOf } from './formulas/formula-of.ts'
import { dayMs, hourMs, minuteMs, zoneMs } from './formulas/hours.ts'
import { Moment } from './recalculation.ts'
import type { Recalculation } from './recalculation.ts'
import { Spans } from './spans.ts'
import type { Span } from './spans.ts'

export interface DerivedFoldProps {
  /** The registry at the position where the fold begins; control records move it on, so it is the fold's own. */
  readonly registry: RegistrySnapshot
  readonly seriesOf: (id: SeriesId) => SeriesDefinition | undefined
  /** Whether a device has ever reported a metric in its organisation. */
  readonly hasSeries: (organisation: string, device: string, metric: string) => boolean
  readonly kept?: DerivedSnapshot | undefined
}

/** As the fold is kept between starts. */
export interface DerivedSnapshot {
  /** Receive time of the newest tick, ms since the epoch. */
  readonly now: number
  readonly marks: readonly (readonly [calculation: string, device: string, markedAt: number, spans: readonly Span[]])[]
}

/** After the end of a period so long is waited for what is still under way, by its length. */
const graceMs = (stepMs: number): number =>
  stepMs >= dayMs ? 15 * minuteMs : stepMs >= hourMs ? 5 * minuteMs : minuteMs
/** What has to be calculated again waits so long for more of the same. */
const settleMs = 2000
/** A calculation that begins or changes is made for so long back. */
const beginMs = 2 * dayMs
/** And no further back than this, wherever its season began. */
const longestMs = 200 * dayMs
/** Periods that one recalculation covers at most: it reads their inputs into memory. */
const mostPeriods = 400
/** So many recalculations are given out at once; the others wait for the next time. */
const mostAtOnce = 500
/** Moments are looked at by whole minutes: of a message that brings many, they are one stretch. */
const nearMs = minuteMs
/** So often a moment is looked up whose other values did not come with it; if they never do, no more. */
const mostFruitless = 20

/** A calculation of one device, and what of it has to be made again. */
interface Mark {
  readonly calculation: Calculation
  readonly formula: DerivedFormula
  readonly device: string
  readonly spans: Spans
  /** When the first of its spans was marked; receive time. */
  markedAt: number
  fruitless: number
}

/** What a series means for the calculations of its device. */
interface Watched {
  readonly device: string
  readonly metric: string
  readonly instants: readonly Mark[]
  readonly periods: readonly (Mark & { readonly formula: PeriodFormula })[]
}

/**
 * Folds readings into what has to be calculated. Values of a moment whose inputs come in one message are given at once;
 * everything else is marked and, once it has settled, given out as recalculations over what stands in the series store. So
 * readings may be late, corrected, withdrawn or of any age, and come in any order: settled, the series are the same.
 *
 * Time is that of the log's ticks. What is kept of it is bounded by calculations times devices, not by readings.
 */
export class DerivedFold {
  readonly #props: DerivedFoldProps
  readonly #rows = new DerivedRows()
  #now: number
  #formulas = new Map<string, { readonly calculation: Calculation; readonly formula: DerivedFormula }>()
  #marks = new Map<string, Mark>()
  #watched: (Watched | null | undefined)[] = []
  #message: { readonly at: number; readonly moments: Map<Mark, Map<number, Moment>> } | undefined

  constructor(props: DerivedFoldProps) {
    this.#props = props
    const { kept, registry } = props
    this.#now = kept?.now ?? 0
    this.#compile()
    for (const [id, device, markedAt, spans] of kept?.marks ?? []) {
      const known = registry.devices.get(device)
      const mark = known && this.#markOf(id, known)
      if (!mark) continue
      for (const [from, to] of spans) mark.spans.add(from, to)
      mark.markedAt = markedAt
    }
  }

  /** Whether there is any calculation at all. */
  get isIdle(): boolean {
    return this.#formulas.size === 0
  }

  take(batch: ReadingBatch): void {
    if (this.#formulas.size > 0) this.#takeRows(batch)
    if (batch.event?.kind === 'tick') this.#now = batch.event.at
    else if (batch.event) this.#apply(batch.event.change)
  }

  /** @returns what was calculated since the last call. */
  takeRows(): readonly DerivedColumns[] {
    return this.#rows.take()
  }

  /** Whether something may have to be calculated again now. */
  get hasDue(): boolean {
    for (const { spans, markedAt } of this.#marks.values())
      if (!spans.isEmpty && this.#now - markedAt >= settleMs) return true
    return false
  }

  /** @returns what has to be calculated again now; who cannot do it gives it back. */
  takeDue(): readonly Recalculation[] {
    const { registry } = this.#props
    const due: Recalculation[] = []
    for (const [key, mark] of this.#marks) {
      const { calculation, formula, device, spans, markedAt } = mark
      if (spans.isEmpty || this.#now - markedAt < settleMs) continue
      const span = spans.take(this.#until(formula), formula.kind === 'period' ? mostPeriods : dayMs)
      if (!span) continue
      const known = registry.devices.get(device)
      // The device may have gone, or out of the scope.
      if (!known || !this.#gives(calculation.id, known)) this.#marks.delete(key)
      else due.push({ calculation, formula, device, span, place: placeOf(known, registry) })
      if (due.length >= mostAtOnce) break
    }
    return due
  }

  /** A recalculation that was taken could not be done. */
  giveBack({ calculation, device, span }: Recalculation): void {
    const known = this.#props.registry.devices.get(device)
    if (known) this.#markOf(calculation.id, known)?.spans.add(...span)
  }

  /** @returns the site of a device that there is. */
  siteOf(device: string): string | undefined {
    return this.#props.registry.devices.get(device)?.site
  }

  /** @returns the organisation whose series a device's readings are now. */
  organisationOf(device: string): string | undefined {
    const known = this.#props.registry.devices.get(device)
    return known && this.#props.registry.organisationOf(known)
  }

  /** Says whether looking a moment up was of any use. */
  looked({ calculation, device }: Recalculation, wasOfUse: boolean): void {
    const mark = this.#marks.get(keyOf(calculation.id, device))
    if (mark) mark.fruitless = wasOfUse ? 0 : mark.fruitless + 1
  }

  snapshot(): DerivedSnapshot {
    const marks = [...this.#marks.values()].flatMap(({ calculation, device, markedAt, spans }) =>
      spans.isEmpty ? [] : [[calculation.id, device, markedAt, spans.list()] as const]
    )
    return { now: this.#now, marks }
  }

  /** The last end of a period that is over; for moments, any. */
  #until(formula: DerivedFormula): number {
    if (formula.kind === 'instant') return Number.POSITIVE_INFINITY
    const { stepMs } = formula
    return Math.floor((this.#now - graceMs(stepMs) + zoneMs) / stepMs) * stepMs - zoneMs
  }

  #takeRows(batch: ReadingBatch): void {
    for (let row = 0; row < batch.length; row++) {
      const id = batch.series[row] ?? 0
      let watched = this.#watched[id]
      if (watched === undefined) watched = this.#watched[id] = this.#resolve(id)
      if (watched === null) continue
      const time = batch.time[row] ?? 0
      const quality = batch.quality[row] ?? 0
      for (const mark of watched.periods) this.#markPeriods(mark, time)
      if (watched.instants.length === 0) continue
      const at = batch.at[row] ?? 0
      if (this.#message && this.#message.at !== at) this.#endMessage()
      const value = batch.value[row] ?? Number.NaN
      // What was taken back, or was decoded again: whatever stands there now counts.
      const isSettledElsewhere = (quality & qualityBits.withdrawn) !== 0 || (batch.generation[row] ?? 0) > 0
      for (const mark of watched.instants) {
        if (isSettledElsewhere) this.#markMoment(mark, time)
        else if ((quality & qualityBits.implausible) !== 0) this.#lookUp(mark, time)
        else this.#put(mark, watched.metric, { at, time, value, quality })
      }
    }
    this.#endMessage()
  }

  #put(
    mark: Mark,
    metric: string,
    {
      at,
      time,
      value,
      quality
    }: { readonly at: number; readonly time: number; readonly value: number; readonly quality: number }
  ): void {
    const { formula } = mark
    if (formula.kind !== 'instant') return
    this.#message ??= { at, moments: new Map() }
    const moments = this.#message.moments.get(mark) ?? new Map<number, Moment>()
    this.#message.moments.set(mark, moments)
    const moment = moments.get(time) ?? new Moment(formula)
    moments.set(time, moment)
    moment.put(slotOf(formula, metric), value, quality)
  }

  #endMessage(): void {
    const message = this.#message
    if (!message) return
    this.#message = undefined
    for (const [mark, moments] of message.moments) {
      for (const [t, moment] of moments) {
        if (moment.isComplete && !this.#mayHaveMore(mark, moment)) this.#give(mark, t, moment)
        else this.#lookUp(mark, t)
      }
    }
  }

  #give(mark: Mark, t: number, moment: Moment): void {
    const value = moment.value()
    mark.fruitless = 0
    // Perhaps it had one before this was corrected.
    if (value === undefined) this.#markMoment(mark, t)
    else this.#rows.add(mark.calculation, mark.device, { t, value: storedValue(value), marks: moment.marks })
  }

  /** Whether a metric that it may use did not come with the others, but may have come by itself. */
  #mayHaveMore({ device, formula }: Mark, moment: Moment): boolean {
    return formula.uses.some((metric, i) => !moment.has(formula.needs.length + i) && this.#measures(device, metric))
  }

  /** The other values may have come by themselves, or a value may have been given that does not hold any more. */
  #lookUp(mark: Mark, t: number): void {
    if (mark.fruitless < mostFruitless && this.#couldBeWhole(mark)) this.#markMoment(mark, t)
  }

  #couldBeWhole({ device, formula }: Mark): boolean {
    return formula.needs.every(metric => this.#measures(device, metric))
  }

  #measures(device: string, metric: string): boolean {
    const organisation = this.organisationOf(device)
    return organisation !== undefined && this.#props.hasSeries(organisation, device, metric)
  }

  #markMoment(mark: Mark, t: number): void {
    if (mark.spans.isEmpty) mark.markedAt = this.#now
    const minute = Math.floor(t / nearMs) * nearMs
    mark.spans.add(minute, minute + nearMs - 1)
  }

  /** Every period whose value may depend on what was measured then: it ends then or up to its reach later. */
  #markPeriods(mark: Mark & { readonly formula: PeriodFormula }, time: number): void {
    const { stepMs, reachMs, since = Number.NEGATIVE_INFINITY } = mark.formula
    const local = time + zoneMs
    const first = Math.ceil(local / stepMs) * stepMs - zoneMs
    const last = Math.floor((local + Math.max(reachMs, stepMs)) / stepMs) * stepMs - zoneMs
    if (last - stepMs < since) return
    if (mark.spans.isEmpty || (mark.spans.first ?? 0) > this.#until(mark.formula)) mark.markedAt = this.#now
    mark.spans.add(Math.max(first, since + stepMs), last)
  }

  #apply(change: RegistryChange): void {
    const { registry } = this.#props
    registry.apply(change)
    if (change.kind === 'doubts' || change.kind === 'profile') return
    if (change.kind === 'calculation' || change.kind === 'calculation-removed') {
      this.#compile()
      if (change.kind === 'calculation') this.#begin(change.calculation)
    }
    this.#watched = []
  }

  #compile(): void {
    this.#watched = []
    this.#formulas = new Map()
    const all = [...this.#props.registry.calculations.values()].filter(({ isEnabled }) => isEnabled)
    for (const calculation of all.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const formula = readable(calculation)
      if (formula) this.#formulas.set(calculation.id, { calculation, formula })
    }
    // What waits is made by the formula of now.
    const marks = this.#marks
    this.#marks = new Map()
    for (const {
      calculation: { id },
      device,
      spans,
      markedAt
    } of marks.values()) {
      const known = this.#props.registry.devices.get(device)
      const mark = known && this.#markOf(id, known)
      if (!mark) continue
      for (const span of spans.list()) mark.spans.add(...span)
      mark.markedAt = markedAt
    }
  }

  #begin({ id }: Calculation): void {
    const formula = this.#formulas.get(id)?.formula
    if (formula?.kind !== 'period' || this.#now === 0) return
    const { stepMs, since = this.#now - beginMs } = formula
    const last = this.#until(formula)
    const first = Math.ceil((Math.max(since, this.#now - longestMs) + zoneMs) / stepMs) * stepMs - zoneMs
    if (first > last) return
    for (const device of this.#props.registry.devices.values()) {
      const mark = this.#markOf(id, device)
      if (!mark) continue
      mark.markedAt = this.#now
      mark.spans.add(first, last)
    }
  }

  #resolve(id: SeriesId): Watched | null {
    const { seriesOf, registry } = this.#props
    const series = seriesOf(id)
    const device = series && registry.devices.get(series.device)
    if (!device || registry.organisationOf(device) !== series.organisation) return null
    const marks = [...this.#formulas.values()]
      .filter(({ formula: { needs, uses } }) => needs.includes(series.metric) || uses.includes(series.metric))
      .flatMap(({ calculation }) => this.#markOf(calculation.id, device) ?? [])
    if (marks.length === 0) return null
    return {
      ...{ device: device.id, metric: series.metric },
      instants: marks.filter(({ formula }) => formula.kind === 'instant'),
      periods: marks.filter(isOfPeriods)
    }
  }

  /** @returns where it is noted what of a calculation has to be made for a device; `undefined` if it is not made for it. */
  #markOf(id: string, device: Device): Mark | undefined {
    const key = keyOf(id, device.id)
    const known = this.#gives(id, device)
    const found = this.#marks.get(key)
    if (found || !known) return known && found
    const step = known.formula.kind === 'period' ? known.formula.stepMs : 1
    const mark = { ...known, device: device.id, spans: new Spans(step), markedAt: this.#now, fruitless: 0 }
    this.#marks.set(key, mark)
    return mark
  }

  /** Of two calculations that give one metric of a device, the first by id is made. */
  #gives(id: string, device: Device) {
    const wanted = this.#formulas.get(id)
    const { registry } = this.#props
    if (!wanted || !isInScope(wanted.calculation, device, registry)) return undefined
    const metric = metricGivenBy(wanted.calculation)?.name
    for (const { calculation } of this.#formulas.values()) {
      if (calculation.id === id) return wanted
      if (metricGivenBy(calculation)?.name === metric && isInScope(calculation, device, registry)) return undefined
    }
    return undefined
  }
}

const keyOf = (calculation: string, device: string): string => `${calculation}\n${device}`

function isOfPeriods(mark: Mark): mark is Mark & { readonly formula: PeriodFormula } {
  return mark.formula.kind === 'period'
}

function slotOf({ needs, uses }: InstantFormula, metric: string): number {
  const slot = needs.indexOf(metric)
  return slot >= 0 ? slot : needs.length + uses.indexOf(metric)
}

/** An expression that this version cannot read gives nothing; who saved it was told so. */
function readable(calculation: Calculation): DerivedFormula | undefined {
  try {
    return metricGivenBy(calculation) && formulaOf(calculation.formula)
  } catch (cause) {
    if (cause instanceof SenError) return undefined
    throw cause
  }
}

function placeOf({ mounting, site }: Device, { sites }: Pick<RegistrySnapshot, 'sites'>): Place | undefined {
  const position = mounting?.position ?? sites.get(site)?.position
  return position && { latitude: position.latitude, longitude: position.longitude, altitude: position.altitude ?? 0 }
}
