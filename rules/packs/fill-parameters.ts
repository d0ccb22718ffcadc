/** Values by key; `null` or left out: nobody knows it. */
export type ParameterValues = Readonly<Record<string, unknown>>

export type Filled =
  | { readonly kind: 'filled'; readonly value: unknown }
  /** It names parameters of which no value is known. */
  | { readonly kind: 'open'; readonly keys: readonly string[] }

/** `$bd1`, or one less or more another: `$bd1 - $clearBy`. */
const reference = /^\$([A-Za-z][A-Za-z0-9]*)(?: ([+-]) \$([A-Za-z][A-Za-z0-9]*))?$/

/** @returns every parameter that a part of a pack names. */
export function keysIn(part: unknown): ReadonlySet<string> {
  return new Set(referencesIn(part).flatMap(([, a, , b]) => (b === undefined ? [a ?? ''] : [a ?? '', b])))
}

/**
 * Puts values where a part of a pack says `$key`.
 *
 * @returns `open` with what is lacking, where anything is.
 * @throws TypeError if something that is not a number is to be added.
 */
export function filled(part: unknown, values: ParameterValues): Filled {
  const open = [...keysIn(part)].filter(key => values[key] === undefined || values[key] === null)
  if (open.length > 0) return { kind: 'open', keys: open }
  return { kind: 'filled', value: valueOf(part, values) }
}

function valueOf(part: unknown, values: ParameterValues): unknown {
  if (typeof part === 'string') {
    const [found, a = '', sign, b = ''] = reference.exec(part) ?? []
    if (found === undefined) return part
    return sign === undefined ? values[a] : sum(a, sign, b, values)
  }
  if (Array.isArray(part)) return part.map(one => valueOf(one, values))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, valueOf(one, values)]))
}

function sum(a: string, sign: string, b: string, values: ParameterValues): number {
  const [x, y] = [values[a], values[b]]
  if (typeof x !== 'number' || typeof y !== 'number') throw new TypeError(`$${a} ${sign} $${b}: must be numbers`)
  // 5.4 - 0.1 is 5.3 to people.
  return Number((sign === '+' ? x + y : x - y).toFixed(6))
}

function referencesIn(part: unknown): readonly RegExpExecArray[] {
  if (typeof part === 'string') return [reference.exec(part) ?? []].flatMap(found => ('index' in found ? [found] : []))
  if (typeof part !== 'object' || part === null) return []
  return Object.values(part).flatMap(referencesIn)
}
