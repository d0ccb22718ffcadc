import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cropCoefficients } from './crop-coefficients.ts'
import { growingDegrees } from './growing-degree-days.ts'
import { isBlightPeriod } from './late-blight.ts'
import { isWet, wetHours } from './leaf-wetness.ts'
import {
  measuredDepletion,
  nextDepletion,
  readilyAvailableWater,
  stressCoefficient,
  totalAvailableWater
} from './soil-water.ts'

describe('growing degrees', () => {
  it.each([
    [32, 24, 17],
    [18, 8, 4],
    [9, 5, 0]
  ])('of a day of %d and %d °C over base 10 up to 30 are %d', (max, min, expected) => {
    expect(growingDegrees(max, min, { base: 10, upper: 30 })).toBe(expected)
  })

  it('are never negative, and never more than upper less base', () => {
    const temperature = fc.double({ min: -30, max: 60, noNaN: true })
    fc.assert(
      fc.property(temperature, temperature, (max, min) => {
        const degrees = growingDegrees(max, min, { base: 10, upper: 30 })
        expect(degrees).toBeGreaterThanOrEqual(0)
        expect(degrees).toBeLessThanOrEqual(20)
      }),
      { seed: 10 }
    )
  })
})

describe('soil water', () => {
  const soils = { loamySand: [0.15, 0.06], silt: [0.32, 0.15], siltyClay: [0.35, 0.23] } as const

  it.each([
    { crop: 'onion', rootDepth: 0.4, depletionShare: 0.3, totals: [36, 68, 48], readily: [11, 20, 14] },
    { crop: 'tomato', rootDepth: 0.8, depletionShare: 0.4, totals: [72, 136, 96], readily: [29, 54, 38] },
    { crop: 'maize', rootDepth: 1.2, depletionShare: 0.55, totals: [108, 204, 144], readily: [59, 112, 79] }
  ])('of FAO-56 example 36, $crop', ({ rootDepth, depletionShare, totals, readily }) => {
    for (const [i, [fieldCapacity, wiltingPoint]] of Object.values(soils).entries()) {
      const zone = { fieldCapacity, wiltingPoint, rootDepth, depletionShare }
      expect(Math.round(totalAvailableWater(zone))).toBe(totals[i])
      // The example takes the table's share, which is that of 5 mm/d.
      expect(Math.abs(readilyAvailableWater(zone, 5) - (readily[i] ?? 0))).toBeLessThanOrEqual(0.6)
    }
  })

  const zone = { fieldCapacity: 0.3, wiltingPoint: 0.15, rootDepth: 0.6, depletionShare: 0.5 }

  it('is followed day by day', () => {
    const days = [
      [0, 0, 6, 26, 0],
      [0, 0, 6, 32, 0],
      [0, 0, 6, 38, 0],
      [12, 0, 4, 30, 0],
      [0, 40, 6, 0, 4],
      [60, 0, 3, 0, 57]
    ] as const
    let depletion = 20
    for (const [rain, irrigation, cropEt, expected, percolation] of days) {
      const day = nextDepletion(zone, depletion, { rain, irrigation, cropEt })
      expect(day.depletion).toBeCloseTo(expected)
      expect(day.deepPercolation).toBeCloseTo(percolation)
      depletion = day.depletion
    }
  })

  it('is used more slowly under stress', () => {
    expect(readilyAvailableWater(zone, 5)).toBeCloseTo(45)
    expect(stressCoefficient(zone, 60, 5)).toBeCloseTo(0.6667, 3)
    const day = nextDepletion(zone, 60, { rain: 0, irrigation: 0, cropEt: 5 })
    expect(day.usedEt).toBeCloseTo(3.333, 3)
    expect(day.depletion).toBeCloseTo(63.333, 3)
  })

  it('never leaves its bounds, and rain never makes it drier', () => {
    const mm = (max: number) => fc.double({ min: 0, max, noNaN: true })
    fc.assert(
      fc.property(mm(90), mm(200), mm(12), (before, rain, cropEt) => {
        const total = totalAvailableWater(zone)
        const { depletion } = nextDepletion(zone, before, { rain, irrigation: 0, cropEt })
        expect(depletion).toBeGreaterThanOrEqual(0)
        expect(depletion).toBeLessThanOrEqual(total)
        expect(depletion).toBeLessThanOrEqual(
          nextDepletion(zone, before, { rain: 0, irrigation: 0, cropEt }).depletion + 1e-9
        )
      }),
      { seed: 56 }
    )
  })

  it('is read from a sensor too', () => {
    expect(measuredDepletion(zone, 0.2)).toBeCloseTo(60)
    expect(measuredDepletion(zone, 0.4)).toBe(0)
  })

  it('knows the crops of the province', () => {
    expect(cropCoefficients.get('tea')).toMatchObject({ kc: { initial: 0.95, mid: 1, end: 1 }, depletionShare: 0.4 })
    for (const { kc, rootDepth } of cropCoefficients.values()) {
      expect(Math.max(kc.initial, kc.mid, kc.end)).toBeLessThanOrEqual(1.3)
      expect(rootDepth[0]).toBeLessThan(rootDepth[1])
    }
  })
})

describe('leaf wetness', () => {
  it('is the sensor’s where there is one, else of humidity, dew and rain', () => {
    expect(isWet({ wetness: 80, humidity: 30 })).toBe(true)
    expect(isWet({ wetness: 10, humidity: 99 })).toBe(false)
    expect(isWet({ humidity: 90 })).toBe(true)
    expect(isWet({ temperature: 20, humidity: 89 })).toBe(true)
    expect(isWet({ temperature: 20, humidity: 80 })).toBe(false)
    expect(isWet({ rain: 0.2 })).toBe(true)
    expect(isWet({})).toBeUndefined()
  })

  it('counts wet hours within bounds of temperature', () => {
    const hours = [15, 20, 25, 30].map(temperature => ({ temperature, humidity: 95 }))
    expect(wetHours(hours, 18, 28)).toBe(2)
  })
})

describe('late blight', () => {
  const first = { temperatureMin: 12, humidHours: 11 }

  it.each([
    [{ temperatureMin: 10, humidHours: 12 }, true, true],
    [{ temperatureMin: 10, humidHours: 6 }, false, true],
    [{ temperatureMin: 9.9, humidHours: 12 }, false, false]
  ])('with a second day %o: Smith %s, Hutton %s', (second, smith, hutton) => {
    expect(isBlightPeriod('smith', [first, second])).toBe(smith)
    expect(isBlightPeriod('hutton', [first, second])).toBe(hutton)
  })
})
