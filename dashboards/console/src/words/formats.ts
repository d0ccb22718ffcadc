export type LanguageCode = 'vi' | 'en'

const locale = { vi: 'vi-VN', en: 'en-GB' } as const
/** Vietnam has no daylight saving: always +07:00. */
const timeZone = 'Asia/Ho_Chi_Minh'

const steps = [
  { unit: 'second', ms: 1_000, below: 60_000 },
  { unit: 'minute', ms: 60_000, below: 3_600_000 },
  { unit: 'hour', ms: 3_600_000, below: 48 * 3_600_000 },
  { unit: 'day', ms: 24 * 3_600_000, below: Number.POSITIVE_INFINITY }
] as const

/** Numbers, times and ages as the language writes them. Times are Vietnam's, whatever the machine's zone. */
export interface Formats {
  /** 12345 → "12.345" (vi). */
  readonly count: (value: number) => string
  /** A measured number with as many decimals as its size deserves. */
  readonly measured: (value: number, metric: string) => string
  readonly rate: (perSecond: number) => string
  /** Time of day, "14:03:05". */
  readonly time: (at: number) => string
  /** Time of day if `at` is within 12 hours of `now`, else day and month too. */
  readonly brief: (at: number, now: number) => string
  /** Date and time to the minute, "14:03 23/11/2025". */
  readonly minute: (at: number) => string
  /** Date and time to the second, "14:03:05 23/11/2025". */
  readonly second: (at: number) => string
  /** Weekday and date in words, "chủ nhật, 23 tháng 11, 2025". */
  readonly day: (at: number) => string
  /** Date, time and offset, "14:03:05 23/11/2025 (+07:00)". */
  readonly exact: (at: number) => string
  /** "3 giây trước"; `justNow` under a second, and for what is less than a second ahead. */
  readonly age: (ms: number, justNow: string) => string
  /** Names in the language's order. */
  readonly order: (a: string, b: string) => number
}

export function formatsOf(language: LanguageCode): Formats {
  const name = locale[language]
  const decimals = [0, 1, 2, 3, 4, 5].map(
    digits => new Intl.NumberFormat(name, { maximumFractionDigits: digits, minimumFractionDigits: Math.min(digits, 1) })
  )
  const whole = new Intl.NumberFormat(name, { maximumFractionDigits: 0 })
  const time = new Intl.DateTimeFormat(name, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const date = new Intl.DateTimeFormat(name, { timeZone, day: '2-digit', month: '2-digit', year: 'numeric' })
  const day = new Intl.DateTimeFormat(name, { timeZone, day: '2-digit', month: '2-digit' })
  const minute = new Intl.DateTimeFormat(name, { timeZone, hour: '2-digit', minute: '2-digit' })
  const longDay = new Intl.DateTimeFormat(name, {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric'
  })
  const relative = new Intl.RelativeTimeFormat(name, { numeric: 'always' })

  return {
    count: value => whole.format(value),
    measured: (value, metric) =>
      Number.isInteger(value) ? whole.format(value) : (decimals[decimalsOf(value, metric)] ?? whole).format(value),
    rate: perSecond => (perSecond < 10 ? decimals[1]! : whole).format(perSecond),
    time: at => time.format(at),
    brief: (at, now) =>
      Math.abs(now - at) < 12 * 3_600_000 ? time.format(at) : `${time.format(at)} ${day.format(at)}`,
    minute: at => `${minute.format(at)} ${date.format(at)}`,
    second: at => `${time.format(at)} ${date.format(at)}`,
    day: at => longDay.format(at),
    exact: at => `${time.format(at)} ${date.format(at)} (+07:00)`,
    age: (ms, justNow) => {
      const size = Math.abs(ms)
      if (size < 1_000) return justNow
      const step = steps.find(({ below }) => size < below) ?? steps[3]
      return relative.format(-Math.trunc(ms / step.ms), step.unit)
    },
    order: new Intl.Collator(name, { numeric: true }).compare
  }
}

/** What the instrument can tell: places 1 m, radio levels no more than their noise. */
const decimalsOfMetric: Readonly<Record<string, number>> = { latitude: 5, longitude: 5, rssi: 0, snr: 1 }

/** Small numbers get more decimals than large ones, where the metric has no rule of its own. */
function decimalsOf(value: number, metric: string): number {
  const own = decimalsOfMetric[metric]
  if (own !== undefined) return own
  const size = Math.abs(value)
  if (size < 0.1) return 4
  if (size < 1) return 3
  if (size < 100) return 2
  return 1
}
