import { expect } from 'vitest'
import type { ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { fleet, momentsOf, toldAt } from './scenario.ts'
import type { Powered } from './scenario.ts'

interface Health {
  /** `null` in the first moment after registration. */
  readonly health: {
    readonly battery: { readonly metric: string; readonly value: number; readonly daysLeft: number | null } | null
    readonly isExternallyPowered: boolean
  } | null
}
interface Events {
  readonly items: readonly { readonly device: string; readonly endedAt: string | null }[]
}

/** How far a forecast may be off: days, or the share of what is left, whichever is more. */
const tolerance = { days: 3, share: 0.1 }
const lowDays = 30

/** What each said is stored, the forecasts are right, and only who is soon empty is told of. */
export async function expectOutcome(run: ScenarioRun): Promise<void> {
  for (const one of fleet) {
    await expectStored(one, run)
    await expectForecast(one, run)
  }
  const ids = fleet.map(({ id }) => id)
  const low = fleet.filter(({ lastsDays = Number.POSITIVE_INFINITY }) => lastsDays < lowDays).map(({ id }) => id)
  const { items } = await run.getUntil<Events>('/health-events?kind=battery-low&limit=1000', answer =>
    low.every(id => answer.items.some(({ device }) => device === id))
  )
  const told = items.filter(({ device }) => ids.includes(device))
  expect(told.map(({ device, endedAt }) => [device, endedAt])).toEqual(low.map(id => [id, null]))
}

async function expectStored(one: Powered, { moment, rows }: ScenarioRun): Promise<void> {
  const metric = one.tells === 'volts' ? 'battery_voltage' : 'battery_level'
  const said = momentsOf(moment.from).filter((_, n) => one.tells !== 'status' || n % 3 === 0)
  const { t, value } = await rows(one.id, metric)
  // A level of 0 beside external power is no empty battery.
  expect([one.id, t]).toEqual([one.id, one.tells === 'external' ? [] : said.map(at => new Date(at).toISOString())])
  expect(value).toEqual(one.tells === 'external' ? [] : said.map(at => toldAt(one, moment, at)))
}

async function expectForecast(one: Powered, { getUntil, moment }: ScenarioRun): Promise<void> {
  const last = momentsOf(moment.from).findLast((_, n) => one.tells !== 'status' || n % 3 === 0) ?? 0
  const expected = toldAt(one, moment, last)
  const { health } = await getUntil<Health>(`/devices/${one.id}`, ({ health }) =>
    one.tells === 'external' ? health?.isExternallyPowered === true : health?.battery?.value === expected
  )
  const daysLeft = health?.battery?.daysLeft ?? undefined
  if (one.lastsDays === undefined) return expect([one.id, daysLeft]).toEqual([one.id, undefined])
  const error = Math.abs((daysLeft ?? Number.NaN) - one.lastsDays)
  expect(error, `${one.id}: ${daysLeft} days left, truly ${one.lastsDays}`).toBeLessThanOrEqual(
    Math.max(tolerance.days, tolerance.share * one.lastsDays)
  )
}
