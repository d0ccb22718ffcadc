import { between, normal, uniform } from '../seeded-random.ts'
import type { Key } from '../seeded-random.ts'
import { climateAt, localDay, localHour } from './climate.ts'
import { RainRecord } from './rain.ts'

/** The air at one place and moment. */
export interface Air {
  readonly celsius: number
  /** Relative humidity, %, 0 to 100. */
  readonly humidity: number
  readonly pressureHpa: number
  readonly windMs: number
  /** Where the wind comes from, degrees clockwise from north, 0 to below 360. */
  readonly windDeg: number
  /** Global radiation, W/m². */
  readonly radiation: number
}

/** Water in and on the ground at one place and moment. */
export interface Ground {
  /** Volumetric soil moisture, %. */
  readonly moisture: number
  readonly celsius: number
  /** µS/cm: grows with moisture, as pores fill. */
  readonly conductivity: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Saturation vapour pressure, kPa (FAO Irrigation and Drainage Paper 56, equation 11). */
function saturationKpa(celsius: number): number {
  return 0.6108 * Math.exp((17.27 * celsius) / (celsius + 237.3))
}

/** Height of the day's wave at an hour, −1 to 1: lowest at 05:30, highest at 14:00. */
function dayWave(hour: number): number {
  const warming = hour >= 5.5 && hour < 14
  const share = warming ? (hour - 5.5) / 8.5 : ((hour - 14 + 24) % 24) / 15.5
  return warming ? -Math.cos(Math.PI * share) : Math.cos(Math.PI * share)
}

/**
 * Weather of Nghệ An as a function of (seed, place, time): the season's normals, fronts of a few days, the day's curve,
 * rain. No state: the past can be asked as well as the present, in any order.
 */
export class Weather {
  readonly rain: RainRecord
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.rain = new RainRecord(seed)
  }

  /** @param place - what tells places apart (a few tenths of a degree, some percent). @param at - ms since the epoch, UTC. */
  air(place: Key, at: number): Air {
    const seed = this.#seed
    const climate = climateAt(at)
    const hour = localHour(at)
    const cloud = this.cloud(at)
    const mean = climate.celsius + 2.2 * this.#smooth('front', at, 3 * dayMs) - 1.5 * (cloud - 0.4)
    const amplitude = (climate.rangeCelsius / 2) * (1.35 - 0.75 * cloud)
    const celsius =
      mean + amplitude * dayWave(hour) + 0.4 * normal(seed, place, 'shade') + 0.3 * this.#smooth(place, at, hourMs)
    const wet = Math.min(1, this.rain.rememberedMm(at, 2 * hourMs) / 3)
    const vapourKpa = saturationKpa(mean) * Math.min(0.98, climate.humidity / 100 - 0.02 + 0.05 * (cloud - 0.4))
    const dry = Math.min(96, (100 * vapourKpa) / saturationKpa(celsius))
    const dew = between(-1.5, 1.5, seed, place, 'dew') + 0.8 * this.#smooth(place, at, hourMs / 3)
    const humidity = Math.min(99.5, Math.max(28, dry + wet * (97 - dry) + dew))
    const tide = Math.cos((2 * Math.PI * (hour - 10)) / 12)
    const summer = climate.celsius > 25
    return {
      celsius,
      humidity,
      pressureHpa: 1024.5 - 0.72 * climate.celsius + 1.2 * tide - 3 * this.#smooth('pressure', at, 3 * dayMs),
      windMs: Math.max(0, 1.6 + 1.4 * dayWave(hour) + this.#smooth([place, 'gust'].join(), at, hourMs / 6) + 0.8 * wet),
      windDeg: ((summer ? 225 : 45) + 40 * this.#smooth('wind', at, 6 * hourMs) + 360) % 360,
      radiation: Math.max(0, this.#clearSky(at, hour) * (1 - 0.75 * cloud))
    }
  }

  /** @param depthFactor - 0 at the surface to 1 where the day is no longer felt. */
  ground(place: Key, at: number, depthFactor = 0.4): Ground {
    const seed = this.#seed
    const climate = climateAt(at)
    const memoryMs = (climate.celsius > 26 ? 4 : 8) * dayMs
    const dry = between(11, 17, seed, place, 'dry')
    const pores = between(24, 30, seed, place, 'pores')
    const held = this.rain.rememberedMm(at, memoryMs) * between(0.8, 1.2, seed, place, 'slope')
    // A paddy or bed that is irrigated every few days, besides the rain.
    const periodDays = Math.floor(between(4, 8, seed, place, 'irrigation'))
    const sinceDays = (at / dayMs + between(0, periodDays, seed, place, 'irrigated')) % periodDays
    const irrigated = 14 * Math.exp((-sinceDays * dayMs) / memoryMs)
    const moisture = dry + pores * (1 - Math.exp(-(held + irrigated) / 32))
    const lagMs = 2 * hourMs + depthFactor * 5 * hourMs
    const damping = 1 - depthFactor
    const celsius =
      climate.celsius +
      0.8 +
      1.2 * this.#smooth('front', at - dayMs / 2, 3 * dayMs) +
      (climate.rangeCelsius / 2) * damping * dayWave(localHour(at - lagMs))
    const salts = between(9, 22, seed, place, 'salts')
    return { moisture, celsius, conductivity: salts * moisture * (1 + 0.02 * (celsius - 25)) }
  }

  /** Share of the sky that is covered, 0 to 1; high while it rains. */
  cloud(at: number): number {
    const base = 0.45 + 0.4 * this.#smooth('cloud', at, 8 * hourMs)
    const raining = Math.min(1, this.rain.rememberedMm(at, hourMs / 2) / 0.5)
    return Math.min(1, Math.max(0.05, base + raining * (0.95 - base)))
  }

  /** W/m² under a clear sky: half a sine between sunrise and sunset, higher in summer (latitude 18.7° N). */
  #clearSky(at: number, hour: number): number {
    const season = Math.cos((2 * Math.PI * ((localDay(at) % 365.25) - 172)) / 365.25)
    const halfDay = 6 + 0.55 * season
    const share = (hour - (12 - halfDay)) / (2 * halfDay)
    return share <= 0 || share >= 1 ? 0 : (870 + 110 * season) * Math.sin(Math.PI * share)
  }

  /** A smooth wandering in −1 … 1 whose turns are about `stepMs` apart. */
  #smooth(name: Key, at: number, stepMs: number): number {
    const step = Math.floor(at / stepMs)
    const share = at / stepMs - step
    const eased = share * share * (3 - 2 * share)
    const before = 2 * uniform(this.#seed, name, stepMs, step) - 1
    const after = 2 * uniform(this.#seed, name, stepMs, step + 1) - 1
    return before + (after - before) * eased
  }
}
