/** Hours that NowCast looks back on. */
export const nowcastHours = 12

/**
 * NowCast of particulate matter: a mean of the last 12 hourly means, in which newer ones weigh more the more they vary.
 *
 * The decision prints the sum for w = ½ without its divisor; with all 12 hours that is 0.02 % less, with gaps it is far too
 * low, so here it is always divided by the weights. A missing hour has no weight. If every hour is 0, so is NowCast.
 *
 * @param hours - hourly means, µg/m³, the newest first; `undefined` where an hour has none.
 * @returns µg/m³; `undefined` unless at least two of the three newest hours are there.
 * Source: Quyết định 1459/QĐ-TCMT (2019), công thức 2.
 */
export function nowcast(hours: readonly (number | undefined)[]): number | undefined {
  const newest = hours.slice(0, nowcastHours)
  if (newest.slice(0, 3).filter(hour => hour !== undefined).length < 2) return undefined
  const known = newest.filter(hour => hour !== undefined)
  const largest = Math.max(...known)
  if (largest <= 0) return 0
  const weight = Math.max(0.5, Math.min(...known) / largest)
  let sum = 0
  let weights = 0
  for (const [i, hour] of newest.entries()) {
    if (hour === undefined) continue
    sum += weight ** i * hour
    weights += weight ** i
  }
  return sum / weights
}
