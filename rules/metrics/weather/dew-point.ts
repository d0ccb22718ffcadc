/** Magnus coefficients over water, Alduchov and Eskridge 1996: for −40 to 50 °C within 0.4 %. */
const magnus = { b: 17.625, c: 243.04 }

/**
 * Temperature at which the air would be saturated. Never above the air's temperature.
 *
 * @param temperature - of the air, °C.
 * @param humidity - relative, %, above 0 and at most 100.
 * @returns °C; `undefined` where there is no dew point (no humidity, or beyond 100 %).
 * Source: Magnus formula, coefficients of Alduchov and Eskridge, J. Appl. Meteor. 35 (1996), eq. 21.
 */
export function dewPoint(temperature: number, humidity: number): number | undefined {
  if (!(humidity > 0 && humidity <= 100)) return undefined
  const { b, c } = magnus
  const g = Math.log(humidity / 100) + (b * temperature) / (c + temperature)
  return (c * g) / (b - g)
}
