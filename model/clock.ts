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

/**
 * A clock that starts at `startAt` and runs `speed` times as fast as the machine's. For the demo only.
 *
 * @param speed - seconds of clock time per second of machine time, above 0.
 * @param startAt - wall time (ms since the epoch, UTC) at which machine and scaled clock agree.
 */
export function scaledClock(speed: number, startAt: number): Clock {
  return {
    now: () => startAt + (Date.now() - startAt) * speed,
    monotonic: () => performance.now() * speed
  }
}
