import type { Device, Gateway, Organisation, PlaceGroup, RegistryChange, Site } from './registry.ts'

/**
 * The registry in memory: what every thread knows of organisations, sites, devices, gateways and places.
 * It is a fold of the changes of the raw log in order, so it is the registry *at a raw position*.
 */
export class RegistrySnapshot {
  readonly organisations = new Map<string, Organisation>()
  readonly sites = new Map<string, Site>()
  readonly devices = new Map<string, Device>()
  readonly gateways = new Map<string, Gateway>()
  readonly placeGroups = new Map<string, PlaceGroup>()

  constructor(changes: Iterable<RegistryChange> = []) {
    for (const change of changes) this.apply(change)
  }

  apply(change: RegistryChange): void {
    switch (change.kind) {
      case 'organisation':
        this.organisations.set(change.organisation.id, change.organisation)
        return
      case 'organisation-removed':
        this.organisations.delete(change.id)
        return
      case 'site':
        this.sites.set(change.site.id, change.site)
        return
      case 'site-removed':
        this.sites.delete(change.id)
        return
      case 'device':
        this.devices.set(change.device.id, change.device)
        return
      case 'device-removed':
        this.devices.delete(change.id)
        return
      case 'gateway':
        this.gateways.set(change.gateway.id, change.gateway)
        return
      case 'gateway-removed':
        this.gateways.delete(change.id)
        return
      case 'place-group':
        this.placeGroups.set(change.placeGroup.id, change.placeGroup)
        return
      case 'place-group-removed':
        this.placeGroups.delete(change.id)
        return
      default:
        change satisfies never
    }
  }

  /** @returns the organisation that owns the device now, or `undefined` if the device or its site is unknown. */
  organisationOf(device: Device): string | undefined {
    return this.sites.get(device.site)?.organisation
  }

  /** @returns the code of the commune in which the site stands: its own, or where it says none, that of its owner. */
  communeOf(site: Site): string | undefined {
    return site.commune ?? this.organisations.get(site.organisation)?.commune
  }
}
