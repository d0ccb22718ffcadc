import type { LanguageCode } from '../words/formats.ts'

/** @returns the number that a person wrote with a decimal comma or point; `undefined` if it is none. */
export function decimalOf(text: string): number | undefined {
  const plain = text.trim().replace(/^\u2212/, '-')
  return /^[+-]?\d{1,15}(?:[.,]\d{1,12})?$/.test(plain) ? Number(plain.replace(',', '.')) : undefined
}

/** @returns the number as a person writes it into a field in that language: all its digits, not grouped. */
export function decimalText(value: number, code: LanguageCode): string {
  return String(value).replace('.', code === 'vi' ? ',' : '.')
}
