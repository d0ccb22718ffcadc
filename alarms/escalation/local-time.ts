import type { HoursOfDay } from '../../model/recipient.ts'

/** Việt Nam has one time zone and no summer time: UTC+7. */
const zoneMs = 7 * 3_600_000
const minuteMs = 60_000
const dayMs = 86_400_000

/** From 22:00 to 06:00 the Zalo and carriers hold back what does not ring, and people sleep. */
export const night: HoursOfDay = { from: '22:00', to: '06:00' }

/** @returns whether the moment lies within these hours of its day in Việt Nam; `from` counts, `to` does not. */
export function isWithinHours({ from, to }: HoursOfDay, at: number): boolean {
  const [start, end, minute] = [minutesOf(from), minutesOf(to), minuteOfDay(at)]
  return start < end ? minute >= start && minute < end : minute >= start || minute < end
}

/** @returns the first moment at or after `at` at which it is this time of day in Việt Nam, ms since the epoch. */
export function nextAt(time: string, at: number): number {
  const local = at + zoneMs
  const today = local - modulo(local, dayMs) + minutesOf(time) * minuteMs
  return (today >= local ? today : today + dayMs) - zoneMs
}

/** @returns the day in Việt Nam, `2026-11-30`. */
export function localDay(at: number): string {
  return new Date(at + zoneMs).toISOString().slice(0, 10)
}

/** @returns the day of the week in Việt Nam, 1 Monday to 7 Sunday. */
export function localWeekday(at: number): number {
  return new Date(at + zoneMs).getUTCDay() || 7
}

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}

function minuteOfDay(at: number): number {
  return modulo(Math.floor((at + zoneMs) / minuteMs), 1440)
}

const modulo = (a: number, b: number): number => ((a % b) + b) % b
