import { communes } from '../../devices/places/communes.ts'
import { SenError } from '../../model/errors.ts'
import type { Site } from '../../model/registry.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { mayRead } from './actor.ts'
import { objectOfOrganisation, objectOfSite } from './objects.ts'

/** Sites by what they belong to; nothing named means every site the actor may see. */
export interface SiteChoice {
  readonly site?: string | undefined
  /** With all below it. */
  readonly organisation?: string | undefined
  /** A commune's code, or the id of a group of communes. */
  readonly place?: string | undefined
}

/**
 * The sites that the choice names and the actor may see, by id.
 *
 * @throws SenError `SEN_NOT_FOUND` if a site or organisation is named that the actor cannot see, or a place that is none.
 */
export function chosenSites(services: Services, actor: Actor, choice: SiteChoice): ReadonlyMap<string, Site> {
  const { registry } = services
  const visible = visibleSites(services, actor)
  if (choice.site !== undefined && !visible.has(choice.site)) throw missing('site', choice.site)
  if (choice.organisation !== undefined && !isVisible(services, actor, choice.organisation))
    throw missing('organisation', choice.organisation)
  const inPlace = choice.place === undefined ? undefined : communesOf(services, actor, choice.place)

  const isChosen = (site: Site): boolean =>
    (choice.site === undefined || site.id === choice.site) &&
    (choice.organisation === undefined || isWithin(site.organisation, choice.organisation, registry.organisations)) &&
    (inPlace === undefined || inPlace.has(registry.communeOf(site) ?? ''))
  return new Map([...visible].filter(([, site]) => isChosen(site)))
}

/** Every site the actor may see, by id. */
export function visibleSites(services: Services, actor: Actor): ReadonlyMap<string, Site> {
  return new Map(
    [...services.registry.sites].filter(([, site]) => mayRead(services, actor, objectOfSite(services, actor, site)))
  )
}

/**
 * The codes of the communes that make a place.
 *
 * @throws SenError `SEN_NOT_FOUND` if it is no group, and no commune that Sen knows or in which the actor sees a site.
 */
export function communesOf(services: Services, actor: Actor, place: string): ReadonlySet<string> {
  const { registry } = services
  const group = registry.placeGroups.get(place)
  if (group) return new Set(group.communes)
  const isKnown = communes.has(place) || codesInUse(services, actor).has(place)
  if (isKnown) return new Set([place])
  throw missing('place', place)
}

/** Codes of the communes in which the actor sees sites, or that organisations it sees have. */
function codesInUse(services: Services, actor: Actor): ReadonlySet<string | undefined> {
  const { registry } = services
  return new Set([
    ...[...visibleSites(services, actor).values()].map(site => registry.communeOf(site)),
    ...[...registry.organisations.values()].filter(({ id }) => isVisible(services, actor, id)).map(one => one.commune)
  ])
}

function isVisible(services: Services, actor: Actor, organisation: string): boolean {
  const object = objectOfOrganisation(services, actor, organisation)
  return services.registry.organisations.has(organisation) && mayRead(services, actor, object)
}

function missing(kind: string, id: string): SenError {
  return new SenError('SEN_NOT_FOUND', `find ${kind} ${id}: there is none`)
}
