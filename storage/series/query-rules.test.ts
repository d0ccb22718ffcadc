import { describe, expect, it } from 'vitest'
import { bucketsOf, cursorOf, defaultAnswerLimits, rowsStartOf } from './query-rules.ts'
import type { RangeQuery } from './series-store.ts'

const hour = 3_600_000
const day = 24 * hour
const limits = defaultAnswerLimits
const range = (parts: Partial<RangeQuery>): RangeQuery => ({
  series: [1],
  from: 0,
  to: day,
  everyMs: hour,
  functions: ['mean'],
  ...parts
})

describe('Buckets of a range', () => {
  it.each([
    ['whole hours', range({}), 0, 24],
    ['a start within a bucket', range({ from: hour + 1, to: 3 * hour }), hour, 2],
    ['an end within a bucket', range({ to: 2 * hour + 1 }), 0, 3],
    [
      'days of Việt Nam',
      range({ from: 17 * hour, to: 17 * hour + day, everyMs: day, offsetMs: 7 * hour }),
      17 * hour,
      1
    ],
    ['days that begin at 17:00 UTC', range({ from: 0, to: day, everyMs: day, offsetMs: 7 * hour }), -7 * hour, 2],
    ['times before 1970', range({ from: -90 * 60_000, to: 0 }), -2 * hour, 2],
    ['an empty range', range({ from: day, to: day }), day, 0],
    ['a range that runs back', range({ from: day, to: 0 }), day, 0]
  ])('are right for %s', (_, query, start, count) => {
    expect(bucketsOf(query, limits)).toEqual({ start, count })
  })

  it('are refused beyond the limit, with the number asked and the limit', () => {
    const query = range({ series: [1, 2], to: 10 * 365 * day, everyMs: 1000, functions: ['mean', 'max'] })
    expect(() => bucketsOf(query, limits)).toThrow(
      expect.objectContaining({
        code: 'SEN_QUERY_LIMIT',
        message: expect.stringMatching(/1261440000 values .*2 series × 315360000 buckets × 2 functions.*5000000/)
      })
    )
  })

  it.each([
    ['everyMs 0', range({ everyMs: 0 })],
    ['everyMs NaN', range({ everyMs: NaN })],
    ['from 0.5', range({ from: 0.5 })],
    ['to Infinity', range({ to: Infinity })],
    ['series 1.5', range({ series: [1.5] })],
    ['series -1', range({ series: [-1] })]
  ])('are refused for %s, which is named', (named, query) => {
    expect(() => bucketsOf(query, limits)).toThrow(
      expect.objectContaining({ code: 'SEN_INPUT_INVALID', message: expect.stringContaining(named) })
    )
  })
})

describe('The start of a page', () => {
  const rows = { series: [1], from: 0, to: day, limit: 10 }

  it('is where the cursor stands', () => {
    expect(rowsStartOf(rows, limits)).toBeUndefined()
    expect(rowsStartOf({ ...rows, cursor: cursorOf({ series: 7, time: -5 }) }, limits)).toEqual({ series: 7, time: -5 })
  })

  it.each(['', '1', '1~', '1~x', '1~2~3', "1~2' OR 1=1", '99999999999~1'])('refuses the cursor %j', cursor => {
    expect(() => rowsStartOf({ ...rows, cursor }, limits)).toThrow(
      expect.objectContaining({ code: 'SEN_INPUT_INVALID' })
    )
  })

  it('refuses more rows than a page may have', () => {
    expect(() => rowsStartOf({ ...rows, limit: limits.rows + 1 }, limits)).toThrow(
      expect.objectContaining({ code: 'SEN_QUERY_LIMIT', message: expect.stringMatching(/100001 .*100000/) })
    )
    expect(() => rowsStartOf({ ...rows, limit: 0 }, limits)).toThrow(
      expect.objectContaining({ code: 'SEN_INPUT_INVALID' })
    )
  })
})
