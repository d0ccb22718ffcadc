const firstMs = 2_000
/** While a broker cannot be reached. */
export const longestAwayMs = 60_000
/** While Sen itself cannot keep messages: once there is room again, they should come soon. */
export const longestFullMs = 5_000

/**
 * How long to wait before trying again, ms: 1 to 2 s at first, doubled with every failure, in the end `longestMs` or down
 * to half of it. The random part keeps many clients from coming back to a broker at the same moment.
 *
 * @param failures - attempts that failed before in a row, from 0.
 * @param random - from 0 to 1.
 */
export function reconnectDelayMs(failures: number, random: number, longestMs: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** failures)
  return Math.round(ceiling * (0.5 + random / 2))
}
