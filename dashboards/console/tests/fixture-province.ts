import type { QualityMark } from '../../../model/quality.ts'
import { metricCatalogue } from '../../../model/metric.ts'
import type { QuarantineReason } from '../../../model/reading-batch.ts'

/** A reading as the HTTP API answers it. */
export interface FixtureReading {
  readonly device: string
  readonly metric: string
  readonly t: string
  readonly value: number | boolean | string
  readonly unit: string
  readonly quality: string
}

const sites = [
  { id: 'kim-lien', name: 'Xã Kim Liên', organisation: 'ubnd-kim-lien', commune: '17950' },
  { id: 'farm-huong-sen', name: 'Nông trại Hương Sen', organisation: 'htx-huong-sen', commune: '17950' },
  { id: 'farm-song-lam', name: 'Trại cam Sông Lam', organisation: 'htx-huong-sen', commune: '17329' }
]
const organisations = [
  { id: 'root', name: 'Tỉnh Nghệ An' },
  { id: 'ubnd-kim-lien', name: 'UBND xã Kim Liên', parent: 'root' },
  { id: 'htx-huong-sen', name: 'HTX Hương Sen', parent: 'root' }
]
const profiles = [
  ['dragino-lse01', 'Dragino', 'LSE01', 'Cảm biến đất LSE01', 'LSE01 soil sensor'],
  ['milesight-em300-th', 'Milesight', 'EM300-TH', 'Nhiệt ẩm EM300-TH', 'EM300-TH climate sensor'],
  ['json-weather', 'Sen', 'JSON', 'Trạm thời tiết', 'Weather station'],
  ['water-meter', 'Sen', 'WM', 'Đồng hồ nước', 'Water meter']
].map(([id = '', vendor = '', model = '', vi = '', en = '']) => ({ id, vendor, model, name: { vi, en } }))

const start: Readonly<Record<string, number>> = {
  air_temperature: 27.4,
  air_humidity: 81,
  air_pressure: 1006.2,
  rainfall: 0.2,
  wind_speed: 1.8,
  wind_direction: 145,
  soil_moisture: 31.25,
  soil_temperature: 25.6,
  soil_conductivity: 412,
  water_volume: 1234.567,
  flow_rate: 12.5,
  battery_voltage: 3.612,
  battery_level: 87,
  rssi: -97,
  snr: 7.2
}
const link = ['rssi', 'snr']
const kinds = [
  {
    profile: 'dragino-lse01',
    name: 'Đất ruộng',
    metrics: ['soil_moisture', 'soil_temperature', 'soil_conductivity', 'battery_voltage', ...link]
  },
  {
    profile: 'milesight-em300-th',
    name: 'Nhà màng',
    metrics: ['air_temperature', 'air_humidity', 'battery_level', ...link]
  },
  { profile: 'water-meter', name: 'Trạm bơm', metrics: ['water_volume', 'flow_rate', 'battery_voltage', ...link] },
  {
    profile: 'json-weather',
    name: 'Trạm thời tiết',
    metrics: ['air_temperature', 'air_humidity', 'air_pressure', 'rainfall', 'wind_speed', 'wind_direction']
  }
] as const

const reasons: readonly (readonly [QuarantineReason, string, string])[] = [
  ['unclaimed', 'site/kim-lien/tram-moi-7/telemetry', 'device tram-moi-7 is not registered'],
  [
    'json-invalid',
    'site/farm-song-lam/cam-03/telemetry',
    'Unexpected token } in JSON at position 41: {"air_temperature": 27.4,}'
  ],
  [
    'codec-error',
    'application/1/device/24e124136b000001/event/up',
    'TypeError: Cannot read properties of undefined (reading "0")'
  ],
  [
    'chirpstack-v3',
    'application/3/device/a84041000181d1aa/event/up',
    'devEUI is base64, which is how ChirpStack v3 writes it'
  ],
  ['value-invalid', 'site/farm-huong-sen/be-nuoc-2/telemetry', 'water_level: "cao" is not a number'],
  ['no-mapped-value', 'site/farm-huong-sen/be-nuoc-2/telemetry', 'keys foo, bar are not in profile json-weather']
]

/** Always the same numbers for the same seed, in [0, 1). Source: mulberry32, public domain. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A small made-up province: what the API answers about it, and readings that wander. */
export class FixtureProvince {
  readonly devices: { id: string; name: string; site: string; profile: string }[] = []
  readonly latest = new Map<string, FixtureReading>()
  readonly accounting = {
    messages: { received: 0, stored: 0, event: 214, duplicate: 37, quarantined: 26, pending: 0 },
    readings: { decoded: 0, stored: 0, duplicate: 12, superseded: 3, refused: 0, pending: 0 }
  }
  readonly #random: () => number

  constructor(deviceCount: number, seed = 7) {
    this.#random = seeded(seed)
    for (let i = 0; i < deviceCount; i++) this.#addDevice(i)
    this.accounting.messages.stored = 48_211
    this.accounting.readings.stored = 241_902
    this.#balance()
  }

  /** @returns the list of `resource`, or undefined if there is none of that name. */
  list(resource: string): readonly unknown[] | undefined {
    const lists: Readonly<Record<string, readonly unknown[]>> = {
      devices: this.devices,
      sites,
      organisations,
      profiles,
      metrics: [...metricCatalogue.values()],
      'readings/latest': [...this.latest.values()],
      'ingest/quarantine': this.#quarantine()
    }
    return lists[resource]
  }

  /** Sets a value as if the device had just sent it. */
  set(
    device: string,
    metric: string,
    value: FixtureReading['value'],
    marks: readonly QualityMark[] = []
  ): FixtureReading {
    const unit = metricCatalogue.get(metric)?.unit ?? ''
    const quality = marks.length > 0 ? marks.join(',') : 'good'
    const reading = { device, metric, t: new Date().toISOString(), value, unit, quality }
    this.latest.set(`${device} ${metric}`, reading)
    this.accounting.readings.stored++
    this.#balance()
    return reading
  }

  /** Lets `count` devices report: every value moves a little. */
  wander(count: number): readonly FixtureReading[] {
    const reporting = this.devices.filter((_, index) => index % 11 !== 10)
    const chosen = Array.from({ length: count }, () => reporting[Math.floor(this.#random() * reporting.length)]!)
    this.accounting.messages.stored += count
    return [...new Set(chosen)].flatMap(device =>
      [...this.latest.values()]
        .filter(reading => reading.device === device.id && typeof reading.value === 'number')
        .map(({ metric, value }) => this.set(device.id, metric, this.#near(Number(value)), ['simulated']))
    )
  }

  #addDevice(index: number): void {
    const kind = kinds[index % kinds.length]!
    const site = sites[index % 7 < 5 ? 0 : index % 7 === 5 ? 1 : 2]!
    const isRadio = kind.profile !== 'json-weather'
    const id = isRadio ? (0xa84041000181d100n + BigInt(index)).toString(16) : `${site.id}-tt-${index}`
    this.devices.push({ id, name: `${kind.name} ${index + 1}`, site: site.id, profile: kind.profile })
    if (index % 31 === 30) return
    // Every eleventh is silent since a while.
    const agoMs = index % 11 === 10 ? (20 + index * 13) * 60_000 : Math.floor(this.#random() * 240_000)
    const t = new Date(Date.now() - agoMs).toISOString()
    for (const metric of kind.metrics) {
      const unit = metricCatalogue.get(metric)?.unit ?? ''
      const isOdd = index % 17 === 5 && metric === 'soil_moisture'
      const value = isOdd ? 143.2 : this.#near(start[metric] ?? 0)
      const quality = isOdd ? 'implausible,simulated' : 'simulated'
      this.latest.set(`${id} ${metric}`, { device: id, metric, t, value, unit, quality })
    }
  }

  #near(value: number): number {
    return Math.round(value * (0.985 + this.#random() * 0.03) * 100) / 100
  }

  #balance(): void {
    const { messages, readings } = this.accounting
    messages.received = messages.stored + messages.event + messages.duplicate + messages.quarantined + messages.pending
    readings.decoded = readings.stored + readings.duplicate + readings.superseded + readings.refused + readings.pending
  }

  #quarantine(): readonly unknown[] {
    return Array.from({ length: 20 }, (_, i) => {
      const [reason, topic, detail] = reasons[i % reasons.length]!
      const receivedAt = new Date(Date.now() - i * 437_000).toISOString()
      return {
        position: 90_000 - i * 131,
        reason,
        device: topic.split('/')[2],
        site: undefined,
        topic,
        receivedAt,
        detail
      }
    })
  }
}
