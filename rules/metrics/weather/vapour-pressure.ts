/*
 * Source of all formulas here: FAO Irrigation and Drainage Paper 56 (Allen et al. 1998), chapter 3.
 */

/** Saturation vapour pressure at a temperature in °C, kPa (eq. 11). */
export function saturationPressure(temperature: number): number {
  return 0.6108 * Math.exp((17.27 * temperature) / (temperature + 237.3))
}

/** Slope of the saturation vapour pressure curve at a temperature in °C, kPa/°C (eq. 13). */
export function saturationSlope(temperature: number): number {
  return (4098 * saturationPressure(temperature)) / (temperature + 237.3) ** 2
}

/** Mean pressure of the air at a height above sea level in m, kPa (eq. 7). */
export function pressureAt(altitude: number): number {
  return 101.3 * ((293 - 0.0065 * altitude) / 293) ** 5.26
}

/** Psychrometric constant at a height above sea level in m, kPa/°C (eq. 8). */
export function psychrometricConstant(altitude: number): number {
  return 0.665e-3 * pressureAt(altitude)
}

/**
 * How much water the air could still take up: saturation less actual vapour pressure.
 *
 * @param temperature - of the air, °C. @param humidity - relative, %, 0 to 100.
 * @returns kPa, 0 or more; `undefined` for a humidity that cannot be.
 */
export function vapourPressureDeficit(temperature: number, humidity: number): number | undefined {
  if (!(humidity >= 0 && humidity <= 100)) return undefined
  return saturationPressure(temperature) * (1 - humidity / 100)
}

/** What is known of the air's humidity on a day; the first that is known counts. Temperatures in °C, humidities in %. */
export interface DailyHumidity {
  readonly dewPoint?: number | undefined
  readonly humidityMax?: number | undefined
  readonly humidityMin?: number | undefined
  readonly humidityMean?: number | undefined
}

/**
 * Mean actual vapour pressure of a day, kPa (eq. 14, 17, 18, 19 in that order of preference; without any humidity the air is
 * taken as saturated at the minimum temperature, eq. 48).
 */
export function actualPressureOfDay(temperatureMax: number, temperatureMin: number, humidity: DailyHumidity): number {
  const { dewPoint, humidityMax, humidityMin, humidityMean } = humidity
  const atMin = saturationPressure(temperatureMin)
  const atMax = saturationPressure(temperatureMax)
  if (dewPoint !== undefined) return saturationPressure(dewPoint)
  if (humidityMax !== undefined && humidityMin !== undefined) return (atMin * humidityMax + atMax * humidityMin) / 200
  if (humidityMax !== undefined) return (atMin * humidityMax) / 100
  if (humidityMean !== undefined) return (humidityMean / 100) * ((atMax + atMin) / 2)
  return atMin
}
