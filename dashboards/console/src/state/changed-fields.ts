export interface ChangedField {
  readonly field: string
  readonly before: string
  readonly after: string
}

/**
 * What differs between two JSON values, field by field, for people to read. Values that are no objects are one field without a name.
 *
 * @returns in the order of the fields; what is missing on one side is `–`.
 */
export function changedFields(before: unknown, after: unknown): readonly ChangedField[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)]
  const names = new Set([...old.keys(), ...fresh.keys()])
  return [...names]
    .map(field => ({ field, before: old.get(field) ?? '–', after: fresh.get(field) ?? '–' }))
    .filter(change => change.before !== change.after)
}

function fieldsOf(value: unknown): ReadonlyMap<string, string> {
  if (value === undefined || value === null) return new Map()
  if (typeof value !== 'object' || Array.isArray(value)) return new Map([['', written(value)]])
  return new Map(Object.entries(value).map(([name, one]) => [name, written(one)]))
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '–')
}
