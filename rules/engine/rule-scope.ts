import type { Device, Site } from '../../model/registry.ts'
import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Rule } from '../../model/rule.ts'
import { distanceKm } from './conditions/of-places.ts'

/** Neighbours that a device is compared with, at most: the nearest. */
const mostNeighbours = 30

/** Says which devices a rule watches, by what the registry says when it is made: it is thrown away with the next change. */
export class RuleScope {
  readonly #rule: Rule
  readonly #registry: RegistrySnapshot
  #bySite: ReadonlyMap<string, readonly Device[]> | undefined

  constructor(rule: Rule, registry: RegistrySnapshot) {
    this.#rule = rule
    this.#registry = registry
  }

  /** @returns the rule's own device: of its organisation or one below it, in service. */
  isOwn(device: Device): boolean {
    return device.decommissionedAt === undefined && this.#isBelow(this.#registry.organisationOf(device))
  }

  watches(device: Device): boolean {
    const { sites, devices, profiles, tags } = this.#rule.scope
    if (sites && !sites.includes(device.site)) return false
    if (devices && !devices.includes(device.id)) return false
    if (profiles && !profiles.includes(device.profile)) return false
    if (tags && !device.tags?.some(tag => tags.includes(tag))) return false
    return this.isOwn(device)
  }

  /** @returns the devices that an alarm about this subject is found from; none: the rule does not watch it. */
  devicesOf(subject: string): readonly string[] {
    const { devices, sites } = this.#registry
    if (this.#rule.per === 'device') {
      const device = devices.get(subject)
      return device && this.watches(device) ? [subject] : []
    }
    if (!sites.has(subject)) return []
    const found: string[] = []
    for (const device of devices.values()) if (device.site === subject && this.watches(device)) found.push(device.id)
    return found.sort()
  }

  /** @returns every subject that the rule watches, with its devices, in the order of their ids. */
  subjects(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>()
    for (const device of this.#registry.devices.values()) {
      if (!this.watches(device)) continue
      const subject = this.#rule.per === 'device' ? device.id : device.site
      const devices = found.get(subject)
      if (devices) devices.push(device.id)
      else found.set(subject, [device.id])
    }
    const byId = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
    return new Map(byId.map(([subject, devices]) => [subject, devices.sort()]))
  }

  /** @returns the rule's own devices at the device's site, or within the radius of where it stands, in the order of their ids. */
  neighbours(id: string, radiusKm: number | undefined): readonly string[] {
    const device = this.#registry.devices.get(id)
    if (!device) return []
    const place = positionOf(device, this.#registry.sites.get(device.site))
    const near: { id: string; km: number }[] = []
    const others = radiusKm === undefined ? this.#ownAt(device.site) : [...this.#own().values()].flat()
    for (const other of others) {
      if (other.id === id) continue
      const at = radiusKm === undefined ? undefined : positionOf(other, this.#registry.sites.get(other.site))
      const km = radiusKm === undefined ? 0 : place && at ? distanceKm(place, at) : Number.POSITIVE_INFINITY
      if (km <= (radiusKm ?? 0)) near.push({ id: other.id, km })
    }
    near.sort((a, b) => a.km - b.km || (a.id < b.id ? -1 : 1))
    return near.slice(0, mostNeighbours).map(one => one.id)
  }

  #ownAt(site: string): readonly Device[] {
    return this.#own().get(site) ?? []
  }

  /** The rule's own devices by site. */
  #own(): ReadonlyMap<string, readonly Device[]> {
    if (this.#bySite) return this.#bySite
    const bySite = new Map<string, Device[]>()
    for (const device of this.#registry.devices.values()) {
      if (!this.isOwn(device)) continue
      const known = bySite.get(device.site)
      if (known) known.push(device)
      else bySite.set(device.site, [device])
    }
    return (this.#bySite = bySite)
  }

  #isBelow(organisation: string | undefined): boolean {
    let id = organisation
    // A tree that was made wrong has no root to arrive at.
    for (let depth = 0; id !== undefined && depth < 100; depth++) {
      if (id === this.#rule.organisation) return true
      id = this.#registry.organisations.get(id)?.parent
    }
    return false
  }
}

function positionOf(device: Device, site: Site | undefined): readonly [number, number] | undefined {
  const position = device.mounting?.position ?? site?.position
  return position && [position.latitude, position.longitude]
}
