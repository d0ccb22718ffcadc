import { expect, test } from 'vitest'
import { HealthAlarms } from '../../../alarms/health/health-alarms.ts'
import { ruleCase } from '../../../rules/packs/case.ts'
import { loadPacks } from '../../../rules/packs/load-packs.ts'
import { rulesOf } from '../../../rules/packs/rules-of.ts'
import { runCase } from '../../../rules/packs/run-cases.ts'
import { alarmRule, gauge, hasPower, isRead, levelCm, moments } from './scenario.ts'

const seed = 7

test('the flood of the scenario rises through báo động I, II and III and is over', async () => {
  const pack = (await loadPacks()).get('hydrology')!
  const use = { organisation: 'root', scope: alarmRule.scope, rules: ['nam-dan'], idOf: () => alarmRule.id }
  const [packRule] = rulesOf(pack, use).drafts
  expect(alarmRule.levels.map(({ when }) => when)).toEqual(packRule?.levels.map(({ when }) => when))

  const known = moments.filter(since => hasPower(since) || isRead(since))
  const one = ruleCase.parse({
    ...{ case: 'flood', rule: 'nam-dan', devices: { [gauge.id]: gauge.mounting } },
    series: known.map(since => ({
      ...{ metric: 'water_level', every: '10m', from: `${since / 60_000}m` },
      values: [levelCm(seed, since) / 100]
    })),
    lasts: '48h',
    expected: [
      {
        about: gauge.id,
        steps: [
          ...[
            [1, '19h30m'],
            [2, '22h30m'],
            [3, '25h50m']
          ],
          ...[
            [2, '34h40m'],
            [1, '38h20m'],
            [0, '43h20m']
          ]
        ]
      }
    ]
  })
  expect(runCase({ file: 'flood', pack, one }, new HealthAlarms()).difference).toBeUndefined()
})
