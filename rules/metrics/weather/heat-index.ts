const fahrenheit = (celsius: number): number => celsius * 1.8 + 32
const celsius = (degreesF: number): number => (degreesF - 32) / 1.8

/** From here on the regression stands, below it the simple formula, °F. */
const regressionFrom = 80

/**
 * How hot the air feels in the shade in light wind.
 *
 * @param temperature - of the air, °C. @param humidity - relative, %, 0 to 100.
 * @returns °C; `undefined` for a humidity that cannot be.
 * Source: NOAA Weather Prediction Center, "The Heat Index Equation" (Rothfusz, SR 90-23, with its two adjustments).
 */
export function heatIndex(temperature: number, humidity: number): number | undefined {
  if (!(humidity >= 0 && humidity <= 100)) return undefined
  return celsius(heatIndexF(fahrenheit(temperature), humidity))
}

/** The same in °F, as its source has it. */
export function heatIndexF(t: number, r: number): number {
  const simple = 0.5 * (t + 61 + (t - 68) * 1.2 + 0.094 * r)
  const mean = (simple + t) / 2
  return mean < regressionFrom ? mean : rothfusz(t, r) + adjustment(t, r)
}

function rothfusz(t: number, r: number): number {
  return (
    -42.379 +
    2.04901523 * t +
    10.14333127 * r -
    0.22475541 * t * r -
    0.00683783 * t * t -
    0.05481717 * r * r +
    0.00122874 * t * t * r +
    0.00085282 * t * r * r -
    0.00000199 * t * t * r * r
  )
}

function adjustment(t: number, r: number): number {
  if (r < 13 && t >= 80 && t <= 112) return -((13 - r) / 4) * Math.sqrt((17 - Math.abs(t - 95)) / 17)
  if (r > 85 && t >= 80 && t <= 87) return ((r - 85) / 10) * ((87 - t) / 5)
  return 0
}
