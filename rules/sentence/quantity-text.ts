import { unitText } from '../../model/unit-text.ts'

/** The languages that rules are read in. */
export type Language = 'vi' | 'en'

const locale = { vi: 'vi-VN', en: 'en-GB' } as const
const minute = { vi: 'phút', en: 'min' } as const

/** Levels and lengths are given to the centimetre, as bulletins write them ("5,40 m"). */
const leastDecimals: Readonly<Record<string, number>> = { m: 2 }

/** @returns the number as the language writes it, with so many decimals at least: 5.4 → "5,40" for 2. */
export function numberText(value: number, language: Language, decimals = 0): string {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: Math.max(decimals, 6) }
  return new Intl.NumberFormat(locale[language], digits).format(value)
}

/**
 * A value with its unit as people read it: 5.4 and `m` → "5,40 m", 35 and `Cel` → "35 °C".
 *
 * @param unit - UCUM code, as in the metric catalogue; '' where there is none.
 */
export function quantityText(value: number, unit: string, language: Language): string {
  const number = numberText(value, language, leastDecimals[unit] ?? 0)
  const written = unitText(unit, minute[language])
  if (written === '') return number
  return written === '°' ? `${number}°` : `${number} ${written}`
}

const spans = [
  { s: 86_400, vi: 'ngày', en: 'day' },
  { s: 3600, vi: 'giờ', en: 'hour' },
  { s: 60, vi: 'phút', en: 'minute' },
  { s: 1, vi: 'giây', en: 'second' }
] as const
/** Up to here people speak of hours ("mưa 72 giờ"). */
const daysFromS = 4 * 86_400

/** How long: 600 → "10 phút", 5400 → "1 giờ 30 phút". Never more than the two largest parts. */
export function durationText(seconds: number, language: Language): string {
  let rest = seconds
  const parts: string[] = []
  for (const span of spans) {
    if (span.s === 86_400 && seconds < daysFromS) continue
    const count = span.s === 1 ? rest : Math.floor(rest / span.s)
    rest -= count * span.s
    if (count === 0) continue
    const plural = language === 'en' && count !== 1 ? 's' : ''
    parts.push(`${numberText(count, language)} ${span[language]}${plural}`)
  }
  return parts.slice(0, 2).join(' ')
}
