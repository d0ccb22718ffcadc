import { describe, expect, it } from 'vitest'
import { metricCatalogue } from '../model/metric.ts'
import { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { rule as ruleSchema } from '../model/rule.ts'
import { checkRule } from './rule-check.ts'

function check(when: object): void {
  const level = { name: { vi: 'mức 1' }, severity: 'high', when }
  const rule = ruleSchema.parse({
    ...{
      id: 'r',
      name: { vi: 'Quy tắc' },
      organisation: 'root',
      version: 1,
      isEnabled: true,
      scope: {},
      per: 'device'
    },
    levels: [level]
  })
  const sees = { seesSite: () => true, seesDevice: () => true }
  checkRule(rule, { registry: new RegistrySnapshot(), profiles: new Map(), metricCatalogue, ...sees })
}

describe('a level for the way back', () => {
  it.each([
    ['>=', 4],
    ['<', 6],
    ['=', 6],
    ['>', 5]
  ])('of a limit %s 5 may be %d', (op, clear) => {
    expect(() => check({ kind: 'threshold', metric: 'water_level', op, value: 5, clear })).not.toThrow()
  })

  it.each([
    ['>=', 6],
    ['<', 4]
  ])('of a limit %s 5 may not be %d: the alarm would end where it begins', (op, clear) => {
    const when = {
      kind: 'all',
      of: [{ kind: 'window', metric: 'rainfall', fn: 'sum', overS: 60, op, value: 5, clear }]
    }
    expect(() => check(when)).toThrow(
      expect.objectContaining({ code: 'SEN_INPUT_INVALID', message: expect.stringContaining(`"clear" ${clear}`) })
    )
  })
})
