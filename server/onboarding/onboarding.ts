import { join } from 'node:path'
import type { CodecRuntime } from '../../devices/codec/codec-runtime.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import type { Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import type { Device } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { OnboardingStore } from '../../storage/state/onboarding-store.ts'
import type { Administration, NewCredential } from '../administration.ts'
import type { Settings } from '../config.ts'
import { hardwareOf } from '../hardware-check.ts'
import type { Redecodes } from '../redecodes.ts'
import type { KeyFile } from '../auth/key-file.ts'
import { Deliveries } from './deliveries.ts'
import { DeviceLife } from './device-life.ts'
import { NetworkServers } from './network-servers.ts'
import type { MadeDevice } from './network-servers.ts'
import { Photos } from './photos.ts'
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
  /** Decodes again what was kept of a device before it was claimed. */
  readonly redecodes: Pick<Redecodes, 'begin'>
  readonly keys: KeyFile
  readonly settings: Pick<Settings, 'SEN_DATA'>
  readonly clock: Clock
}

/** What a claim came to. */
export interface Claimed {
  readonly device: Device
  /** Its new login, where it was asked for. */
  readonly mqtt: NewCredential | undefined
  /** It was registered with these very values before. */
  readonly wasThere: boolean
  /** Whether it was made at the network server now (it had been there otherwise); `undefined`: none was asked. */
  readonly isMade: boolean | undefined
  /** Number of the job that decodes again what it sent before; `undefined`: it was not heard. */
  readonly redecode: number | undefined
}

/** A network server, and the keys that it needs of a device. */
export interface KeysFor {
  readonly connector: string
  readonly joinEui: string
  readonly appKey: string
}

/** How devices come in, and what becomes of them. */
export class Onboarding {
  readonly #props: OnboardingProps
  readonly unclaimed: UnclaimedList
  readonly life: DeviceLife
  readonly networkServers: NetworkServers
  readonly deliveries: Deliveries
  readonly photos: Photos
  readonly store: OnboardingStore

  constructor(props: OnboardingProps) {
    const { administration, store, registry, profiles, openRuntime, keys, clock, settings } = props
    this.#props = props
    this.store = store
    this.unclaimed = new UnclaimedList({
      store,
      registry,
      connectors: () => administration.connectors(),
      guesses: new ProfileGuesses({ profiles, openRuntime })
    })
    this.life = new DeviceLife({ administration, store, clock })
    this.networkServers = new NetworkServers({ store, keys, clock })
    this.photos = new Photos(join(settings.SEN_DATA, 'photos'))
    this.deliveries = new Deliveries({
      administration,
      networkServers: this.networkServers,
      onRegistered: async (devices, author) => {
        await this.#readKept(devices, author)
      }
    })
  }

  /**
   * Registers a device that was heard, or that somebody holds in their hands. Claiming it again with the same values
   * changes nothing.
   *
   * @param wantsLogin - makes an MQTT login.
   * @param networkServer - where the device is to be made first. If that fails nothing is registered; if the registration
   *   fails, it is taken away again.
   * @throws SenError `SEN_CONFLICT` if the id, or the radio, is another device's; see `NetworkServers.make`.
   */
  async claim(
    device: Device,
    author: Author,
    { wantsLogin, networkServer }: { readonly wantsLogin: boolean; readonly networkServer: KeysFor | undefined }
  ): Promise<Claimed> {
    const { administration, registry } = this.#props
    if (isSame(registry.devices.get(device.id), device)) {
      return { device, mqtt: undefined, wasThere: true, isMade: undefined, redecode: undefined }
    }
    if (registry.devices.has(device.id)) throw taken(device.id)
    const made = networkServer && (await this.#make(device, networkServer))
    try {
      await administration.reviseDevices(
        ({ devices }) => {
          if (devices.has(device.id)) throw taken(device.id)
          return [device]
        },
        author,
        'claim'
      )
    } catch (cause) {
      const left = await made?.undo()
      if (left === undefined) throw cause
      throw new SenError('SEN_CONNECTOR_FAILED', `claim device ${device.id}: ${messageOf(cause)}; ${left}`, { cause })
    }
    // Logins that an earlier device of this id left behind are not this one's.
    await administration.endDeviceLogins(device.id)
    const mqtt = wantsLogin ? await administration.deviceCredential(device.id, author) : undefined
    const redecode = await this.#readKept([device], author)
    return { device, mqtt, wasThere: false, isMade: made?.isNew, redecode }
  }

  /**
   * What devices sent before they were claimed is decoded again.
   *
   * @returns the number of the job; `undefined` if nothing of them was heard.
   */
  async #readKept(devices: readonly Device[], author: Author): Promise<number | undefined> {
    const heard = await this.store.unclaimed(devices.map(hardwareOf))
    if (heard.length === 0) return undefined
    const from = Math.min(...heard.map(({ firstSeenAt }) => firstSeenAt))
    const one = heard.length === 1 ? devices.find(device => hardwareOf(device) === heard[0]?.id) : undefined
    const { registry, redecodes } = this.#props
    const owner = devices[0] && registry.organisationOf(devices[0])
    // Of several devices: whatever else is unclaimed stays so.
    return redecodes.begin({ device: one?.id, reason: 'unclaimed' }, { from }, author, owner)
  }

  #make(device: Device, { connector, joinEui, appKey }: KeysFor): Promise<MadeDevice> {
    const { name, profile } = device
    return this.networkServers.make(connector, { devEui: hardwareOf(device), joinEui, appKey, name, profile })
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

function taken(id: string): SenError {
  return new SenError('SEN_CONFLICT', `claim device ${id}: it is registered`)
}

function isSame(present: Device | undefined, wanted: Device): boolean {
  if (!present) return false
  const entries = (device: Device) => JSON.stringify(Object.entries(device).sort(([a], [b]) => (a < b ? -1 : 1)))
  return entries(present) === entries(wanted)
}
