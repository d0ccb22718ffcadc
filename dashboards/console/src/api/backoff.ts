const firstMs = 1_000
const longestMs = 30_000

/**
 * How long to wait before trying again: doubles from 1 s to 30 s, half of it random so that a thousand pages
 * do not come back to a restarted server in the same instant.
 *
 * @param attempt - how many attempts have failed in a row, from 0.
 * @param random - in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const longest = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10))
  return Math.round(longest / 2 + (longest / 2) * random)
}
