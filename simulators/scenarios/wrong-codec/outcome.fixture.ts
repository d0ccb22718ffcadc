import { expect } from 'vitest'
import type { ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { frames, measuredAt, momentsOf, sensor } from './scenario.ts'

/** The frames of the wrong time are set aside and named; those after it are readings. */
export async function expectOutcome({ moment, added, rows, getUntil }: ScenarioRun): Promise<void> {
  const { seed, from } = moment
  expect(added.messages).toMatchObject({ stored: frames.right, quarantined: frames.wrong, duplicate: 0 })
  const right = momentsOf(from).slice(frames.wrong)
  const iso = right.map(at => new Date(at).toISOString())
  const { t, value } = await rows(sensor.id, 'air_temperature')
  expect(t).toEqual(iso)
  expect(value).toEqual(right.map(at => measuredAt(seed, at).celsius))
  expect((await rows(sensor.id, 'air_humidity')).value).toEqual(right.map(at => measuredAt(seed, at).humidity))
  expect((await rows(sensor.id, 'soil_moisture')).t).toEqual([])
  const { items } = await getUntil<{ readonly items: readonly { readonly reason: string }[] }>(
    `/ingest/quarantine?device=${sensor.id}`,
    answer => answer.items.length >= frames.wrong
  )
  expect(items.map(({ reason }) => reason)).toEqual(Array.from({ length: frames.wrong }, () => 'codec-error'))
}
