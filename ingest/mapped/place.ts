/** What a message offers to who looks for something in it. */
export interface Surroundings {
  /** Words at the named levels of the topic. */
  readonly levels: ReadonlyMap<string, string>
  readonly message: unknown
  readonly entry: unknown
  /** Of the entry in the list or object that holds it. */
  readonly key: string
}

/** Finds a value; `undefined` where there is none. */
export type Finder = (from: Surroundings) => unknown
/** Makes a text; `undefined` where a part of it is not there, is very long, or is neither text nor a whole number. */
export type TextFinder = (from: Surroundings) => string | undefined

/** @param place - as `connectorMapping` of the model allows: `$.a.b`, `@.a.b`, `@key`. */
export function compilePlace(place: string): Finder {
  if (place === '@key') return ({ key }) => key
  const path = place.split('.').slice(1)
  return place.startsWith('$') ? ({ message }) => at(message, path) : ({ entry }) => at(entry, path)
}

/** No id, and no word that stands for one, is longer. */
const longestWord = 500

/** @param template - words with topic levels and places in braces. */
export function compileTemplate(template: string): TextFinder {
  const parts = template.split(/\{([^}]*)\}/).map((part, i) => (i % 2 === 0 ? () => part : inBraces(part)))
  return from => {
    let text = ''
    for (const part of parts) {
      const word = part(from)
      if (word === undefined || word.length > longestWord) return undefined
      text += word
    }
    return text
  }
}

/** Names of the topic levels that a template needs. */
export function levelsOf(template: string): readonly string[] {
  return [...template.matchAll(/\{([a-z][A-Za-z0-9]*)\}/g)].map(([, name = '']) => name)
}

function inBraces(name: string): TextFinder {
  if (!name.startsWith('$') && !name.startsWith('@')) return ({ levels }) => levels.get(name)
  const find = compilePlace(name)
  return from => {
    const found = find(from)
    if (typeof found === 'number') return Number.isSafeInteger(found) ? String(found) : undefined
    return typeof found === 'string' ? found : undefined
  }
}

/** Own keys only: a payload's `__proto__` and `constructor` are keys like others. */
function at(value: unknown, path: readonly string[]): unknown {
  let here = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Readonly<Record<string, unknown>>)[key]
  }
  return here
}
