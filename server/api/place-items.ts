import { communes } from '../../devices/places/communes.ts'
import type { Commune } from '../../devices/places/communes.ts'
import type { GeoPosition, PlaceGroup } from '../../model/registry.ts'
import { kindOf } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { mayRead } from './actor.ts'
import { objectOfOrganisation } from './objects.ts'
import { visibleSites } from './site-choice.ts'

/** What of it the actor may see. */
interface PlaceCounts {
  readonly sites: number
  readonly devices: number
}

/** A commune or ward as `GET /places` says it; `id` is its code. */
export interface CommuneItem extends PlaceCounts {
  readonly id: string
  readonly kind: 'commune' | 'ward'
  readonly commune: string
  readonly name: string
  readonly fullName: string
  /** Centre of its area. */
  readonly position: GeoPosition
  readonly areaKm2: number
  /** Its own organisation, if the actor may see that. */
  readonly organisation?: string
}

/** A group of communes. Position and area are there if each of its communes is one that Sen knows. */
export interface PlaceGroupItem extends PlaceCounts, PlaceGroup {
  readonly kind: 'group'
  /** Centres of its communes, weighed by area. */
  readonly position?: GeoPosition
  readonly areaKm2?: number
}

/** Every commune and every group of communes, with what stands there that the actor may see. */
export function placeItems(services: Services, actor: Actor): readonly (CommuneItem | PlaceGroupItem)[] {
  const counts = countsByCommune(services, actor)
  const organisations = communeOrganisations(services, actor)
  return [
    ...[...communes.values()].map(commune => communeItem(commune, counts, organisations)),
    ...[...services.registry.placeGroups.values()].map(group => groupItem(group, counts))
  ]
}

/** One group of communes, with what stands there that the actor may see. */
export function placeGroupItem(services: Services, actor: Actor, group: PlaceGroup): PlaceGroupItem {
  return groupItem(group, countsByCommune(services, actor))
}

type Counts = ReadonlyMap<string, PlaceCounts>

function countsByCommune(services: Services, actor: Actor): Counts {
  const { registry } = services
  const devices = new Map<string, number>()
  for (const { site } of registry.devices.values()) devices.set(site, (devices.get(site) ?? 0) + 1)
  const counts = new Map<string, PlaceCounts>()
  for (const site of visibleSites(services, actor).values()) {
    const code = registry.communeOf(site)
    if (code === undefined) continue
    const before = counts.get(code) ?? nothing
    counts.set(code, { sites: before.sites + 1, devices: before.devices + (devices.get(site.id) ?? 0) })
  }
  return counts
}

const nothing: PlaceCounts = { sites: 0, devices: 0 }

/** The organisation that is the commune itself, by code; the first where there are several. */
function communeOrganisations(services: Services, actor: Actor): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const one of services.registry.organisations.values()) {
    if (kindOf(one) !== 'commune' || one.commune === undefined || found.has(one.commune)) continue
    if (mayRead(services, actor, objectOfOrganisation(services, actor, one.id))) found.set(one.commune, one.id)
  }
  return found
}

function communeItem(
  { code, name, fullName, kind, latitude, longitude, areaKm2 }: Commune,
  counts: Counts,
  organisations: ReadonlyMap<string, string>
): CommuneItem {
  const organisation = organisations.get(code)
  return {
    id: code,
    kind: kind === 'xã' ? 'commune' : 'ward',
    commune: code,
    name,
    fullName,
    position: { latitude, longitude },
    areaKm2,
    ...(organisation !== undefined && { organisation }),
    ...(counts.get(code) ?? nothing)
  }
}

function groupItem(group: PlaceGroup, counts: Counts): PlaceGroupItem {
  const parts = group.communes.map(code => counts.get(code) ?? nothing)
  return {
    ...group,
    kind: 'group',
    ...extent(
      group.communes.flatMap(code => communes.get(code) ?? []),
      group.communes.length
    ),
    sites: parts.reduce((sum, { sites }) => sum + sites, 0),
    devices: parts.reduce((sum, { devices }) => sum + devices, 0)
  }
}

/** Middle and area of communes together; nothing if not all `count` of them are known. */
function extent(known: readonly Commune[], count: number): Pick<PlaceGroupItem, 'position' | 'areaKm2'> {
  if (known.length < count) return {}
  const areaKm2 = known.reduce((sum, commune) => sum + commune.areaKm2, 0)
  const mean = (of: (commune: Commune) => number): number =>
    rounded(known.reduce((sum, commune) => sum + of(commune) * commune.areaKm2, 0) / areaKm2, 5)
  return {
    position: { latitude: mean(({ latitude }) => latitude), longitude: mean(({ longitude }) => longitude) },
    areaKm2: rounded(areaKm2, 2)
  }
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}
