import type { Device, RegistryChange } from '../../model/registry.ts'

/** What a change of a device was, for people; a change of several things is the first of these that fits. */
export type DeviceEventKind =
  'registered' | 'removed' | 'decommissioned' | 'recommissioned' | 'replaced' | 'moved' | 'changed'

export interface DeviceEvent {
  /** ms since the epoch, UTC. */
  readonly at: number
  readonly kind: DeviceEventKind
  /** The device as it was then; `undefined` once it is removed. */
  readonly device: Device | undefined
  readonly before: Device | undefined
}

interface Change {
  readonly at: number
  readonly change: RegistryChange
}

/** A device's life, oldest first, told by the changes of the registry. @param changes - of this device only, in order. */
export function historyOf(changes: readonly Change[]): readonly DeviceEvent[] {
  let before: Device | undefined
  return changes.map(({ at, change }) => {
    const device = change.kind === 'device' ? change.device : undefined
    const event = { at, kind: kindOf(before, device), device, before }
    before = device
    return event
  })
}

function kindOf(before: Device | undefined, after: Device | undefined): DeviceEventKind {
  if (!after) return 'removed'
  if (!before) return 'registered'
  if (before.decommissionedAt === undefined && after.decommissionedAt !== undefined) return 'decommissioned'
  if (before.decommissionedAt !== undefined && after.decommissionedAt === undefined) return 'recommissioned'
  if (unitOf(before) !== unitOf(after)) return 'replaced'
  return before.site === after.site ? 'changed' : 'moved'
}

/** What tells one piece of hardware from the one that takes its place. */
function unitOf({ id, hardware, externalIds }: Device): string {
  return JSON.stringify([hardware ?? id, externalIds?.['serial']])
}
