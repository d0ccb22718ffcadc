import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noDecodeTotals } from '../../model/accounting.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { BatchBuilder } from './batch-builder.ts'
import { firstPlaceholder } from './series-directory.ts'

const end = { position: 9, dedupFrom: 1, totals: noDecodeTotals, event: undefined }

const rowsOf = (batch: ReadingBatch): readonly unknown[] =>
  Array.from({ length: batch.length }, (_, i) => [
    batch.series[i],
    batch.time[i],
    batch.texts.get(i) ?? batch.value[i],
    batch.quality[i],
    batch.generation[i],
    batch.at[i]
  ])

const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string())
const row = fc.record({
  series: fc.nat(2 ** 31 - 1),
  time: fc.maxSafeInteger(),
  value,
  quality: fc.nat(255),
  at: fc.maxSafeNat()
})
const step = fc.oneof(
  { weight: 5, arbitrary: row },
  { weight: 1, arbitrary: fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }) }
)

describe('BatchBuilder', () => {
  it('gives back the rows added, less those cut off again, batch after batch', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 30 }), { minLength: 1, maxLength: 3 }), batches => {
        const builder = new BatchBuilder()
        for (const steps of batches) {
          let model: unknown[] = []
          for (const one of steps) {
            if ('keep' in one) {
              model = model.slice(0, Math.floor(model.length * one.keep))
              builder.cutTo(model.length)
            } else {
              builder.add(one.series, one.time, one.value, one.quality, one.at)
              model.push([one.series, one.time, one.value, one.quality, 0, one.at])
            }
            expect(builder.length).toBe(model.length)
          }
          const batch = builder.take(end)
          expect(rowsOf(batch)).toEqual(model)
          expect(batch.texts.size).toBe(model.filter(one => typeof (one as unknown[])[2] === 'string').length)
          expect(builder.length).toBe(0)
        }
      })
    )
  })

  it('gives NaN where the value is words', () => {
    const builder = new BatchBuilder()
    builder.add(1, 2, 'mở', 0, 3)
    const batch = builder.take(end)
    expect([batch.value[0], batch.texts.get(0)]).toEqual([Number.NaN, 'mở'])
  })

  it('grows without losing a row', () => {
    const builder = new BatchBuilder()
    for (let i = 0; i < 20_000; i++) builder.add(i, i * 2, i / 2, i % 256, i + 1)
    const batch = builder.take(end)
    expect(batch.length).toBe(20_000)
    expect(rowsOf(batch)[8192]).toEqual([8192, 16_384, 4096, 0, 0, 8193])
    expect(rowsOf(batch).at(-1)).toEqual([19_999, 39_998, 9999.5, 31, 0, 20_000])
  })

  it('puts ids in the place of placeholders, and leaves ids alone', () => {
    const builder = new BatchBuilder()
    for (const series of [5, firstPlaceholder + 1, firstPlaceholder, 2 ** 31 - 1]) builder.add(series, 0, 0, 0, 1)
    builder.resolveSeries(firstPlaceholder, [70, 71])
    const { series } = builder.take(end)
    expect([...series.subarray(0, 4)]).toEqual([5, 71, 70, 2 ** 31 - 1])
  })

  it('hands quarantined messages over once', () => {
    const builder = new BatchBuilder()
    const message = {
      position: 1,
      reason: 'unclaimed',
      device: 'd',
      site: undefined,
      topic: 't',
      receivedAt: 0,
      detail: ''
    } as const
    builder.quarantine(message)
    expect(builder.take(end).quarantined).toEqual([message])
    expect(builder.take(end).quarantined).toEqual([])
  })
})
