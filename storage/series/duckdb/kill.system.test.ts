import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../model/log.ts'
import { MemorySeriesStore } from '../memory/memory-series-store.ts'
import type { SeriesStore } from '../series-store.ts'
import { collect } from '../sample-batches.ts'
import { createDuckDbPlace } from './duckdb-place.ts'
import { endlessBatch } from './endless-writer.ts'

const rounds = process.env['SEN_TEST'] === 'long' ? 20 : 6
const series = Array.from({ length: 50 }, (_, index) => index + 1)
const everything = { series, from: -1e12, to: 1e12 }

/** Every row, whatever pages it came in. */
async function rowsOf(store: SeriesStore) {
  const pages = await collect(store.scan(everything))
  return {
    series: pages.flatMap(page => page.series),
    time: pages.flatMap(page => page.time),
    value: pages.flatMap(page => page.value),
    quality: pages.flatMap(page => page.quality)
  }
}

describe('A DuckDbSeriesStore in another process', () => {
  let place: Awaited<ReturnType<typeof createDuckDbPlace>>
  let child: ChildProcess | undefined

  beforeEach(async () => {
    place = await createDuckDbPlace()
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await place.remove()
  })

  /** Lets another process write until it has committed `writes` times, and a moment more. @returns the position it told last. */
  async function writeElsewhere(writes: number): Promise<number> {
    child = spawn(process.execPath, [join(import.meta.dirname, 'endless-writer.ts'), place.file])
    const lines = createInterface({ input: child.stdout ?? process.stdin })
    let told = 0
    let seen = 0
    for await (const line of lines) {
      told = Number(line)
      if (++seen === writes) child.kill('SIGKILL')
    }
    return told
  }

  it('has position, rows and totals that agree, whenever it is killed', { timeout: 600_000 }, async () => {
    const oracle = new MemorySeriesStore({ log: silentLog })
    await oracle.start()
    for (let round = 0; round < rounds; round++) {
      const told = await writeElsewhere(5 + 17 * (round % 5))
      const store = place.open()
      const { position } = await store.start()
      expect(position).toBeGreaterThanOrEqual(told)
      for (let next = (await oracle.start()).position + 1; next <= position; next++)
        await oracle.write([endlessBatch(next)])

      expect(await store.latest(series)).toEqual(await oracle.latest(series))
      expect(await rowsOf(store)).toEqual(await rowsOf(oracle))
      expect(await store.settle()).toEqual(await oracle.settle())
      expect(await rowsOf(store)).toEqual(await rowsOf(oracle))
      await store.stop()
    }
  })

  it('cannot be opened here as well', async () => {
    child = spawn(process.execPath, [join(import.meta.dirname, 'endless-writer.ts'), place.file])
    await once(child.stdout ?? child, 'data')
    await expect(place.open().start()).rejects.toMatchObject({
      code: 'SEN_DATA_LOCKED',
      message: expect.stringContaining(`PID ${child.pid}`)
    })
  })
})
