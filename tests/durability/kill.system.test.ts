import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { between } from '../../simulators/seeded-random.ts'
import type { SenProcess } from '../sen-process.ts'
import { LoadRun, extent, seed, startedSen } from './load-run.fixture.ts'

/* kill -9 at random moments under 500 messages a second; its parent starts Sen again, and the devices resend by themselves. */
const kills = extent(3, 10, 200)
let sen: SenProcess
let token: string

beforeAll(async () => {
  ;({ sen, token } = await startedSen())
}, 60_000)

afterAll(async () => {
  await sen.remove()
})

it(
  `loses nothing it acknowledged, through ${kills} times kill -9 (seed ${seed})`,
  { timeout: 120_000 + kills * 30_000 },
  async () => {
    const run = await LoadRun.begin({ sen, token, runId: 'kill' })
    for (let k = 0; k < kills; k++) {
      await delay(between(1000, 4000, seed, k))
      await sen.killAndRestart()
    }
    await run.acknowledgedMore(500)
    const { accounts } = await run.expectKept()
    expect(accounts.messages.quarantined).toBe(0)
  }
)
