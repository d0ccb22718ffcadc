/** A day of 24 hours from 09:00 to 09:00. */
export interface BlightDay {
  /** Lowest temperature, °C. */
  readonly temperatureMin: number
  /** Hours with a humidity of 90 % or more. */
  readonly humidHours: number
}

/** Hours of humidity that a day needs. Smith 1956 (UK Met Office); Hutton criteria, James Hutton Institute 2017. */
const humidHoursNeeded = { smith: 11, hutton: 6 }
export type BlightCriterion = keyof typeof humidHoursNeeded
const leastTemperature = 10

/**
 * Says whether two consecutive days make a period in which late blight of potato and tomato spreads: each at least 10 °C at
 * its coldest, and humid (90 % or more) for 11 hours by Smith, 6 by Hutton.
 */
export function isBlightPeriod(criterion: BlightCriterion, days: readonly [BlightDay, BlightDay]): boolean {
  const needed = humidHoursNeeded[criterion]
  return days.every(day => day.temperatureMin >= leastTemperature && day.humidHours >= needed)
}
