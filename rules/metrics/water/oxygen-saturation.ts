/**
 * Oxygen that water holds in balance with air at 1 atm.
 *
 * @param temperature - of the water, °C, 0 to 40. @param salinity - g/kg, 0 to 40.
 * @returns mg/L.
 * Source: Benson and Krause 1984, as in APHA Standard Methods 4500-O.
 */
export function oxygenAtSaturation(temperature: number, salinity: number): number {
  const t = temperature + 273.15
  const fresh = -139.34411 + 1.575701e5 / t - 6.642308e7 / t ** 2 + 1.2438e10 / t ** 3 - 8.621949e11 / t ** 4
  return Math.exp(fresh - salinity * (1.7674e-2 - 10.754 / t + 2140.7 / t ** 2))
}

/** Dissolved oxygen as a share of that, %. @param oxygen - mg/L. */
export function oxygenSaturation(oxygen: number, temperature: number, salinity: number): number {
  return (100 * oxygen) / oxygenAtSaturation(temperature, salinity)
}
