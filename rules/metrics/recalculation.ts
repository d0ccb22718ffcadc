import { metricGivenBy } from '../../model/calculation.ts'
import type { Calculation } from '../../model/calculation.ts'
import { qualityBits } from '../../model/quality.ts'
import type { Quality } from '../../model/quality.ts'
import { carriedMarks, storedValue } from './derived-rows.ts'
import type { DerivedRows } from './derived-rows.ts'
import type { DerivedFormula, InstantFormula, PeriodFormula, Place } from './formulas/formula.ts'
import { dayMs } from './formulas/hours.ts'
import { Inputs } from './formulas/inputs.ts'
import type { Column } from './formulas/inputs.ts'
import type { Span } from './spans.ts'

/** A stretch that has to be calculated again of what stands in the series store. */
export interface Recalculation {
  readonly calculation: Calculation
  readonly formula: DerivedFormula
  readonly device: string
  readonly place: Place | undefined
  /** Ends of periods, or moments, both inclusive. */
  readonly span: Span
}

/** What has to be read of it: times from `from` (inclusive) to `to` (exclusive), ms since the epoch. */
export interface Needed {
  readonly metrics: readonly string[]
  readonly from: number
  readonly to: number
}

/** Standing rows by metric; what is text or implausible is left out of what is measured. */
export type Standing = ReadonlyMap<string, Column>

/** @returns what a recalculation reads: its inputs, and what it gave before. */
export function neededBy({ calculation, formula, span: [first, last] }: Recalculation): Needed {
  const given = metricGivenBy(calculation)?.name
  const metrics = [...formula.needs, ...formula.uses, ...(given === undefined ? [] : [given])]
  const reach = formula.kind === 'period' ? Math.max(formula.reachMs, formula.stepMs) : 0
  return { metrics, from: Math.max(first - reach, earliest(formula)), to: last + 1 }
}

function earliest(formula: DerivedFormula): number {
  return formula.kind === 'period' && formula.since !== undefined ? formula.since - dayMs : Number.NEGATIVE_INFINITY
}

/**
 * Calculates a stretch again. Only what differs from what stands is added: a value that is new or another one, and where
 * there is none any more, the old one as withdrawn. Pure; run twice over the same it adds nothing the second time.
 *
 * @returns whether anything differed.
 */
export function recalculate(work: Recalculation, standing: Standing, into: DerivedRows): boolean {
  const { calculation, formula, device } = work
  const before = standing.get(metricGivenBy(calculation)?.name ?? '')
  const stands = new Map<number, readonly [value: number, quality: Quality]>()
  for (const [i, t] of (before?.time ?? []).entries()) stands.set(t, [before?.value[i] ?? 0, before?.quality[i] ?? 0])
  const given = formula.kind === 'instant' ? moments(work, formula, standing) : periods(work, formula, standing)
  let differs = false
  for (const { t, value, marks } of given) {
    const old = stands.get(t)
    if (value === undefined) {
      // What a device itself reports under this name is not taken back.
      if (!old || (old[1] & qualityBits.derived) === 0) continue
      into.add(calculation, device, { t, value: old[0], marks: qualityBits.withdrawn })
    } else {
      const stored = storedValue(value)
      if (old && old[0] === stored && (old[1] & carriedMarks) === (marks & carriedMarks)) continue
      into.add(calculation, device, { t, value: stored, marks })
    }
    differs = true
  }
  return differs
}

interface Given {
  readonly t: number
  readonly value: number | undefined
  readonly marks: Quality
}

/** Hours and shorter stand at their end, as the index of an hour does; days at the beginning of the day whose value it is. */
function* periods({ span: [first, last], place }: Recalculation, formula: PeriodFormula, standing: Standing) {
  const { stepMs, since = Number.NEGATIVE_INFINITY } = formula
  const inputs = new Inputs(standing)
  for (let to = first; to <= last; to += stepMs) {
    const from = to - stepMs
    if (from < since) continue
    const value = formula.value({ from, to }, inputs, place)
    const known = value !== undefined && Number.isFinite(value) ? value : undefined
    yield { t: stepMs < dayMs ? to : from, value: known, marks: inputs.takeMarks() } satisfies Given
  }
}

function* moments({ calculation, span: [first, last] }: Recalculation, formula: InstantFormula, standing: Standing) {
  const metrics = [...formula.needs, ...formula.uses]
  const byTime = new Map<number, Moment>()
  const momentAt = (t: number) => {
    const moment = byTime.get(t) ?? new Moment(formula)
    byTime.set(t, moment)
    return moment
  }
  for (const [slot, metric] of metrics.entries()) {
    const { time, value, quality } = standing.get(metric) ?? { time: [], value: [], quality: [] }
    for (const [i, t] of time.entries())
      if (t >= first && t <= last) momentAt(t).put(slot, value[i] ?? Number.NaN, quality[i] ?? 0)
  }
  // Where all inputs have gone, what was given must go too.
  for (const t of standing.get(metricGivenBy(calculation)?.name ?? '')?.time ?? [])
    if (t >= first && t <= last) momentAt(t)
  for (const [t, moment] of byTime) yield { t, value: moment.value(), marks: moment.marks } satisfies Given
}

/** The values of one moment, as far as they are known. */
export class Moment {
  readonly #formula: InstantFormula
  readonly #values: number[]
  marks: Quality = 0

  constructor(formula: InstantFormula) {
    this.#formula = formula
    this.#values = Array.from({ length: formula.needs.length + formula.uses.length }, () => Number.NaN)
  }

  /** @param slot - of `needs`, then `uses`. */
  put(slot: number, value: number, quality: Quality): void {
    this.#values[slot] = value
    this.marks |= quality
  }

  has(slot: number): boolean {
    return !Number.isNaN(this.#values[slot])
  }

  /** Whether everything is there that the formula needs. */
  get isComplete(): boolean {
    return this.#formula.needs.every((_, slot) => this.has(slot))
  }

  /** @returns `undefined` where something is missing, or the formula has no value. */
  value(): number | undefined {
    const value = this.isComplete ? this.#formula.value(this.#values) : undefined
    return value !== undefined && Number.isFinite(value) ? value : undefined
  }
}
