import { describe, expect, test } from 'vitest'
import { condition, type Condition } from '../../../../model/rule.ts'
import { conditionDraftOf, newLine, readCondition } from './condition-draft.ts'
import { decimalText } from './decimal.ts'
import { idOf, newRule, readLevels, ruleInputOf } from './rule-draft.ts'

const write = (value: number) => decimalText(value, 'vi')
const read = (one: Condition) => readCondition(conditionDraftOf(one, write))
const level = { kind: 'threshold', metric: 'water_level', op: '>=', value: 5.4 } as const

describe('a condition comes out of the form as it went in', () => {
  test.each<Condition>([
    { ...level, clear: 5.3, datum: true },
    { ...level, device: 'tram-1' },
    { kind: 'change', metric: 'water_level', op: '<=', value: -0.5, overS: 5400 },
    { kind: 'window', metric: 'rainfall', op: '>', value: 200, overS: 72 * 3600, fn: 'sum' },
    { kind: 'window', metric: 'rainfall', op: '>', value: 200, overS: 7 * 86_400, fn: 'mean' },
    { kind: 'absence' },
    { kind: 'absence', metric: 'water_level', afterS: 90 },
    { kind: 'absence', intervals: 3 },
    { kind: 'stuck', metric: 'water_level', forS: 21_600 },
    { kind: 'lasting', forS: 600, of: level },
    { kind: 'any', of: [level, { kind: 'health', event: 'device-silent' }] },
    { kind: 'lasting', forS: 1.5, of: { kind: 'all', of: [level, { kind: 'not', of: level }] } },
    { kind: 'agree', atLeast: 2, of: level }
  ])('%j', one => {
    expect(condition.parse(one)).toEqual(one)
    expect(read(one)).toEqual({ condition: one })
  })
})

describe('what is wrong is said with its place', () => {
  const lines = (...of: Partial<ReturnType<typeof newLine>>[]) => ({
    ...{ match: 'all' as const, lastAmount: '', lastUnit: '60' },
    lines: of.map(one => ({ ...newLine('water_level'), ...one }))
  })
  test.each([
    [lines({ value: 'năm' }), { fault: 'value', line: 0 }],
    [lines({ value: '5' }, { value: '5', clear: 'x' }), { fault: 'clear', line: 1 }],
    [lines({ kind: 'change', value: '5', amount: '0' }), { fault: 'amount', line: 0 }],
    [lines({ metric: '', value: '5' }), { fault: 'metric', line: 0 }],
    [lines({ kind: 'other', json: '{"kind":' }), { fault: 'json', line: 0 }],
    [lines({ kind: 'other', json: '7' }), { fault: 'json', line: 0 }],
    [
      { ...lines({ value: '5' }), lastAmount: '-1' },
      { fault: 'amount', line: -1 }
    ]
  ])('%#', (draft, fault) => expect(readCondition(draft)).toEqual(fault))
})

test('what is left empty is not sent', () => {
  const draft = newRule('root', 'water_level')
  draft.name = ' Lũ Nam Đàn '
  draft.id = idOf(draft.name)
  draft.tags = ['lam']
  draft.levels[0]!.name = 'Báo động I'
  expect(readLevels(draft)).toEqual({ fault: { level: 0, line: 0, fault: 'value' } })
  draft.levels[0]!.lines[0]!.value = '5,4'
  const { levels } = readLevels(draft) as { levels: never[] }
  expect(ruleInputOf(draft, levels)).toEqual({
    ...{ id: 'lu-nam-dan', name: { vi: 'Lũ Nam Đàn' }, organisation: 'root', isEnabled: true, per: 'device' },
    ...{ scope: { tags: ['lam'] }, levels: [{ name: { vi: 'Báo động I' }, severity: 'medium', when: level }] }
  })
})
