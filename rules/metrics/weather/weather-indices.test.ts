import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dewPoint } from './dew-point.ts'
import { heatIndex, heatIndexF } from './heat-index.ts'
import { thiCattle, thiPoultry } from './temperature-humidity-index.ts'
import { pressureAt, psychrometricConstant, saturationPressure, vapourPressureDeficit } from './vapour-pressure.ts'
import { wetBulbTemperature } from './wet-bulb.ts'

const seeded = { seed: 56 }
const air = [fc.double({ min: -20, max: 55, noNaN: true }), fc.double({ min: 0.1, max: 100, noNaN: true })] as const

describe('dew point', () => {
  it.each([
    [25, 50, 13.86, 13.85],
    [30, 70, 23.93, 23.91],
    [20, 100, 20, 19.99],
    [35, 40, 19.39, 19.37],
    [10, 30, -6.8, -6.75]
  ])('at %d °C and %d %% is %d °C', (temperature, humidity, expected, byFao) => {
    expect(dewPoint(temperature, humidity)).toBeCloseTo(expected, 1)
    expect(Math.abs((dewPoint(temperature, humidity) ?? 0) - byFao)).toBeLessThanOrEqual(0.06)
  })

  it('never lies above the temperature, and rises with humidity', () => {
    fc.assert(
      fc.property(...air, (temperature, humidity) => {
        const dew = dewPoint(temperature, humidity) ?? Number.NaN
        expect(dew).toBeLessThanOrEqual(temperature + 1e-9)
        expect(dewPoint(temperature, humidity / 2) ?? 0).toBeLessThanOrEqual(dew)
      }),
      seeded
    )
  })

  it('is not there for air without water or beyond saturation', () => {
    expect(dewPoint(20, 0)).toBeUndefined()
    expect(dewPoint(20, 101)).toBeUndefined()
    expect(dewPoint(20, Number.NaN)).toBeUndefined()
  })
})

describe('wet-bulb temperature', () => {
  it.each([
    [20, 50, 13.7],
    [30, 70, 25.6],
    [35, 50, 26.6],
    [25, 80, 22.33]
  ])('at %d °C and %d %% is %d °C', (temperature, humidity, expected) => {
    expect(wetBulbTemperature(temperature, humidity)).toBeCloseTo(expected, 1)
  })

  it('is not there outside the fit', () => {
    expect(wetBulbTemperature(20, 4)).toBeUndefined()
    expect(wetBulbTemperature(60, 50)).toBeUndefined()
    expect(wetBulbTemperature(20, 100)).toBe(20)
  })
})

describe('heat index', () => {
  it.each([
    [70, 50, 69.53],
    [80, 40, 79.79],
    [80, 90, 86.34],
    [84, 90, 98.34],
    [86, 90, 105.39],
    [90, 50, 94.6],
    [90, 70, 105.92],
    [95, 60, 113.09],
    [100, 40, 109.26],
    [100, 55, 123.64],
    [110, 10, 104.39]
  ])('at %d °F and %d %% is %d °F', (temperature, humidity, expected) => {
    expect(heatIndexF(temperature, humidity)).toBeCloseTo(expected, 1)
  })

  it.each([
    [30, 70, 35.04],
    [35, 50, 40.68],
    [35, 65, 47.58],
    [38, 40, 43.42],
    [25, 50, 24.93]
  ])('at %d °C and %d %% is %d °C', (temperature, humidity, expected) => {
    expect(heatIndex(temperature, humidity)).toBeCloseTo(expected, 1)
  })
})

describe('temperature-humidity index', () => {
  it.each([
    [20, 50, 65.25],
    [25, 60, 72.82],
    [30, 70, 81.38],
    [32, 80, 86.12],
    [35, 60, 86.86],
    [38, 50, 88.74]
  ])('of cattle at %d °C and %d %% is %d', (temperature, humidity, expected) => {
    expect(thiCattle(temperature, humidity)).toBeCloseTo(expected, 2)
  })

  it('of chickens is a mean of dry-bulb and wet-bulb temperature', () => {
    expect(thiPoultry('broiler', 30, 70)).toBeCloseTo(29.34, 2)
    expect(thiPoultry('layer', 30, 70)).toBeCloseTo(28.24, 2)
  })
})

describe('vapour pressure', () => {
  it.each([
    [1, 0.6567],
    [10, 1.228],
    [20, 2.3383],
    [25, 3.1678],
    [30, 4.2431],
    [35, 5.6227],
    [40, 7.3756]
  ])('of saturation at %d °C is %d kPa', (temperature, expected) => {
    expect(saturationPressure(temperature)).toBeCloseTo(expected, 3)
  })

  it('has the pressure and the psychrometric constant of FAO-56, example 2', () => {
    expect(pressureAt(1800)).toBeCloseTo(81.8, 1)
    expect(psychrometricConstant(1800)).toBeCloseTo(0.054, 3)
  })

  it('lacks nothing at saturation, and never less than nothing', () => {
    expect(vapourPressureDeficit(30, 100)).toBe(0)
    fc.assert(
      fc.property(...air, (temperature, humidity) => {
        expect(vapourPressureDeficit(temperature, humidity)).toBeGreaterThanOrEqual(0)
      }),
      seeded
    )
  })
})
