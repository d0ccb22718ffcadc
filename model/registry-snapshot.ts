import type { Calculation } from './calculation.ts'
import type { ConnectorMapping } from './connector-mapping.ts'
import { HardwareIndex } from './hardware-index.ts'
import type { ProfileVersion } from './profile.ts'
import type { Device, Gateway, Organisation, PlaceGroup, RegistryChange, Site } from './registry.ts'
import type { Rule } from './rule.ts'

/** A device, and whether another radio has taken this one's place. */
export interface HardwareOwner {
  readonly device: Device
  readonly isReplaced: boolean
}

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
  /** Versions of profiles that stand above those of the folders. */
  readonly profiles = new Map<string, ProfileVersion>()
  /** Device → metrics whose values are doubted. */
  readonly doubts = new Map<string, readonly string[]>()
  readonly rules = new Map<string, Rule>()
  readonly calculations = new Map<string, Calculation>()
  readonly #hardware = new HardwareIndex()
  /** By the connector's name. */
  readonly connectorMappings = new Map<string, ConnectorMapping>()

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
        this.#hardware.replace(this.devices.get(change.device.id), change.device)
        this.devices.set(change.device.id, change.device)
        return
      case 'doubts':
        if (change.metrics.length > 0) this.doubts.set(change.device, change.metrics)
        else this.doubts.delete(change.device)
        return
      case 'device-removed':
        this.#hardware.replace(this.devices.get(change.id), undefined)
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
      case 'profile':
        this.profiles.set(change.version.profile.id, change.version)
        return
      case 'profile-removed':
        this.profiles.delete(change.id)
        return
      case 'connector-mapping':
        this.connectorMappings.set(change.mapping.id, change.mapping)
        return
      case 'connector-mapping-removed':
        this.connectorMappings.delete(change.id)
        return
      case 'rule':
        this.rules.set(change.rule.id, change.rule)
        return
      case 'rule-removed':
        this.rules.delete(change.id)
        return
      case 'calculation':
        this.calculations.set(change.calculation.id, change.calculation)
        return
      case 'calculation-removed':
        this.calculations.delete(change.id)
        return
      default:
        change satisfies never
    }
  }

  /**
   * For which device a radio speaks, or spoke.
   *
   * @param hardware - DevEUI of a LoRaWAN device, else the id that the topic names.
   * @returns `undefined` if none ever has.
   */
  deviceOf(hardware: string): HardwareOwner | undefined {
    const speaking = this.devices.get(this.#hardware.speaksFor(hardware) ?? '')
    if (speaking) return { device: speaking, isReplaced: false }
    const own = this.devices.get(hardware)
    if (own) return { device: own, isReplaced: own.hardware !== undefined && own.hardware !== hardware }
    const former = this.devices.get(this.#hardware.spokeFor(hardware) ?? '')
    return former && { device: former, isReplaced: true }
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
