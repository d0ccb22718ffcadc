/** How far the time a device gives may lie from the time of receipt, ms, both ends inclusive. */
export interface TimeWindow {
  readonly pastMs: number
  readonly futureMs: number
}

const hourMs = 3_600_000

/** What live doors accept: −30 days … +1 hour. */
export const liveWindow: TimeWindow = { pastMs: 30 * 24 * hourMs, futureMs: hourMs }

/** What imports accept: any age. */
export const anyAge: TimeWindow = { pastMs: Number.POSITIVE_INFINITY, futureMs: hourMs }

/** When it happened, ms since the epoch, UTC, and whether that is the time of receipt because the device's was refused. */
export interface EventTime {
  readonly at: number
  readonly isRefused: boolean
}

const secondsBelow = 1e11
const millisecondsBelow = 1e14

/**
 * Reads the time a device gives: a number below 1e11 is seconds since the epoch, below 1e14 milliseconds; text is ISO 8601
 * with `Z` or an offset (RFC 3339; seconds may be left out). A fraction of a millisecond is rounded.
 *
 * @returns ms since the epoch, UTC; `undefined` where no time is given (absent or null); NaN where it cannot be read.
 */
export function deviceTimeOf(ts: unknown): number | undefined {
  if (ts === undefined || ts === null) return undefined
  if (typeof ts === 'string') return timeOfText(ts)
  if (typeof ts !== 'number' || !(Math.abs(ts) < millisecondsBelow)) return Number.NaN
  return Math.round(Math.abs(ts) < secondsBelow ? ts * 1000 : ts)
}

/**
 * Chooses between the device's time and the time of receipt.
 *
 * @param deviceTime - as `deviceTimeOf` gives it.
 * @param receivedAt - ms since the epoch, UTC.
 */
export function eventTimeOf(
  deviceTime: number | undefined,
  receivedAt: number,
  window: TimeWindow = liveWindow
): EventTime {
  if (deviceTime === undefined) return { at: receivedAt, isRefused: false }
  const isWithin = deviceTime >= receivedAt - window.pastMs && deviceTime <= receivedAt + window.futureMs
  return isWithin ? { at: deviceTime, isRefused: false } : { at: receivedAt, isRefused: true }
}

const isoTime =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/

/** Stricter than `Date.parse`, which takes the 31st of February and, without an offset, this machine's time zone. */
function timeOfText(text: string): number {
  const parts = isoTime.exec(text)
  if (parts === null) return Number.NaN
  const number = (group: number): number => Number(parts[group] ?? 0)
  const [year, month, day, hour, minute, second] = [number(1), number(2), number(3), number(4), number(5), number(6)]
  const [offsetHour, offsetMinute] = [number(9), number(10)]
  // 60: a leap second, taken as the first second of the next minute.
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return Number.NaN

  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, day)
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return Number.NaN
  const fractionMs = Math.round(Number(`0.${parts[7] ?? 0}`) * 1000)
  const offsetMs = (parts[8] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute) * 60_000
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - offsetMs
}
