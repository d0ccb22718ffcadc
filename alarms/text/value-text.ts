import type { AlarmFacts } from '../../model/alarm.ts'
import { quantity } from './numbers.ts'
import type { Language } from './numbers.ts'
import { phrases } from './phrases.ts'
import { oneLine } from './plain.ts'

/**
 * A value against its limit: "Mực nước 6,95 m, trên báo động 2 là 0,05 m" where the level bears such a name, as bulletins of
 * the hydrometeorological service say it; else "Nhiệt độ 39,4 °C, trên ngưỡng 39 °C là 0,4 °C".
 *
 * @returns nothing where an alarm has no value: silence, a place.
 */
export function valueText({ value: fact, levelName }: AlarmFacts, language: Language): string | undefined {
  if (fact === undefined) return undefined
  const { metric, value, limit, unit } = fact
  const said = `${oneLine(wordsIn(metric, language))} ${oneLine(quantity(value, unit, language))}`
  if (limit === undefined || typeof value !== 'number') return said

  const { above, below, equal, limit: plainLimit } = phrases[language]
  const level = wordsIn(levelName, language)
  const isNamed = /^(?:báo động|alarm level)\s/i.test(level.normalize('NFC')) && limit.op.startsWith('>')
  const name = isNamed ? oneLine(level).toLowerCase() : plainLimit(quantity(limit.value, unit, language))
  const named = isNamed ? roman(name) : name
  const difference = rounded(value - limit.value)
  if (difference === 0) return `${said}, ${equal(named)}`
  const far = oneLine(quantity(Math.abs(difference), unit, language))
  return `${said}, ${difference > 0 ? above(named, far) : below(named, far)}`
}

/** @returns the words of a language; Vietnamese where people wrote it alone. */
export function wordsIn(words: { readonly vi: string; readonly en?: string | undefined }, language: Language): string {
  return language === 'en' ? (words.en ?? words.vi) : words.vi
}

/** Without the noise of binary fractions: 6.95 − 6.9 is 0.05. */
const rounded = (difference: number): number => Number(difference.toPrecision(9))
/** `báo động iii` is written III. */
const roman = (name: string): string => name.replace(/\b[iv]+$/, number => number.toUpperCase())
