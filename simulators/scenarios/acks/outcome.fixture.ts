import { expect } from 'vitest'
import type { ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { devices, isOpenAt, moistureAt, momentsOf, orders, ttsDownlinks } from './scenario.ts'

interface Health {
  /** `null` in the first moment after registration. */
  readonly health: { readonly state: string; readonly lastSeenAt: string | null } | null
}

/** Every event is one, the frame that came twice is a duplicate, nothing is set aside; an ACK is a sign of life, a TX_ACK is none. */
export async function expectOutcome({ moment, report, added, rows, getUntil }: ScenarioRun): Promise<void> {
  // Of each order to the two valves two events; one of the network server's log; one ACK of the device that says nothing else.
  const events = 2 * 2 * orders.length + 1 + ttsDownlinks.flat().length + 1
  const frames = 2 * orders.length
  expect(report.published).toBe(events + frames + 1)
  expect(added.messages).toMatchObject({ event: events, stored: frames, duplicate: 1, quarantined: 0 })
  const iso = momentsOf(moment.from).map(at => new Date(at).toISOString())
  const valve = await rows(devices.valve.id, 'valve_open')
  expect(valve.t).toEqual(iso)
  expect(valve.value).toEqual(orders.map((_, n) => isOpenAt(n)))
  const soil = await rows(devices.probe.id, 'soil_moisture')
  expect(soil.t).toEqual(iso)
  expect(soil.value).toEqual(orders.map((_, n) => moistureAt(n)))
  for (const one of [devices.valve, devices.probe, devices.answering])
    await getUntil<Health>(`/devices/${one.id}`, ({ health }) => health?.state === 'online')
  const deaf = await getUntil<Health>(`/devices/${devices.deaf.id}`, ({ health }) => health !== null)
  expect(deaf.health).toMatchObject({ state: 'never', lastSeenAt: null })
}
