import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../model/clock.ts'
import { silentLog } from '../../../model/log.ts'
import type { ReadingBatch } from '../../../model/reading-batch.ts'
import { batchOf, collect, rowOf } from '../sample-batches.ts'
import type { RangeQuery } from '../series-store.ts'
import { createDuckDbPlace } from './duckdb-place.ts'
import type { DuckDbLimits } from './database.ts'
import { type SettlePolicy, DuckDbSeriesStore } from './duckdb-series-store.ts'

/** Rows of 100 series, one every 100 ms, all in one batch. */
function manyRows(position: number, length: number): ReadingBatch {
  const batch = batchOf(position, [])
  return {
    ...batch,
    length,
    series: Uint32Array.from({ length }, (_, row) => 1 + (row % 100)),
    time: Float64Array.from({ length }, (_, row) => 1e9 + (position - 1) * 1e7 + row * 100),
    value: Float64Array.from({ length }, (_, row) => row / 4),
    quality: new Uint8Array(length),
    generation: new Uint16Array(length),
    at: new Float64Array(length).fill(position)
  }
}

/** Hundreds of thousands of groups: takes long enough to be interrupted on any machine. */
const longQuery: RangeQuery = {
  series: Array.from({ length: 100 }, (_, index) => index + 1),
  from: 1e9,
  to: 1e9 + 4e7,
  everyMs: 10_000,
  functions: ['mean']
}
const oneRow = (position: number) => batchOf(position, [rowOf({ series: 200, time: position, value: 1, at: position })])

describe('DuckDbSeriesStore under load', () => {
  let place: Awaited<ReturnType<typeof createDuckDbPlace>>
  let store: DuckDbSeriesStore

  beforeEach(async () => {
    place = await createDuckDbPlace()
  })
  afterEach(async () => {
    await store.stop()
    await place.remove()
  })

  async function open(limits: Partial<DuckDbLimits>, settle: Partial<SettlePolicy> = {}): Promise<void> {
    store = new DuckDbSeriesStore({ file: place.file, clock: systemClock, log: silentLog, limits, settle })
    await store.start()
  }

  it('ends a query after its time, names the limit, and answers the next one', async () => {
    await open({ queryMs: 1 })
    await store.write([manyRows(1, 400_000)])
    await expect(collect(store.range(longQuery))).rejects.toMatchObject({
      code: 'SEN_QUERY_LIMIT',
      message: expect.stringContaining('range of 100 series: not done after 1 ms')
    })
    await store.stop()
    await open({})
    expect(await collect(store.range(longQuery))).toHaveLength(100)
  })

  it('interrupts a query when its caller goes away', async () => {
    await open({})
    await store.write([manyRows(1, 400_000)])
    const caller = new AbortController()
    const asked = collect(store.range(longQuery, caller.signal))
    setImmediate(() => caller.abort(new Error('caller went away')))
    await expect(asked).rejects.toThrow('caller went away')
  })

  it('lets queries wait in line, and refuses more than the line holds', async () => {
    await open({ queries: 1, queued: 1 })
    await store.write([manyRows(1, 100_000)])
    const [first, second, third] = [0, 1, 2].map(() => collect(store.range(longQuery)))
    await expect(third).rejects.toMatchObject({
      code: 'SEN_OVERLOADED',
      message: expect.stringContaining('at most 1 may wait')
    })
    expect(await first).toEqual(await second)
  })

  it('lets a query that waits be aborted, and goes on with the next', async () => {
    await open({ queries: 1 })
    await store.write([manyRows(1, 100_000)])
    const caller = new AbortController()
    const first = collect(store.range(longQuery))
    const second = collect(store.range(longQuery, caller.signal))
    const third = collect(store.range(longQuery))
    await Promise.resolve()
    caller.abort(new Error('caller went away'))
    await expect(second).rejects.toThrow('caller went away')
    expect(await third).toEqual(await first)
  })

  it('writes while queries run and wait', async () => {
    await open({})
    await store.write([manyRows(1, 400_000)])
    const asked = [1, 2, 3, 4].map(() => collect(store.range(longQuery)))
    for (let position = 2; position < 12; position++) await store.write([oneRow(position)])
    expect(await store.latest([200])).toMatchObject({ value: [1] })
    await Promise.all(asked)
  })

  it('answers what reads little while what reads much stands in line', async () => {
    await open({})
    await store.write([manyRows(1, 400_000)])
    const wideQuery = { ...longQuery, to: longQuery.from + 1e10, everyMs: 2_500_000 }
    const ended: string[] = []
    const asked = [1, 2, 3].map(() => collect(store.range(wideQuery)).then(() => ended.push('wide')))
    await collect(store.range({ ...longQuery, series: [1] }))
    ended.push('narrow')
    await Promise.all(asked)
    expect(ended.slice(1)).toContain('wide')
    expect(ended.indexOf('narrow')).toBeLessThan(2)
    expect(ended).toHaveLength(4)
  })

  it('ends a query that needs too much memory, names the limit, and goes on writing', async () => {
    await open({ memoryMb: 24, spillMb: 1 })
    for (let position = 1; position <= 4; position++) await store.write([manyRows(position, 100_000)])
    await expect(
      collect(store.range({ ...longQuery, functions: ['mean', 'min', 'max', 'first', 'last', 'sum'] }))
    ).rejects.toMatchObject({
      code: 'SEN_QUERY_LIMIT',
      message: expect.stringContaining('24 MB')
    })
    expect((await store.write([oneRow(5)])).position).toBe(5)
  })

  it('is as it was after a write that failed, and takes it again', async () => {
    await open({ memoryMb: 16, spillMb: 1 })
    await store.write([oneRow(1)])
    const words = Array.from({ length: 2000 }, (_, row) =>
      rowOf({ series: 200, time: 10 + row, value: `${row}`.repeat(9999), at: 2 })
    )
    await expect(store.write([batchOf(2, words)])).rejects.toMatchObject({ code: 'SEN_SERIES_FAILED' })
    expect(await store.latest([200])).toMatchObject({ time: [1] })
    const short = words.map(row => ({ ...row, value: 'short' }))
    expect(await store.write([batchOf(2, short)])).toMatchObject({ position: 2, totals: { stored: 2001 } })
    await store.stop()
    await open({})
    expect(await store.settle()).toMatchObject({ position: 2, totals: { stored: 2001, duplicate: 0 } })
    const page = await store.rows({ series: [200], from: 0, to: 1e6, limit: 5000 })
    expect(page.value).toEqual([1, ...short.map(row => row.value)])
  })

  it.each([
    ['after a while', { afterMs: 1 }],
    ['at once when there are many', { afterMs: 1e8, atRows: 2 }]
  ])('settles late rows by itself %s', async (_, settle) => {
    await open({}, settle)
    await store.write([
      oneRow(1),
      oneRow(2),
      ...[3, 4].map(position => batchOf(position, [rowOf({ series: 200, time: 1, value: 1, at: position })]))
    ])
    await vi.waitFor(
      async () => expect(await store.write([])).toMatchObject({ totals: { stored: 2, duplicate: 2 } }),
      20_000
    )
  })

  it('settles what an earlier run left, and goes on where it stopped', async () => {
    await open({}, { afterMs: 1e8 })
    await store.write([oneRow(5), batchOf(6, [rowOf({ series: 200, time: 1, value: 2, at: 6 })])])
    await store.stop()
    await open({}, { afterMs: 1 })
    await vi.waitFor(async () => expect(await store.write([])).toMatchObject({ totals: { stored: 2 } }), 20_000)
  })

  it('ends what runs when it is stopped', async () => {
    await open({ queries: 1 })
    await store.write([manyRows(1, 400_000)])
    const asked = [1, 2].map(() => collect(store.range(longQuery)))
    const refused = asked.map(query => expect(query).rejects.toMatchObject({ code: 'SEN_SERIES_FAILED' }))
    const written = store.write([oneRow(2)])
    await Promise.resolve()
    await store.stop()
    await Promise.all(refused)
    expect(await written).toMatchObject({ position: 2 })
  })
})
