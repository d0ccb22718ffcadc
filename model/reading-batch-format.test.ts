import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noDecodeTotals } from './accounting.ts'
import type { NetworkEvent } from './network-event.ts'
import type { BatchEvent, Quarantined, ReadingBatch } from './reading-batch.ts'
import { decodeReadingBatch, encodeReadingBatch } from './reading-batch-format.ts'

const position = fc.nat(2 ** 31).map(low => low * 1000)
const double = fc.double({ noDefaultInfinity: true })

const row = fc.record({
  series: fc.nat(2 ** 32 - 1),
  time: fc.maxSafeInteger(),
  value: fc.oneof(double, fc.string({ unit: 'grapheme' })),
  quality: fc.nat(255),
  generation: fc.nat(65_535),
  at: position
})

const quarantined: fc.Arbitrary<Quarantined> = fc.record({
  position,
  reason: fc.constantFrom('unclaimed', 'codec-error', 'json-invalid'),
  device: fc.option(fc.string(), { nil: undefined }),
  site: fc.option(fc.string(), { nil: undefined }),
  topic: fc.string({ unit: 'binary' }),
  receivedAt: fc.nat(),
  detail: fc.string()
})

const event: fc.Arbitrary<BatchEvent | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ kind: fc.constant('tick'), at: fc.nat() }),
  fc.constant({ kind: 'control', change: { kind: 'device-removed', id: 'd' } } as const)
)

const networkEvent: fc.Arbitrary<NetworkEvent> = fc.record({
  kind: fc.constant('uplink'),
  at: position,
  receivedAt: fc.nat(),
  device: fc.string(),
  session: fc.string({ unit: 'grapheme' }),
  counter: fc.nat(2 ** 32 - 1),
  spreadingFactor: fc.nat(12),
  receptions: fc.array(fc.record({ gateway: fc.string(), rssi: fc.integer(), snr: fc.integer() }), { maxLength: 3 })
})

const batch = fc
  .record({
    position,
    dedupFrom: position,
    totals: fc.record({
      stored: fc.nat(),
      event: fc.nat(),
      duplicate: fc.nat(),
      quarantined: fc.nat(),
      decoded: fc.nat(),
      refused: fc.nat(),
      unmapped: fc.nat()
    }),
    rows: fc.array(row, { maxLength: 40 }),
    spare: fc.nat(5),
    quarantined: fc.array(quarantined, { maxLength: 3 }),
    networkEvents: fc.array(networkEvent, { maxLength: 3 }),
    event
  })
  .map(({ rows, spare, networkEvents, ...rest }): ReadingBatch => {
    const column = <T>(of: (one: (typeof rows)[number]) => T, zero: T): T[] => [
      ...rows.map(of),
      ...Array.from({ length: spare }, () => zero)
    ]
    return {
      ...rest,
      ...(networkEvents.length > 0 && { networkEvents }),
      length: rows.length,
      series: Uint32Array.from(column(one => one.series, 7)),
      time: Float64Array.from(column(one => one.time, 7)),
      value: Float64Array.from(column(one => (typeof one.value === 'number' ? one.value : Number.NaN), 7)),
      quality: Uint8Array.from(column(one => one.quality, 7)),
      generation: Uint16Array.from(column(one => one.generation, 7)),
      at: Float64Array.from(column(one => one.at, 7)),
      texts: new Map(rows.flatMap((one, i) => (typeof one.value === 'string' ? [[i, one.value] as const] : [])))
    }
  })

/** The batch with its columns cut to their length. */
function cut(of: ReadingBatch): ReadingBatch {
  const { length } = of
  return {
    ...of,
    series: of.series.slice(0, length),
    time: of.time.slice(0, length),
    value: of.value.slice(0, length),
    quality: of.quality.slice(0, length),
    generation: of.generation.slice(0, length),
    at: of.at.slice(0, length)
  }
}

/** The bytes as they may stand in a larger buffer: `offset` bytes from its beginning, others around. */
function placed(bytes: Uint8Array, offset: number): Uint8Array {
  const larger = new Uint8Array(bytes.length + offset + 9).fill(0xff)
  larger.set(bytes, offset)
  return larger.subarray(offset, offset + bytes.length)
}

const empty: ReadingBatch = {
  position: 1,
  dedupFrom: 1,
  totals: noDecodeTotals,
  length: 0,
  series: new Uint32Array(),
  time: new Float64Array(),
  value: new Float64Array(),
  quality: new Uint8Array(),
  generation: new Uint16Array(),
  at: new Float64Array(),
  texts: new Map(),
  quarantined: [],
  event: undefined
}

describe('a reading batch as bytes', () => {
  it('reads back equal, wherever its bytes stand in a buffer', () => {
    fc.assert(
      fc.property(batch, fc.nat(9), (one, offset) => {
        expect(decodeReadingBatch(placed(encodeReadingBatch(one), offset))).toEqual(cut(one))
      })
    )
  })

  it('takes its columns from the middle of larger buffers', () => {
    const shared = Float64Array.from([9, 1, 2, 9])
    const one = {
      ...empty,
      length: 2,
      series: Uint32Array.from([9, 3, 4]).subarray(1),
      time: shared.subarray(1, 3),
      value: shared.subarray(1, 3),
      quality: new Uint8Array(2),
      generation: new Uint16Array(2),
      at: shared.subarray(1, 3)
    }
    const { series, time } = decodeReadingBatch(encodeReadingBatch(one))
    expect([[...series], [...time]]).toEqual([
      [3, 4],
      [1, 2]
    ])
  })

  it('is not changed by what the builder writes into its columns afterwards', () => {
    const value = Float64Array.from([1])
    const one = {
      ...empty,
      length: 1,
      series: new Uint32Array(1),
      time: new Float64Array(1),
      value,
      quality: new Uint8Array(1),
      generation: new Uint16Array(1),
      at: new Float64Array(1)
    }
    const bytes = encodeReadingBatch(one)
    value[0] = 2
    expect(decodeReadingBatch(bytes).value[0]).toBe(1)
  })

  it('keeps NaN, minus zero and the largest whole numbers', () => {
    const values = [Number.NaN, -0, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, Number.MAX_VALUE]
    const column = Float64Array.from(values)
    const one = {
      ...empty,
      length: 5,
      series: new Uint32Array(5),
      time: column,
      value: column,
      quality: new Uint8Array(5),
      generation: new Uint16Array(5),
      at: column
    }
    expect([...decodeReadingBatch(encodeReadingBatch(one)).value]).toEqual(values)
  })

  it('refuses another version, naming both', () => {
    const bytes = encodeReadingBatch(empty)
    bytes[0] = 2
    expect(() => decodeReadingBatch(bytes)).toThrow(
      new RangeError('read reading batch: version 2, this program knows 1')
    )
  })

  it('refuses bytes cut short, or with others behind them, at every length', () => {
    fc.assert(
      fc.property(batch, fc.nat(10_000), fc.nat(9), (one, place, offset) => {
        const bytes = encodeReadingBatch(one)
        expect(() => decodeReadingBatch(placed(bytes.subarray(0, place % bytes.length), offset))).toThrow(RangeError)
        expect(() => decodeReadingBatch(placed(Buffer.concat([bytes, Buffer.alloc(1)]), offset))).toThrow(RangeError)
      })
    )
  })
})
