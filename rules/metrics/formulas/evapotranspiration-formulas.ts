import type { Formula } from '../../../model/calculation.ts'
import { et0Hargreaves, et0OfDay, et0OfHour, windAt2m } from '../weather/reference-evapotranspiration.ts'
import { clearSky, extraterrestrialOfHour, fromTemperatures, hourAngle, sunOn } from '../weather/solar-radiation.ts'
import { actualPressureOfDay } from '../weather/vapour-pressure.ts'
import type { Period, PeriodFormula, Place } from './formula.ts'
import { dayMs, dayOfYear, extremesOfDay, hourMeans, hourMs, hoursOfDayNeeded, meanOfHours, zoneMs } from './hours.ts'
import type { Inputs } from './inputs.ts'

/** Middle of the zone UTC+7, degrees west of Greenwich. */
const zoneWest = 255
/** 1 W/m² for an hour, and for a day, MJ/m². */
const megajoules = { hour: 0.0036, day: 0.0864 }
/** Where the radiation before sunset is not known: the middle of FAO-56's 0.4 to 0.6 for humid places. */
const humidNight = 0.5

type Et0Day = Extract<Formula, { readonly kind: 'et0-day' }>
type Et0Hour = Extract<Formula, { readonly kind: 'et0-hour' }>

const windOf = (
  { windHeight, assumedWind }: Pick<Et0Day, 'windHeight' | 'assumedWind'>,
  hours: readonly (number | undefined)[],
  least: number
): number | undefined => {
  const measured = meanOfHours(hours, least)
  return measured === undefined ? assumedWind : windAt2m(measured, windHeight)
}

const et0Day = (formula: Et0Day): PeriodFormula => ({
  kind: 'period',
  needs: ['air_temperature', 'air_humidity'],
  uses: ['wind_speed', 'solar_radiation'],
  ...{ stepMs: dayMs, reachMs: dayMs },
  value: ({ from, to }, inputs, place) => {
    const temperature = extremesOfDay(inputs, 'air_temperature', from)
    const humidity = extremesOfDay(inputs, 'air_humidity', from)
    if (!place || !temperature || !humidity) return undefined
    const wind = windOf(formula, hourMeans(inputs, 'wind_speed', to, 24), hoursOfDayNeeded)
    const sun = sunOn(place.latitude, dayOfYear(from))
    const measured = meanOfHours(hourMeans(inputs, 'solar_radiation', to, 24), hoursOfDayNeeded)
    const estimated = formula.kRs && fromTemperatures(sun, temperature.max, temperature.min, formula.kRs)
    const radiation = measured === undefined ? estimated : measured * megajoules.day
    if (wind === undefined || radiation === undefined) return undefined
    const { max: temperatureMax, min: temperatureMin } = temperature
    const vapourPressure = actualPressureOfDay(temperatureMax, temperatureMin, {
      humidityMax: humidity.max,
      humidityMin: humidity.min
    })
    return et0OfDay({ temperatureMax, temperatureMin, vapourPressure, wind, radiation, sun, altitude: place.altitude })
  }
})

const hargreaves: PeriodFormula = {
  ...{ kind: 'period', needs: ['air_temperature'], uses: [], stepMs: dayMs, reachMs: dayMs },
  value: ({ from }, inputs, place) => {
    const temperature = extremesOfDay(inputs, 'air_temperature', from)
    if (!place || !temperature) return undefined
    return et0Hargreaves(temperature.max, temperature.min, sunOn(place.latitude, dayOfYear(from)))
  }
}

/** The hour, as the sun sees it. */
function skyOf({ from }: Pick<Period, 'from'>, { latitude, longitude }: Place) {
  const local = (from + zoneMs) % dayMs
  const hour = {
    dayOfYear: dayOfYear(from),
    middle: local / hourMs + 0.5,
    length: 1,
    longitudeWest: 360 - longitude,
    zoneWest
  }
  const sun = sunOn(latitude, hour.dayOfYear)
  return { sun, angle: hourAngle(hour), extraterrestrial: extraterrestrialOfHour(sun, hour) }
}

/** Radiation over that of a clear sky, in the hour that lies 2 to 3 hours before the last sunset. */
function clearnessBeforeNight(from: number, inputs: Inputs, place: Place): number {
  for (let at = from - hourMs; at >= from - dayMs; at -= hourMs) {
    const { sun, angle, extraterrestrial } = skyOf({ from: at }, place)
    const beforeSunsetH = ((sun.sunset - angle) * 12) / Math.PI
    if (angle < 0 || beforeSunsetH < 2 || beforeSunsetH > 3) continue
    const radiation = hourMeans(inputs, 'solar_radiation', at + hourMs, 1)[0]
    if (radiation === undefined || extraterrestrial <= 0) return humidNight
    return (radiation * megajoules.hour) / clearSky(extraterrestrial, place.altitude)
  }
  return humidNight
}

const et0Hour = (formula: Et0Hour): PeriodFormula => ({
  kind: 'period',
  needs: ['air_temperature', 'air_humidity', 'solar_radiation'],
  uses: ['wind_speed'],
  stepMs: hourMs,
  reachMs: dayMs + hourMs,
  value: ({ from, to }, inputs, place) => {
    const mean = (metric: string) => hourMeans(inputs, metric, to, 1)
    const [temperature] = mean('air_temperature')
    const [humidity] = mean('air_humidity')
    const [flux] = mean('solar_radiation')
    const wind = windOf(formula, mean('wind_speed'), 1)
    if (!place || temperature === undefined || humidity === undefined || flux === undefined || wind === undefined)
      return undefined
    const { sun, angle, extraterrestrial } = skyOf({ from }, place)
    const radiation = flux * megajoules.hour
    // Near sunrise and sunset the ratio says little: FAO-56 holds the value of the afternoon.
    const isDay = Math.abs(angle) < sun.sunset - Math.PI / 12
    const clearness = isDay
      ? radiation / clearSky(extraterrestrial, place.altitude)
      : clearnessBeforeNight(from, inputs, place)
    return et0OfHour({ temperature, humidity, wind, radiation, extraterrestrial, clearness, altitude: place.altitude })
  }
})

/** @returns the formula of reference evapotranspiration; `undefined` for the other kinds. */
export function evapotranspirationFormulaOf(formula: Formula): PeriodFormula | undefined {
  if (formula.kind === 'et0-day') return et0Day(formula)
  if (formula.kind === 'et0-hour') return et0Hour(formula)
  return formula.kind === 'et0-hargreaves' ? hargreaves : undefined
}
