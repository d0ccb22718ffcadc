import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreTotals } from '../../model/accounting.ts'
import { noDecodeTotals, noStoreTotals } from '../../model/accounting.ts'
import { qualityBits } from '../../model/quality.ts'
import type { Reading } from '../../model/reading-batch.ts'
import { noRedecodeCounts } from '../../model/redecode.ts'
import { batchOf, collect, rowOf } from './sample-batches.ts'
import type { RangeColumns, RangeQuery, RowsPage, SeriesStore } from './series-store.ts'

/** A place where stores keep what they hold, for one test. */
export interface StorePlace {
  /** A store on this place, not started. At most one is started at a time. */
  open(limits?: { readonly rows?: number; readonly values?: number }): SeriesStore
  remove(): Promise<void>
}

const hour = 3_600_000
const day = 24 * hour
const everything = { from: -day, to: 1000 * day, limit: 1000 }

/** What every series store promises. */
export function describeSeriesStore(name: string, createPlace: () => Promise<StorePlace>): void {
  describe(`${name}, as a series store`, () => {
    let place: StorePlace
    let store: SeriesStore
    /** Raw position of the newest row written. */
    let at = 0

    beforeEach(async () => {
      at = 0
      place = await createPlace()
      store = place.open()
      await store.start()
    })

    afterEach(async () => {
      await store.stop()
      await place.remove()
    })

    /** Writes each row as a message and batch of its own. */
    async function write(...rows: readonly Reading[]): Promise<void> {
      for (const row of rows) {
        at++
        await store.write([batchOf(at, [row.at === 0 ? { ...row, at } : row])])
      }
    }

    async function reopen(): Promise<void> {
      await store.stop()
      store = place.open()
      await store.start()
    }

    async function shown(...series: number[]): Promise<readonly unknown[]> {
      const page = await store.rows({ series, ...everything })
      return page.series.map((id, row) => [id, page.time[row], page.value[row]])
    }

    async function settledTotals(): Promise<StoreTotals> {
      return (await store.settle()).totals
    }

    async function rangeOf(query: Partial<RangeQuery>): Promise<readonly RangeColumns[]> {
      return collect(store.range({ series: [1], from: 0, to: 2 * hour, everyMs: hour, functions: ['mean'], ...query }))
    }

    it('stands at the origin with zeros when it is empty', async () => {
      await reopen()
      const empty = { position: 0, decodeTotals: noDecodeTotals, totals: noStoreTotals }
      expect(await store.start()).toEqual(empty)
      expect(await store.settle()).toEqual(empty)
      expect(await store.latest([1, 2])).toEqual({ series: [], time: [], value: [], quality: [] })
      expect(await shown(1)).toEqual([])
    })

    it('keeps rows, position and totals over a restart', async () => {
      await write(rowOf({ series: 1, time: 1000, value: 2.5, quality: 3 }), rowOf({ series: 1, time: 500, value: -1 }))
      const before = await store.settle()
      expect(before).toEqual({
        position: 2,
        decodeTotals: { ...noDecodeTotals, decoded: 1 },
        totals: { ...noStoreTotals, stored: 2 }
      })
      await store.stop()
      store = place.open()
      expect(await store.start()).toEqual(before)
      const page = await store.rows({ series: [1], ...everything })
      expect(page).toEqual({ series: [1, 1], time: [500, 1000], value: [-1, 2.5], quality: [0, 3], cursor: undefined })
      expect(await store.latest([1])).toEqual({ series: [1], time: [1000], value: [2.5], quality: [3] })
    })

    it('shows nothing where what stands was withdrawn, and as newest what came before it', async () => {
      const withdrawn = { quality: qualityBits.manual | qualityBits.withdrawn }
      await write(
        rowOf({ series: 1, time: 1000, value: 1 }),
        rowOf({ series: 1, time: 2000, value: 2 }),
        rowOf({ series: 1, time: 2000, value: 2, ...withdrawn }),
        rowOf({ series: 2, time: 1500, value: 5, ...withdrawn })
      )
      for (const isSettled of [false, true]) {
        if (isSettled) await store.settle()
        expect(await shown(1, 2)).toEqual([[1, 1000, 1]])
        expect(await store.latest([1, 2])).toEqual({ series: [1], time: [1000], value: [1], quality: [0] })
        expect(await rangeOf({ functions: ['count', 'last'] })).toMatchObject([
          { columns: { count: [1, 0], last: [1, null] } }
        ])
      }
      await reopen()
      expect(await store.latest([1, 2])).toMatchObject({ series: [1], value: [1] })
      await write(rowOf({ series: 1, time: 2000, value: 3, quality: qualityBits.manual }))
      expect(await shown(1)).toEqual([
        [1, 1000, 1],
        [1, 2000, 3]
      ])
      expect(await store.latest([1])).toMatchObject({ value: [3] })
    })

    it('keeps what a later message said once more when the first one’s value is taken back', async () => {
      const first = at + 1
      await write(
        rowOf({ series: 1, time: 1000, value: -3 }),
        rowOf({ series: 1, time: 1000, value: 0 }),
        rowOf({ series: 1, time: 1000, value: -3 })
      )
      await store.settle()
      const job = { job: 1, began: 1, from: 1, to: 1, released: [], counts: noRedecodeCounts }
      await store.write([{ ...batchOf(++at, []), redecoded: { ...job, withdrawn: [first] } }])
      expect(await shown(1)).toEqual([[1, 1000, -3]])
      expect(await store.latest([1])).toMatchObject({ value: [-3] })
    })

    it('leaves empty what a message is taken back from, until the message that it had superseded is decoded again', async () => {
      await write(rowOf({ series: 1, time: 1000, value: 7 }), rowOf({ series: 1, time: 1000, value: 8 }))
      const job = { job: 1, began: 1, from: 1, to: 2, released: [], counts: noRedecodeCounts }
      const [superseded, standing] = [at - 1, at]
      await store.write([{ ...batchOf(++at, []), redecoded: { ...job, withdrawn: [standing] } }])
      expect(await shown(1)).toEqual([])
      const again = rowOf({ series: 1, time: 1000, value: 7, generation: 2, at: superseded })
      await store.write([{ ...batchOf(++at, [again]), redecoded: { ...job, withdrawn: [superseded] } }])
      expect(await shown(1)).toEqual([[1, 1000, 7]])
      // A device that is decoded again as a whole: the older message first, and the newer one gives no value any more.
      await write(rowOf({ series: 1, time: 2000, value: 7 }), rowOf({ series: 1, time: 2000, value: 8 }))
      const whole = rowOf({ series: 1, time: 2000, value: 7, generation: 3, at: at - 1 })
      await store.write([{ ...batchOf(at + 1, [whole]), redecoded: { ...job, withdrawn: [at - 1, at] } }])
      expect(await shown(1)).toEqual([
        [1, 1000, 7],
        [1, 2000, 7]
      ])
      expect(await settledTotals()).toEqual({ ...noStoreTotals, stored: 2, superseded: 4 })
    })

    it('moves its position for a batch without rows', async () => {
      expect((await store.write([batchOf(7, [])])).position).toBe(7)
      await reopen()
      expect((await store.start()).position).toBe(7)
    })

    it('skips batches at or below its position', async () => {
      const batch = batchOf(5, [rowOf({ series: 1, time: 1, value: 1, at: 5 })])
      await store.write([batch, batch])
      await store.write([batch, batchOf(4, [rowOf({ series: 1, time: 2, value: 1, at: 4 })])])
      expect(await settledTotals()).toEqual({ ...noStoreTotals, stored: 1 })
    })

    it('skips rows at or below its position in a batch that was cut elsewhere', async () => {
      const rows = [1, 2, 3].map(position => rowOf({ series: 1, time: position, value: position, at: position }))
      await store.write([batchOf(2, rows.slice(0, 2))])
      await store.write([batchOf(3, rows)])
      expect(await settledTotals()).toEqual({ ...noStoreTotals, stored: 3 })
    })

    it('takes rows of a later generation, whatever message they come from', async () => {
      await write(rowOf({ series: 1, time: 1000, value: 1 }), rowOf({ series: 1, time: 2000, value: 2 }))
      await store.write([batchOf(3, [rowOf({ series: 1, time: 1000, value: 9, generation: 1, at: 1 })])])
      expect(await shown(1)).toEqual([
        [1, 1000, 9],
        [1, 2000, 2]
      ])
      expect(await settledTotals()).toEqual({ ...noStoreTotals, stored: 2, superseded: 1 })
    })

    it('lets no live row take the place of a later generation', async () => {
      await write(rowOf({ series: 1, time: 1000, value: 1 }))
      await store.write([batchOf(2, [rowOf({ series: 1, time: 1000, value: 9, generation: 1, at: 1 })])])
      at = 2
      await store.settle()
      await reopen()
      await write(rowOf({ series: 1, time: 1000, value: 3 }))
      expect(await store.latest([1])).toMatchObject({ value: [9] })
      expect(await shown(1)).toEqual([[1, 1000, 9]])
      expect(await settledTotals()).toEqual({ ...noStoreTotals, stored: 1, superseded: 2 })
      expect(await shown(1)).toEqual([[1, 1000, 9]])
    })

    it('ranks a value that was decoded again, even if it stayed the same', async () => {
      await write(rowOf({ series: 1, time: 1000, value: 1 }))
      await store.write([batchOf(2, [rowOf({ series: 1, time: 1000, value: 1, generation: 1, at: 1 })])])
      at = 2
      await store.settle()
      await reopen()
      await write(rowOf({ series: 1, time: 1000, value: 3 }))
      expect(await shown(1)).toEqual([[1, 1000, 1]])
      expect(await settledTotals()).toEqual({ ...noStoreTotals, stored: 1, duplicate: 1, superseded: 1 })
    })

    it('shows late rows before and after they are settled', async () => {
      await write(rowOf({ series: 1, time: 5 * day, value: 5 }), rowOf({ series: 2, time: 5 * day, value: 6 }))
      await write(rowOf({ series: 1, time: day, value: 1 }), rowOf({ series: 1, time: 3 * day, value: 3 }))
      const expected = [
        [1, day, 1],
        [1, 3 * day, 3],
        [1, 5 * day, 5],
        [2, 5 * day, 6]
      ]
      expect(await shown(1, 2)).toEqual(expected)
      await store.settle()
      expect(await shown(2, 1, 1)).toEqual(expected)
    })

    it('counts the same value again as duplicate and another one as superseded', async () => {
      const [a, b] = [rowOf({ series: 1, time: 1000, value: 1 }), rowOf({ series: 1, time: 1000, value: 2 })]
      await write(a, a, b, b, a)
      expect(await settledTotals()).toEqual({ stored: 1, duplicate: 2, superseded: 2, refused: 0 })
      expect(await shown(1)).toEqual([[1, 1000, 1]])
    })

    it('counts the same, however often it settles', async () => {
      const [a, b] = [rowOf({ series: 1, time: 1000, value: 1 }), rowOf({ series: 1, time: 1000, value: 2 })]
      for (const row of [a, a, b, b, a]) {
        await write(row)
        await store.settle()
        await reopen()
      }
      expect(await settledTotals()).toEqual({ stored: 1, duplicate: 2, superseded: 2, refused: 0 })
    })

    it('counts late rows in the order they came, also over a restart', async () => {
      const [a, b] = [rowOf({ series: 1, time: 1000, value: 1 }), rowOf({ series: 1, time: 1000, value: 2 })]
      await write(rowOf({ series: 1, time: 2000, value: 0 }), a, a)
      await reopen()
      await write(b, b)
      expect(await settledTotals()).toEqual({ stored: 2, duplicate: 2, superseded: 1, refused: 0 })
    })

    it('lets the later of two rows of one message stand', async () => {
      const rows = [1, 2, 1].map(value => rowOf({ series: 1, time: 1000, value, at: 1 }))
      await store.write([batchOf(1, rows.slice(0, 2))])
      expect(await shown(1)).toEqual([[1, 1000, 2]])
      expect(await store.latest([1])).toMatchObject({ value: [2] })
      await store.settle()
      expect(await shown(1)).toEqual([[1, 1000, 2]])
    })

    it('takes over the quality of the same value at a higher rank', async () => {
      await write(
        rowOf({ series: 1, time: 1000, value: 1, quality: 2 }),
        rowOf({ series: 1, time: 1000, value: 1, quality: 4 })
      )
      await store.settle()
      expect(await store.rows({ series: [1], ...everything })).toMatchObject({ quality: [4] })
    })

    it('has the newest row of each series, in the order asked for', async () => {
      await write(
        rowOf({ series: 1, time: 2000, value: 1 }),
        rowOf({ series: 3, time: 3000, value: 'tưới', quality: 8 }),
        rowOf({ series: 1, time: 1000, value: 7 }),
        rowOf({ series: 70_000, time: 10, value: 0 })
      )
      const expected = {
        series: [70_000, 3, 1],
        time: [10, 3000, 2000],
        value: [0, 'tưới', 1],
        quality: [0, 8, 0]
      }
      expect(await store.latest([70_000, 3, 2, 1])).toEqual(expected)
      await reopen()
      expect(await store.latest([70_000, 3, 2, 1])).toEqual(expected)
    })

    it('has corrections of the newest row at once, settled or not', async () => {
      await write(rowOf({ series: 1, time: 1000, value: 1 }), rowOf({ series: 1, time: 1000, value: 'two' }))
      expect(await store.latest([1])).toMatchObject({ value: ['two'] })
      await reopen()
      expect(await store.latest([1])).toMatchObject({ value: ['two'] })
      await write(rowOf({ series: 1, time: 1000, value: 3 }))
      await store.settle()
      await reopen()
      expect(await store.latest([1])).toMatchObject({ value: [3] })
    })

    it('keeps words and extreme numbers as they are', async () => {
      const values = [
        '',
        'it\'s "quoted"; --',
        'Nghệ An 🌾',
        '\ufeffBOM',
        '\ufeff',
        '\u0000',
        'NaN',
        5e-324,
        -0,
        Number.MAX_VALUE,
        0.1
      ]
      await write(...values.map((value, index) => rowOf({ series: 1, time: index, value })))
      await store.settle()
      expect((await store.rows({ series: [1], ...everything })).value).toEqual(values)
    })

    it('refuses what cannot be stored and counts it', async () => {
      const good = rowOf({ series: 1, time: 1, value: 1, at: 1 })
      const bad = [
        { ...good, series: 0 },
        { ...good, series: 2 ** 32 - 1 },
        { ...good, value: Infinity },
        { ...good, value: NaN },
        { ...good, time: 0.5 },
        { ...good, time: NaN },
        { ...good, time: 1e16 }
      ]
      await store.write([batchOf(1, [...bad, good])])
      expect(await settledTotals()).toEqual({ ...noStoreTotals, stored: 1, refused: bad.length })
    })

    it('gives rows in pages', async () => {
      const rows = [1, 2, 3].flatMap(series => [10, 20, 30].map(time => rowOf({ series, time, value: series * time })))
      await write(...rows.slice(4), ...rows.slice(0, 4))
      const pages: RowsPage[] = []
      do pages.push(await store.rows({ series: [3, 1], from: 10, to: 30, limit: 3, cursor: pages.at(-1)?.cursor }))
      while (pages.at(-1)?.cursor !== undefined)
      expect(pages.map(page => page.value)).toEqual([[10, 20, 30], [60]])
      const scanned = await collect(store.scan({ series: [3, 1, 9], from: 10, to: 31 }))
      expect(scanned.flatMap(page => page.value)).toEqual([10, 20, 30, 30, 60, 90])
    })

    it('scans more rows than a page holds', async () => {
      await write(
        ...Array.from({ length: 25 }, (_, index) => rowOf({ series: 1 + (index % 3), time: index, value: index }))
      )
      await store.stop()
      store = place.open({ rows: 4 })
      await store.start()
      const pages = await collect(store.scan({ series: [1, 2, 3], from: 0, to: 100 }))
      const values = pages.flatMap(page => page.value)
      expect(values).toEqual([...Array(25).keys()].sort((a, b) => (a % 3) - (b % 3) || a - b))
      expect(Math.max(...pages.map(page => page.series.length))).toBeLessThanOrEqual(4)
    })

    it('puts rows into buckets and leaves none out', async () => {
      await write(
        ...[10, 30, 20].map(minutes => rowOf({ series: 2, time: minutes * 60_000, value: minutes })),
        rowOf({ series: 2, time: 2 * hour, value: 100 })
      )
      const functions = ['mean', 'min', 'max', 'first', 'last', 'count', 'sum'] as const
      const [empty, filled] = await rangeOf({ series: [7, 2], functions })
      expect(empty).toEqual({
        series: 7,
        t: [0, hour],
        columns: {
          ...Object.fromEntries(functions.map(one => [one, [null, null]])),
          count: [0, 0]
        }
      })
      expect(filled).toEqual({
        series: 2,
        t: [0, hour],
        columns: {
          mean: [20, null],
          min: [10, null],
          max: [30, null],
          first: [10, null],
          last: [30, null],
          count: [3, 0],
          sum: [60, null]
        }
      })
    })

    it('begins day buckets at midnight in Việt Nam when asked to', async () => {
      await write(rowOf({ series: 1, time: 17 * hour - 1, value: 1 }), rowOf({ series: 1, time: 17 * hour, value: 2 }))
      const [range] = await rangeOf({ to: day, everyMs: day, offsetMs: 7 * hour, functions: ['sum'] })
      expect(range).toEqual({ series: 1, t: [-7 * hour, 17 * hour], columns: { sum: [1, 2] } })
    })

    it('counts words and passes over them otherwise', async () => {
      await write(rowOf({ series: 1, time: 1, value: 'on' }), rowOf({ series: 1, time: hour, value: 'off' }))
      await write(rowOf({ series: 1, time: hour + 1, value: 4 }))
      const [range] = await rangeOf({ functions: ['count', 'last', 'first', 'mean'] })
      expect(range?.columns).toEqual({ count: [1, 2], last: [null, 4], first: [null, 4], mean: [null, 4] })
    })

    it('gives one item a series asked for, in that order, twice if asked twice', async () => {
      await write(rowOf({ series: 1, time: 0, value: 1 }), rowOf({ series: 2, time: 0, value: 2 }))
      const items = await rangeOf({ series: [2, 1, 2, 5] })
      expect(items.map(item => [item.series, item.columns.mean?.[0]])).toEqual([
        [2, 2],
        [1, 1],
        [2, 2],
        [5, null]
      ])
      expect(await rangeOf({ series: [] })).toEqual([])
      expect(await rangeOf({ to: 0 })).toEqual([{ series: 1, t: [], columns: { mean: [] } }])
    })

    it('gives only what can be sent to another thread', async () => {
      await write(rowOf({ series: 1, time: 0, value: 1 }), rowOf({ series: 2, time: 0, value: 'x' }))
      const answers = [await store.latest([1, 2]), await shown(1, 2), await rangeOf({ functions: ['mean', 'count'] })]
      expect(structuredClone(answers)).toEqual(answers)
      expect(JSON.parse(JSON.stringify(answers))).toEqual(answers)
    })

    it('refuses queries beyond its limits, with the number asked and the limit', async () => {
      await store.stop()
      store = place.open({ rows: 10, values: 100 })
      await store.start()
      await expect(rangeOf({ everyMs: 60_000 })).rejects.toMatchObject({
        code: 'SEN_QUERY_LIMIT',
        message: expect.stringMatching(/120 values.*100/)
      })
      await expect(store.rows({ series: [1], from: 0, to: 1, limit: 11 })).rejects.toMatchObject({
        code: 'SEN_QUERY_LIMIT',
        message: expect.stringMatching(/11 rows.*10/)
      })
    })

    it('does not begin a query that is aborted already', async () => {
      const signal = AbortSignal.abort(new Error('gone'))
      await expect(store.rows({ series: [1], ...everything }, signal)).rejects.toThrow('gone')
      await expect(collect(store.scan({ series: [1], from: 0, to: 1 }, signal))).rejects.toThrow('gone')
      const query = { series: [1], from: 0, to: 1, everyMs: 1, functions: ['mean'] } as const
      await expect(collect(store.range(query, signal))).rejects.toThrow('gone')
    })

    it('stops once, twice, and refuses to answer afterwards', async () => {
      await Promise.all([store.stop(), store.stop()])
      await store.stop()
      const closed = { code: 'SEN_SERIES_FAILED', message: expect.stringContaining('not open') }
      await expect(store.write([])).rejects.toMatchObject(closed)
      await expect(store.settle()).rejects.toMatchObject(closed)
      await expect(store.latest([1])).rejects.toMatchObject(closed)
      await expect(shown(1)).rejects.toMatchObject(closed)
      await expect(rangeOf({})).rejects.toMatchObject(closed)
    })
  })
}
