import { dewPoint } from '../weather/dew-point.ts'

/** What is known of the air and the leaves in one hour; temperatures in °C, humidity and wetness in %. */
export interface LeafHour {
  readonly temperature?: number | undefined
  readonly humidity?: number | undefined
  /** mm in the hour. */
  readonly rain?: number | undefined
  /** Of a sensor: share of its surface that is wet. */
  readonly wetness?: number | undefined
}

const wet = { sensor: 50, humidity: 90, dewPointGap: 2 }

/**
 * Says whether leaves were wet: by a sensor where there is one, else by the usual proxy: humidity of 90 % or more, a
 * temperature within 2 °C of the dew point, or rain.
 *
 * @returns `undefined` if nothing is known.
 */
export function isWet({ temperature, humidity, rain, wetness }: LeafHour): boolean | undefined {
  if (wetness !== undefined) return wetness >= wet.sensor
  if (rain !== undefined && rain > 0) return true
  if (humidity === undefined) return rain === undefined ? undefined : false
  if (humidity >= wet.humidity) return true
  const dew = temperature === undefined ? undefined : dewPoint(temperature, humidity)
  return temperature !== undefined && dew !== undefined && temperature - dew <= wet.dewPointGap
}

/** Wet hours with a temperature within bounds: the generic counter for diseases without a standard of their own. */
export function wetHours(hours: readonly LeafHour[], least: number, most: number): number {
  return hours.filter(hour => {
    const { temperature } = hour
    return temperature !== undefined && temperature >= least && temperature <= most && isWet(hour) === true
  }).length
}
