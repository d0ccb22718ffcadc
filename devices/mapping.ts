import { SenError } from '../model/errors.ts'
import { metricCatalogue } from '../model/metric.ts'
import type { Metric } from '../model/metric.ts'
import type { Profile } from '../model/profile.ts'
import { deviceTimeOf } from './event-time.ts'
import { mappedField, readField } from './mapped-field.ts'
import type { MappedField, MappingSink } from './mapped-field.ts'

/** A profile's mapping, compiled: from a decoded object to readings, without an object per value. Pure. */
export interface ProfileMapping {
  /** Every metric this mapping can give; a sink is told indexes into it. */
  readonly metrics: readonly Metric[]
  /** Plausible range per metric, inclusive; ±Infinity where there is none, so that text (NaN) is never outside. */
  readonly min: Float64Array
  readonly max: Float64Array
  /** Tells `sink` of each value, refusal and unmapped key of one decoded object, in the object's order. */
  map(decoded: unknown, sink: MappingSink): void
}

/** What stands under a key: a field, deeper keys, a list of moments, or something that is no reading by design. */
type Node =
  | { readonly kind: 'field'; readonly field: MappedField }
  | { readonly kind: 'object'; readonly children: Keys }
  | { readonly kind: 'history'; readonly time: string; readonly entries: Keys }
  | { readonly kind: 'ignored' }
/** A Map, so that keys like `__proto__` and `constructor` are ordinary. */
type Keys = Map<string, Node>

const longestName = 100
/** The key of a JSON message that holds its time; it belongs to the message, not to the readings. */
const messageTime = 'ts'

/**
 * Compiles `profile.yaml`'s `fields`, `history`, `ignore` and `metrics`.
 *
 * @throws SenError `SEN_PROFILE_INVALID` if a field names an unknown metric or two fields contradict each other.
 */
export function compileMapping(profile: Profile): ProfileMapping {
  const { metrics, indexOf } = metricTable(profile)
  const root: Keys = new Map()
  if (profile.payload === 'json') root.set(messageTime, { kind: 'ignored' })
  for (const [path, mapping] of Object.entries(profile.fields)) {
    if (path === '*' && mapping === '*') continue
    if (path === '*' || mapping === '*') throw invalid(profile, `fields.${path}`, 'only the key "*" has the value "*"')
    const { metric, ...options } = typeof mapping === 'string' ? { metric: mapping } : mapping
    const index = indexOf(metric)
    const kind = metrics[index]?.kind
    if (kind === undefined)
      throw invalid(profile, `fields.${path}`, `"${metric}" is no metric of the catalogue or of this profile`)
    if (!put(root, path, { kind: 'field', field: mappedField(index, kind, options) })) {
      throw invalid(profile, `fields.${path}`, 'another field stands above or below it')
    }
  }
  if (profile.fields['*'] === '*') addEveryMetric(root, metrics)
  if (profile.history) addHistory(profile, root, profile.history)
  ignoreKeys(root, profile.ignore)
  return {
    metrics,
    min: Float64Array.from(metrics, ({ min }) => min ?? Number.NEGATIVE_INFINITY),
    max: Float64Array.from(metrics, ({ max }) => max ?? Number.POSITIVE_INFINITY),
    map: (decoded, sink) => {
      if (isObject(decoded)) mapObject(root, decoded, '', undefined, sink)
      else sink.refused('', 'not-an-object', decoded)
    }
  }
}

/** The metrics that the fields name; with `*` the whole catalogue. The profile's own come in either case. */
function metricTable(profile: Profile): { metrics: readonly Metric[]; indexOf: (name: string) => number } {
  const own = Object.entries(profile.metrics).map(([name, metric]): Metric => {
    const { min, max, ...rest } = metric
    return { name, ...rest, ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
  })
  const named = new Set(
    Object.values(profile.fields).map(mapping => (typeof mapping === 'string' ? mapping : mapping.metric))
  )
  const known = [...metricCatalogue.values()].filter(({ name }) => named.has('*') || named.has(name))
  const metrics = [...known, ...own]
  const indexes = new Map(metrics.map(({ name }, index) => [name, index]))
  return { metrics, indexOf: name => indexes.get(name) ?? -1 }
}

function addEveryMetric(root: Keys, metrics: readonly Metric[]): void {
  for (const [index, { name, kind }] of metrics.entries()) {
    if (!root.has(name)) root.set(name, { kind: 'field', field: mappedField(index, kind, {}) })
  }
}

function addHistory(profile: Profile, root: Keys, history: NonNullable<Profile['history']>): void {
  const entries: Keys = new Map(root)
  entries.set(history.time, { kind: 'ignored' })
  if (!put(root, history.path, { kind: 'history', time: history.time, entries })) {
    throw invalid(profile, `history.path ${history.path}`, 'a field stands above or below it')
  }
}

function ignoreKeys(keys: Keys, names: readonly string[]): void {
  for (const node of keys.values()) {
    if (node.kind === 'object') ignoreKeys(node.children, names)
    else if (node.kind === 'history') ignoreKeys(node.entries, names)
  }
  for (const name of names) {
    if (!keys.has(name)) keys.set(name, { kind: 'ignored' })
  }
}

/** @returns `false` if something else stands in the way. */
function put(keys: Keys, path: string, node: Node): boolean {
  const [first = '', ...rest] = path.split('.')
  const there = keys.get(first)
  if (rest.length === 0) {
    if (there !== undefined && there.kind !== 'ignored') return false
    keys.set(first, node)
    return true
  }
  if (there !== undefined && there.kind !== 'object') return false
  const children: Keys = there?.children ?? new Map<string, Node>()
  keys.set(first, { kind: 'object', children })
  return put(children, rest.join('.'), node)
}

function mapObject(
  keys: Keys,
  object: Readonly<Record<string, unknown>>,
  prefix: string,
  deviceTime: number | undefined,
  sink: MappingSink
): void {
  for (const key in object) {
    const node = keys.get(key)
    if (node === undefined) sink.unmapped(`${prefix}${key}`.slice(0, longestName))
    else if (node.kind === 'field') readField(node.field, key, object[key], deviceTime, sink)
    else if (node.kind !== 'ignored') mapInside(node, object[key], `${prefix}${key}`, deviceTime, sink)
  }
}

function mapInside(
  node: Extract<Node, { kind: 'object' | 'history' }>,
  value: unknown,
  name: string,
  deviceTime: number | undefined,
  sink: MappingSink
): void {
  if (value === null || value === undefined) return
  if (node.kind === 'object') {
    if (isObject(value)) mapObject(node.children, value, `${name}.`, deviceTime, sink)
    else sink.refused(name, 'not-an-object', value)
    return
  }
  if (!Array.isArray(value)) return sink.refused(name, 'not-a-list', value)
  for (const entry of value) {
    // An entry that gives no time at all has no moment of its own that could be known: as unreadable.
    if (isObject(entry)) mapObject(node.entries, entry, `${name}.`, deviceTimeOf(entry[node.time]) ?? Number.NaN, sink)
    else sink.refused(name, 'not-an-object', entry)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function invalid(profile: Profile, place: string, rule: string): SenError {
  return new SenError('SEN_PROFILE_INVALID', `compile profile ${profile.id}: ${place}: ${rule}`)
}
