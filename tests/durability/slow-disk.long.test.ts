import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { SenProcess } from '../sen-process.ts'
import { LoadRun, extent, metricsOf, seed, startedSen } from './load-run.fixture.ts'

/* Every sync of the logs takes half a second, or one of them stalls: devices wait, and nothing piles up in memory. */
const mib = 1024 * 1024
let sen: SenProcess | undefined

afterEach(async () => {
  await sen?.remove()
})

/** About ten seconds of the load, as fast as the slow disk lets it. */
const warmUpMessages = 4000

async function residentBytes(server: SenProcess, token: string): Promise<number> {
  return (await metricsOf(server, token)).get('process_resident_memory_bytes') ?? NaN
}

describe(`a slow disk (seed ${seed})`, { timeout: extent(90_000, 150_000) }, () => {
  it('of 500 ms a sync slows acknowledgements down, and nothing else', async () => {
    const started = await startedSen({ environment: { SEN_FAILPOINT: 'disk-sync:delay=500' } })
    sen = started.sen
    const run = await LoadRun.begin({ ...started, runId: 'slow' })
    await run.acknowledgedMore(500)
    // Heaps and compiled code of a process that has just started grow by themselves: from when they have settled.
    await run.acknowledgedMore(warmUpMessages)
    const base = await residentBytes(sen, started.token)
    let most = 0
    const until = Date.now() + extent(10_000, 30_000)
    while (Date.now() < until) {
      await delay(500)
      most = Math.max(most, await residentBytes(sen, started.token))
    }
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
    const stallMs = extent(10_000, 30_000)
    const started = await startedSen({ environment: { SEN_FAILPOINT: `disk-sync:150:delay=${stallMs}` } })
    sen = started.sen
    const run = await LoadRun.begin({ ...started, runId: 'stall' })
    const { sen: server, token } = started
    await run.acknowledgedMore(100)
    const base = await residentBytes(server, token)
    let most = 0
    while (!server.output.includes('Journal disk is slow')) {
      await delay(500)
      most = Math.max(most, await residentBytes(server, token))
    }
    await run.acknowledgedMore(200)
    const times = run.acknowledgedAt
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at))
    await run.expectKept()
    // One silence as long as the stall: nothing was acknowledged in it.
    expect(gaps.filter(gap => gap >= stallMs - 100)).toHaveLength(1)
    expect(most - base).toBeLessThanOrEqual(64 * mib)
  })
})
