import type { Metric } from '../../../model/metric.ts'
import type { Inputs } from './inputs.ts'

/** Where a device stands; degrees, and m above sea level (0 where nobody has said). */
export interface Place {
  readonly latitude: number
  readonly longitude: number
  readonly altitude: number
}

/** Gives a value for each moment at which every metric that it needs was measured. */
export interface InstantFormula {
  readonly kind: 'instant'
  readonly needs: readonly string[]
  /** Metrics that it takes where they were measured at that moment too. */
  readonly uses: readonly string[]
  /** @param values - of `needs`, then of `uses`, by place; NaN where one of these was not measured. @returns `undefined`: there is no value. */
  readonly value: (values: readonly number[]) => number | undefined
}

/** A period of a series, ms since the epoch: `from` up to `to`. */
export interface Period {
  readonly from: number
  readonly to: number
}

/** Gives a value for each period of `stepMs`, once it is over: days of Việt Nam (UTC+7), hours, ten minutes. */
export interface PeriodFormula {
  readonly kind: 'period'
  readonly needs: readonly string[]
  readonly uses: readonly string[]
  readonly stepMs: number
  /** How far before the end of a period it looks back, ms; at least a step. */
  readonly reachMs: number
  /** No period that begins before is given, ms since the epoch. */
  readonly since?: number | undefined
  /** @returns `undefined`: what is there does not allow a value. */
  readonly value: (period: Period, inputs: Inputs, place: Place | undefined) => number | undefined
}

export type DerivedFormula = InstantFormula | PeriodFormula

/** What is known of a metric's plausible range. */
export type Range = Pick<Metric, 'min' | 'max'>
