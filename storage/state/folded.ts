/** Text as a search compares it: lower case, without accents, `đ` as `d`. "Nguyễn Đức" is found by "nguyen duc". */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('đ', 'd')
}
