/** Samples of one series in order of time: ms since the epoch, and a value at each. */
export interface Samples {
  readonly time: readonly number[]
  readonly value: readonly number[]
}

/**
 * How fast a value rises: the newest at or before `at` less what it was `overMs` before that sample, per hour. What it was
 * then is interpolated between the samples around that moment, which may lie at most `gapMs` apart.
 *
 * @returns per hour, in the value's unit; `undefined` without a sample within `gapMs` before `at`, or none around the earlier moment.
 */
export function ratePerHour({ time, value }: Samples, at: number, overMs: number, gapMs: number): number | undefined {
  let newest = time.length - 1
  while (newest >= 0 && (time[newest] ?? 0) > at) newest--
  const t = time[newest]
  if (t === undefined || at - t > gapMs) return undefined
  const then = t - overMs
  let before = newest
  while (before >= 0 && (time[before] ?? 0) > then) before--
  const [t0, t1] = [time[before], time[before + 1]]
  if (t0 === undefined || t1 === undefined || (t0 !== then && t1 - t0 > gapMs)) return undefined
  const [v0 = 0, v1 = 0, now = 0] = [value[before], value[before + 1], value[newest]]
  const earlier = t0 === then ? v0 : v0 + ((v1 - v0) * (then - t0)) / (t1 - t0)
  return ((now - earlier) / overMs) * 3_600_000
}
