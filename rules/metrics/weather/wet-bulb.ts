/** Stull's fit holds within these bounds, at sea level. */
const fitted = { leastHumidity: 5, mostHumidity: 99, leastTemperature: -20, mostTemperature: 50 }

/**
 * Temperature that a wetted thermometer shows, at sea-level pressure.
 *
 * @param temperature - of the air, °C, −20 to 50.
 * @param humidity - relative, %, 5 to 99; above 99 the temperature itself is given.
 * @returns °C; `undefined` outside those bounds.
 * Source: Stull, J. Appl. Meteor. Climatol. 50 (2011), eq. 1: within −1.0 to +0.65 °C.
 */
export function wetBulbTemperature(temperature: number, humidity: number): number | undefined {
  const { leastHumidity, mostHumidity, leastTemperature, mostTemperature } = fitted
  if (!(humidity >= leastHumidity && humidity <= 100)) return undefined
  if (!(temperature >= leastTemperature && temperature <= mostTemperature)) return undefined
  if (humidity > mostHumidity) return temperature
  return (
    temperature * Math.atan(0.151977 * Math.sqrt(humidity + 8.313659)) +
    Math.atan(temperature + humidity) -
    Math.atan(humidity - 1.676331) +
    0.00391838 * humidity ** 1.5 * Math.atan(0.023101 * humidity) -
    4.686035
  )
}
