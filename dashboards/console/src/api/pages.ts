import type { Http } from './http.ts'
import { type Parse, key, list, object, optional } from './shape.ts'

/** Part of a long list. `cursor` asks for what follows; absent: this is the end. */
export interface Slice<T> {
  readonly items: readonly T[]
  readonly cursor: string | undefined
}

/** @returns the part of a list that `path` answers. */
export function sliceOf<T>(parse: Parse<T>): Parse<Slice<T>> {
  return object({ items: list(parse), cursor: optional(key) })
}

/** Follows `cursor` until the list is complete. */
export async function wholeList<T>(
  http: Http,
  path: string,
  parse: Parse<T>,
  ask: { readonly signal: AbortSignal; readonly isBackground?: boolean }
): Promise<readonly T[]> {
  const slice = sliceOf(parse)
  const items: T[] = []
  for (let cursor: string | undefined; ;) {
    const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`
    const answer = slice(await http.get(path + query, ask), path)
    items.push(...answer.items)
    if (answer.cursor === undefined || answer.cursor === cursor) return items
    cursor = answer.cursor
  }
}

/** @returns `?name=value&…` without what is absent or empty. */
export function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  return query.size === 0 ? '' : `?${query}`
}
