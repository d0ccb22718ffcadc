import { expect } from 'vitest'
import type { ScenarioRun, ToldHealth } from '../../../tests/scenario-sen.fixture.ts'
import { devices, gateways, measuredAt, numbers, sentFrom } from './scenario.ts'

interface Events {
  readonly items: readonly {
    readonly kind: string
    readonly device: string | null
    readonly openedAt: string
    readonly endedAt: string | null
    readonly silentDevices: readonly string[]
    readonly heardElsewhere: readonly string[]
  }[]
}

/** One event with its two lists, which is over; nobody else is told of; whoever was silent is online; what was heard is stored. */
export async function expectOutcome(run: ScenarioRun): Promise<void> {
  const { moment, endedAt, rows, get, getUntil, statesUntil } = run
  const ids = devices.map(({ id }) => id)
  const alone = ids.slice(0, numbers.alone)
  const isBack = (told: readonly ToldHealth[]): number =>
    told.findIndex(({ state }, i) => state === 'online' && told.slice(0, i).some(before => before.state === 'silent'))
  const states = await statesUntil(alone, told => isBack(told) > 0)
  for (const id of alone) {
    const told = (states.get(id) ?? []).slice(0, isBack(states.get(id) ?? []) + 1)
    expect(told.map(({ state }) => state).filter(state => state !== 'late')).toEqual(['online', 'silent', 'online'])
    expect(told.find(({ state }) => state === 'silent')?.behindGateway).toBe(gateways[0]?.id)
  }
  const { items } = await getUntil<Events>(`/health-events?gateway=${gateways[0]?.id}`, answer =>
    answer.items.every(one => one.endedAt !== null)
  )
  expect(items).toHaveLength(1)
  const [down] = items
  expect(down?.kind).toBe('gateway-down')
  expect(down?.silentDevices.toSorted()).toEqual(alone)
  expect(down?.heardElsewhere.toSorted()).toEqual(ids.slice(numbers.alone, numbers.alone + numbers.shared))
  for (const { id } of gateways.slice(1)) expect((await get<Events>(`/health-events?gateway=${id}`)).items).toEqual([])
  // Once it is over they are switched off, and missed.
  const missed = (await get<Events>('/health-events?kind=device-silent&limit=1000')).items.filter(
    ({ device, openedAt }) => ids.includes(device ?? '') && Date.parse(openedAt) <= endedAt
  )
  expect(missed).toEqual([])
  const heard = sentFrom(moment.from).filter(({ hearers }) => hearers.length > 0)
  for (const device of devices) {
    const frames = heard.filter(one => one.device.id === device.id)
    const { t, value } = await rows(device.id, 'air_temperature')
    expect(t).toEqual(frames.map(({ at }) => new Date(at).toISOString()))
    expect(value).toEqual(frames.map(({ at }) => measuredAt(device, moment.seed, at).celsius))
  }
}
