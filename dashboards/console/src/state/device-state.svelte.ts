import type { Device, DeviceHealth, Reading } from '../api/resources.ts'

/** The newest value of one metric. Only what shows this value is drawn again when it changes. */
export class ValueState {
  readonly metric: string
  latest: Reading = $state.raw()!
  /** How often the value has changed since the page was opened, for the highlight; an equal value counts no change. */
  changes = $state(0)

  constructor(first: Reading) {
    this.metric = first.metric
    this.latest = first
  }

  /** Keeps `next` unless an older one arrives late. At equal times the later arrival stands: it is a correction. */
  apply(next: Reading): void {
    const { latest } = this
    if (next.t < latest.t) return
    if (next.value !== latest.value) this.changes++
    if (next.t !== latest.t || next.value !== latest.value || next.quality !== latest.quality) this.latest = next
  }
}

/** A device and its newest values. `registration` is undefined until the registry names it. */
export class DeviceState {
  readonly id: string
  registration: Device = $state.raw()!
  values: readonly ValueState[] = $state.raw([])
  /** Time of the newest value, ms since the epoch (UTC); -Infinity if there is none. */
  newestAt = $state(Number.NEGATIVE_INFINITY)
  /** What the server says of its health; undefined where it does not. */
  health: DeviceHealth | undefined = $state.raw()
  readonly #byMetric = new Map<string, ValueState>()

  constructor(registration: Device) {
    this.id = registration.id
    this.registration = registration
    this.health = registration.health
  }

  apply(reading: Reading): void {
    if (reading.t > this.newestAt) this.newestAt = reading.t
    const known = this.#byMetric.get(reading.metric)
    if (known) return known.apply(reading)

    const value = new ValueState(reading)
    this.#byMetric.set(reading.metric, value)
    this.values = [...this.values, value]
  }
}
