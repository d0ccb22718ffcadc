/** Normals of one calendar month. */
export interface MonthlyClimate {
  /** Mean air temperature, °C. */
  readonly celsius: number
  /** Mean difference between the day's highest and lowest temperature, °C. */
  readonly rangeCelsius: number
  /** Mean relative humidity, %. */
  readonly humidity: number
  /** Rainfall of the month, mm. */
  readonly rainMm: number
  /** Days with rain. */
  readonly rainDays: number
}

/**
 * The year at Vinh, January first: cool and drizzly winters, the hot dry south-west wind ("gió Lào") from May to July,
 * and most of the rain from August to October. Rounded climate normals of the Vinh station: good enough to look and
 * behave like Nghệ An, not a reference.
 */
export const climateOfNgheAn: readonly MonthlyClimate[] = [
  { celsius: 17.9, rangeCelsius: 5.0, humidity: 89, rainMm: 52, rainDays: 13 },
  { celsius: 18.7, rangeCelsius: 4.6, humidity: 91, rainMm: 44, rainDays: 13 },
  { celsius: 21.0, rangeCelsius: 5.2, humidity: 91, rainMm: 47, rainDays: 13 },
  { celsius: 24.9, rangeCelsius: 6.8, humidity: 88, rainMm: 62, rainDays: 10 },
  { celsius: 28.3, rangeCelsius: 8.0, humidity: 81, rainMm: 139, rainDays: 11 },
  { celsius: 30.1, rangeCelsius: 8.2, humidity: 75, rainMm: 114, rainDays: 8 },
  { celsius: 29.9, rangeCelsius: 8.0, humidity: 74, rainMm: 125, rainDays: 9 },
  { celsius: 28.9, rangeCelsius: 7.6, humidity: 80, rainMm: 196, rainDays: 13 },
  { celsius: 27.0, rangeCelsius: 6.6, humidity: 86, rainMm: 478, rainDays: 16 },
  { celsius: 24.6, rangeCelsius: 5.8, humidity: 87, rainMm: 455, rainDays: 16 },
  { celsius: 21.7, rangeCelsius: 5.6, humidity: 87, rainMm: 186, rainDays: 14 },
  { celsius: 18.9, rangeCelsius: 5.6, humidity: 87, rainMm: 71, rainDays: 12 }
]

const dayMs = 86_400_000
/** Viet Nam keeps +07:00 all year, ms. */
export const localOffsetMs = 7 * 3_600_000

/** Days since 1970-01-01 at local midnight. @param at - ms since the epoch, UTC. */
export function localDay(at: number): number {
  return Math.floor((at + localOffsetMs) / dayMs)
}

/** Hours since local midnight, 0 to below 24. @param at - ms since the epoch, UTC. */
export function localHour(at: number): number {
  return (at + localOffsetMs - localDay(at) * dayMs) / 3_600_000
}

/** ms since the epoch, UTC, at which the local day began. */
export function startOfLocalDay(day: number): number {
  return day * dayMs - localOffsetMs
}

/** The normals at a moment: between the middles of two months, in proportion. @param at - ms since the epoch, UTC. */
export function climateAt(at: number): MonthlyClimate {
  const local = new Date(at + localOffsetMs)
  const year = local.getUTCFullYear()
  const month = local.getUTCMonth()
  const start = Date.UTC(year, month)
  const share = (local.getTime() - start) / (Date.UTC(year, month + 1) - start) - 0.5
  const here = climateOf(month)
  const neighbour = climateOf(month + Math.sign(share))
  const weight = Math.abs(share)
  const mixed = (name: keyof MonthlyClimate): number => here[name] * (1 - weight) + neighbour[name] * weight
  return {
    celsius: mixed('celsius'),
    rangeCelsius: mixed('rangeCelsius'),
    humidity: mixed('humidity'),
    rainMm: mixed('rainMm'),
    rainDays: mixed('rainDays')
  }
}

function climateOf(month: number): MonthlyClimate {
  const found = climateOfNgheAn[(month + 12) % 12]
  if (found === undefined) throw new RangeError(`read climate: no month ${month}`)
  return found
}
