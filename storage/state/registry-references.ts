import type { Organisation, RegistryChange } from '../../model/registry.ts'

/** A change that takes a thing away. */
export type RegistryRemoval = Extract<RegistryChange, { readonly id: string }>

/** @returns whether the change takes its thing away. */
export function isRemoval(change: RegistryChange): change is RegistryRemoval {
  return 'id' in change
}

/** The things that must be there for the change, as keys (see `thingOf`). */
export function referencesOf(change: RegistryChange): readonly string[] {
  switch (change.kind) {
    case 'organisation':
      return parentOf(change.organisation)
    case 'site':
      return [`organisation:${change.site.organisation}`]
    case 'device':
      return [`site:${change.device.site}`]
    case 'gateway':
      return [change.gateway.owner, ...change.gateway.sharedWith].map(id => `organisation:${id}`)
    case 'connector-mapping':
      return [`organisation:${change.mapping.organisation}`]
    case 'rule':
      return [`organisation:${change.rule.organisation}`]
    case 'calculation':
      return [`organisation:${change.calculation.organisation}`]
    // What a rule watches may go, and the rule watches it no more; so with calculations.
    case 'rule-removed':
    case 'calculation-removed':
    case 'place-group':
    // What was doubted of a device that has gone means nothing, and stands in nobody's way.
    case 'doubts':
    case 'organisation-removed':
    case 'site-removed':
    case 'device-removed':
    case 'gateway-removed':
    case 'place-group-removed':
    case 'profile':
    case 'profile-removed':
    case 'connector-mapping-removed':
      return []
    default:
      return change satisfies never
  }
}

/** The parent's key, in a list that is empty for an organisation without one. */
export function parentOf(organisation: Organisation): readonly string[] {
  return organisation.parent === undefined ? [] : [`organisation:${organisation.parent}`]
}

/** A key as people read it: `place-group:song-lam` is "place group song-lam". */
export function wordsOf(thing: string): string {
  const [kind = '', id = ''] = thing.split(':')
  return `${kind.replace('-', ' ')} ${id}`
}
