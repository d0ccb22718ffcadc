import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SenProcess } from '../sen-process.ts'
import { LoadRun, extent, seed, startedSen } from './load-run.fixture.ts'

/* SIGTERM under load: everything taken in is synced and acknowledged, and the next start finds nothing to repair. */
const stops = extent(1, 3, 10)
let sen: SenProcess
let token: string

beforeAll(async () => {
  ;({ sen, token } = await startedSen())
}, 60_000)

afterAll(async () => {
  await sen.remove()
})

it(`ends in order within 10 s, under load (seed ${seed})`, { timeout: 30_000 + stops * 40_000 }, async () => {
  const run = await LoadRun.begin({ sen, token, runId: 'stop' })
  for (let time = 0; time < stops; time++) {
    await run.acknowledgedMore(500)
    const began = performance.now()
    expect(await sen.stop()).toBe(0)
    expect(performance.now() - began).toBeLessThanOrEqual(10_000)
    expect(existsSync(join(sen.folder, 'series.duckdb.wal'))).toBe(false)

    const before = sen.output.length
    await sen.start()
    expect(sen.output.slice(before)).not.toMatch(/cut off|cut back|unfinished|removed|damaged/i)
  }
  await run.acknowledgedMore(100)
  await run.expectKept()
})
