import type { Samples } from '../water/rate-of-rise.ts'

/** Standing rows of one series in order of time. */
export interface Column extends Samples {
  readonly time: number[]
  readonly value: number[]
  readonly quality: number[]
}

const nothing: Column = { time: [], value: [], quality: [] }

/**
 * What was measured, by metric, as formulas look at it. It remembers the marks of everything that was looked at: what is
 * calculated of doubtful values is doubtful.
 */
export class Inputs {
  readonly #columns: ReadonlyMap<string, Column>
  #marks = 0

  constructor(columns: ReadonlyMap<string, Column>) {
    this.#columns = columns
  }

  /** @returns the marks of what was looked at since the last call. */
  takeMarks(): number {
    const marks = this.#marks
    this.#marks = 0
    return marks
  }

  /** Samples from `from` (inclusive) to `to` (exclusive). */
  between(metric: string, from: number, to: number): Samples {
    return this.#slice(
      metric,
      time => time < from,
      time => time < to
    )
  }

  /** Samples after `from` up to and including `to`: of what is reported as having come since the last report. */
  after(metric: string, from: number, to: number): Samples {
    return this.#slice(
      metric,
      time => time <= from,
      time => time <= to
    )
  }

  /** Samples from `from` to `to`, both inclusive. */
  through(metric: string, from: number, to: number): Samples {
    return this.#slice(
      metric,
      time => time < from,
      time => time <= to
    )
  }

  #slice(metric: string, isBefore: (time: number) => boolean, isWithin: (time: number) => boolean): Samples {
    const { time, value, quality } = this.#columns.get(metric) ?? nothing
    const start = firstNot(time, isBefore)
    const end = firstNot(time, isWithin)
    for (let i = start; i < end; i++) this.#marks |= quality[i] ?? 0
    return { time: time.slice(start, end), value: value.slice(start, end) }
  }
}

/** @returns the place of the first for which it does not hold, of times for the first of which it does. */
function firstNot(times: readonly number[], holds: (time: number) => boolean): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(times[middle] ?? 0)) low = middle + 1
    else high = middle
  }
  return low
}
