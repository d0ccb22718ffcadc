import { expect, test } from 'vitest'
import { stageWords } from './stage-words.ts'
import type { StageLevel } from './stage-words.ts'

const of = (...stages: readonly (number | null)[]): readonly StageLevel[] =>
  stages.map((stage, i) => ({ number: i + 1, stage }))
const namDan = of(5.4, 6.9, 7.9)

test.each([
  [7.1, namDan, 'trên báo động 2 là 0,20 m', '0.20 m above flood alarm level 2'],
  [5.18, namDan, 'dưới báo động 1 là 0,22 m', '0.22 m below flood alarm level 1'],
  [5.39, namDan, 'dưới báo động 1 là 0,01 m', '0.01 m below flood alarm level 1'],
  [5.4, namDan, 'ở mức báo động 1', 'at flood alarm level 1'],
  [6.89, namDan, 'trên báo động 1 là 1,49 m', '1.49 m above flood alarm level 1'],
  [24.35, of(null, null, 24.5), 'dưới báo động 3 là 0,15 m', '0.15 m below flood alarm level 3'],
  [34.15, of(null, null, 30.5), 'trên báo động 3 là 3,65 m', '3.65 m above flood alarm level 3'],
  [3, of(null, null, null), undefined, undefined]
])('%d m among %j is worded as bulletins do', (stage, levels, vi, en) => {
  expect(stageWords(stage, levels)).toBe(vi)
  expect(stageWords(stage, levels, 'en')).toBe(en)
})
