import { expect } from 'vitest'
import { deviceTimeOf } from '../../../devices/event-time.ts'
import type { ScenarioRun, ToldHealth } from '../../../tests/scenario-sen.fixture.ts'
import { messages, messagesOf, stations } from './scenario.ts'
import type { Station } from './scenario.ts'

interface Events {
  readonly items: readonly { readonly device: string; readonly endedAt: string | null }[]
}

/** A clock's second may be told by a tick, or by a message that was held up on its way, s. */
const toleranceS = 600

/** Every value is there, at the device's time or at that of receipt; whose clock is wrong is told of until it is set. */
export async function expectOutcome(run: ScenarioRun): Promise<void> {
  const wrong = stations.filter(({ behindS }) => behindS !== undefined)
  const ids = stations.map(({ id }) => id)
  const { items } = await run.getUntil<Events>('/health-events?kind=clock-wrong&limit=1000', answer =>
    wrong.every(({ id }) => answer.items.some(one => one.device === id && one.endedAt !== null))
  )
  const told = items.filter(({ device }) => ids.includes(device)).map(({ device }) => device)
  expect(told.toSorted()).toEqual(wrong.map(({ id }) => id).toSorted())
  for (const one of stations) {
    await expectReadings(one, run)
    if (one.behindS !== undefined) await expectTold(one, run)
  }
}

async function expectTold({ id, behindS }: Station, { statesUntil }: ScenarioRun): Promise<void> {
  const isTold = ({ clock }: ToldHealth): boolean => clock === 'wrong'
  const found = (await statesUntil([id], told => told.some(isTold))).get(id)?.find(isTold)
  if (typeof behindS !== 'number') return expect([id, found?.clockBehindS]).toEqual([id, null])
  expect(Math.abs((found?.clockBehindS ?? 0) - behindS)).toBeLessThan(toleranceS)
}

async function expectReadings(one: Station, { moment, endedAt, rows }: ScenarioRun): Promise<void> {
  const sent = messagesOf(one, moment).map((reports, n) => ({
    reports,
    isBelieved: one.isBelieved || n >= messages.wrong
  }))
  const all = sent.flatMap(({ reports, isBelieved }) => reports.map(report => ({ ...report, isBelieved })))
  const { t, value, quality } = await rows(one.id, 'air_temperature')
  // A clock that jumps has its values at the times that it gave.
  const inOrder = all.toSorted((a, b) => (one.isBelieved ? timeOf(a.ts) - timeOf(b.ts) : a.at - b.at))
  expect([one.id, value]).toEqual([one.id, inOrder.map(({ celsius }) => celsius)])
  expect(quality).toEqual(inOrder.map(({ isBelieved }) => (isBelieved ? 'simulated' : 'receive-time,simulated')))
  for (const [i, { ts, at, isBelieved }] of inOrder.entries()) {
    const found = Date.parse(t[i] ?? '')
    if (isBelieved) expect(found).toBe(timeOf(ts))
    else expect([found >= at, found <= endedAt]).toEqual([true, true])
  }
  for (const { reports, isBelieved } of sent) if (!isBelieved) expectDistances(reports, inOrder, t)
}

/** What came in one message stands as far apart as it was measured. */
function expectDistances(
  reports: readonly { readonly at: number }[],
  inOrder: readonly { readonly at: number }[],
  t: readonly string[]
): void {
  const places = reports.map(({ at }) => Date.parse(t[inOrder.findIndex(one => one.at === at)] ?? ''))
  const apart = (times: readonly number[]) => times.map(time => time - (times[0] ?? 0))
  expect(apart(places)).toEqual(apart(reports.map(({ at }) => at)))
}

function timeOf(ts: unknown): number {
  return deviceTimeOf(ts) ?? Number.NaN
}
