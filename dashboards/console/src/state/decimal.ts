/** @returns the number that a person wrote with a decimal comma or point; `undefined` if it is none. */
export function decimalOf(text: string): number | undefined {
  const plain = text.trim().replace(/^\u2212/, '-')
  return /^[+-]?\d{1,15}(?:[.,]\d{1,12})?$/.test(plain) ? Number(plain.replace(',', '.')) : undefined
}
