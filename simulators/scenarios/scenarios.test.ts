import { describe, expect, test } from 'vitest'
import { scenarioOf, scenarios } from './scenarios.ts'

const from = Date.UTC(2026, 10, 20)
const named = scenarios.map(one => [one.name, one] as const)

describe('every scenario', () => {
  test.each(named)('%s gives the same steps for the same moment, in the order of their time', (_, scenario) => {
    const steps = [...scenario.steps({ seed: 3, from })]
    expect([...scenario.steps({ seed: 3, from })]).toEqual(steps)
    const times = steps.map(({ at }) => at)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times[0]).toBeGreaterThanOrEqual(from)
    expect(times.at(-1)).toBeLessThanOrEqual(from + scenario.lastsMs)
  })

  test.each(named)('%s registers only what is simulated', (_, scenario) => {
    const { devices } = scenario.provisioning({ seed: 3, from })
    expect(devices.length).toBeGreaterThan(0)
    expect(devices.every(({ simulated }) => simulated === true)).toBe(true)
  })

  test('is found by its name, and an unknown name is answered with those there are', () => {
    for (const [name, scenario] of named) expect(scenarioOf(name)).toBe(scenario)
    expect(() => scenarioOf('lụt')).toThrow('there is none')
  })
})
