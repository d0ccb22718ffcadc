/** Fields to change: what is left out stays, `null` takes an optional field away. */
export type MergePatch<T> = { readonly [K in keyof T]?: T[K] | null | undefined }

/**
 * What comes of a thing when some of its fields change (RFC 7396, one level deep: a field's value is replaced whole).
 * The caller's schema makes a `T` of it again.
 */
export function merged<T extends object>(present: T, patch: MergePatch<T>): Readonly<Record<string, unknown>> {
  const isKept = ([, value]: readonly [string, unknown]): boolean => value !== null && value !== undefined
  const changes = Object.entries(patch).filter(([, value]) => value !== undefined)
  return Object.fromEntries(Object.entries({ ...present, ...Object.fromEntries(changes) }).filter(isKept))
}
