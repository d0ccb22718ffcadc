import { Province, begin, day, minute } from '../../devices/health/months.fixture.ts'
import type { Message } from '../../devices/health/months.fixture.ts'
import type { HealthEvent } from '../../model/health.ts'
import { farmSample } from '../../simulators/province/farms.ts'
import type { FarmDevice } from '../../simulators/province/farms.ts'
import { Weather } from '../../simulators/province/weather.ts'
import { hash32, normal, uniform } from '../../simulators/seeded-random.ts'

/*
 * For tests: a month of sensors that measure the simulated weather, each message 20 minutes after the last; in some of them
 * one sensor is broken from a moment on.
 */
export interface Fault {
  readonly device: string
  readonly metric: string
  readonly kind: 'stuck' | 'spiking' | 'drifting'
  /** The message from which on it is broken. */
  readonly from: number
}

export const intervalMs = 20 * minute
const perDay = day / intervalMs
const perMessage = 40
const faultsBeginDay = 20

/** What a broken sensor walks away by in a day, in the metric's unit; metrics that neighbours share. */
const driftADay: Readonly<Record<string, number>> = {
  ...{ air_temperature: 5, air_humidity: 18, air_pressure: 6, soil_temperature: 5, solar_radiation: 300 },
  ...{ co2: 250, ph: 1, dissolved_oxygen: 2.5, salinity: 4, turbidity: 40 }
}
const unchecked = new Set(['rainfall', 'wind_direction', 'battery_level', 'battery_voltage'])

type Values = Readonly<Record<string, number>>

/** Sensors and what they would measure, were they all right. */
export class FaultyMonth {
  readonly #seed: number
  readonly #days: number
  readonly #clean = new Map<string, readonly Values[]>()

  /** @param counts - how many of each kind of station; `air` is a LoRaWAN sensor of temperature and humidity. */
  constructor(seed: number, days: number, counts: Readonly<Record<string, number>>) {
    this.#seed = seed
    this.#days = days
    const weather = new Weather(seed)
    for (const [kind, count] of Object.entries(counts)) {
      for (let i = 0; i < count; i++) {
        const id = `${kind}-${i}`
        const values = Array.from({ length: days * perDay }, (_, n) =>
          kind === 'air' ? airSample(weather, seed, id, n) : stationSample(weather, seed, kind, id, n)
        )
        this.#clean.set(id, values)
      }
    }
  }

  get devices(): number {
    return this.#clean.size
  }

  /** Every fault that can be, in rounds in which few neighbours are broken at once and no device twice. */
  rounds(): readonly (readonly Fault[])[] {
    const all = [...this.#clean].flatMap(([device, values]) =>
      Object.keys(values[0] ?? {}).flatMap(metric => faultsOf(device, metric, values))
    )
    const rounds: Fault[][] = []
    for (const fault of all.toSorted(
      (a, b) => hash32(a.device, a.metric, a.kind) - hash32(b.device, b.metric, b.kind)
    )) {
      const fits = rounds.find(
        round =>
          !round.some(({ device }) => device === fault.device) &&
          round.filter(({ device }) => kindOf(device) === kindOf(fault.device)).length < 2
      )
      if (fits) fits.push(fault)
      else rounds.push([fault])
    }
    return rounds
  }

  /** @returns what the fold found in a month with these faults. */
  run(faults: readonly Fault[]): readonly HealthEvent[] {
    const ids = [...this.#clean.keys()]
    const province = new Province(Object.fromEntries(ids.map(id => [id, kindOf(id)])))
    const broken = new Map(faults.map(fault => [fault.device, fault]))
    const slots: Message[][] = Array.from({ length: perMessage }, () => [])
    for (let n = 0; n < this.#days * perDay; n++) {
      for (const slot of slots) slot.length = 0
      for (const id of ids)
        slots[hash32(this.#seed, id, 'phase') % perMessage]?.push({
          device: id,
          values: this.#measured(id, n, broken.get(id))
        })
      for (const slot of slots) province.step(slot, intervalMs / perMessage)
    }
    return [...province.events.values()]
  }

  /** Whether the fault was found within a day. */
  isFound({ device, metric, from }: Fault, events: readonly HealthEvent[]): boolean {
    const at = begin + from * intervalMs
    return events.some(
      event =>
        event.device === device &&
        event.metric === metric &&
        event.openedAt > at &&
        event.openedAt <= at + day + intervalMs
    )
  }

  #measured(id: string, n: number, fault: Fault | undefined): Values {
    const clean = this.#clean.get(id) ?? []
    const values = clean[n] ?? {}
    if (!fault || n < fault.from) return values
    const { metric, kind, from } = fault
    const value = values[metric] ?? 0
    switch (kind) {
      case 'stuck':
        return { ...values, [metric]: clean[from]?.[metric] ?? 0 }
      case 'drifting': {
        const direction = hash32(id, metric) % 2 === 0 ? -1 : 1
        return { ...values, [metric]: value + (direction * (driftADay[metric] ?? 0) * (n - from)) / perDay }
      }
      case 'spiking': {
        // One in ten messages, as far off as the sensor's values span in a month.
        if (uniform(this.#seed, id, n, 'spike') >= 0.1) return values
        const all = clean.map(one => one[metric] ?? 0)
        const span = Math.max(...all) - Math.min(...all)
        return { ...values, [metric]: value + (uniform(id, n, 'side') < 0.5 ? span : -span) }
      }
      default:
        return kind satisfies never
    }
  }
}

function faultsOf(device: string, metric: string, values: readonly Values[]): readonly Fault[] {
  if (unchecked.has(metric)) return []
  return (
    (['stuck', 'spiking', 'drifting'] as const)
      .map(kind => ({
        device,
        metric,
        kind,
        from: faultsBeginDay * perDay + (hash32(device, metric, kind) % (2 * perDay))
      }))
      .filter(({ kind }) => kind !== 'drifting' || driftADay[metric] !== undefined)
      // At the ends of its scale a sensor may rest for weeks: nobody can tell that from a broken one.
      .filter(({ kind, from }) => kind !== 'stuck' || ![0, 100].includes(values[from]?.[metric] ?? 0))
  )
}

const kindOf = (id: string): string => id.split('-')[0] ?? ''

function stationSample(weather: Weather, seed: number, kind: string, id: string, n: number): Values {
  const station = { kind: 'farm', id, name: id, measures: kind, site: kind, mounting: {} } as unknown as FarmDevice
  return farmSample(station, { weather, seed, at: begin + n * intervalMs, intervalMs })
}

/** As an EM300-TH sends it: tenths of a degree, halves of a percent. */
function airSample(weather: Weather, seed: number, id: string, n: number): Values {
  const air = weather.air(id, begin + n * intervalMs)
  return {
    air_temperature: Math.round(10 * (air.celsius + 0.1 * normal(seed, id, n, 'celsius'))) / 10,
    air_humidity: Math.round(2 * Math.min(100, air.humidity + 0.4 * normal(seed, id, n, 'humidity'))) / 2
  }
}
