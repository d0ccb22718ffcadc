import type { ConnectorRhythm } from '../../model/connector.ts'

/** Messages closer together than this are one arrival, ms. */
const burstMs = 1000
/** So many gaps between arrivals make a rhythm. */
const enough = 5
const weight = 0.2
/** Silence of so many times the usual gap is told. */
const longTimes = 5
const leastSilenceMs = 60_000

/**
 * How often something usually comes, learned from when it came, and for how long nothing has. Only time in which Sen listened
 * counts: what is not heard because Sen or the broker was away is no silence, and teaches nothing. Outlives a restart by
 * `kept`. Times are ms since the epoch.
 */
export class Rhythm {
  #lastAt: number | undefined
  /** When the newest arrival began. */
  #arrivalAt: number | undefined
  #gaps: number
  #meanMs: number
  /** Listened since `#lastAt`, up to `#listensFrom`. */
  #listenedMs: number
  #listensFrom: number | undefined
  /** Sen has listened all the time since `#arrivalAt`. */
  #isWhole = false

  constructor(kept?: ConnectorRhythm) {
    this.#lastAt = kept?.lastAt
    this.#gaps = kept?.gaps ?? 0
    this.#meanMs = kept?.meanMs ?? 0
    this.#listenedMs = kept?.listenedMs ?? 0
  }

  /** From now on what comes is heard. */
  listens(now: number): void {
    this.#listensFrom ??= now
  }

  /** From now on nothing is heard: disconnected, paused, stopped. */
  isDeaf(now: number): void {
    this.#listenedMs = this.#silentMs(now)
    this.#listensFrom = undefined
    this.#isWhole = false
  }

  arrived(at: number): void {
    const began = this.#arrivalAt
    this.#lastAt = at
    this.#listenedMs = 0
    this.#listensFrom = at
    if (began !== undefined && at >= began && at - began < burstMs) return
    if (began !== undefined && at >= began && this.#isWhole) this.#learn(at - began)
    this.#arrivalAt = at
    this.#isWhole = true
  }

  /** When something came last. */
  get lastAt(): number | undefined {
    return this.#lastAt
  }

  /** The usual time between arrivals, ms; `undefined` while it is not known yet. */
  get usualMs(): number | undefined {
    return this.#gaps < enough ? undefined : this.#meanMs
  }

  /** Whether nothing has come for much longer than is usual. */
  isSilent(now: number): boolean {
    const { usualMs } = this
    return usualMs !== undefined && this.#silentMs(now) > Math.max(longTimes * usualMs, leastSilenceMs)
  }

  /** What a new one needs to go on from here; `undefined`: nothing came yet. */
  kept(now: number): ConnectorRhythm | undefined {
    if (this.#lastAt === undefined) return undefined
    return { lastAt: this.#lastAt, gaps: this.#gaps, meanMs: this.#meanMs, listenedMs: this.#silentMs(now) }
  }

  #silentMs(now: number): number {
    return this.#listenedMs + (this.#listensFrom === undefined ? 0 : Math.max(0, now - this.#listensFrom))
  }

  #learn(gapMs: number): void {
    // One long silence does not make a new rhythm.
    const gap = this.#gaps < enough ? gapMs : Math.min(gapMs, this.#meanMs * longTimes)
    this.#gaps++
    this.#meanMs += (gap - this.#meanMs) * Math.max(weight, 1 / this.#gaps)
  }
}
