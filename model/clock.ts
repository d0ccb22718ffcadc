/** The time, injected everywhere so that tests and the simulated province can have their own. */
export interface Clock {
  /** Wall time, ms since the epoch, UTC. May jump. */
  now(): number
  /** ms since an arbitrary start, never running back; for timers, deadlines and ages. */
  monotonic(): number
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now()
}

/** A clock of its own: it showed `now` when the machine's showed `at`, and runs `speed` times as fast. */
export interface ClockSetting {
  readonly at: number
  readonly now: number
  /** Seconds of clock time per second of machine time, above 0. */
  readonly speed: number
}

/**
 * A clock that runs faster or slower than the machine's. For the demo only. Deadlines and ages are the machine's: who
 * connects, keeps a connection alive or types a code is as fast as ever.
 *
 * @param at - the machine's time (ms since the epoch) at which the clock shows `now`.
 */
export function scaledClock(speed: number, at: number, now: number = at): Clock {
  return {
    now: () => Math.floor(now + (Date.now() - at) * speed),
    monotonic: () => performance.now()
  }
}

/**
 * The time of receipt: the wall clock's, except that it never runs back and never stands still. While the wall clock shows
 * less than what was given out before (it was set back, or had been ahead), this one goes on at half the speed of
 * `monotonic`, so that moments of receipt stay apart and the wall clock catches up.
 */
export class ReceiptClock implements Pick<Clock, 'now'> {
  readonly #clock: Clock
  #shown: number
  /** What `monotonic` said when it was last asked. */
  #at: number

  /** @param newest - what was given out before this process began, ms since the epoch. */
  constructor(clock: Clock, newest: number) {
    this.#clock = clock
    this.#shown = newest
    this.#at = clock.monotonic()
  }

  /** ms since the epoch, UTC; whole. */
  now(): number {
    const at = this.#clock.monotonic()
    this.#shown = Math.max(this.#clock.now(), this.#shown + (at - this.#at) / 2)
    this.#at = at
    return Math.floor(this.#shown)
  }

  /** How far it is ahead of the wall clock, ms; 0 where they agree. */
  aheadMs(): number {
    return Math.max(0, this.now() - this.#clock.now())
  }
}
