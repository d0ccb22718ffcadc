import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { isAtRest } from '../sen-process.ts'
import type { Accounts, SenProcess } from '../sen-process.ts'
import { LoadRun, extent, reasonsOf, seed, startedSen } from './load-run.fixture.ts'
import { SmallDisk, command, mayMount } from './small-disk.fixture.ts'

/* A full disk under logs and stores: nothing is acknowledged that is not kept, and room again is all that Sen needs. */
const rounds = extent(1, 3, 100)
let sen: SenProcess | undefined
let disk: SmallDisk | undefined

afterEach(async () => {
  await sen?.kill()
  if (disk) await disk.remove()
  else await sen?.remove()
  sen = undefined
  disk = undefined
})

/** A way to take a running Sen its room, and to give it back. */
interface Room {
  readonly take: () => void
  readonly giveBack: () => Promise<void>
}

async function survives(started: { readonly sen: SenProcess; readonly token: string }, room: Room): Promise<void> {
  const { sen: server, token } = started
  const run = await LoadRun.begin({ ...started, runId: 'full' })
  const device = '/readings/latest?device=full-dev00007'
  for (let round = 0; round < rounds; round++) {
    await run.acknowledgedMore(1000)
    const before = await server.getUntil<{ readonly items: readonly unknown[] }>(device, token, a => a.items.length > 0)
    room.take()
    await run.silent(1000)
    expect(await reasonsOf(server, token)).toContain('raw-log-full')
    const silentFrom = Date.now()
    for (let look = 0; look < 15; look++) {
      expect(await reasonsOf(server, token)).toContain('raw-log-full')
      const { items } = (await server.get(device, token)) as typeof before
      expect(items).toHaveLength(before.items.length)
      await delay(200)
    }
    const freedAt = Date.now()
    expect(run.acknowledgedAt.filter(at => at > silentFrom)).toEqual([])
    await room.giveBack()
    await run.acknowledgedMore(1)
    expect(Date.now() - freedAt).toBeLessThanOrEqual(10_000)
    await run.acknowledgedMore(500)
    expect(await reasonsOf(server, token)).not.toContain('raw-log-full')
  }
  expect(server.starts).toBe(1)
  await run.expectKept()
  await server.getUntil<Accounts>('/accounting', token, isAtRest)
  expect(await reasonsOf(server, token)).toEqual([])
}

describe(`a full disk (seed ${seed})`, { timeout: 90_000 + rounds * 20_000 }, () => {
  it.skipIf(!mayMount)('of the whole data folder is waited for', async () => {
    disk = await SmallDisk.mount(64)
    const { fill, free } = { fill: () => disk?.fill(), free: async () => disk?.free() }
    const started = await startedSen({ folder: disk.folder })
    sen = started.sen
    await survives(started, { take: fill, giveBack: free })
  })

  it('of files that may not grow is waited for', async () => {
    const started = await startedSen()
    sen = started.sen
    const limit = (soft: string): void => {
      command('prlimit', '--pid', String(started.sen.ready.pid), `--fsize=${soft}:unlimited`)
    }
    // Every file is beyond this: nothing can be appended to any.
    await survives(started, { take: () => limit('4096'), giveBack: async () => limit('unlimited') })
  })
})
