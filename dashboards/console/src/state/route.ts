/** Pages that need no parameter. */
const plain = [
  'sign-in',
  'setup',
  'enrol',
  'unlock',
  'display',
  'account',
  'gateways',
  'observations',
  'people',
  'quarantine',
  'rules',
  'new-rule',
  'rule-packs',
  'roles',
  'tokens',
  'unclaimed',
  'delivery',
  'displays',
  'connections',
  'audit'
] as const

/** Which page is shown. The secret of an invitation stays in the fragment, which browsers never send. */
export type Route =
  | { readonly name: 'live' | 'unknown' | Exclude<(typeof plain)[number], 'enrol'> }
  | { readonly name: 'enrol'; readonly secret: string | undefined }
  | { readonly name: 'person' | 'device' | 'rule'; readonly id: string }

export type RouteName = Route['name']

/** @param hash - the page's fragment, with or without `#`. Fragments that are no path are places within the live page. */
export function routeOf(hash: string): Route {
  const fragment = hash.replace(/^#/, '')
  if (!fragment.startsWith('/')) return { name: 'live' }
  const [path = '', query = ''] = fragment.slice(1).split('?', 2)
  if (path === '') return { name: 'live' }
  if (path === 'enrol') return { name: 'enrol', secret: new URLSearchParams(query).get('k') || undefined }

  const person = /^people\/([^/]+)$/.exec(path)?.[1]
  if (person !== undefined) return { name: 'person', id: decoded(person) }
  const device = /^devices\/([^/]+)$/.exec(path)?.[1]
  if (device !== undefined) return { name: 'device', id: decoded(device) }
  const rule = /^rules\/([^/]+)$/.exec(path)?.[1]
  if (rule !== undefined) return { name: 'rule', id: decoded(rule) }
  const name = plain.filter(one => one !== 'enrol').find(one => one === path)
  return { name: name ?? 'unknown' }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** @returns the fragment that shows this device. */
export function deviceHref(id: string): string {
  return `#/devices/${encodeURIComponent(id)}`
}

/** @returns the fragment that shows this rule. */
export function ruleHref(id: string): string {
  return `#/rules/${encodeURIComponent(id)}`
}

/** @returns the fragment that shows this person. */
export function personHref(id: string): string {
  return `#/people/${encodeURIComponent(id)}`
}
