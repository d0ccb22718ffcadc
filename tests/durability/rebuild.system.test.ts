import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAtRest } from '../sen-process.ts'
import type { Accounts, SenProcess } from '../sen-process.ts'
import { LoadRun, expectBalanced, extent, seed, startedSen } from './load-run.fixture.ts'

/* The series store can be thrown away: the raw log holds what it was made of. */
let sen: SenProcess
let token: string

beforeAll(async () => {
  ;({ sen, token } = await startedSen({ command: ['run'] }))
}, 60_000)

afterAll(async () => {
  await sen.remove()
})

/** Every stored row of every device. */
async function everything(): Promise<string> {
  const answer = await fetch(`${sen.ready.http}/api/v1/readings/export?from=2000-01-01T00:00:00Z`, {
    headers: { authorization: `Bearer ${token}` }
  })
  expect(answer.status).toBe(200)
  return answer.text()
}

async function throwAway(): Promise<void> {
  expect(await sen.stop()).toBe(0)
  for (const name of ['series.duckdb', 'series.duckdb.wal'])
    await rm(join(sen.folder, name), { force: true, recursive: true })
}

const atRest = (): Promise<Accounts> => sen.getUntil<Accounts>('/accounting', token, isAtRest)

describe(`a series store that is deleted (seed ${seed})`, { timeout: extent(60_000, 120_000) }, () => {
  let before: string

  it('is made again byte for byte', async () => {
    const run = await LoadRun.begin({ sen, token, runId: 'rebuild' })
    await run.acknowledgedMore(extent(2000, 10_000))
    await run.expectKept()
    before = await everything()
    const accounts = await atRest()
    await throwAway()
    await sen.start()
    expect(await atRest()).toEqual(accounts)
    expect(await everything()).toBe(before)
  })

  it('is made again byte for byte after kill -9 in the middle of it, twice', async () => {
    await throwAway()
    for (const point of ['store-committed', 'store-uncommitted']) {
      sen.begin({ SEN_FAILPOINT: point })
      expect(await sen.ended()).toEqual({ code: null, signal: 'SIGKILL' })
    }
    await sen.start()
    await atRest()
    await expectBalanced(sen, token)
    expect(await everything()).toBe(before)
  })
})

// It gives up nothing in its first minute: not in the short form.
describe.runIf(extent(false, true))(
  `after the raw log has given up its beginning (seed ${seed})`,
  { timeout: 180_000 },
  () => {
    it('a new series store holds what the log still has, and the accounts balance', async () => {
      const before = await everything()
      await sen.stop()
      // A minute must pass before a log gives up anything: resends of that long ago are still known.
      await sen.start({ SEN_JOURNAL_MAX: '1 MB' })
      const run = await LoadRun.begin({ sen, token, runId: 'trimmed', rate: 200 })
      await run.trimmed()
      await run.expectKept()
      await throwAway()
      await sen.start()
      await atRest()
      await expectBalanced(sen, token)
      const rows = (text: string): readonly string[] => text.trimEnd().split('\n')
      const [now, then] = [rows(await everything()), new Set(rows(before))]
      expect(now.filter(row => then.has(row)).length).toBeLessThan(then.size)
      expect(now.length).toBeGreaterThan(0)
    })
  }
)
