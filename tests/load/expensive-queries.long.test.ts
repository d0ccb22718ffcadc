import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { LoadRun, extent, startedSen } from '../durability/load-run.fixture.ts'
import type { SenProcess } from '../sen-process.ts'
import { ask } from './asker-process.ts'
import type { Answer, AskPlan } from './asker-process.ts'
import { HealthWatch } from './health-watch.ts'
import { expectWithinTwice } from './overload.fixture.ts'
import { ResidentWatch, mib, residentBytes } from './resident.ts'

const seconds = extent(8, 20, 600)
const yearMs = 365 * 86_400_000

let sen: SenProcess | undefined

afterEach(async () => {
  await sen?.remove()
})

/** Answers that four askers in a process of their own get, so that what they receive does not slow the load down. */
async function askOnAndOn(url: string, token: string): Promise<readonly Answer[]> {
  const child = fork(fileURLToPath(new URL('./asker-process.ts', import.meta.url)), { execArgv: [] })
  child.send({ url, token, seconds, askers: 4 } satisfies AskPlan)
  const [answers] = (await once(child, 'message')) as [readonly Answer[]]
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
  return answers
}

const lawfulRefusals = ['SEN_OVERLOADED', 'SEN_QUERY_LIMIT']

/** Four askers, each with one question after the other, until time is over; and what the health check saw meanwhile. */
async function askedOnAndOn(server: SenProcess, token: string, path: string) {
  const health = new HealthWatch(server.ready.http)
  const memory = new ResidentWatch(server.ready.pid)
  const baseBytes = residentBytes(server.ready.pid)
  const answers = await askOnAndOn(`${server.ready.http}/api/v1${path}`, token)
  const seen = await health.end()
  const grownBytes = (await memory.end()) - baseBytes
  const answered = answers.filter(({ status }) => status === 200)
  const largest = Math.max(...answered.map(({ bytes }) => bytes))
  const slowest = Math.max(...answered.map(({ ms }) => ms))
  console.log(
    `${path.split('?')[0] ?? ''}: ${answered.length} answers of up to ${Math.round(largest / mib)} MiB in up to ${Math.round(slowest)} ms, ` +
      `/healthz at most ${Math.round(seen.slowestMs)} ms, memory +${Math.round(grownBytes / mib)} MiB`
  )
  const unlawful = answers.filter(({ status, code }) => status !== 200 && !lawfulRefusals.includes(code))
  return { ...seen, answered: answered.length, unlawful }
}

it(
  'queries beyond the limits are refused with the limit; the largest that are answered do not hold up ingestion',
  {
    timeout: (seconds * 5 + 120) * 1000
  },
  async () => {
    const started = await startedSen()
    sen = started.sen
    const { token } = started
    const url = `${sen.ready.http}/api/v1/readings`
    const now = Date.now()
    const tenYears = `from=${new Date(now - 10 * yearMs).toISOString()}&to=${new Date(now + 60_000).toISOString()}`

    const calm = await LoadRun.begin({ ...started, runId: 'calm' })
    await delay(seconds * 1000)
    const before = await calm.expectKept()

    // 10 years in buckets of a second, of all devices: refused at once, and says why.
    const refused = await Promise.all(
      Array.from({ length: 4 }, () => ask({ url: `${url}?every=1s&fn=mean&${tenYears}`, token }))
    )
    expect(refused.map(({ status, code }) => [status, code])).toEqual(refused.map(() => [422, 'SEN_QUERY_LIMIT']))

    // The shortest buckets that are answered: nearly as many values as one query may have.
    const everyH = await shortestAllowed(url, token, tenYears)
    for (const [runId, path] of [
      ['buckets', `/readings?site=calm-000&every=${everyH}h&fn=mean&${tenYears}`],
      ['exports', `/readings/export?${tenYears}`]
    ] as const) {
      const run = await LoadRun.begin({ ...started, runId })
      const { failures, slowestMs, unlawful, answered } = await askedOnAndOn(sen, token, path)
      const during = await run.expectKept()
      expect(unlawful).toEqual([])
      expect(answered).toBeGreaterThan(0)
      expect(failures).toBe(0)
      expect(slowestMs).toBeLessThanOrEqual(1000)
      expectWithinTwice(runId, before.summary.latencyMs.p99, during.summary.latencyMs.p99)
    }
  }
)

/** @returns hours of the shortest bucket with which ten years of a site are answered. */
async function shortestAllowed(url: string, token: string, tenYears: string): Promise<number> {
  let tooShort = 0
  let enough = 24 * 365
  while (enough - tooShort > 1) {
    const middle = Math.floor((tooShort + enough) / 2)
    const { status } = await ask({ url: `${url}?site=calm-000&every=${middle}h&fn=mean&${tenYears}`, token })
    if (status === 200) enough = middle
    else tooShort = middle
  }
  return enough
}
