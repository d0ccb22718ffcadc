import type { Device, DeviceHealth, Reading } from '../api/resources.ts'
import { DeviceState } from './device-state.svelte.ts'

/** A device counts as silent when its newest value is older than this. */
export const silentAfterMs = 15 * 60_000

/** The devices of the registry, with the values that have arrived for them. */
export class Fleet {
  devices: readonly DeviceState[] = $state.raw([])
  #byId = new Map<string, DeviceState>()
  /** Values of devices that the registry has not named yet: the two come by different ways. */
  readonly #early = new Map<string, Map<string, Reading>>()

  /** Takes over the registry. Devices that stay keep their state, so only what changed is drawn again. */
  register(registrations: readonly Device[]): void {
    const before = this.#byId
    this.#byId = new Map()
    for (const registration of registrations) {
      const device = before.get(registration.id) ?? new DeviceState(registration)
      const { name, site, profile } = device.registration
      if (name !== registration.name || site !== registration.site || profile !== registration.profile)
        device.registration = registration
      device.health = registration.health
      this.#byId.set(device.id, device)
      for (const reading of this.#early.get(device.id)?.values() ?? []) device.apply(reading)
      this.#early.delete(device.id)
    }
    this.devices = [...this.#byId.values()]
  }

  apply(readings: Iterable<Reading>): void {
    for (const reading of readings) {
      const device = this.#byId.get(reading.device)
      if (device) device.apply(reading)
      else this.#keep(reading)
    }
  }

  /** Takes over what has changed in the health of devices. */
  diagnose(changes: Iterable<{ readonly id: string; readonly health: DeviceHealth }>): void {
    for (const { id, health } of changes) {
      const device = this.#byId.get(id)
      if (device) device.health = health
    }
  }

  #keep(reading: Reading): void {
    const values = this.#early.get(reading.device) ?? new Map<string, Reading>()
    values.set(reading.metric, reading)
    this.#early.set(reading.device, values)
  }
}

/** Whether the device is heard at its own rhythm; where the server does not say, in the last 15 minutes before `now`. */
export function isReporting(
  device: { readonly newestAt: number; readonly health?: DeviceHealth | undefined },
  now: number
): boolean {
  const state = device.health?.state
  if (state !== undefined) return state === 'online' || state === 'late'
  return now - device.newestAt < silentAfterMs
}
