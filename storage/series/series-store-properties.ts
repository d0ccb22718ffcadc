import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../model/log.ts'
import type { Reading, ReadingBatch } from '../../model/reading-batch.ts'
import { noRedecodeCounts } from '../../model/redecode.ts'
import type { Redecoded } from '../../model/redecode.ts'
import { MemorySeriesStore } from './memory/memory-series-store.ts'
import { batchOf, collect } from './sample-batches.ts'
import type { StorePlace } from './series-store-contract.ts'
import type { SeriesStore } from './series-store.ts'

const dayMs = 86_400_000
const allSeries = [1, 2, 3]
const wide = { series: allSeries, from: -dayMs, to: 4 * dayMs }

/** One record of the raw log as decode hands it over: a message's rows, or, decoding again, rows of older messages. */
interface HandOver {
  readonly isDecodingAgain: boolean
  readonly rows: readonly Omit<Reading, 'at' | 'generation'>[]
  /** For rows of decoding again: which older messages they come from, from 0 to 1. */
  readonly from: readonly number[]
  /** Which older messages' rows decoding again takes back, from 0 to 1. */
  readonly withdrawn: readonly number[]
}

/** Something done to the store under test; `write` goes on with the log, after going back a little. */
type Step =
  | { readonly kind: 'write'; readonly back: number; readonly count: number; readonly cuts: readonly boolean[] }
  | { readonly kind: 'settle' }
  | { readonly kind: 'reopen' }

const row = fc.record({
  series: fc.constantFrom(...allSeries),
  time: fc.constantFrom(-1, 0, 1, 5, dayMs - 1, dayMs, dayMs + 7, 3 * dayMs),
  value: fc.constantFrom<number | string>(0, 0.25, -3, 'on', 'off'),
  quality: fc.constantFrom(0, 2)
})
const handOver: fc.Arbitrary<HandOver> = fc.record({
  isDecodingAgain: fc.nat(4).map(dice => dice === 0),
  rows: fc.array(row, { maxLength: 5 }),
  from: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
  withdrawn: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 })
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      back: fc.nat(6),
      count: fc.nat(8),
      cuts: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })
    })
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) }
)

/**
 * What holds for any log, order of event times, cut into batches, repetition, settling and restart in between: at every
 * step the same answers as a plain store that was given each record once, and in the end the same totals.
 */
export function describeStoreProperties(name: string, createPlace: () => Promise<StorePlace>, runs: number): void {
  describe(`${name}, whatever happens`, () => {
    it('answers and counts like a plain store that was given each record once', async () => {
      const property = fc.asyncProperty(
        fc.array(handOver, { minLength: 1, maxLength: 30 }),
        fc.array(step, { maxLength: 12 }),
        async (log, steps) => {
          const place = await createPlace()
          try {
            await follow(place, log, steps)
          } finally {
            await place.remove()
          }
        }
      )
      await fc.assert(property, { numRuns: runs, seed: 20_261, endOnFailure: false })
    }, 1_800_000)
  })
}

async function follow(place: StorePlace, log: readonly HandOver[], steps: readonly Step[]): Promise<void> {
  const records = recordsOf(log)
  const oracle = new MemorySeriesStore({ log: silentLog })
  await oracle.start()
  let store = place.open()
  await store.start()
  let written = 0
  try {
    for (const one of [...steps, { kind: 'write', back: 0, count: records.length, cuts: [false] } as const]) {
      if (one.kind === 'write') {
        const to = Math.min(records.length, written + one.count)
        await oracle.write(cut(records.slice(written, to), [true], 0))
        await store.write(cut(records.slice(Math.max(0, written - one.back), to), one.cuts, to))
        written = to
      } else if (one.kind === 'settle') await store.settle()
      else {
        await store.stop()
        store = place.open()
        await store.start()
      }
      await expectSame(store, oracle)
    }
    expect(await store.settle()).toEqual(await oracle.settle())
    await expectSame(store, oracle)
  } finally {
    await store.stop()
  }
}

/** A record with its place in the raw log. */
interface Record {
  readonly position: number
  readonly endsBatch: boolean
  readonly rows: readonly Reading[]
  /** Of decoding again: whose rows are taken back. */
  readonly withdrawn: readonly number[]
}

function recordsOf(log: readonly HandOver[]): readonly Record[] {
  let generation = 0
  return log.map((one, index) => {
    const position = index + 1
    if (one.isDecodingAgain) generation++
    const rows = one.rows.map((row, place) => ({
      ...row,
      generation: one.isDecodingAgain ? generation : 0,
      at: one.isDecodingAgain ? 1 + Math.floor((one.from[place] ?? 0) * index) : position
    }))
    const withdrawn = one.withdrawn.map(place => 1 + Math.floor(place * index)).sort((a, b) => a - b)
    return { position, endsBatch: one.isDecodingAgain, rows, withdrawn }
  })
}

/** Cuts records into batches: before and after what is decoded again, and elsewhere by the pattern. */
function cut(records: readonly Record[], cuts: readonly boolean[], seed: number): readonly ReadingBatch[] {
  const batches: ReadingBatch[] = []
  let rows: Reading[] = []
  records.forEach((record, index) => {
    rows.push(...record.rows)
    const next = records[index + 1]
    const isWithin = next && !record.endsBatch && !next.endsBatch
    if (isWithin && !cuts[(index + seed) % cuts.length]) return
    const batch = batchOf(record.position, rows, record.position)
    batches.push(record.endsBatch ? { ...batch, redecoded: redecodedOf(record.withdrawn) } : batch)
    rows = []
  })
  return batches
}

function redecodedOf(withdrawn: readonly number[]): Redecoded {
  return { job: 1, began: 1, from: 1, to: 1, withdrawn, released: [], counts: noRedecodeCounts }
}

async function expectSame(store: SeriesStore, oracle: SeriesStore): Promise<void> {
  expect(await store.latest(allSeries)).toEqual(await oracle.latest(allSeries))
  const page = { ...wide, limit: 1000 }
  expect(await store.rows(page)).toEqual(await oracle.rows(page))
  const range = { ...wide, everyMs: dayMs / 2, functions: ['count', 'sum', 'first', 'last', 'min', 'mean'] } as const
  expect(await collect(store.range(range))).toEqual(await collect(oracle.range(range)))
}
