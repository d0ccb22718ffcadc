import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyAge, deviceTimeOf, eventTimeOf, liveWindow } from './event-time.ts'

const received = Date.UTC(2026, 10, 22, 8)

describe('the time a device gives', () => {
  test.each([
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['seconds', 1_790_000_000, 1_790_000_000_000],
    ['seconds with a fraction', 1_790_000_000.1234, 1_790_000_000_123],
    ['the last number that is seconds', 99_999_999_999, 99_999_999_999_000],
    ['the first that is milliseconds', 100_000_000_000, 100_000_000_000],
    ['milliseconds', 1_790_000_000_123, 1_790_000_000_123],
    ['microseconds', 1_790_000_000_123_000, Number.NaN],
    ['nanoseconds', 1.79e18, Number.NaN],
    ['no number', Number.NaN, Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY, Number.NaN],
    ['ISO 8601 in UTC', '2026-09-21T14:13:20Z', 1_790_000_000_000],
    ['with an offset', '2026-09-21T21:13:20.5+07:00', 1_790_000_000_500],
    ['with an offset without colon', '2026-09-21T06:43:20-0730', 1_790_000_000_000],
    ['nanoseconds in text', '2026-09-21T14:13:20.123456789Z', 1_790_000_000_123],
    ['without seconds', '2026-09-21T14:13Z', 1_789_999_980_000],
    ['a leap second', '2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['the year 1', '0001-01-01T00:00:00Z', -62_135_596_800_000],
    ['text without an offset', '2026-09-21T14:13:20', Number.NaN],
    ['a date alone', '2026-09-21', Number.NaN],
    ['the 31st of February', '2026-02-31T00:00:00Z', Number.NaN],
    ['the 29th of February of a common year', '2026-02-29T00:00:00Z', Number.NaN],
    ['hour 24', '2026-02-01T24:00:00Z', Number.NaN],
    ['a number as text', '1790000000', Number.NaN],
    ['a truth', true, Number.NaN],
    ['an object', { valueOf: () => 1 }, Number.NaN]
  ])('%s', (_title, ts, time) => {
    expect(deviceTimeOf(ts)).toBe(time)
  })

  test('reads every time that toISOString writes', () => {
    const year9999 = 253_402_300_799_999
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: year9999 }), time => {
        expect(deviceTimeOf(new Date(time).toISOString())).toBe(time)
      }),
      { seed: 1 }
    )
  })

  test('is a whole number, NaN or nothing, whatever is given', () => {
    fc.assert(
      fc.property(fc.anything(), ts => {
        const time = deviceTimeOf(ts)
        expect(time === undefined || Number.isNaN(time) || Number.isInteger(time)).toBe(true)
      }),
      { seed: 1 }
    )
  })
})

describe('event time', () => {
  const dayMs = 86_400_000
  test.each([
    ['no time: that of receipt, unmarked', undefined, { at: received, isRefused: false }],
    ['unreadable', Number.NaN, { at: received, isRefused: true }],
    ['30 days ago', received - 30 * dayMs, { at: received - 30 * dayMs, isRefused: false }],
    ['a millisecond more', received - 30 * dayMs - 1, { at: received, isRefused: true }],
    ['in an hour', received + 3_600_000, { at: received + 3_600_000, isRefused: false }],
    ['a millisecond later', received + 3_600_001, { at: received, isRefused: true }],
    ['1970', 0, { at: received, isRefused: true }],
    ['2106', 4_294_967_295_000, { at: received, isRefused: true }]
  ])('%s', (_title, deviceTime, expected) => {
    expect(eventTimeOf(deviceTime, received)).toEqual(expected)
  })

  test('keeps any age where imports ask for it', () => {
    expect(eventTimeOf(0, received, anyAge)).toEqual({ at: 0, isRefused: false })
  })

  test('never leaves the live window', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.constant(undefined)), deviceTime => {
        const { at } = eventTimeOf(deviceTime, received)
        expect(at).toBeGreaterThanOrEqual(received - liveWindow.pastMs)
        expect(at).toBeLessThanOrEqual(received + liveWindow.futureMs)
      }),
      { seed: 1 }
    )
  })
})
