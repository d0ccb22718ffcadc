import { expect } from 'vitest'
import type { ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { momentsOf, reportOf, silenceEndsMs, stations } from './scenario.ts'

/** Every reading at its own time, once; the block that came twice is counted as such. */
export async function expectOutcome({ moment, report, added, rows }: ScenarioRun): Promise<void> {
  const { seed, from } = moment
  const moments = momentsOf(from, from + silenceEndsMs)
  // The newest report and the repeated block, of three metrics each, came before or twice.
  const repeated = (1 + 48) * 3 * stations.length
  expect(added.messages).toMatchObject({ received: report.published, stored: report.published, quarantined: 0 })
  expect(added.readings).toMatchObject({
    stored: moments.length * 3 * stations.length,
    duplicate: repeated,
    superseded: 0,
    refused: 0
  })
  for (const station of stations) {
    for (const metric of ['air_temperature', 'air_humidity', 'rainfall']) {
      const { t, value, quality } = await rows(station.id, metric)
      expect(t).toEqual(moments.map(at => new Date(at).toISOString()))
      expect(value).toEqual(moments.map(at => reportOf(station, seed, at)[metric]))
      expect(new Set(quality)).toEqual(new Set(['simulated']))
    }
  }
}
