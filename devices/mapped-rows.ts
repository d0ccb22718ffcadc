import type { RefusalReason } from './mapped-field.ts'
import type { ProfileMapping } from './mapping.ts'

export interface MappedRow {
  readonly metric: string
  readonly value: number | boolean | string
  /** The entry's own time, ms since the epoch, UTC; NaN where it could not be read. */
  readonly time?: number
}

export interface MappedObject {
  readonly rows: readonly MappedRow[]
  readonly refused: readonly { readonly field: string; readonly reason: RefusalReason }[]
  readonly unmapped: readonly string[]
}

/** A mapping's findings as objects: for examples, tools and tests, where clarity counts more than speed. */
export function mappedRows(mapping: ProfileMapping, decoded: unknown): MappedObject {
  const rows: MappedRow[] = []
  const refused: { field: string; reason: RefusalReason }[] = []
  const unmapped: string[] = []
  mapping.map(decoded, {
    value(index, value, time) {
      const { name, kind } = mapping.metrics[index] ?? { name: '', kind: 'number' }
      rows.push({ metric: name, value: kind === 'boolean' ? value === 1 : value, ...(time !== undefined && { time }) })
    },
    refused: (field, reason) => {
      refused.push({ field, reason })
    },
    unmapped: field => {
      unmapped.push(field)
    }
  })
  return { rows, refused, unmapped }
}
