import type { GeoPosition, Mounting, Organisation } from '../../model/registry.ts'
import { between, hash32, normal } from '../seeded-random.ts'
import { localHour } from './climate.ts'
import { moved } from './geography.ts'
import { batteryUsed } from './lora-sensor.ts'
import type { Weather } from './weather.ts'

/** A farm whose devices publish over plain MQTT with the farm's own credential. */
export interface Farm {
  readonly site: string
  readonly name: string
  readonly owner: Pick<Organisation, 'id' | 'name' | 'kind'>
  readonly commune: string
  readonly position: GeoPosition
  /** Its mobile link fails now and then; what was measured meanwhile is uploaded afterwards. */
  readonly goesOffline: boolean
  readonly devices: readonly FarmDevice[]
}

type FarmDeviceKind = 'weather' | 'soil' | 'canal' | 'greenhouse' | 'pond' | 'intake'

export interface FarmDevice {
  readonly kind: 'farm'
  readonly id: string
  readonly name: string
  readonly site: string
  readonly measures: FarmDeviceKind
  readonly mounting: Mounting
}

/** Centroids of the communes Nam Đàn and Quỳnh Lưu; where the farms lie in them is made up. */
const namDan: GeoPosition = { latitude: 18.75035, longitude: 105.46133 }
const quynhLuu: GeoPosition = { latitude: 19.13355, longitude: 105.63539 }

export const farms: readonly Farm[] = [
  farm(
    {
      site: 'nong-trai-nam-dan',
      name: 'Nông trại lúa và rau Nam Đàn',
      owner: { id: 'htx-nam-dan', name: 'Hợp tác xã nông nghiệp Nam Đàn', kind: 'cooperative' },
      commune: '17935',
      position: moved(namDan, 400, -300),
      goesOffline: false
    },
    [
      ['nam-dan-thoi-tiet', 'Trạm thời tiết', 'weather', 2],
      ['nam-dan-dat-01', 'Đất ruộng lúa số 1', 'soil', -0.2],
      ['nam-dan-dat-02', 'Đất ruộng rau số 2', 'soil', -0.2],
      ['nam-dan-kenh', 'Mực nước kênh tưới', 'canal', 1.2],
      ['nam-dan-nha-mang', 'Nhà màng dưa lưới', 'greenhouse', 1.8]
    ]
  ),
  farm(
    {
      site: 'nong-trai-quynh-luu',
      name: 'Trang trại tôm và rau Quỳnh Lưu',
      owner: { id: 'trang-trai-quynh-luu', name: 'Trang trại Quỳnh Lưu', kind: 'household' },
      commune: '17179',
      position: moved(quynhLuu, -600, 500),
      goesOffline: true
    },
    [
      ['quynh-luu-thoi-tiet', 'Trạm thời tiết', 'weather', 2],
      ['quynh-luu-dat-01', 'Đất vườn rau', 'soil', -0.2],
      ['quynh-luu-ao-01', 'Ao tôm số 1', 'pond', -0.6],
      ['quynh-luu-ao-02', 'Ao tôm số 2', 'pond', -0.6],
      ['quynh-luu-cong', 'Cống lấy nước mặn', 'intake', -1]
    ]
  )
]

/** A farm's report: names of the metric catalogue → values in their units. */
export type Sample = Readonly<Record<string, number>>

export interface Moment {
  readonly weather: Weather
  readonly seed: number
  /** ms since the epoch, UTC. */
  readonly at: number
  /** Time since the device's last report, ms: rain is counted over it. */
  readonly intervalMs: number
}

/** What a farm's device measures at a moment. */
export function farmSample(device: FarmDevice, moment: Moment): Sample {
  const { weather, seed, at } = moment
  const noise = (name: string, deviation: number): number => deviation * normal(seed, device.id, at, name)
  const battery_level = Math.round(100 - 88 * batteryUsed(device.id, seed, at))
  switch (device.measures) {
    case 'weather':
      return weatherStation(device, moment)
    case 'soil': {
      const ground = weather.ground(device.id, at)
      return {
        soil_moisture: rounded(ground.moisture + noise('moisture', 0.1), 1),
        soil_temperature: rounded(ground.celsius + noise('celsius', 0.05), 1),
        soil_conductivity: Math.round(ground.conductivity + noise('conductivity', 2)),
        battery_level
      }
    }
    case 'canal': {
      const level = 0.9 + 0.012 * weather.rain.rememberedMm(at, 30 * 3_600_000) + noise('level', 0.004)
      return { water_level: rounded(level, 3), flow_rate: Math.round(1_800 * level ** 1.5), battery_level }
    }
    case 'greenhouse': {
      const air = weather.air(device.id, at)
      const celsius = air.celsius + air.radiation / 140 + noise('celsius', 0.1)
      return {
        air_temperature: rounded(celsius, 1),
        air_humidity: rounded(Math.min(100, air.humidity + 4 - air.radiation / 90), 1),
        co2: Math.round(560 - air.radiation / 4 + noise('co2', 8)),
        leaf_wetness: Math.round(Math.min(100, Math.max(0, (air.humidity - 86) * 8)))
      }
    }
    case 'pond':
      return pond(device, moment, noise)
    case 'intake': {
      const tide = 0.9 * Math.cos((2 * Math.PI * at) / lunarDayMs)
      return {
        water_level: rounded(1.4 + tide + noise('level', 0.01), 2),
        salinity: rounded(seaSalinity(moment) + 2.5 * tide + noise('salinity', 0.1), 1),
        battery_level
      }
    }
    default:
      return device.measures satisfies never
  }
}

/** Tides in the Gulf of Tonkin are diurnal: one high water a lunar day. */
const lunarDayMs = 24.84 * 3_600_000

/** g/kg of the water at the coast: rain of the past week makes it fresher. */
function seaSalinity({ weather, at }: Moment): number {
  return Math.max(6, 24 - 0.05 * weather.rain.rememberedMm(at, 7 * 86_400_000))
}

function weatherStation({ id }: FarmDevice, { weather, at, intervalMs, seed }: Moment): Sample {
  const air = weather.air(id, at)
  return {
    air_temperature: rounded(air.celsius, 1),
    air_humidity: rounded(air.humidity, 1),
    air_pressure: rounded(air.pressureHpa, 1),
    rainfall: rounded(weather.rain.fallenMm(at - intervalMs, at), 3),
    wind_speed: rounded(air.windMs, 1),
    wind_direction: Math.round(air.windDeg) % 360,
    solar_radiation: Math.round(air.radiation),
    battery_voltage: rounded(12.5 + Math.min(1.2, air.radiation / 400) - 0.2 * batteryUsed(id, seed, at), 2)
  }
}

/** Oxygen and pH follow the sun: algae give oxygen by day, everything breathes it by night; lowest before sunrise. */
function pond({ id }: FarmDevice, moment: Moment, noise: (name: string, deviation: number) => number): Sample {
  const { weather, seed, at } = moment
  const sun = weather.air(id, at - 2 * 3_600_000).radiation / 900
  const night = Math.max(0, Math.cos((2 * Math.PI * (localHour(at) - 4.5)) / 24))
  return {
    ph: rounded(7.8 + 0.6 * sun - 0.15 * night + noise('ph', 0.02), 2),
    dissolved_oxygen: rounded(5.6 + 2.4 * sun - 1.5 * night + noise('oxygen', 0.05), 2),
    salinity: rounded(seaSalinity(moment) - between(1, 4, seed, id, 'salinity') + noise('salinity', 0.05), 1),
    turbidity: Math.round(between(25, 45, seed, id, 'turbidity') + 3 * weather.rain.intensity(at) + noise('ntu', 1)),
    water_level: rounded(1.3 + 0.001 * weather.rain.rememberedMm(at, 86_400_000 * 5) + noise('level', 0.003), 3)
  }
}

const outageCycleMs = 20 * 60_000

/** A period without connection: from included, to excluded; ms since the epoch, UTC. */
export interface Outage {
  readonly from: number
  readonly to: number
}

/** The outage of a farm that lies in the 20 minutes about `at`: 2 to 5 minutes, at a time that differs from turn to turn. */
export function outageNear(farm: Farm, seed: number, at: number): Outage | undefined {
  if (!farm.goesOffline) return undefined
  const cycle = Math.floor(at / outageCycleMs)
  const from = cycle * outageCycleMs + 60_000 + (hash32(seed, farm.site, 'outage', cycle) % 780_000)
  return { from, to: from + 120_000 + (hash32(seed, farm.site, 'length', cycle) % 180_000) }
}

function rounded(value: number, digits: number): number {
  const factor = 10 ** digits
  return Math.round(value * factor) / factor
}

type DeviceRow = readonly [id: string, name: string, measures: FarmDeviceKind, height: number]

function farm(facts: Omit<Farm, 'devices'>, rows: readonly DeviceRow[]): Farm {
  const devices = rows.map(([id, name, measures, height], i): FarmDevice => {
    const position = moved(facts.position, 60 * i - 120, 45 * ((i * 2) % 5) - 90)
    return { kind: 'farm', id, name, site: facts.site, measures, mounting: { position, height } }
  })
  return { ...facts, devices }
}
