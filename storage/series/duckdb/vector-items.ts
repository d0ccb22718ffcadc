import type { DuckDBVector } from '@duckdb/node-api'

type TypedArray = Float64Array | BigInt64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array

/**
 * The typed array behind a fixed-width vector, to read or fill without a call a value. After filling, call `flush`.
 *
 * The library keeps it private, though it is the only fast way; the check finds out if a new version changes it.
 * @param kind - the constructor of the array that belongs to the column's type.
 * @throws TypeError if the vector has no such array.
 */
export function itemsOf<T extends TypedArray>(vector: DuckDBVector, kind: new (length: number) => T): T {
  const items: unknown = Reflect.get(vector, 'items')
  if (items instanceof kind) return items
  throw new TypeError(`read column of type ${vector.type}: its items are not a ${kind.name}`)
}

/**
 * How a query names the column of words for `textAt`. The engine behind the library's strings takes a leading U+FEFF for a
 * byte order mark and drops it, so something else is put before it.
 */
export const guardedText = "'.' || text"

/** The words in row `row` of a column that was selected as `guardedText`. */
export function textAt(vector: DuckDBVector, row: number): string {
  return String(vector.getItem(row)).slice(1)
}
