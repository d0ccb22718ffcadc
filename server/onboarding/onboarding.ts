import type { CodecRuntime } from '../../devices/codec/codec-runtime.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import type { Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Device } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { OnboardingStore } from '../../storage/state/onboarding-store.ts'
import type { Administration, NewCredential } from '../administration.ts'
import { DeviceLife } from './device-life.ts'
import { ProfileGuesses } from './profile-guesses.ts'
import { UnclaimedList } from './unclaimed-list.ts'
import type { OwnedFinding } from './unclaimed-list.ts'

export interface OnboardingProps {
  readonly administration: Administration
  readonly store: OnboardingStore
  readonly registry: RegistrySnapshot
  readonly profiles: ReadonlyMap<string, LoadedProfile>
  /** A runtime to try profiles on what strangers sent, not started. */
  readonly openRuntime: () => CodecRuntime
  readonly clock: Clock
}

/** What a claim came to. */
export interface Claimed {
  readonly device: Device
  /** Its new login, where it was asked for. */
  readonly mqtt: NewCredential | undefined
  /** It was registered with these very values before. */
  readonly wasThere: boolean
}

/** How devices come in, and what becomes of them. */
export class Onboarding {
  readonly #props: OnboardingProps
  readonly unclaimed: UnclaimedList
  readonly life: DeviceLife
  readonly store: OnboardingStore

  constructor(props: OnboardingProps) {
    const { administration, store, registry, profiles, openRuntime, clock } = props
    this.#props = props
    this.store = store
    this.unclaimed = new UnclaimedList({
      store,
      registry,
      connectors: () => administration.connectors(),
      guesses: new ProfileGuesses({ profiles, openRuntime })
    })
    this.life = new DeviceLife({ administration, store, clock })
  }

  /**
   * Registers a device that was heard, or that somebody holds in their hands. Claiming it again with the same values
   * changes nothing.
   *
   * @param wantsLogin - makes an MQTT login.
   * @throws SenError `SEN_CONFLICT` if the id, or the radio, is another device's.
   */
  async claim(device: Device, author: Author, wantsLogin: boolean): Promise<Claimed> {
    const { administration, registry } = this.#props
    if (isSame(registry.devices.get(device.id), device)) return { device, mqtt: undefined, wasThere: true }
    await administration.reviseDevices(
      ({ devices }) => {
        if (devices.has(device.id)) throw new SenError('SEN_CONFLICT', `claim device ${device.id}: it is registered`)
        return [device]
      },
      author,
      'claim'
    )
    // Logins that an earlier device of this id left behind are not this one's.
    await administration.endDeviceLogins(device.id)
    const mqtt = wantsLogin ? await administration.deviceCredential(device.id, author) : undefined
    return { device, mqtt, wasThere: false }
  }

  /** Says that a device that was heard is not ours, or takes that back: it is hidden, and goes on being counted. */
  async refuse(one: OwnedFinding, isRefused: boolean, author: Author): Promise<void> {
    const at = this.#props.clock.now()
    const isKnown = await this.store.refuse(one.id, isRefused ? { at, by: author.name } : undefined, {
      at,
      author,
      action: isRefused ? 'device.refuse' : 'device.unrefuse',
      object: `device:${one.id}`,
      organisation: one.organisation,
      outcome: 'done',
      detail: '',
      count: 1
    })
    if (!isKnown) throw new SenError('SEN_NOT_FOUND', `find unclaimed device ${one.id}: there is none`)
  }
}

function isSame(present: Device | undefined, wanted: Device): boolean {
  if (!present) return false
  const entries = (device: Device) => JSON.stringify(Object.entries(device).sort(([a], [b]) => (a < b ? -1 : 1)))
  return entries(present) === entries(wanted)
}
