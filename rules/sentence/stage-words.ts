import { numberText } from './quantity-text.ts'
import type { Language } from './quantity-text.ts'

/** A flood alarm level of a station: its number and its height above the station's datum, m; `null` where it is not verified. */
export interface StageLevel {
  readonly number: number
  readonly stage: number | null
}

/**
 * How bulletins word a stage: against the highest level that it has reached, else against the lowest that is known.
 *
 * @param stage - above the station's datum, m.
 * @returns "trên báo động 2 là 0,20 m", "ở mức báo động 1", "dưới báo động 1 là 0,22 m"; `undefined` if no level is known.
 * Source: wording of NCHMF's bulletins; reaching exactly a level counts as that level.
 */
export function stageWords(
  stage: number,
  levels: readonly StageLevel[],
  language: Language = 'vi'
): string | undefined {
  const known = levels.flatMap(({ number, stage: height }) => (height === null ? [] : [{ number, height }]))
  known.sort((a, b) => a.height - b.height)
  const level = known.findLast(({ height }) => centimetres(stage - height) >= 0) ?? known[0]
  if (!level) return undefined
  const above = centimetres(stage - level.height)
  const by = numberText(Math.abs(above) / 100, language, 2)
  if (language === 'vi') {
    if (above === 0) return `ở mức báo động ${level.number}`
    return `${above > 0 ? 'trên' : 'dưới'} báo động ${level.number} là ${by} m`
  }
  if (above === 0) return `at flood alarm level ${level.number}`
  return `${by} m ${above > 0 ? 'above' : 'below'} flood alarm level ${level.number}`
}

/** Bulletins speak in whole centimetres; so 5.4 - 5.39 is one. */
function centimetres(metres: number): number {
  return Math.round(metres * 100)
}
