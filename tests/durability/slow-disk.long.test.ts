import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { SenProcess } from '../sen-process.ts'
import { ResidentWatch, mib, residentBytes, settledResidentBytes } from '../load/resident.ts'
import { LoadRun, metricsOf, seed, startedSen } from './load-run.fixture.ts'

/* Every sync of the logs takes half a second, or one of them stalls: devices wait, and nothing piles up in memory. */
let sen: SenProcess | undefined

afterEach(async () => {
  await sen?.remove()
})

describe(`a slow disk (seed ${seed})`, { timeout: 300_000 }, () => {
  it('of 500 ms a sync slows acknowledgements down, and nothing else', async () => {
    const started = await startedSen({ environment: { SEN_FAILPOINT: 'disk-sync:delay=500' } })
    sen = started.sen
    const run = await LoadRun.begin({ ...started, runId: 'slow' })
    await run.acknowledgedMore(500)
    const base = await settledResidentBytes(sen.ready.pid)
    const memory = new ResidentWatch(sen.ready.pid)
    await delay(30_000)
    const most = await memory.end()
    const lag = (await metricsOf(sen, started.token)).get('nodejs_eventloop_lag_p99_seconds') ?? NaN
    const { summary } = await run.expectKept()
    console.log(
      `slow disk: PUBACK p99 ${summary.latencyMs.p99} ms, loop lag p99 ${Math.round(lag * 1000)} ms, memory +${Math.round((most - base) / mib)} MiB`
    )
    expect(summary.latencyMs.p99).toBeLessThanOrEqual(1500)
    expect(lag).toBeLessThanOrEqual(0.1)
    expect(most - base).toBeLessThanOrEqual(64 * mib)
  })

  it('that stalls gets no acknowledgement, and goes on by itself', async () => {
    const stallMs = 30_000
    const started = await startedSen({ environment: { SEN_FAILPOINT: `disk-sync:150:delay=${stallMs}` } })
    sen = started.sen
    const run = await LoadRun.begin({ ...started, runId: 'stall' })
    const { sen: server } = started
    await run.acknowledgedMore(100)
    // From when the disk stands still.
    await run.silent(1000)
    const memory = new ResidentWatch(server.ready.pid)
    const base = residentBytes(server.ready.pid)
    while (!server.output.includes('Journal disk is slow')) await delay(100)
    const most = await memory.end()
    await run.acknowledgedMore(200)
    const times = run.acknowledgedAt
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at))
    await run.expectKept()
    // One silence as long as the stall: nothing was acknowledged in it.
    expect(gaps.filter(gap => gap >= stallMs - 100)).toHaveLength(1)
    expect(most - base).toBeLessThanOrEqual(64 * mib)
  })
})
