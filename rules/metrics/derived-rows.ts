import { metricGivenBy } from '../../model/calculation.ts'
import type { Calculation } from '../../model/calculation.ts'
import type { Metric } from '../../model/metric.ts'
import { goodQuality, qualityBits } from '../../model/quality.ts'
import type { Quality } from '../../model/quality.ts'

/** What one calculation gives of one device: columns, as they go into a message of door `derived`. */
export interface DerivedColumns {
  readonly calculation: Calculation
  readonly device: string
  readonly metric: string
  /** ms since the epoch. */
  readonly t: number[]
  readonly value: number[]
  /** Marks besides those that decode gives: `derived`, and `simulated` of a simulated device. */
  readonly quality: Quality[]
}

/** Marks of what was measured that hold for what is calculated of it. */
export const carriedMarks = qualityBits.doubtful | qualityBits['receive-time']

/** @returns a value as it is stored: to four decimals, which is finer than anything is measured. */
export function storedValue(value: number): number {
  return Math.round(value * 1e4) / 1e4 + 0
}

/** Derived readings that wait to be appended, by calculation and device. */
export class DerivedRows {
  #columns = new Map<string, DerivedColumns>()

  /** @param value - as `storedValue` gives it. @param marks - of what it was calculated of; only some of them hold. */
  add(
    calculation: Calculation,
    device: string,
    row: { readonly t: number; readonly value: number; readonly marks: Quality }
  ): void {
    const metric = metricGivenBy(calculation)
    if (!metric) return
    const key = `${calculation.id}\n${calculation.version}\n${device}`
    const columns = this.#columns.get(key) ?? {
      calculation,
      device,
      metric: metric.name,
      t: [],
      value: [],
      quality: []
    }
    this.#columns.set(key, columns)
    columns.t.push(row.t)
    columns.value.push(row.value)
    columns.quality.push((row.marks & (carriedMarks | qualityBits.withdrawn)) | rangeMark(metric, row.value))
  }

  /** @returns everything that waits, and waits no more. */
  take(): readonly DerivedColumns[] {
    const columns = [...this.#columns.values()]
    this.#columns = new Map()
    return columns
  }
}

function rangeMark({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Metric, value: number): Quality {
  return value < min || value > max ? qualityBits.implausible : goodQuality
}
