import { beforeAll, describe, expect, test } from 'vitest'
import { HealthAlarms } from '../../alarms/health/health-alarms.ts'
import { ruleCase } from './case.ts'
import { differenceOf } from './difference.ts'
import { loadCases, loadPacks } from './load-packs.ts'
import type { LoadedCase } from './load-packs.ts'
import { runCase } from './run-cases.ts'

let cases: readonly LoadedCase[]

beforeAll(async () => {
  const packs = [...(await loadPacks()).values()]
  cases = (await Promise.all(packs.map(pack => loadCases(pack)))).flat()
})

test('every case of every pack rings as it says, and no other', () => {
  expect(cases.length).toBeGreaterThan(200)
  const differences = cases.flatMap(one => {
    const { file, name, rule, difference } = runCase(one, new HealthAlarms())
    return difference === undefined ? [] : [`${file}: ${rule}: "${name}": ${difference}`]
  })
  expect(differences).toEqual([])
})

test('a case that is wrong is told apart from one that is right', () => {
  const [right] = cases.filter(({ one }) => one.rule === 'nam-dan')
  const expected = [{ about: 'gauge', steps: [[1, 0] as [number, number]] }]
  const wrong = { ...right!, one: { ...right!.one, expected } }
  expect(runCase(wrong, new HealthAlarms()).difference).toBe(
    'alarm 1 (gauge) is expected level 1 at 0; found level 1 at 1h30m, level 2 at 6h30m, level 3 at 9h50m, level 2 at 13h10m, level 1 at 18h10m, over at 25h40m'
  )
})

describe('a difference', () => {
  const hour = 3_600_000
  const expected = ruleCase.parse({
    case: 'c',
    rule: 'r',
    expected: [
      {
        about: 'a',
        steps: [
          [1, '1h'],
          [0, '90m']
        ]
      }
    ]
  }).expected
  const right = { about: 'a', steps: [[1, hour] as const, [0, 1.5 * hour] as const] }

  test.each([
    ['none', [right], undefined],
    ['silence', [], 'expects alarm 1 (a), level 1 at 1h, over at 1h30m; found 0 alarms'],
    ['another device', [{ ...right, about: 'b' }], 'expects alarm 1 of a, found it of b'],
    [
      'no end',
      [{ ...right, steps: [[1, hour] as const] }],
      'alarm 1 (a) is expected level 1 at 1h, over at 1h30m; found level 1 at 1h'
    ],
    [
      'one too many',
      [right, { about: 'a', steps: [[2, 2.5 * hour + 1500] as const] }],
      'expects no more than 1 alarm; found alarm 2 (a), level 2 at 2h30m1.5s'
    ]
  ])('of %s is said in words', (_what, found, words) => {
    expect(differenceOf(expected, found)).toBe(words)
  })

  test('to silence too', () => {
    expect(differenceOf([], [right])).toBe('expects no alarm; found alarm 1 (a), level 1 at 1h, over at 1h30m')
  })
})
