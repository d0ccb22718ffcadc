/** Reads a value that came from outside; throws a TypeError naming `path` if it is not what was expected. */
export type Parse<T> = (value: unknown, path: string) => T

function wrong(expected: string, value: unknown, path: string): TypeError {
  const found = JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
  return new TypeError(`read ${path}: expected ${expected}, found ${found}`)
}

export const text: Parse<string> = (value, path) => {
  if (typeof value === 'string') return value
  throw wrong('text', value, path)
}

export const number: Parse<number> = (value, path) => {
  if (typeof value === 'number') return value
  throw wrong('a number', value, path)
}

/** An id or a cursor: words or a whole number; words from here on. */
export const key: Parse<string> = (value, path) => {
  if (typeof value === 'string') return value
  if (Number.isSafeInteger(value)) return String(value)
  throw wrong('an id', value, path)
}

export const flag: Parse<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value
  throw wrong('true or false', value, path)
}

/** One of these texts and no other. */
export function oneOf<const T extends string>(...choices: readonly T[]): Parse<T> {
  return (value, path) => {
    const found = choices.find(choice => choice === value)
    if (found !== undefined) return found
    throw wrong(choices.join(' or '), value, path)
  }
}

/** A reading's value: a number, a claim or words. */
export const scalar: Parse<number | boolean | string> = (value, path) => {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value
  throw wrong('a number, true, false or text', value, path)
}

/** An ISO 8601 time. @returns ms since the epoch, UTC. */
export const instant: Parse<number> = (value, path) => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isFinite(at)) return at
  throw wrong('an ISO 8601 time', value, path)
}

/** Missing and `null` are the same: absent. */
export function optional<T>(parse: Parse<T>): Parse<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : parse(value, path))
}

export function list<T>(parse: Parse<T>): Parse<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong('a list', value, path)
    return value.map((item, index) => parse(item, `${path}[${index}]`))
  }
}

type Fields = Readonly<Record<string, Parse<unknown>>>
type Parsed<F extends Fields> = { readonly [K in keyof F]: ReturnType<F[K]> }

/** An object with at least these fields; others are left out, so that a newer server does not break an older page. */
export function object<F extends Fields>(fields: F): Parse<Parsed<F>> {
  const entries = Object.entries(fields)
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('an object', value, path)
    const found: Readonly<Record<string, unknown>> = { ...value }
    const parsed = entries.map(([name, parse]) => [name, parse(found[name], `${path}.${name}`)])
    // The compiler cannot follow Object.fromEntries back to the fields it was made of.
    return Object.fromEntries(parsed) as Parsed<F>
  }
}
