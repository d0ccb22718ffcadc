import { shuffled } from '../seeded-random.ts'
import { farmSample, farms, outageNear } from './farms.ts'
import type { Farm, FarmDevice, Outage } from './farms.ts'
import { loraDevices } from './kim-lien.ts'
import type { LoraDevice } from './kim-lien.ts'
import { sensorPayload } from './lora-sensor.ts'
import { uplinkEvent } from './uplink.ts'
import { Weather } from './weather.ts'

/** Frames are counted from here: a year of the simulation's own, ms since the epoch, UTC. */
const countedFrom = Date.UTC(2025, 0, 1)
/** Samples in one late upload: about 30 kB, far below what a broker accepts. */
const samplesPerUpload = 200

/** A message as a real device or network server would publish it. */
export interface SimulatedMessage {
  /** The connection it belongs to: the network server's, or a farm's by its site. */
  readonly route: 'connector' | { readonly site: string }
  readonly topic: string
  readonly payload: string
}

type Station = LoraDevice | FarmDevice

/**
 * The simulated province: who sends what, when. A function of (seed, number of devices, rate, time) without state, so it
 * can be stopped and started at will: turn `n` of all is always of the same device, with the same count and content.
 *
 * Turns come evenly, `rate` a second, and go round all devices in a shuffled order; a device's frame counter is the number
 * of its turn since a fixed date, so a restart neither repeats a count with other content nor falls back.
 */
export class Province {
  /** Devices that take turns, the farms' included. */
  readonly stations: readonly Station[]
  /** Time between two turns of one device, ms. */
  readonly intervalMs: number
  readonly #seed: number
  readonly #turnMs: number
  readonly #weather: Weather

  /**
   * @param devices - LoRaWAN devices, see `provisioning`.
   * @param rate - turns a second of all devices together, above 0.
   */
  constructor({ devices, rate, seed }: { readonly devices: number; readonly rate: number; readonly seed: number }) {
    this.#seed = seed
    this.#turnMs = 1_000 / rate
    this.#weather = new Weather(seed)
    this.stations = shuffled([...loraDevices({ devices, seed }), ...farms.flatMap(farm => farm.devices)], seed, 'turns')
    this.intervalMs = this.#turnMs * this.stations.length
  }

  /** The number of the last turn at or before `at`. */
  turnAt(at: number): number {
    return Math.floor((at - countedFrom) / this.#turnMs)
  }

  /** When a turn is due: ms since the epoch, UTC. */
  timeOf(turn: number): number {
    return Math.ceil(countedFrom + turn * this.#turnMs)
  }

  /** @returns `undefined` if nothing leaves the device then: no gateway hears it, or its farm is offline. */
  message(turn: number): SimulatedMessage | undefined {
    const count = Math.floor(turn / this.stations.length)
    const station = this.#station(turn)
    const at = this.timeOf(turn)
    if (station.kind === 'lora') return this.#uplink(station, count, at)
    const farm = farmOf(station)
    return inside(outageNear(farm, this.#seed, at), at) ? undefined : telemetry(station, this.#sample(station, at))
  }

  /**
   * The newest message each device has got out, for a newcomer who wants to see them all at once: the very messages of
   * their turns, so publishing them twice is a resend.
   */
  newestMessages(at: number): SimulatedMessage[] {
    const last = this.turnAt(at)
    return this.stations.flatMap((_, back) => {
      for (let turns = 0; turns < 50; turns++) {
        const message = this.message(last - back - turns * this.stations.length)
        if (message !== undefined) return [message]
      }
      return []
    })
  }

  /** Whether a farm's connection is down at a moment. */
  isOffline(farm: Farm, at: number): boolean {
    return inside(outageNear(farm, this.#seed, at), at)
  }

  /** What farms upload late: for every outage that ended in (after, upTo], all samples measured in it, oldest first. */
  lateUploads(after: number, upTo: number): SimulatedMessage[] {
    return farms.flatMap(farm =>
      outagesEnded(farm, this.#seed, after, upTo).flatMap(outage =>
        farm.devices.flatMap(device => this.#lateUpload(device, outage))
      )
    )
  }

  #lateUpload(device: FarmDevice, { from, to }: Outage): SimulatedMessage[] {
    const period = this.stations.length
    const place = this.stations.indexOf(device)
    const samples: object[] = []
    const first = this.turnAt(from)
    for (let turn = first + ((((place - first) % period) + period) % period); this.timeOf(turn) < to; turn += period)
      if (this.timeOf(turn) >= from) samples.push(this.#sample(device, this.timeOf(turn)))
    const messages: SimulatedMessage[] = []
    for (let i = 0; i < samples.length; i += samplesPerUpload)
      messages.push(telemetry(device, samples.slice(i, i + samplesPerUpload)))
    return messages
  }

  #station(turn: number): Station {
    const { length } = this.stations
    const station = this.stations[((turn % length) + length) % length]
    if (station === undefined) throw new RangeError(`find station of turn ${turn}: no stations`)
    return station
  }

  #uplink(device: LoraDevice, count: number, at: number): SimulatedMessage | undefined {
    const { intervalMs } = this
    const seed = this.#seed
    const sensed = sensorPayload(device, { weather: this.#weather, seed, at })
    const event = uplinkEvent({ device, seed, intervalMs, fCnt: Math.max(0, count) % 2 ** 32, at, ...sensed })
    return event && { route: 'connector', ...event }
  }

  #sample(device: FarmDevice, at: number): object {
    const { intervalMs } = this
    return { ts: at, ...farmSample(device, { weather: this.#weather, seed: this.#seed, at, intervalMs }) }
  }
}

function telemetry({ site, id }: FarmDevice, body: object): SimulatedMessage {
  return { route: { site }, topic: `site/${site}/${id}/telemetry`, payload: JSON.stringify(body) }
}

function farmOf(device: FarmDevice): Farm {
  const farm = farms.find(({ site }) => site === device.site)
  if (farm === undefined) throw new RangeError(`find farm of ${device.id}: no site ${device.site}`)
  return farm
}

function inside(outage: Outage | undefined, at: number): boolean {
  return outage !== undefined && at >= outage.from && at < outage.to
}

/** Outages never reach over the 20 minutes they lie in, so stepping by that finds each once. */
function outagesEnded(farm: Farm, seed: number, after: number, upTo: number): Outage[] {
  const found = new Map<number, Outage>()
  for (let at = after; ; at = Math.min(at + 20 * 60_000, upTo)) {
    const outage = outageNear(farm, seed, at)
    if (outage !== undefined && outage.to > after && outage.to <= upTo) found.set(outage.from, outage)
    if (at >= upTo) return [...found.values()]
  }
}
