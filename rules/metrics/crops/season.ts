/** A crop's season: its coefficients, and how many days each of its four stages lasts. */
export interface Season {
  readonly kc: { readonly initial: number; readonly mid: number; readonly end: number }
  readonly days: readonly [initial: number, development: number, middle: number, late: number]
}

/**
 * Crop coefficient on a day of the season: level in the initial and the middle stage, straight lines in development and late.
 * After the season it stays at the end's.
 *
 * @param day - 0 for the first.
 * Source: FAO Irrigation and Drainage Paper 56, figure 34 and eq. 66.
 */
export function cropCoefficientOn({ kc, days }: Season, day: number): number {
  const [initial, development, middle, late] = days
  if (day < initial) return kc.initial
  const developed = initial + development
  if (day < developed) return kc.initial + ((kc.mid - kc.initial) * (day - initial)) / development
  const ripe = developed + middle
  if (day < ripe) return kc.mid
  if (day < ripe + late) return kc.mid + ((kc.end - kc.mid) * (day - ripe)) / late
  return kc.end
}
