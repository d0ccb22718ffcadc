import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ScenarioSen } from '../../tests/scenario-sen.fixture.ts'
import type { ScenarioRun } from '../../tests/scenario-sen.fixture.ts'
import { isInTime } from './in-time.fixture.ts'
import { scenarios } from './scenarios.ts'

/* Each scenario that can be played at once is played on one real Sen over real MQTT; its folder says to the last reading what must come of it. */
let sen: ScenarioSen

beforeAll(async () => {
  sen = await ScenarioSen.start()
}, 60_000)

afterAll(() => sen.remove())

describe('the scenario', { timeout: 60_000 }, () => {
  const atOnce = scenarios.filter(one => !isInTime(one))
  it.each(atOnce.map(one => one.name))('%s ends as it says', async name => {
    const scenario = scenarios.find(one => one.name === name)
    expect(scenario).toBeDefined()
    if (!scenario) return
    const { expectOutcome } = (await import(`./${name}/outcome.fixture.ts`)) as {
      readonly expectOutcome: (run: ScenarioRun) => Promise<void>
    }
    await expectOutcome(await sen.play(scenario, 7))
  })
})
