import { rootOrganisation } from '../model/registry.ts'
import type { Organisation } from '../model/registry.ts'

/**
 * The organisations of a set that are not there yet. One is there if its id is taken, or if a commune has its code under
 * another id; units of that one are put below it.
 *
 * @param set - parents before their units. @param present - what is registered, by id.
 */
export function organisationsMissing(
  set: readonly Organisation[],
  present: ReadonlyMap<string, Organisation>
): readonly Organisation[] {
  const communes = new Map(
    [...present.values()].flatMap(({ id, kind, commune }) => (kind === 'commune' && commune ? [[commune, id]] : []))
  )
  const presentId = ({ id, kind, commune = '' }: Organisation): string | undefined =>
    present.has(id) ? id : kind === 'commune' ? communes.get(commune) : undefined

  const others = new Map(set.map(one => [one.id, presentId(one)]))
  return set
    .filter(one => presentId(one) === undefined)
    .map(one => ({ ...one, parent: others.get(one.parent ?? '') ?? one.parent ?? rootOrganisation }))
}
