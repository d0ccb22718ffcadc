import type { Device, Organisation, RegistryChange, Site } from './registry.ts'

/**
 * The registry in memory: what every thread knows of organisations, sites and devices.
 * It is a fold of the changes of the raw log in order, so it is the registry *at a raw position*.
 */
export class RegistrySnapshot {
  readonly organisations = new Map<string, Organisation>()
  readonly sites = new Map<string, Site>()
  readonly devices = new Map<string, Device>()

  constructor(changes: Iterable<RegistryChange> = []) {
    for (const change of changes) this.apply(change)
  }

  apply(change: RegistryChange): void {
    switch (change.kind) {
      case 'organisation':
        this.organisations.set(change.organisation.id, change.organisation)
        return
      case 'site':
        this.sites.set(change.site.id, change.site)
        return
      case 'device':
        this.devices.set(change.device.id, change.device)
        return
      case 'device-removed':
        this.devices.delete(change.id)
        return
      default:
        change satisfies never
    }
  }

  /** @returns the organisation that owns the device now, or `undefined` if the device or its site is unknown. */
  organisationOf(device: Device): string | undefined {
    return this.sites.get(device.site)?.organisation
  }
}
