/** Numbers this close, relative to their size, count as equal: codecs compute in floating point. */
const tolerance = 1e-9

/**
 * Compares what a codec answered with what an example expects: as JSON, key order ignored, numbers within 1e-9.
 *
 * @returns where the first difference is and what stands there, or `undefined` if they are alike.
 */
export function likeness(actual: unknown, expected: unknown): string | undefined {
  return differenceAt(asJson(actual), asJson(expected), '')
}

function asJson(value: unknown): unknown {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

function differenceAt(actual: unknown, expected: unknown, path: string): string | undefined {
  if (typeof actual === 'number' && typeof expected === 'number') {
    const isNear = Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(actual), Math.abs(expected))
    return isNear ? undefined : described(actual, expected, path)
  }
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    return actual === expected ? undefined : described(actual, expected, path)
  }
  const others = new Map(Object.entries(actual))
  for (const [key, value] of Object.entries(expected)) {
    const difference = differenceAt(others.get(key), value, `${path}.${key}`)
    if (difference !== undefined) return difference
    others.delete(key)
  }
  const [extra] = others
  return extra && described(extra[1], undefined, `${path}.${extra[0]}`)
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function described(actual: unknown, expected: unknown, path: string): string {
  return `${path} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`
}
