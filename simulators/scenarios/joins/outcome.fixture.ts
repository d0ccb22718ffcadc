import { expect } from 'vitest'
import type { Rows, ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { delivery, frames, heardMomentsOf, lost, measuredAt, storm } from './scenario.ts'
import type { Delivered } from './scenario.ts'

interface Health {
  readonly health: { readonly state: string; readonly lastSeenAt: string | null; readonly lossPercent: number | null }
}

/** Everything that was sent is there, from the first frame on; a join is no loss. */
export async function expectOutcome(run: ScenarioRun): Promise<void> {
  const { added, report } = run
  // Four join, one of them twice; the fifth does nothing else.
  expect(added.messages).toMatchObject({ event: delivery.length + storm.joins, duplicate: 0 })
  expect(report.calls).toBe(delivery.length)
  for (const one of delivery) {
    await expectReadings(one, run)
    await expectHealth(one, run)
  }
}

async function expectReadings(one: Delivered, { moment, getUntil }: ScenarioRun): Promise<void> {
  const moments = heardMomentsOf(one, moment.from)
  const period = `from=${new Date(moment.from).toISOString()}&limit=20000`
  const { t, value } = await getUntil<Rows>(
    `/readings?device=${one.id}&metric=air_temperature&${period}`,
    // What was set aside is decoded again beside what comes.
    rows => rows.t.length >= moments.length
  )
  expect(t).toEqual(moments.map(at => new Date(at).toISOString()))
  expect(value).toEqual(moments.map(at => measuredAt(one, moment.seed, at).celsius))
}

async function expectHealth({ id, story }: Delivered, { getUntil }: ScenarioRun): Promise<void> {
  const isKnown = ({ health }: Health) =>
    health.lossPercent !== null || (story === 'storm' && health.state === 'online')
  const { health } = await getUntil<Health>(`/devices/${id}`, isKnown)
  if (story === 'storm') expect(health).toMatchObject({ state: 'online', lossPercent: null })
  else if (story === 'loses') {
    const share = (100 * lost.size) / frames.registered
    expect(Math.abs((health.lossPercent ?? 0) - share)).toBeLessThan(1)
  } else expect([story, health.lossPercent]).toEqual([story, 0])
}
