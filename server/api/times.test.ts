import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationMs, isoTime, offsetMsOf } from './times.ts'

const dayMs = 86_400_000

describe('isoTime', () => {
  const midnight = Date.parse('2026-11-22T00:00:00Z')
  it.each([
    ['2026-11-22T00:00:00Z', midnight],
    ['2026-11-22T00:00:00.125Z', midnight + 125],
    ['2026-11-22T00:00Z', midnight],
    ['2026-11-22T07:00:00+07:00', midnight],
    ['2026-11-22T07:00:00+0700', midnight],
    ['2026-11-21T19:00:00-05:00', midnight],
    ['2026-11-22T07:00:00 07:00', midnight],
    ['2026-11-22T07:00:00 0700', midnight]
  ])('reads %s', (text, time) => {
    expect(isoTime.parse(text)).toBe(time)
  })

  it.each([
    '2026-11-22T00:00:00',
    '2026-11-22',
    '2026-11-22 07:00',
    '2026-13-01T00:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22T00:00:00+25:00',
    'hôm qua',
    '',
    'Z',
    '1700000000',
    `${' '.repeat(40)}2026-11-22T00:00:00Z`
  ])('refuses "%s"', text => {
    expect(isoTime.safeParse(text).success).toBe(false)
  })

  it('says what a time must look like, and what was given', () => {
    const { error } = isoTime.safeParse('hôm qua')
    expect(error?.issues[0]?.message).toContain('"hôm qua" must be ISO 8601 with Z or an offset')
  })

  it('reads every time that JavaScript writes', () => {
    const years = { min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }
    fc.assert(
      fc.property(fc.date(years), date => {
        expect(isoTime.parse(date.toISOString())).toBe(date.getTime())
      })
    )
  })
})

describe('durationMs', () => {
  it.each([
    ['1s', 1000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 7 * dayMs],
    ['999999s', 999_999_000]
  ])('reads %s as %i', (text, ms) => {
    expect(durationMs.parse(text)).toBe(ms)
  })

  it.each(['0s', '-1s', '1', 'm', '1.5h', '1w', '01h', '1 h', '1H', '1000000s', '', '1h30m'])('refuses "%s"', text => {
    expect(durationMs.safeParse(text).error?.issues[0]?.message).toContain('for example 10m')
  })
})

describe('offsetMsOf', () => {
  it.each([
    [dayMs, 7 * 3_600_000],
    [7 * dayMs, 7 * 3_600_000],
    [3_600_000, 0],
    [dayMs / 2, 0],
    [36 * 3_600_000, 0]
  ])('shifts buckets of %i ms by %i', (everyMs, offset) => {
    expect(offsetMsOf(everyMs)).toBe(offset)
  })
})
