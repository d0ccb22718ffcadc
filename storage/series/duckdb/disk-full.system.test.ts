import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../model/clock.ts'
import { silentLog } from '../../../model/log.ts'
import type { StorePosition } from '../series-store.ts'
import { DuckDbSeriesStore } from './duckdb-series-store.ts'
import { endlessBatch } from './endless-writer.ts'

const rowsABatch = endlessBatch(1).length
const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0

/** A small file system in memory stands in for the full disk; mounting one takes root. */
describe.skipIf(!mayMount)('A DuckDbSeriesStore on a full disk', { timeout: 120_000 }, () => {
  let folder: string
  let store: DuckDbSeriesStore

  function mount(...parameters: string[]): void {
    const { status, stderr } = spawnSync('mount', [...parameters, folder], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`mount ${folder}: ${stderr}`)
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sen-full-'))
    store = new DuckDbSeriesStore({ file: join(folder, 'series.duckdb'), clock: systemClock, log: silentLog })
  })
  afterEach(async () => {
    await store.stop()
    spawnSync('umount', [folder])
    await rm(folder, { recursive: true })
  })

  async function writeUntilItFails(from: number): Promise<number> {
    let position = from
    try {
      for (;;) {
        const next = Array.from({ length: 200 }, (_, ahead) => endlessBatch(position + 1 + ahead))
        position = (await store.write(next)).position
      }
    } catch (cause) {
      expect(cause).toMatchObject({
        code: 'SEN_SERIES_FAILED',
        message: expect.stringContaining('No space left on device')
      })
    }
    return position
  }

  /** Goes on for a while: every record is in the store once, whichever write failed. */
  async function goOn(from: number): Promise<StorePosition> {
    const next = Array.from({ length: 1000 }, (_, ahead) => endlessBatch(from + 1 + ahead))
    await store.write(next)
    const position = await store.settle()
    const { stored, duplicate, superseded, refused } = position.totals
    expect(stored + duplicate + superseded + refused).toBe(position.position * rowsABatch)
    return position
  }

  const ask = () => store.rows({ series: [1], from: 0, to: 1e12, limit: 5 })

  it('answers queries meanwhile, and writes again once there is room', async () => {
    mount('-t', 'tmpfs', '-o', 'size=24m', 'tmpfs')
    const ballast = join(folder, 'ballast')
    await writeFile(ballast, Buffer.alloc(12e6))
    await store.start()
    const position = await writeUntilItFails(0)
    expect((await ask()).series).toHaveLength(5)
    expect(await writeUntilItFails(position)).toBe(position)
    await rm(ballast)
    await goOn(position)
  })

  it('opens the file anew when it was a checkpoint that found no room', async () => {
    mount('-t', 'tmpfs', '-o', 'size=75m', 'tmpfs')
    await store.start()
    const position = await writeUntilItFails(0)
    expect((await ask()).series).toHaveLength(5)
    mount('-o', 'remount,size=300m')
    await goOn(position)
  })
})
