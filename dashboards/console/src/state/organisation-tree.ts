import type { Organisation } from '../api/resources.ts'

export interface OrganisationNode {
  readonly id: string
  readonly name: string
  /** How many stand above it, as far as the session may see. */
  readonly depth: number
  /** Names of those above it, nearest first. */
  readonly above: readonly string[]
}

/**
 * Organisations in the order of a tree, siblings by name. One whose parent is unknown or that is its own ancestor stands at the top:
 * each appears exactly once.
 */
export function organisationTree(
  organisations: readonly Organisation[],
  order: (a: string, b: string) => number
): readonly OrganisationNode[] {
  const known = new Set(organisations.map(({ id }) => id))
  const byName = organisations.toSorted((a, b) => order(a.name, b.name) || order(a.id, b.id))
  const children = Map.groupBy(byName, ({ parent }) => (parent !== undefined && known.has(parent) ? parent : undefined))
  const nodes: OrganisationNode[] = []
  const placed = new Set<string>()
  const place = (one: Organisation, above: readonly string[]): void => {
    if (placed.has(one.id)) return
    placed.add(one.id)
    nodes.push({ id: one.id, name: one.name, depth: above.length, above })
    for (const child of children.get(one.id) ?? []) place(child, [one.name, ...above])
  }
  for (const top of children.get(undefined) ?? []) place(top, [])
  for (const looped of byName) place(looped, [])
  return nodes
}
