/**
 * Share of the dissolved ammonia that is NH3, which poisons fish; the rest is ammonium.
 *
 * @param temperature - of the water, °C. @param ph - 0 to 14.
 * @returns 0 to 1, for fresh water.
 * Source: Emerson et al., J. Fish. Res. Board Can. 32 (1975).
 */
export function unionisedShare(temperature: number, ph: number): number {
  const pKa = 0.09018 + 2729.92 / (273.15 + temperature)
  return 1 / (1 + 10 ** (pKa - ph))
}
