import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  et0Hargreaves,
  et0OfDay,
  et0OfHour,
  netRadiationOfDay,
  soilHeatOfMonth,
  windAt2m
} from './reference-evapotranspiration.ts'
import {
  clearSky,
  daylightHours,
  extraterrestrialOfDay,
  extraterrestrialOfHour,
  fromSunshine,
  fromTemperatures,
  hourAngle,
  netLongwaveOfDay,
  sunOn
} from './solar-radiation.ts'
import { actualPressureOfDay, saturationPressure, saturationSlope } from './vapour-pressure.ts'

/** Degrees and minutes. */
const degrees = (whole: number, minutes: number): number => whole + minutes / 60

describe('ET0 of FAO-56', () => {
  it('example 17: Bangkok in April', () => {
    const sun = sunOn(degrees(13, 44), 105)
    const radiation = fromSunshine(sun, 8.5)
    const soilHeat = soilHeatOfMonth(30.2, 29.2)
    const day = {
      temperatureMax: 34.8,
      temperatureMin: 25.6,
      vapourPressure: 2.85,
      wind: 2,
      radiation,
      sun,
      altitude: 2
    }
    expect(extraterrestrialOfDay(sun)).toBeCloseTo(38.06, 2)
    expect(daylightHours(sun)).toBeCloseTo(12.31, 1)
    expect(radiation).toBeCloseTo(22.65, 2)
    expect(netRadiationOfDay(day)).toBeCloseTo(14.33, 2)
    expect(soilHeat).toBeCloseTo(0.14, 2)
    expect(et0OfDay({ ...day, soilHeat })).toBeCloseTo(5.716, 2)
  })

  it('example 18: Uccle on 6 July', () => {
    const sun = sunOn(degrees(50, 48), 187)
    const wind = windAt2m(10 / 3.6, 10)
    const vapourPressure = actualPressureOfDay(21.5, 12.3, { humidityMax: 84, humidityMin: 63 })
    const radiation = fromSunshine(sun, 9.25)
    const day = { temperatureMax: 21.5, temperatureMin: 12.3, vapourPressure, wind, radiation, sun, altitude: 100 }
    expect(wind).toBeCloseTo(2.078, 3)
    expect(vapourPressure).toBeCloseTo(1.4086, 3)
    expect(extraterrestrialOfDay(sun)).toBeCloseTo(41.09, 2)
    expect(daylightHours(sun)).toBeCloseTo(16.1, 1)
    expect(radiation).toBeCloseTo(22.07, 1)
    expect(clearSky(extraterrestrialOfDay(sun), 100)).toBeCloseTo(30.9, 1)
    const clearness = radiation / clearSky(extraterrestrialOfDay(sun), 100)
    expect(netLongwaveOfDay(21.5, 12.3, { vapourPressure, clearness })).toBeCloseTo(3.71, 1)
    expect(netRadiationOfDay(day)).toBeCloseTo(13.28, 1)
    expect(et0OfDay(day)).toBeCloseTo(3.88, 2)
  })

  const ndiaye = { dayOfYear: 274, length: 1, longitudeWest: 16.25, zoneWest: 15 }
  const sunOfNdiaye = sunOn(degrees(16, 13), 274)

  it('example 19: N’Diaye on 1 October, 2 to 3 in the night', () => {
    const extraterrestrial = extraterrestrialOfHour(sunOfNdiaye, { ...ndiaye, middle: 2.5 })
    expect(extraterrestrial).toBe(0)
    const hour = {
      temperature: 28,
      humidity: 90,
      wind: 1.9,
      radiation: 0,
      extraterrestrial,
      clearness: 0.8,
      altitude: 8
    }
    expect(et0OfHour(hour)).toBeCloseTo(0.004, 2)
  })

  it('example 19: the same day, 14 to 15', () => {
    const hour = { ...ndiaye, middle: 14.5 }
    const extraterrestrial = extraterrestrialOfHour(sunOfNdiaye, hour)
    const clear = clearSky(extraterrestrial, 8)
    expect(hourAngle(hour)).toBeCloseTo(0.682, 2)
    expect(extraterrestrial).toBeCloseTo(3.543, 2)
    expect(clear).toBeCloseTo(2.658, 2)
    expect(saturationSlope(38)).toBeCloseTo(0.358, 3)
    expect(saturationPressure(38) * 0.52).toBeCloseTo(3.445, 3)
    const weather = { temperature: 38, humidity: 52, wind: 3.3, radiation: 2.45, clearness: 2.45 / clear, altitude: 8 }
    expect(et0OfHour({ ...weather, extraterrestrial })).toBeCloseTo(0.627, 2)
  })

  it('example 20: Lyon in July with what is missing estimated, and by Hargreaves', () => {
    const sun = sunOn(degrees(45, 43), 196)
    const radiation = fromTemperatures(sun, 26.6, 14.8, 0.16)
    const vapourPressure = actualPressureOfDay(26.6, 14.8, {})
    expect(extraterrestrialOfDay(sun)).toBeCloseTo(40.55, 1)
    expect(radiation).toBeCloseTo(22.29, 1)
    expect(vapourPressure).toBeCloseTo(1.68, 2)
    const day = { temperatureMax: 26.6, temperatureMin: 14.8, vapourPressure, wind: 2, radiation, sun, altitude: 200 }
    expect(et0OfDay(day)).toBeCloseTo(4.56, 2)
    expect(et0Hargreaves(26.6, 14.8, sun)).toBeCloseTo(5.03, 2)
  })

  it('Vinh on 15 July', () => {
    const sun = sunOn(18.67, 196)
    const vapourPressure = actualPressureOfDay(35, 26.5, { humidityMax: 90, humidityMin: 55 })
    const radiation = fromSunshine(sun, 8)
    expect(vapourPressure).toBeCloseTo(3.1042, 3)
    expect(extraterrestrialOfDay(sun)).toBeCloseTo(39.05, 1)
    const day = { temperatureMax: 35, temperatureMin: 26.5, vapourPressure, wind: 2, radiation, sun, altitude: 6 }
    expect(netRadiationOfDay(day)).toBeCloseTo(14.2, 2)
    expect(et0OfDay(day)).toBeCloseTo(5.572, 2)
  })

  it('knows the humidity of a day from the best that there is', () => {
    expect(actualPressureOfDay(30, 20, { dewPoint: 20 })).toBeCloseTo(saturationPressure(20))
    expect(actualPressureOfDay(30, 20, { humidityMax: 90 })).toBeCloseTo(saturationPressure(20) * 0.9)
    expect(actualPressureOfDay(30, 20, { humidityMean: 80 })).toBeCloseTo(
      0.8 * ((saturationPressure(30) + saturationPressure(20)) / 2)
    )
  })

  it('is never negative, and grows with the wind where the air is dry', () => {
    const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    fc.assert(
      fc.property(
        between(-60, 60),
        fc.integer({ min: 1, max: 366 }),
        between(0, 40),
        between(0, 15),
        (latitude, dayOfYear, temperatureMax, wind) => {
          const sun = sunOn(latitude, dayOfYear)
          const temperatureMin = temperatureMax - 8
          const radiation = 0.5 * extraterrestrialOfDay(sun)
          const day = { temperatureMax, temperatureMin, vapourPressure: 0.4, wind, radiation, sun, altitude: 10 }
          expect(et0OfDay(day)).toBeGreaterThanOrEqual(0)
          expect(et0Hargreaves(temperatureMax, temperatureMin, sun)).toBeGreaterThanOrEqual(0)
        }
      ),
      { seed: 56 }
    )
  })
})
