/** Messages closer together than this are one arrival, ms. */
const burstMs = 1000
/** So many arrivals make a rhythm. */
const enough = 5
const weight = 0.2
/** Silence of so many times the usual gap is told. */
const longTimes = 5
const leastSilenceMs = 60_000

/** How often something usually comes, learned from when it came. Times are ms since the epoch. */
export class Rhythm {
  #lastAt: number | undefined
  #gaps = 0
  #meanMs = 0

  arrived(at: number): void {
    const last = this.#lastAt
    if (last !== undefined && at - last < burstMs) return
    this.#lastAt = at
    if (last === undefined) return
    // One long silence does not make a new rhythm.
    const gap = this.#gaps < enough ? at - last : Math.min(at - last, this.#meanMs * longTimes)
    this.#gaps++
    this.#meanMs += (gap - this.#meanMs) * Math.max(weight, 1 / this.#gaps)
  }

  /** The usual time between arrivals, ms; `undefined` while it is not known yet. */
  get usualMs(): number | undefined {
    return this.#gaps < enough ? undefined : this.#meanMs
  }

  /** Whether nothing has come for much longer than is usual. */
  isSilent(now: number): boolean {
    const { usualMs } = this
    if (usualMs === undefined || this.#lastAt === undefined) return false
    return now - this.#lastAt > Math.max(longTimes * usualMs, leastSilenceMs)
  }
}
