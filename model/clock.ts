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
 * A clock that runs faster or slower than the machine's. For the demo only.
 *
 * @param at - the machine's time (ms since the epoch) at which the clock shows `now`.
 */
export function scaledClock(speed: number, at: number, now: number = at): Clock {
  return {
    now: () => Math.floor(now + (Date.now() - at) * speed),
    monotonic: () => performance.now() * speed
  }
}
