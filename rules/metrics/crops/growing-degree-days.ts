/**
 * Growing degrees of one day: the day's highest and lowest temperature are each brought within [base, upper], and their mean
 * counts above the base. (The variant matters: with an unclamped mean a day of 18 and 8 °C over base 10 gives 3, here 4.)
 *
 * @param base - °C below which the crop does not grow. @param upper - °C above which it grows no faster.
 * @returns °C·d, 0 or more.
 * Source: McMaster and Wilhelm, Agric. For. Meteorol. 87 (1997), method 2.
 */
export function growingDegrees(
  temperatureMax: number,
  temperatureMin: number,
  { base, upper = Number.POSITIVE_INFINITY }: { readonly base: number; readonly upper?: number | undefined }
): number {
  const within = (temperature: number) => Math.min(upper, Math.max(base, temperature))
  return (within(temperatureMax) + within(temperatureMin)) / 2 - base
}
