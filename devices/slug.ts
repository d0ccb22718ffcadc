/** Longest id. */
const longest = 64

/**
 * Makes an id's part of a name: lower case, digits, "-". The vendor's name, where the model's begins with it, is left out.
 * `slugOf('Dragino LSE01 ®', 'Dragino')` → `lse01`.
 */
export function slugOf(name: string, vendor = ''): string {
  const slug = plain(name)
  const prefix = `${plain(vendor)}-`
  return prefix.length > 1 && slug.startsWith(prefix) ? slug.slice(prefix.length) : slug
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/đ/g, 'd')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '')
}
