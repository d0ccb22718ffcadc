import type { Reading } from '../api/resources.ts'

/**
 * Readings waiting for the next frame, at most one a series: the one with the newest time, of equal times the last to arrive.
 * So a page in the background, which draws no frames, holds no more than the series there are.
 */
export class PendingReadings {
  #newest = new Map<string, Reading>()

  add(readings: Iterable<Reading>): void {
    for (const reading of readings) {
      // Neither part can hold a space: ids and metric names are checked when they are created.
      const series = `${reading.device} ${reading.metric}`
      const waiting = this.#newest.get(series)
      if (!waiting || reading.t >= waiting.t) this.#newest.set(series, reading)
    }
  }

  /** @returns what waits, and forgets it. */
  take(): Iterable<Reading> {
    const taken = this.#newest
    this.#newest = new Map()
    return taken.values()
  }
}
