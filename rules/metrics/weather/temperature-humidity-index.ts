import { wetBulbTemperature } from './wet-bulb.ts'

/**
 * Temperature-humidity index for cattle.
 *
 * @param temperature - of the air, °C. @param humidity - relative, %, 0 to 100.
 * @returns the index; below 68 no stress for dairy cows, 72 mild, 80 moderate, 90 severe (authors differ by 1).
 * Source: National Research Council, A Guide to Environmental Research on Animals, 1971.
 */
export function thiCattle(temperature: number, humidity: number): number | undefined {
  if (!(humidity >= 0 && humidity <= 100)) return undefined
  return 1.8 * temperature + 32 - (0.55 - 0.0055 * humidity) * (1.8 * temperature - 26)
}

/** Shares of dry-bulb and wet-bulb temperature. Broilers: Tao and Xin 2003; layers: Zulovich and DeShazer 1990. */
const poultry = { broiler: [0.85, 0.15], layer: [0.6, 0.4] } as const
export type Birds = keyof typeof poultry

/**
 * Temperature-humidity index for chickens: a mean of dry-bulb and wet-bulb temperature.
 *
 * @param temperature - of the air, °C. @param humidity - relative, %, 5 to 100.
 * @returns °C; `undefined` where there is no wet-bulb temperature (see there).
 */
export function thiPoultry(birds: Birds, temperature: number, humidity: number): number | undefined {
  const wet = wetBulbTemperature(temperature, humidity)
  const [ofDry, ofWet] = poultry[birds]
  return wet === undefined ? undefined : ofDry * temperature + ofWet * wet
}
