import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nowcast } from './nowcast.ts'
import { eightHourMeans } from './ozone-8h.ts'
import { aqiLevelOf } from './vn-aqi-levels.ts'
import { aqiPollutants } from './vn-aqi-table.ts'
import type { AqiPollutant } from './vn-aqi-table.ts'
import vectors from './vn-aqi-vectors.json' with { type: 'json' }
import { aqiOfDay, aqiOfHour, subIndex } from './vn-aqi.ts'

const seeded = { seed: 1459 }
const pollutantOf = (name: string) => name.toLowerCase() as AqiPollutant
const hoursOf = (list: readonly (number | null)[]) => list.map(hour => hour ?? undefined)
const official = (id: string) => vectors.official.find(one => one.id === id)

describe('subIndex', () => {
  it.each(vectors.subIndex)('of $pollutant at $c_ugm3 µg/m³ is $aqi', ({ pollutant, c_ugm3, aqi_exact, aqi }) => {
    const index = subIndex(pollutantOf(pollutant), c_ugm3)
    expect(index?.published).toBe(aqi ?? undefined)
    if (aqi_exact !== null) expect(index?.exact).toBeCloseTo(aqi_exact, 3)
  })

  it('never falls as the air gets worse, and stays within 0 and 500', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...aqiPollutants),
        fc.double({ min: 0, max: 200_000, noNaN: true }),
        fc.double({ min: 0, max: 1000, noNaN: true }),
        (pollutant, concentration, more) => {
          const [lower, higher] = [subIndex(pollutant, concentration), subIndex(pollutant, concentration + more)]
          if (!lower || !higher) return
          expect(higher.exact).toBeGreaterThanOrEqual(lower.exact)
          expect(lower.exact).toBeGreaterThanOrEqual(0)
          expect(higher.exact).toBeLessThanOrEqual(500)
        }
      ),
      seeded
    )
  })

  it('says that a value is beyond the scale, and has none below zero', () => {
    expect(subIndex('pm2_5', 600)).toEqual({ exact: 500, published: 500, isBeyondScale: true })
    expect(subIndex('pm2_5', 500)?.isBeyondScale).toBe(false)
    expect(subIndex('pm2_5', -1)).toBeUndefined()
    expect(subIndex('pm2_5', Number.NaN)).toBeUndefined()
  })
})

describe('nowcast', () => {
  it.each(vectors.nowcast)('of $id is $nowcast', ({ c, nowcast: expected }) => {
    const value = nowcast(hoursOf(c))
    if (expected === null) expect(value).toBeUndefined()
    else expect(value).toBeCloseTo(expected, 3)
  })

  it('is that of the decision’s own sample', () => {
    const sample = official('off-1')
    expect(nowcast(sample?.c ?? [])).toBeCloseTo(sample?.nowcast_exact_w ?? Number.NaN, 3)
    expect(nowcast(sample?.c ?? [])?.toFixed(1)).toBe(String(sample?.printed))
  })

  it('lies between the smallest and the largest hour, and is 0 where every hour is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, max: 1000, noNaN: true }), { nil: undefined }), { maxLength: 12 }),
        hours => {
          const value = nowcast(hours)
          if (value === undefined) return
          const known = hours.filter(hour => hour !== undefined)
          expect(value).toBeGreaterThanOrEqual(Math.min(...known) - 1e-9)
          expect(value).toBeLessThanOrEqual(Math.max(...known) + 1e-9)
        }
      ),
      seeded
    )
    expect(nowcast([0, 0, 0])).toBe(0)
  })
})

describe('VN_AQI', () => {
  it('of the hour in the decision is 59: its printed 60 does not follow from its formula', () => {
    const index = aqiOfHour({ o3_1h: 136.1, no2: 118.7, pm2_5: 20.3 })
    expect(index).toMatchObject({ published: 59, pollutant: 'no2' })
  })

  it('of the day in the decision is 110, by PM2.5', () => {
    expect(aqiOfDay({ o3_8h: 89.3, o3_1h: 114.6, no2: 130.8, pm2_5: 55.7 })).toMatchObject({
      published: 110,
      pollutant: 'pm2_5'
    })
  })

  it('is not given without particulate matter, nor of 8-hour ozone above 400', () => {
    expect(aqiOfHour({ no2: 900, o3_1h: 500 })).toBeUndefined()
    expect(aqiOfDay({ no2: 900 })).toBeUndefined()
    expect(aqiOfDay({ pm10: 10, o3_8h: 401, o3_1h: 350 })).toMatchObject({ published: 175, pollutant: 'o3_1h' })
  })

  it('has 8-hour means of ozone as the decision prints them', () => {
    const sample = official('off-4')
    const means = eightHourMeans(sample?.o3_1h ?? [])
    expect(means).toHaveLength(24)
    // The hours are printed rounded: the last digit of a mean may be another one.
    for (const [i, printed] of (sample?.o3_8h_printed ?? []).entries())
      expect(Math.abs((means[i] ?? Number.NaN) - printed)).toBeLessThanOrEqual(0.1)
    expect(Math.max(...means.map(mean => mean ?? 0))).toBeCloseTo(sample?.max_exact ?? Number.NaN, 4)
    const hours = [10, 10, 10, 10, 10, undefined, undefined, undefined]
    expect(eightHourMeans(hours)).toEqual([undefined])
    expect(eightHourMeans([...hours.slice(0, 6), 10, 10])).toEqual([10])
  })

  it.each([
    [50, 'good', 'Tốt'],
    [51, 'moderate', 'Trung bình'],
    [101, 'poor', 'Kém'],
    [151, 'bad', 'Xấu'],
    [201, 'very-bad', 'Rất xấu'],
    [301, 'hazardous', 'Nguy hại'],
    [501, 'hazardous', 'Nguy hại']
  ])('of %i is %s, %s', (published, key, vi) => {
    expect(aqiLevelOf(published)).toMatchObject({ key, vi })
  })
})
