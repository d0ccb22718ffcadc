/** An 8-hour mean needs so many of its hours: 75 %, as is usual; the decision does not say. */
const leastHours = 6

/**
 * Means of 8 consecutive hours, each ending with its hour.
 *
 * @param hours - hourly means in order, seven before the first that is wanted; `undefined` where there is none.
 * @returns one mean for each hour from the eighth on; `undefined` where fewer than six of its hours are there.
 * Source: Quyết định 1459/QĐ-TCMT (2019), công thức of AQI ngày for O3 8 h.
 */
export function eightHourMeans(hours: readonly (number | undefined)[]): readonly (number | undefined)[] {
  return hours.slice(7).map((_, i) => {
    const known = hours.slice(i, i + 8).filter(hour => hour !== undefined)
    return known.length < leastHours ? undefined : known.reduce((sum, hour) => sum + hour, 0) / known.length
  })
}
