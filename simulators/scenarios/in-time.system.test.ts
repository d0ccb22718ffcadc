import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ScenarioSen } from '../../tests/scenario-sen.fixture.ts'
import type { ScenarioRun } from '../../tests/scenario-sen.fixture.ts'
import { isInTime } from './in-time.fixture.ts'
import { scenarios } from './scenarios.ts'

/*
 * Scenarios that take their time, or of which something comes after an hour, side by side on one real Sen whose clock runs fast. Each says in its folder, to the last
 * reading and event, what must come of it.
 */
const speed = 360
let sen: ScenarioSen

beforeAll(async () => {
  sen = await ScenarioSen.start(speed)
}, 120_000)

afterAll(() => sen.remove())

describe('the scenario', { timeout: 120_000 }, () => {
  const inTime = scenarios.filter(isInTime)
  it.concurrent.each(inTime.map(one => [one.name, one] as const))('%s ends as it says', async (name, scenario) => {
    const { expectOutcome } = (await import(`./${name}/outcome.fixture.ts`)) as {
      readonly expectOutcome: (run: ScenarioRun) => Promise<void>
    }
    await expectOutcome(await sen.play(scenario, 7))
    expect(name).toBe(scenario.name)
  })
})
