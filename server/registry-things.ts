import type { Calculation } from '../model/calculation.ts'
import type { Gateway, Organisation, PlaceGroup, RegistryChange, Site } from '../model/registry.ts'
import type { Rule } from '../model/rule.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'

/** The things of the registry that are added, revised and removed alike. (Devices are not: they have logins.) */
export interface RegistryThings {
  readonly organisation: Organisation
  readonly site: Site
  readonly gateway: Gateway
  readonly 'place-group': PlaceGroup
  readonly rule: Rule
  readonly calculation: Calculation
}
export type ThingKind = keyof RegistryThings

/** How one kind of thing is found and changed. */
interface ThingRules<T> {
  readonly word: string
  /** All there are, by id. */
  readonly of: (registry: RegistrySnapshot) => ReadonlyMap<string, T>
  readonly set: (thing: T) => RegistryChange
  readonly removed: (id: string) => RegistryChange
}

/** How each kind of thing is found and changed. */
export const thingRules: { readonly [K in ThingKind]: ThingRules<RegistryThings[K]> } = {
  organisation: {
    word: 'organisation',
    of: ({ organisations }) => organisations,
    set: organisation => ({ kind: 'organisation', organisation }),
    removed: id => ({ kind: 'organisation-removed', id })
  },
  site: {
    word: 'site',
    of: ({ sites }) => sites,
    set: site => ({ kind: 'site', site }),
    removed: id => ({ kind: 'site-removed', id })
  },
  gateway: {
    word: 'gateway',
    of: ({ gateways }) => gateways,
    set: gateway => ({ kind: 'gateway', gateway }),
    removed: id => ({ kind: 'gateway-removed', id })
  },
  'place-group': {
    word: 'place group',
    of: ({ placeGroups }) => placeGroups,
    set: placeGroup => ({ kind: 'place-group', placeGroup }),
    removed: id => ({ kind: 'place-group-removed', id })
  },
  rule: {
    word: 'rule',
    of: ({ rules }) => rules,
    set: rule => ({ kind: 'rule', rule }),
    removed: id => ({ kind: 'rule-removed', id })
  },
  calculation: {
    word: 'calculation',
    of: ({ calculations }) => calculations,
    set: calculation => ({ kind: 'calculation', calculation }),
    removed: id => ({ kind: 'calculation-removed', id })
  }
}

/** @returns the changes that remove a device: what is doubted of its values is not doubted of a later one of the same id. */
export function removalOf(id: string, { doubts }: Pick<RegistrySnapshot, 'doubts'>): readonly RegistryChange[] {
  const undoubted = doubts.has(id) ? [{ kind: 'doubts' as const, device: id, metrics: [] }] : []
  return [...undoubted, { kind: 'device-removed', id }]
}
