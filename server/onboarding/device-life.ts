import { historyOf } from '../../devices/onboarding/device-history.ts'
import type { DeviceEvent } from '../../devices/onboarding/device-history.ts'
import type { Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Device } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { OnboardingStore } from '../../storage/state/onboarding-store.ts'
import type { Administration, NewCredential } from '../administration.ts'
import { hardwareOf } from '../hardware-check.ts'

interface DeviceLifeProps {
  readonly administration: Administration
  readonly store: Pick<OnboardingStore, 'deviceChanges'>
  readonly clock: Clock
}

/** What takes the place of a broken sensor. */
export interface Replacement {
  /** DevEUI of the new one, for a LoRaWAN device. */
  readonly hardware?: string | undefined
  /** Serial number of the new one; it alone tells the units of a device that is no LoRaWAN device apart. */
  readonly serial?: string | undefined
}

/** What was done can be undone for so long. */
export const undoableMs = 24 * 60 * 60 * 1000

/** What is done with a device after it was claimed, until it is taken out of service. Each is a change of the registry. */
export class DeviceLife {
  readonly #props: DeviceLifeProps

  constructor(props: DeviceLifeProps) {
    this.#props = props
  }

  /** To another site. What it measured before belongs to whom it belonged to then. */
  move(id: string, site: string, author: Author): Promise<Device> {
    return this.#revise(id, author, 'move', present => {
      if (present.site === site)
        throw new SenError('SEN_CONFLICT', `move device ${id}: it stands at site ${site} already`)
      return { ...present, site }
    })
  }

  /**
   * Another piece of hardware goes on as the same device: its id, place and series stay. What the one before still sends is
   * set aside with reason `replaced`.
   *
   * @returns the device, and a new login if it had logins: those of the one before have ended.
   */
  async replace(
    id: string,
    { hardware, serial }: Replacement,
    author: Author
  ): Promise<{ readonly device: Device; readonly mqtt: NewCredential | undefined }> {
    const { administration } = this.#props
    const device = await this.#revise(id, author, 'replace', present => {
      if (hardware === undefined && serial === undefined)
        throw new SenError(
          'SEN_INPUT_INVALID',
          `replace device ${id}: neither the new DevEUI nor the new serial is given`
        )
      if (hardware === hardwareOf(present))
        throw new SenError('SEN_CONFLICT', `replace device ${id}: ${hardware} speaks for it already`)
      return {
        ...present,
        ...(hardware !== undefined && {
          hardware,
          formerHardware: [...formerOf(present, hardware), hardwareOf(present)]
        }),
        ...(serial !== undefined && { externalIds: { ...present.externalIds, serial } })
      }
    })
    if (administration.credentialsOf(id).length === 0) return { device, mqtt: undefined }
    await administration.endDeviceLogins(id)
    return { device, mqtt: await administration.deviceCredential(id, author) }
  }

  /** Out of service: its logins end, its data stay, what it still sends is set aside, nobody is told of its silence. */
  async decommission(id: string, author: Author): Promise<Device> {
    const { administration, clock } = this.#props
    const device = await this.#revise(id, author, 'decommission', present => {
      if (present.decommissionedAt !== undefined)
        throw new SenError('SEN_CONFLICT', `decommission device ${id}: it is since ${present.decommissionedAt}`)
      return { ...present, decommissionedAt: new Date(clock.now()).toISOString() }
    })
    await administration.endDeviceLogins(id)
    return device
  }

  /**
   * Puts back what the newest change of the device changed, for a day after it was made. Logins that ended stay ended.
   *
   * @returns what was undone; the device is there again as it was before, or gone if it had just been claimed.
   * @throws SenError `SEN_CONFLICT` if it is too late, or something has changed meanwhile.
   */
  async undo(id: string, author: Author): Promise<DeviceEvent> {
    const { administration, clock } = this.#props
    const newest = (await this.history(id)).at(-1)
    if (!newest?.device) throw new SenError('SEN_NOT_FOUND', `find device ${id}: there is none`)
    const isTooLate = clock.now() - newest.at > undoableMs
    if (isTooLate) {
      throw new SenError('SEN_CONFLICT', `undo change of device ${id}: it was made more than a day ago`, {
        hint: 'Move, replace or decommission it instead.'
      })
    }
    const { before } = newest
    if (before === undefined) await administration.removeDevice(id, author)
    else {
      await this.#revise(id, author, 'undo', present => {
        if (JSON.stringify(present) !== JSON.stringify(newest.device))
          throw new SenError('SEN_CONFLICT', `undo change of device ${id}: it has changed meanwhile`)
        return before
      })
    }
    return newest
  }

  /** Its life, oldest first. */
  async history(id: string): Promise<readonly DeviceEvent[]> {
    return historyOf(await this.#props.store.deviceChanges(id))
  }

  async #revise(id: string, author: Author, detail: string, revise: (present: Device) => Device): Promise<Device> {
    const work = ({ devices }: RegistrySnapshot) => {
      const present = devices.get(id)
      if (!present) throw new SenError('SEN_NOT_FOUND', `find device ${id}: there is none`)
      return [revise(present)]
    }
    const [device] = await this.#props.administration.reviseDevices(work, author, detail)
    if (!device) throw new SenError('SEN_INTERNAL', `change device ${id}: nothing stands`)
    return device
  }
}

/** One that comes back into service is no former one any more. */
function formerOf({ formerHardware = [] }: Device, hardware: string): readonly string[] {
  return formerHardware.filter(one => one !== hardware)
}
