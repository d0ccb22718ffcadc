import { expect } from 'vitest'
import type { ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { gauge, hasPower, isRead, levelCm, moments, rain, rainMm } from './scenario.ts'

/** The level has no gap but the minutes between readings of the gauge; those are marked, and say who entered them. */
export async function expectOutcome({ moment, report, added, rows, getUntil }: ScenarioRun): Promise<void> {
  const { seed, from } = moment
  const iso = (since: number): string => new Date(from + since).toISOString()
  const powered = moments.filter(hasPower)
  const read = moments.filter(isRead)
  expect(report.calls).toBe(read.length)
  expect(added.messages).toMatchObject({ stored: 2 * powered.length + read.length, quarantined: 0, duplicate: 0 })
  const level = await rows(gauge.id, 'water_level')
  const known = moments.filter(since => hasPower(since) || isRead(since))
  expect(level.t).toEqual(known.map(iso))
  // The profile scales by 0.01; what a person enters in centimetres is divided by 100.
  const metres = (since: number): number => (isRead(since) ? levelCm(seed, since) / 100 : levelCm(seed, since) * 0.01)
  expect(level.value).toEqual(known.map(metres))
  expect(level.quality).toEqual(known.map(since => (isRead(since) ? 'manual,simulated' : 'simulated')))
  expect(Math.max(...level.value.map(Number))).toBeGreaterThan(7.9)
  const fallen = await rows(rain.id, 'rainfall')
  expect(fallen.value).toEqual(powered.map(since => rainMm(seed, since)))
  const { items } = await getUntil<{ readonly items: readonly object[] }>(
    `/observations?device=${gauge.id}`,
    answer => answer.items.length >= read.length
  )
  expect(items).toHaveLength(read.length)
  for (const item of items)
    expect(item).toMatchObject({ method: 'staff-gauge', state: 'standing', note: 'mất điện, đọc thước' })
}
