import { metricCatalogue } from '../../model/metric.ts'
import { knownNames, normalisedFields, plainName } from './known-fields.ts'
import type { KnownField } from './known-fields.ts'

/** What a codec said of one payload, and what its `normalizeUplink` made of it. */
export interface DecodedSample {
  readonly data: unknown
  /** One moment, or a list of them; `undefined` where the codec has no such function. */
  readonly normalised: unknown
}

/** A mapping to begin with. */
export interface FieldProposal {
  /** As in `profile.yaml`: field → metric, with its scale where that is not 1. */
  readonly fields: Readonly<Record<string, string | KnownField>>
  /** Fields that nothing says enough about: for a person to map. Sorted. */
  readonly unknown: readonly string[]
}

/** Codecs round, and one unit is a power of ten of another. */
const scales = [1, 0.001, 0.01, 0.1, 10, 100, 1000]
const tolerance = 1e-6

/**
 * Proposes which fields of a codec's answer are which metrics. First by evidence: a field whose number is, in every sample,
 * that of one normalised field. Else by name (`knownNames`), where every value is plausible for the metric.
 * Nothing is guessed, and no metric is given twice.
 */
export function proposeFields(samples: readonly DecodedSample[]): FieldProposal {
  const numbers = new Map<string, (number | undefined)[]>()
  const others = new Set<string>()
  for (const [index, { data }] of samples.entries()) collect(data, '', index, numbers, others)
  // Not an object: a codec may call a field `__proto__`.
  const fields = new Map<string, string | KnownField>()
  const taken = new Set<string>()
  const propose = (field: string, { metric, scale }: KnownField) => {
    if (fields.has(field) || taken.has(metric) || !isPlausible(numbers.get(field) ?? [], metric, scale)) return
    fields.set(field, scale === 1 ? metric : { metric, scale })
    taken.add(metric)
  }
  for (const [path, { metric, scale }] of normalisedFields) {
    const wanted = samples.map(({ normalised }) => numberAt(normalised, path, scale))
    const match = matchOf(wanted, numbers)
    if (match !== undefined) propose(match.field, { metric, scale: match.scale })
  }
  for (const field of numbers.keys()) {
    const known = knownNames.get(plainName(field.split('.').at(-1) ?? ''))
    if (known !== undefined) propose(field, known)
  }
  const unknown = [...numbers.keys(), ...others].filter(field => !fields.has(field))
  return { fields: Object.fromEntries(fields), unknown: [...new Set(unknown)].sort() }
}

/** Numbers by path, one place a sample; everything else that is no object by path alone. */
function collect(
  value: unknown,
  path: string,
  index: number,
  numbers: Map<string, (number | undefined)[]>,
  others: Set<string>
): void {
  if (value === null || value === undefined) return
  if (typeof value === 'object' && !Array.isArray(value)) {
    for (const [key, member] of Object.entries(value)) {
      // A path in profile.yaml cannot name such a key.
      if (key.includes('.')) others.add(`${path}"${key}"`)
      else collect(member, path === '' ? key : `${path}.${key}`, index, numbers, others)
    }
    return
  }
  const number = numberOf(value)
  if (number === undefined) others.add(Array.isArray(value) ? `${path}[]` : path)
  else numbers.set(path, Object.assign(numbers.get(path) ?? [], { [index]: number }))
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : undefined
}

/** The first moment's value: the one that the fields beside any history belong to. */
function numberAt(normalised: unknown, path: string, scale: number): number | undefined {
  let value: unknown = Array.isArray(normalised) ? normalised[0] : normalised
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.entries(value).find(([name]) => name === key)?.[1]
  }
  const number = numberOf(value)
  return number === undefined ? undefined : number * scale
}

/** @returns the only field that agrees in every sample where both have a number, and in one of them not by being 0. */
function matchOf(
  wanted: readonly (number | undefined)[],
  numbers: ReadonlyMap<string, readonly (number | undefined)[]>
): { readonly field: string; readonly scale: number } | undefined {
  for (const scale of scales) {
    const fields = [...numbers].filter(([, values]) => agree(wanted, values, scale)).map(([field]) => field)
    if (fields.length === 1 && fields[0] !== undefined) return { field: fields[0], scale }
    if (fields.length > 1) return undefined
  }
  return undefined
}

function agree(
  wanted: readonly (number | undefined)[],
  values: readonly (number | undefined)[],
  scale: number
): boolean {
  let isShown = false
  for (const [index, target] of wanted.entries()) {
    const value = values[index]
    if (target === undefined || value === undefined) continue
    if (Math.abs(value * scale - target) > tolerance * Math.max(1, Math.abs(target))) return false
    if (target !== 0) isShown = true
  }
  return isShown
}

function isPlausible(values: readonly (number | undefined)[], metric: string, scale: number): boolean {
  const known = metricCatalogue.get(metric)
  if (known === undefined) return false
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = known
  return values.every(value => value === undefined || (value * scale >= min && value * scale <= max))
}
