import * as fc from 'fast-check'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../model/clock.ts'
import { silentLog } from '../../model/log.ts'
import { DuckDbSeriesStore } from './duckdb/duckdb-series-store.ts'
import { MemorySeriesStore } from './memory/memory-series-store.ts'
import { batchOf, collect, rowOf } from './sample-batches.ts'
import type { SeriesStore } from './series-store.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const allSeries = [1, 2, 3]

/** A value that is the point's own: whoever sends it again sends the same. */
const point = fc
  .record({ series: fc.constantFrom(...allSeries), time: fc.integer({ min: 0, max: 40 * dayMs }) })
  .map(({ series, time }) => rowOf({ series, time, value: ((time * 31 + series) % 1000) / 8 }))
/** Points, some of them more than once, and two orders in which they may come. */
const arrivals = fc.array(point, { minLength: 1, maxLength: 60 }).chain(points =>
  fc.tuple(
    fc.shuffledSubarray([...points, ...points.slice(0, 10)], {
      minLength: points.length + Math.min(10, points.length)
    }),
    fc.shuffledSubarray([...points, ...points.slice(5, 25)], { minLength: points.length }),
    fc.constant(points),
    fc.integer({ min: 1, max: 20 })
  )
)

const folders: string[] = []
const stores: readonly (readonly [name: string, open: () => Promise<SeriesStore>])[] = [
  ['memory', async () => new MemorySeriesStore({ log: silentLog })],
  [
    'DuckDB',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sen-order-'))
      folders.push(folder)
      return new DuckDbSeriesStore({ file: join(folder, 'series.duckdb'), clock: systemClock, log: silentLog })
    }
  ]
]

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

/** Everything that can be asked, after the points came in this order, `size` to a message. */
async function contentOf(store: SeriesStore, points: readonly ReturnType<typeof rowOf>[], size: number, base: number) {
  let at = base
  for (let i = 0; i < points.length; i += size) {
    at++
    await store.write([
      batchOf(
        at,
        points.slice(i, i + size).map(row => ({ ...row, at }))
      )
    ])
  }
  const period = { series: allSeries, from: 0, to: 41 * dayMs }
  return {
    rows: await store.rows({ ...period, limit: 1000 }),
    hourly: await collect(
      store.range({ ...period, everyMs: hourMs, functions: ['count', 'min', 'max', 'first', 'last'] })
    ),
    latest: await store.latest(allSeries)
  }
}

describe.each(stores)('%s', (name, open) => {
  const runs = name === 'DuckDB' ? 12 : 60

  it('holds the same whatever the order of arrival, with hourly figures to match at once', async () => {
    const property = fc.asyncProperty(arrivals, async ([first, second, points, size]) => {
      const [one, other] = [await open(), await open()]
      await one.start()
      await other.start()
      try {
        // The second order may lack some of what came twice, and none of what came.
        const complete = [...second, ...points]
        expect(await contentOf(one, first, size, 0)).toEqual(await contentOf(other, complete, 21 - size, 0))
        await one.settle()
        const { totals } = await other.settle()
        expect(totals.superseded).toBe(0)
        const page = { series: allSeries, from: 0, to: 41 * dayMs, limit: 1000 }
        expect(await one.rows(page)).toEqual(await other.rows(page))
      } finally {
        await one.stop()
        await other.stop()
      }
    })
    await fc.assert(property, { numRuns: runs, seed: 20_262 })
  }, 120_000)
})
