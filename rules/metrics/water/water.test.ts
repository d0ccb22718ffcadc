import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unionisedShare } from './ammonia.ts'
import { counterUse } from './counter-use.ts'
import { oxygenAtSaturation, oxygenSaturation } from './oxygen-saturation.ts'
import { ratePerHour } from './rate-of-rise.ts'

describe('un-ionised ammonia', () => {
  it.each([
    [25, 7, 0.00564],
    [25, 8, 0.05366],
    [28, 8.5, 0.18115],
    [30, 7.5, 0.02476]
  ])('at %d °C and pH %d is a share of %d', (temperature, ph, expected) => {
    expect(unionisedShare(temperature, ph)).toBeCloseTo(expected, 4)
  })
})

describe('oxygen saturation', () => {
  it.each([
    [20, 0, 9.092],
    [25, 0, 8.263],
    [30, 0, 7.559],
    [25, 20, 7.375],
    [30, 15, 6.961],
    [28, 30, 6.624]
  ])('at %d °C and %d g/kg is %d mg/L', (temperature, salinity, expected) => {
    expect(oxygenAtSaturation(temperature, salinity)).toBeCloseTo(expected, 2)
    expect(oxygenSaturation(expected, temperature, salinity)).toBeCloseTo(100, 1)
  })

  it('falls with warmth and with salt', () => {
    const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    fc.assert(
      fc.property(between(0, 39), between(0, 39), (temperature, salinity) => {
        const here = oxygenAtSaturation(temperature, salinity)
        expect(oxygenAtSaturation(temperature + 1, salinity)).toBeLessThan(here)
        expect(oxygenAtSaturation(temperature, salinity + 1)).toBeLessThan(here)
      }),
      { seed: 4500 }
    )
  })
})

describe('rate of rise', () => {
  const minute = 60_000
  const every10 = {
    time: [0, 1, 2, 3, 4, 5, 6, 7].map(i => i * 10 * minute),
    value: [1, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.7]
  }

  it('is what the level rose in the last hour', () => {
    expect(ratePerHour(every10, 60 * minute, 60 * minute, 30 * minute)).toBeCloseTo(0.5)
    expect(ratePerHour(every10, 75 * minute, 60 * minute, 30 * minute)).toBeCloseTo(0.7)
  })

  it('takes the level in between where there was no reading then', () => {
    const samples = { time: [0, 20 * minute, 70 * minute], value: [1, 1.2, 2] }
    expect(ratePerHour(samples, 70 * minute, 60 * minute, 30 * minute)).toBeCloseTo(0.9)
  })

  it('is not known over a gap, nor of a station that has fallen silent', () => {
    expect(ratePerHour(every10, 60 * minute, 60 * minute, 5 * minute)).toBeCloseTo(0.5)
    expect(
      ratePerHour({ time: [0, 70 * minute], value: [1, 2] }, 70 * minute, 60 * minute, 30 * minute)
    ).toBeUndefined()
    expect(ratePerHour(every10, 200 * minute, 60 * minute, 30 * minute)).toBeUndefined()
    expect(ratePerHour({ time: [0], value: [1] }, 0, 60 * minute, 30 * minute)).toBeUndefined()
  })
})

describe('use by a counter', () => {
  it('is what it rose, over resets and roll-overs', () => {
    expect(counterUse({ value: [10, 12, 15] })).toBe(5)
    expect(counterUse({ value: [10, 12, 3, 4] })).toBe(6)
    expect(counterUse({ value: [9990, 5] }, { rollsOverAt: 10_000 })).toBe(15)
    expect(counterUse({ value: [5000, 5] }, { rollsOverAt: 10_000 })).toBe(5)
    expect(counterUse({ value: [10] })).toBeUndefined()
  })

  it('is never negative', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2 }), value => {
        expect(counterUse({ value })).toBeGreaterThanOrEqual(0)
      }),
      { seed: 5 }
    )
  })
})
