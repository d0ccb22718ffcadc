import { SenError } from '../model/errors.ts'
import type { Device, RegistryChange } from '../model/registry.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'

/** @returns the radio that speaks for the device. */
export function hardwareOf({ id, hardware }: Pick<Device, 'id' | 'hardware'>): string {
  return hardware ?? id
}

/**
 * Says no to a radio that would speak for two devices, among the changes or with what is registered.
 *
 * @throws SenError `SEN_CONFLICT`, naming the radio and the device that has it.
 */
export function refuseTakenHardware(changes: readonly RegistryChange[], registry: RegistrySnapshot): void {
  const after = new Map<string, Device | undefined>()
  for (const change of changes) {
    if (change.kind === 'device') after.set(change.device.id, change.device)
    if (change.kind === 'device-removed') after.set(change.id, undefined)
  }
  const owners = new Map<string, string>()
  for (const device of after.values()) {
    if (!device) continue
    const hardware = hardwareOf(device)
    const holder = owners.get(hardware) ?? holderAmongOthers(registry, hardware, after)
    if (holder !== undefined) {
      throw new SenError(
        'SEN_CONFLICT',
        `change device ${device.id}: ${hardware} speaks for device ${holder} already`,
        {
          hint: `Move, replace or decommission device ${holder}, or undo what was done last.`
        }
      )
    }
    owners.set(hardware, device.id)
  }
}

/** Who speaks by this radio of those that the changes leave as they are. */
function holderAmongOthers(
  registry: RegistrySnapshot,
  hardware: string,
  changed: ReadonlyMap<string, unknown>
): string | undefined {
  const owner = registry.deviceOf(hardware)
  return owner === undefined || owner.isReplaced || changed.has(owner.device.id) ? undefined : owner.device.id
}
