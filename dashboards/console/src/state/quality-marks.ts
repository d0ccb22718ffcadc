/** @returns the marks of a quality text; none for `good`. */
export function marksOf(quality: string): readonly string[] {
  return quality === 'good' || quality === '' ? [] : quality.split(',')
}

/** @returns the marks that all of these qualities carry: shown once for the device instead of once a value. */
export function commonMarks(qualities: readonly string[]): readonly string[] {
  const [first = '', ...others] = qualities
  if (others.length === 0) return []
  return marksOf(first).filter(mark => others.every(quality => marksOf(quality).includes(mark)))
}
