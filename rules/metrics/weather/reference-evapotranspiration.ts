import {
  clearSky,
  extraterrestrialOfDay,
  netLongwaveOfDay,
  netLongwaveOfHour,
  netShortwave
} from './solar-radiation.ts'
import type { Sun } from './solar-radiation.ts'
import { psychrometricConstant, saturationPressure, saturationSlope } from './vapour-pressure.ts'

/*
 * Reference evapotranspiration of a short, well-watered grass. Source: FAO Irrigation and Drainage Paper 56 (Allen et al. 1998).
 * Not ASCE-EWRI 2005, whose hourly form has other coefficients (0.24 by day, 0.96 by night instead of 0.34).
 */

/** Wind at 2 m above the ground from wind at another height (eq. 47). @param height - of the anemometer, m. */
export function windAt2m(speed: number, height: number): number {
  return height === 2 ? speed : (speed * 4.87) / Math.log(67.8 * height - 5.42)
}

/** A day's weather. */
export interface WeatherOfDay {
  readonly temperatureMax: number
  readonly temperatureMin: number
  /** Actual vapour pressure, kPa: `actualPressureOfDay`. */
  readonly vapourPressure: number
  /** m/s at 2 m. */
  readonly wind: number
  /** On the ground, MJ/m² a day: measured, or estimated (`fromSunshine`, `fromTemperatures`). */
  readonly radiation: number
  readonly sun: Sun
  /** m above sea level. */
  readonly altitude: number
  /** Into the soil, MJ/m² a day: 0 for a day (eq. 42), `soilHeatOfMonth` for a month. */
  readonly soilHeat?: number
}

/** Net radiation of a day, MJ/m² (eq. 40). */
export function netRadiationOfDay(day: WeatherOfDay): number {
  const { temperatureMax, temperatureMin, vapourPressure, radiation, sun, altitude } = day
  const clearness = radiation / clearSky(extraterrestrialOfDay(sun), altitude)
  return netShortwave(radiation) - netLongwaveOfDay(temperatureMax, temperatureMin, { vapourPressure, clearness })
}

/** Heat that goes into the soil in a month, MJ/m² a day, from mean temperatures of it and the month before (eq. 44). */
export function soilHeatOfMonth(mean: number, before: number): number {
  return 0.14 * (mean - before)
}

/** FAO-56 Penman-Monteith for a day, mm (eq. 6). Never below 0: dew is not evaporation. */
export function et0OfDay(day: WeatherOfDay): number {
  const { temperatureMax, temperatureMin, vapourPressure, wind, altitude, soilHeat = 0 } = day
  const mean = (temperatureMax + temperatureMin) / 2
  const saturation = (saturationPressure(temperatureMax) + saturationPressure(temperatureMin)) / 2
  return penmanMonteith({
    temperature: mean,
    wind,
    altitude,
    available: netRadiationOfDay(day) - soilHeat,
    deficit: saturation - vapourPressure,
    numerator: 900
  })
}

/** An hour's weather. */
export interface WeatherOfHour {
  readonly temperature: number
  readonly humidity: number
  /** m/s at 2 m. */
  readonly wind: number
  /** On the ground, MJ/m² an hour. */
  readonly radiation: number
  /** At the top of the atmosphere, MJ/m² an hour (`extraterrestrialOfHour`). */
  readonly extraterrestrial: number
  /** Radiation over that of a clear sky: the hour's by day, that of 2 to 3 hours before sunset at night. */
  readonly clearness: number
  readonly altitude: number
}

/** FAO-56 Penman-Monteith for an hour, mm (eq. 53). Never below 0. By night is when the sun gives nothing. */
export function et0OfHour(hour: WeatherOfHour): number {
  const { temperature, humidity, wind, radiation, extraterrestrial, clearness, altitude } = hour
  const saturation = saturationPressure(temperature)
  const vapourPressure = (saturation * humidity) / 100
  const net = netShortwave(radiation) - netLongwaveOfHour(temperature, { vapourPressure, clearness })
  // Equations 45 and 46.
  const soilHeat = (extraterrestrial > 0 ? 0.1 : 0.5) * net
  return penmanMonteith({
    temperature,
    wind,
    altitude,
    available: net - soilHeat,
    deficit: saturation - vapourPressure,
    numerator: 37
  })
}

interface Terms {
  readonly temperature: number
  readonly wind: number
  readonly altitude: number
  /** Net radiation less what goes into the soil. */
  readonly available: number
  /** Saturation deficit, kPa. */
  readonly deficit: number
  readonly numerator: 37 | 900
}

function penmanMonteith({ temperature, wind, altitude, available, deficit, numerator }: Terms): number {
  const delta = saturationSlope(temperature)
  const gamma = psychrometricConstant(altitude)
  const radiative = 0.408 * delta * available
  const aerodynamic = ((gamma * numerator) / (temperature + 273)) * wind * deficit
  return Math.max(0, (radiative + aerodynamic) / (delta + gamma * (1 + 0.34 * wind)))
}

/**
 * Hargreaves: reference evapotranspiration from temperatures alone, mm a day (FAO-56, eq. 52). Where Penman-Monteith's inputs
 * are missing; in humid air it comes out too high.
 */
export function et0Hargreaves(temperatureMax: number, temperatureMin: number, sun: Sun): number {
  const mean = (temperatureMax + temperatureMin) / 2
  const range = Math.max(0, temperatureMax - temperatureMin)
  return Math.max(0, 0.0023 * (mean + 17.8) * Math.sqrt(range) * extraterrestrialOfDay(sun) * 0.408)
}
