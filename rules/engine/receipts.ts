import type { Keep } from './conditions/compiled.ts'
import type { SeriesHistory } from './series-history.ts'

/** Receipts that are remembered: a rhythm is learnt from the gaps between them. */
export const receiptsKeep: Keep = { ms: 0, rows: 17 }
/** Value of a receipt after which nobody listened. */
export const nobodyListened = -1
/** Below this many gaps the rhythm is not known. */
const enoughGaps = 4
/** What a device is granted whose rhythm nobody knows, ms. */
const unknownIntervalMs = 25 * 3_600_000

/**
 * Notes that something was received. Each receipt carries the device's interval at that time: what its profile says, else
 * what is usual between its receipts (their median).
 *
 * @returns whether it is the first of this second.
 */
export function received(seen: SeriesHistory, now: number, statedMs: number | undefined): boolean {
  if (seen.times[seen.times.length - 1] === now) return false
  const value = statedMs ?? usualGap(seen, now) ?? unknownIntervalMs
  return seen.put({ t: now, value, quality: 0, generation: 0, at: 0 })
}

function usualGap({ times }: SeriesHistory, now: number): number | undefined {
  const newest = [...times.slice(-16), now]
  const gaps = newest.slice(1).map((t, i) => t - (newest[i] ?? t))
  if (gaps.length < enoughGaps) return undefined
  gaps.sort((a, b) => a - b)
  return Math.max(1000, gaps[gaps.length >> 1] ?? 0)
}
