import { between, uniform } from '../seeded-random.ts'
import { climateAt, localDay, startOfLocalDay } from './climate.ts'

/** A fall of rain of even intensity. Times are ms since the epoch, UTC. */
export interface RainEvent {
  readonly beginsAt: number
  readonly endsAt: number
  readonly mm: number
}

const hourMs = 3_600_000

/**
 * The rain that begins on a local day: none or one fall. Afternoon showers in the hot months, long falls
 * at any hour in the rainy season. Depends on seed and day only: all devices of a place are rained on together.
 */
export function rainOfDay(seed: number, day: number): readonly RainEvent[] {
  const begin = startOfLocalDay(day)
  const climate = climateAt(begin + 12 * hourMs)
  if (uniform(seed, 'rain', day) >= climate.rainDays / 30) return []
  const meanMm = climate.rainMm / climate.rainDays
  // Exponentially distributed: many light days, few heavy ones.
  const mm = -meanMm * Math.log(1 - uniform(seed, 'rain amount', day) * 0.995)
  const isShower = climate.celsius > 26 && climate.humidity < 84
  const first = isShower ? between(13, 19, seed, 'rain hour', day) : between(0, 22, seed, 'rain hour', day)
  const hours = (isShower ? 0.5 : 1.5) + (mm / meanMm) * between(0.5, 2, seed, 'rain length', day)
  const beginsAt = begin + Math.round(first * hourMs)
  const endsAt = beginsAt + Math.round(Math.min(hours, 10) * hourMs)
  return [{ beginsAt, endsAt, mm }]
}

/** Looks up rain quickly: keeps the days it has worked out. Same answers whatever was asked before. */
export class RainRecord {
  readonly #seed: number
  readonly #days = new Map<number, readonly RainEvent[]>()

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The rain that begins on a local day. */
  ofDay(day: number): readonly RainEvent[] {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    if (this.#days.size > 400) this.#days.clear()
    const events = rainOfDay(this.#seed, day)
    this.#days.set(day, events)
    return events
  }

  /** mm fallen in (from, to]. Additive: what falls in two periods that meet is what falls in both together. */
  fallenMm(from: number, to: number): number {
    let mm = 0
    for (let day = localDay(from) - 1; day <= localDay(to); day++) {
      for (const event of this.ofDay(day)) {
        const wet = Math.min(to, event.endsAt) - Math.max(from, event.beginsAt)
        if (wet > 0) mm += (event.mm * wet) / (event.endsAt - event.beginsAt)
      }
    }
    return mm
  }

  /** mm per hour at a moment. */
  intensity(at: number): number {
    return this.fallenMm(at - 60_000, at) * 60
  }

  /**
   * Rain that is still in the ground: each fall weighted by `exp(−age / memory)`.
   *
   * @param memoryMs - time after which about a third (1/e) of a fall is left.
   * @returns mm.
   */
  rememberedMm(at: number, memoryMs: number): number {
    let mm = 0
    const oldest = localDay(at - 5 * memoryMs)
    for (let day = oldest; day <= localDay(at); day++) {
      for (const event of this.ofDay(day)) {
        if (event.beginsAt >= at) continue
        const fallen = event.mm * Math.min(1, (at - event.beginsAt) / (event.endsAt - event.beginsAt))
        mm += fallen * Math.exp(-Math.max(0, at - event.endsAt) / memoryMs)
      }
    }
    return mm
  }
}
