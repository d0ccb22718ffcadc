import type { Inputs } from './inputs.ts'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs
/** Days are those of Việt Nam, UTC+7. */
export const zoneMs = 7 * hourMs

/** Of the 24 hours of a day so many need readings: 75 %, a convention of Sen. */
export const hoursOfDayNeeded = 18

/** @returns the mean; `undefined` of nothing. */
export function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Mean of each of the last `count` hours before `end`, the newest first; an hour without a reading has none. */
export function hourMeans(inputs: Inputs, metric: string, end: number, count: number): readonly (number | undefined)[] {
  return Array.from({ length: count }, (_, i) =>
    meanOf(inputs.between(metric, end - (i + 1) * hourMs, end - i * hourMs).value)
  )
}

/** @returns the mean of the hours; `undefined` if fewer than `least` have one. */
export function meanOfHours(hours: readonly (number | undefined)[], least: number): number | undefined {
  const known = hours.filter(hour => hour !== undefined)
  return known.length < least ? undefined : meanOf(known)
}

/** @returns the highest and the lowest value of a day; `undefined` if fewer than 18 of its hours have readings. */
export function extremesOfDay(
  inputs: Inputs,
  metric: string,
  from: number
): { readonly max: number; readonly min: number } | undefined {
  const { time, value } = inputs.between(metric, from, from + dayMs)
  const hours = new Set(time.map(t => Math.floor(t / hourMs)))
  if (hours.size < hoursOfDayNeeded) return undefined
  let [max, min] = [-Infinity, Infinity]
  for (const one of value) [max, min] = [Math.max(max, one), Math.min(min, one)]
  return { max, min }
}

/** Day of the year in Việt Nam, 1 to 366. */
export function dayOfYear(at: number): number {
  const local = new Date(at + zoneMs)
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / dayMs) + 1
}
