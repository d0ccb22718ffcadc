import { z } from 'zod'
import { deviceTimeOf } from '../../devices/event-time.ts'

/** An ISO 8601 time with `Z` or an offset → ms since the epoch. A `+` that a URL turned into a space is put right. */
export const isoTime = z
  .string()
  .max(40)
  .transform((text, context) => {
    const time = deviceTimeOf(text.replace(/ (\d{2}:?\d{2})$/, '+$1'))
    if (time !== undefined && time >= earliest && time <= latest) return time
    context.addIssue({
      code: 'custom',
      message: `"${text}" must be ISO 8601 with Z or an offset, as 2026-11-22T07:00:00+07:00`
    })
    return z.NEVER
  })

/** As early as readings are imported. */
export const earliest = Date.UTC(1900, 0, 1)
const latest = Date.UTC(2200, 0, 1)
const unitMs = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000]
])

/** `30s`, `10m`, `1h`, `7d` → ms. */
export const durationMs = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'must be a number with s, m, h or d, for example 10m')
  .transform(text => Number.parseInt(text, 10) * (unitMs.get(text.slice(-1)) ?? 0))

/** Việt Nam is at +07:00 all year. */
const vietnamOffsetMs = 7 * 3_600_000

/** @returns how far bucket borders are shifted: buckets of whole days begin at midnight in Việt Nam. */
export function offsetMsOf(everyMs: number): number {
  return everyMs % 86_400_000 === 0 ? vietnamOffsetMs : 0
}

/** ms since the epoch → ISO 8601 UTC; `null` for what has not happened. */
export function isoOf(at: number): string
export function isoOf(at: number | undefined): string | null
export function isoOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}
