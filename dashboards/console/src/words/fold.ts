/** @returns `words` in lower case without accents, for searching: "Nghệ An, Đô Lương" → "nghe an, do luong". */
export function fold(words: string): string {
  return words
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
}
