import type { Dictionary } from './dictionary.ts'
import type { Formats } from './formats.ts'

/** @returns a reading's value as people read it: a number with the decimals it deserves, yes or no, or its words. */
export function valueText(
  value: number | boolean | string,
  metric: string,
  words: Pick<Dictionary, 'yes' | 'no'>,
  formats: Formats
): string {
  if (typeof value === 'number') return formats.measured(value, metric)
  if (typeof value === 'boolean') return value ? words.yes : words.no
  return value
}
