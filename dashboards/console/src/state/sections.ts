import type { RouteName } from './route.ts'

/** The pages of the navigation, in its order, and which of the actor's actions opens each. */
export const sections = [
  { name: 'live', href: '#/', action: 'read' },
  { name: 'quarantine', href: '#/quarantine', action: 'observe-system' },
  { name: 'gateways', href: '#/gateways', action: 'read' },
  { name: 'rules', href: '#/rules', action: 'read' },
  { name: 'observations', href: '#/observations', action: 'observe' },
  { name: 'unclaimed', href: '#/unclaimed', action: 'manage-devices' },
  { name: 'people', href: '#/people', action: 'manage-people' },
  { name: 'roles', href: '#/roles', action: 'manage-people' },
  { name: 'tokens', href: '#/tokens', action: 'manage-tokens' },
  { name: 'displays', href: '#/displays', action: 'manage-people' },
  { name: 'connections', href: '#/connections', action: 'manage-connections' },
  { name: 'audit', href: '#/audit', action: 'read-audit' }
] as const

/** Pages that are reached from one of the navigation. */
const above: Readonly<Partial<Record<RouteName, SectionName>>> = {
  person: 'people',
  delivery: 'unclaimed',
  rule: 'rules',
  'new-rule': 'rules',
  'rule-packs': 'rules'
}

export type SectionName = (typeof sections)[number]['name']

/** @returns the pages of the navigation that these actions open. */
export function sectionsFor(actions: readonly string[]) {
  return sections.filter(({ action }) => actions.includes(action))
}

/** @returns the page of the navigation that this route belongs to, if any. */
export function sectionOf(route: RouteName): (typeof sections)[number] | undefined {
  const name = above[route] ?? route
  return sections.find(section => section.name === name)
}
