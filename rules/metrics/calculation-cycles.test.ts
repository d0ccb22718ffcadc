import { describe, expect, it } from 'vitest'
import { calculation } from '../../model/calculation.ts'
import { cycleAmong } from './calculation-cycles.ts'

const made = (id: string, formula: object, metric?: string) =>
  calculation.parse({
    ...{ id, name: { vi: id }, organisation: 'root', version: 1, isEnabled: true, scope: {}, formula },
    ...(metric !== undefined && { metric: { name: metric, vi: metric } })
  })
const expression = (id: string, value: string) => made(id, { kind: 'expression', value }, id)

describe('calculations that feed on each other', () => {
  it('are found, however long the way round is', () => {
    expect(cycleAmong([expression('a', 'm.a + 1')])).toEqual(['a', 'a'])
    const round = [expression('a', 'm.c * 2'), expression('b', 'm.a'), expression('c', 'm.b + m.dew_point')]
    expect(cycleAmong([...round, made('d', { kind: 'dew-point' })])).toEqual(['a', 'c', 'b', 'a'])
  })

  it('may stand on each other in one direction', () => {
    const soil = { fieldCapacity: 0.3, wiltingPoint: 0.1, rootDepth: 1, depletionShare: 0.5, days: [20, 30, 40, 20] }
    const kc = { initial: 0.4, mid: 1.2, end: 0.6 }
    const chain = [
      made('dew', { kind: 'dew-point' }),
      expression('gap', 'm.air_temperature - m.dew_point'),
      made('et0', { kind: 'et0-day' }),
      made('soil', { kind: 'soil-water', since: '2026-01-01', kc, ...soil })
    ]
    expect(cycleAmong(chain)).toBeUndefined()
  })
})
