import type { RegistryChange } from '../../model/registry.ts'

type OrganisationChange = Extract<RegistryChange, { readonly kind: 'organisation' }>

/**
 * Orders changes, one a thing, so that each stands after what it refers to: organisations with parents before children,
 * sites, everything else. Otherwise the given order stays.
 */
export function inApplicableOrder(changes: readonly RegistryChange[]): readonly RegistryChange[] {
  return [
    ...parentsFirst(changes.filter(change => change.kind === 'organisation')),
    ...changes.filter(change => change.kind === 'site'),
    ...changes.filter(change => change.kind !== 'organisation' && change.kind !== 'site')
  ]
}

function parentsFirst(changes: readonly OrganisationChange[]): readonly OrganisationChange[] {
  const waiting = new Map(changes.map(change => [change.organisation.id, change]))
  const ordered: OrganisationChange[] = []
  for (const { organisation } of changes) {
    const line: OrganisationChange[] = []
    let next = waiting.get(organisation.id)
    while (next !== undefined) {
      waiting.delete(next.organisation.id)
      line.push(next)
      next = next.organisation.parent === undefined ? undefined : waiting.get(next.organisation.parent)
    }
    ordered.push(...line.reverse())
  }
  return ordered
}
