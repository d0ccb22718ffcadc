/** How what GSM-7 lacks, or counts twice, is written all the same. */
const spelled: Readonly<Record<string, string>> = {
  ...{ đ: 'd', Đ: 'D', '≥': '>=', '≤': '<=', '≠': '!=', '−': '-', '–': '-', '—': '-', '…': '...', '×': 'x', '·': '.' },
  ...{
    '“': '"',
    '”': '"',
    '‘': "'",
    '’': "'",
    '`': "'",
    '°': '',
    '‰': 'ppt',
    µ: 'u',
    μ: 'u',
    '²': '2',
    '³': '3',
    '₃': '3'
  },
  ...{ '[': '(', ']': ')', '{': '(', '}': ')', '~': '-', '|': '/', '^': '', '\\': '/', '€': 'EUR', '•': '-', '₂': '2' }
}

/**
 * One line of text: whatever ends or turns a line (CR, LF, other controls, marks of writing direction) becomes a space. So
 * names that people gave can neither add a header nor hide what follows.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * Vietnamese without diacritics, in characters that count one septet each in the GSM 7-bit default alphabet
 * (3GPP TS 23.038, 6.2.1; the extension table, whose characters count two, is avoided): length in characters is length in
 * septets. What has no spelling becomes `?`.
 */
export function plain(text: string): string {
  const bare = oneLine(text)
    .replace(/./gu, character => (Object.hasOwn(spelled, character) ? (spelled[character] ?? '') : character))
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
  return oneLine(bare.replace(/[đĐ]/g, letter => (letter === 'đ' ? 'd' : 'D')).replace(/[^ -Z_a-z]/gu, '?'))
}

/** @returns at most `most` characters; what is cut ends in a full stop for each lost word's sake, at a word where there is one. */
export function cut(text: string, most: number): string {
  const characters = [...text]
  if (characters.length <= most) return text
  const head = characters.slice(0, Math.max(0, most - 1)).join('')
  const atWord = head.lastIndexOf(' ')
  return `${atWord > most / 2 ? head.slice(0, atWord) : head}.`.slice(0, most)
}
