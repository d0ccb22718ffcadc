import { expect } from 'vitest'
import type { Rows, ScenarioRun } from '../../../tests/scenario-sen.fixture.ts'
import { delivery, frames, heardMomentsOf, lost, measuredAt, storm } from './scenario.ts'
import type { Delivered } from './scenario.ts'

interface Health {
  /** `null` in the first moment after registration. */
  readonly health: { readonly state: string; readonly lossPercent: number | null } | null
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

/** Health follows the readings a moment later. */
async function expectHealth({ id, story }: Delivered, { getUntil }: ScenarioRun): Promise<void> {
  const told = async (fits: (health: NonNullable<Health['health']>) => boolean) =>
    (await getUntil<Health>(`/devices/${id}`, ({ health }) => health !== null && fits(health))).health
  if (story === 'storm') expect(await told(({ state }) => state === 'online')).toMatchObject({ lossPercent: null })
  else if (story === 'loses') {
    const share = (100 * lost.size) / frames.registered
    await told(({ lossPercent }) => lossPercent !== null && Math.abs(lossPercent - share) < 1)
  } else expect(await told(({ lossPercent }) => lossPercent !== null)).toMatchObject({ lossPercent: 0 })
}
