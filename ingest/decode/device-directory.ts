import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import { goodQuality, qualityBits } from '../../model/quality.ts'
import type { Quality } from '../../model/quality.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'

/** A registered device, ready for its messages. */
export interface DeviceEntry {
  readonly ok: true
  readonly id: string
  readonly site: string
  readonly organisation: string
  readonly profile: LoadedProfile
  /** Marks that all of its readings have. */
  readonly quality: Quality
  /** By the profile's metric index: 1 where its values are doubted; left out where none are. */
  readonly doubtful: Uint8Array | undefined
  /** Series id by the profile's metric index; 0 where it is not known yet. */
  readonly series: Uint32Array
}

export interface NoDevice {
  readonly ok: false
  readonly reason: 'unclaimed' | 'replaced' | 'decommissioned' | 'unknown-profile'
  readonly detail: string
}

/** Looks devices up, and keeps what was found until the registry or the series change. */
export class DeviceDirectory {
  readonly #registry: RegistrySnapshot
  readonly #profiles: ReadonlyMap<string, LoadedProfile>
  readonly #entries = new Map<string, DeviceEntry>()

  constructor(registry: RegistrySnapshot, profiles: ReadonlyMap<string, LoadedProfile>) {
    this.#registry = registry
    this.#profiles = profiles
  }

  /** @param id - DevEUI of a LoRaWAN device, else the device's id. */
  get(id: string): DeviceEntry | NoDevice {
    return this.#entries.get(id) ?? this.#find(id)
  }

  /** Everything is looked up anew. */
  forget(): void {
    this.#entries.clear()
  }

  #find(id: string): DeviceEntry | NoDevice {
    const owner = this.#registry.deviceOf(id)
    const organisation = owner && this.#registry.organisationOf(owner.device)
    if (!owner || organisation === undefined) {
      return { ok: false, reason: 'unclaimed', detail: `device ${id} is not registered` }
    }
    const { device, isReplaced } = owner
    if (isReplaced) {
      const detail = `${device.hardware ?? 'another'} has taken the place of ${id} as device ${device.id}`
      return { ok: false, reason: 'replaced', detail }
    }
    if (device.decommissionedAt !== undefined) {
      const detail = `device ${device.id} is out of service since ${device.decommissionedAt}`
      return { ok: false, reason: 'decommissioned', detail }
    }
    const profile = this.#profiles.get(device.profile)
    if (!profile) return { ok: false, reason: 'unknown-profile', detail: `there is no profile ${device.profile}` }
    const series = new Uint32Array(profile.metrics.length)
    const quality = device.simulated ? qualityBits.simulated : goodQuality
    const doubts = this.#registry.doubts.get(device.id)
    const doubtful = doubts && Uint8Array.from(profile.metrics, ({ name }) => Number(doubts.includes(name)))
    const entry: DeviceEntry = {
      ...{ ok: true, id: device.id, site: device.site, organisation, profile, quality, doubtful, series }
    }
    this.#entries.set(id, entry)
    return entry
  }
}
