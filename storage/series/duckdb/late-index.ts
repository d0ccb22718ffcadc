import type { SeriesId } from '../../../model/series.ts'
import { dayMs } from './schema.ts'

/** Late rows of one day (UTC): how many, and between which series they lie. */
interface LateDay {
  rows: number
  lowest: SeriesId
  highest: SeriesId
}

/** Which days hold unsettled rows, so that queries look at `late` only where there is something. */
export class LateIndex {
  readonly #days = new Map<number, LateDay>()
  #rows = 0

  /** Unsettled rows in all. */
  get rows(): number {
    return this.#rows
  }

  /** Number of a day that holds unsettled rows, `undefined` if none does. */
  get anyDay(): number | undefined {
    return this.#days.keys().next().value
  }

  /** Notes `rows` late rows of the series from `lowest` to `highest` on a day (see `dayOf`). */
  add(day: number, rows: number, series: { readonly lowest: SeriesId; readonly highest: SeriesId }): void {
    this.#rows += rows
    const known = this.#days.get(day)
    if (!known) {
      this.#days.set(day, { rows, ...series })
      return
    }
    known.rows += rows
    known.lowest = Math.min(known.lowest, series.lowest)
    known.highest = Math.max(known.highest, series.highest)
  }

  /** Notes that `rows` rows of a day have been settled. A day that still has some goes to the end of the line. */
  remove(day: number, rows: number): void {
    const known = this.#days.get(day)
    if (!known) return
    this.#rows -= rows
    known.rows -= rows
    this.#days.delete(day)
    if (known.rows > 0) this.#days.set(day, known)
  }

  /** @returns whether a row of these series from `from` to before `to` (ms UTC) may be unsettled; may err towards yes. */
  touches(series: readonly SeriesId[], from: number, to: number): boolean {
    for (const [day, late] of this.#days) {
      if (day < dayOf(from) || day * dayMs >= to) continue
      if (series.some(id => id >= late.lowest && id <= late.highest)) return true
    }
    return false
  }

  rowsOn(day: number): number {
    return this.#days.get(day)?.rows ?? 0
  }
}

/** Number of the day (UTC) a time falls on; 0 is 1 January 1970. */
export function dayOf(time: number): number {
  return Math.floor(time / dayMs)
}
