import { expect } from 'vitest'
import type { ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { frames, measuredAt, momentsOf, sensor } from './scenario.ts'

/** One series over the replacement; the old hardware speaks for nothing any more. */
export async function expectOutcome({ moment, added, rows, getUntil }: ScenarioRun): Promise<void> {
  const { seed, from } = moment
  const moments = momentsOf(from)
  expect(added.messages).toMatchObject({ stored: moments.length, quarantined: frames.bench, duplicate: 0 })
  const { t, value } = await rows(sensor.id, 'air_temperature')
  expect(t).toEqual(moments.map(at => new Date(at).toISOString()))
  expect(value).toEqual(moments.map(at => measuredAt(seed, at).celsius))
  const replaced = (answer: { readonly items: readonly { readonly reason: string }[] }): boolean =>
    answer.items.every(({ reason }) => reason === 'replaced')
  await getUntil(`/ingest/quarantine?limit=${frames.bench}`, replaced)
}
