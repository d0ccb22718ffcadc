/**
 * Cuts a list into pieces of at most `size`, so that a statement stays below the number of parameters a database takes
 * (SQLite: 32,766; PostgreSQL: 65,535).
 */
export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
