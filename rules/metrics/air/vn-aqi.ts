import { aqiBorders, aqiConcentrations } from './vn-aqi-table.ts'
import type { AqiPollutant } from './vn-aqi-table.ts'

/** An index, as it is compared and as it is published. */
export interface AqiValue {
  readonly exact: number
  /** Rounded once, half up: what the decision calls "làm tròn thành số nguyên". Levels and colours go by it. */
  readonly published: number
  /** Beyond the last border, where the decision has no rule: held at 500 ("vượt thang"). */
  readonly isBeyondScale: boolean
}

/**
 * Index of one pollutant: straight lines between the borders.
 *
 * @param concentration - µg/m³, 0 or more.
 * @returns `undefined` for a value below 0 or none, and for 8-hour ozone above 400, whose index 1-hour ozone gives.
 * Source: Quyết định 1459/QĐ-TCMT (2019), công thức 1 and Bảng 2.
 */
export function subIndex(pollutant: AqiPollutant, concentration: number): AqiValue | undefined {
  if (!(concentration >= 0)) return undefined
  const borders: readonly number[] = aqiConcentrations[pollutant]
  const last = borders.length - 1
  const upper = borders.findIndex(border => concentration <= border)
  if (upper < 0) return pollutant === 'o3_8h' ? undefined : valueOf(aqiBorders[last] ?? 500, true)
  if (upper === 0) return valueOf(0)
  const [c0 = 0, c1 = 0] = [borders[upper - 1], borders[upper]]
  const [i0 = 0, i1 = 0] = [aqiBorders[upper - 1], aqiBorders[upper]]
  return valueOf(((i1 - i0) / (c1 - c0)) * (concentration - c0) + i0)
}

function valueOf(exact: number, isBeyondScale = false): AqiValue {
  // A border that arithmetic misses by a hair is that border.
  const steady = Math.round(exact * 1e9) / 1e9
  return { exact: steady, published: Math.floor(steady + 0.5), isBeyondScale }
}

/** The index of a place, and the pollutant that it goes by. */
export interface VnAqi extends AqiValue {
  readonly pollutant: AqiPollutant
}

type Concentrations<P extends AqiPollutant> = Readonly<Partial<Record<P, number | undefined>>>

/** Values of an hour, µg/m³: NowCast of particulate matter, 1-hour means of gases. */
export type AirOfHour = Concentrations<Exclude<AqiPollutant, 'o3_8h'>>

/**
 * VN_AQI of an hour: the largest index of its pollutants.
 *
 * @returns `undefined` where neither PM10 nor PM2.5 is there: the decision lets nothing be published without.
 * Source: Quyết định 1459/QĐ-TCMT (2019), mục về AQI giờ.
 */
export function aqiOfHour(air: AirOfHour): VnAqi | undefined {
  return worst(air)
}

/** Values of a day, µg/m³: 24-hour means of particulate matter, the largest hour of each gas, the largest 8-hour mean of ozone. */
export type AirOfDay = Concentrations<AqiPollutant>

/** VN_AQI of a day; 8-hour ozone above 400 µg/m³ leaves it to 1-hour ozone. @returns and source as `aqiOfHour`. */
export function aqiOfDay(air: AirOfDay): VnAqi | undefined {
  return worst(air)
}

function worst(air: AirOfDay): VnAqi | undefined {
  if (air.pm10 === undefined && air.pm2_5 === undefined) return undefined
  let found: VnAqi | undefined
  for (const pollutant of Object.keys(aqiConcentrations) as AqiPollutant[]) {
    const concentration = air[pollutant]
    const index = concentration === undefined ? undefined : subIndex(pollutant, concentration)
    if (index && (found === undefined || index.exact > found.exact)) found = { ...index, pollutant }
  }
  return found
}
