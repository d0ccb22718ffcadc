import { compileMapping } from '../../devices/mapping.ts'
import type { ProfileMapping } from '../../devices/mapping.ts'
import { isObject } from '../json-object.ts'
import type { ConnectorMapping, MessageMapping } from '../../model/connector-mapping.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import { idPattern } from '../../model/ids.ts'
import type { Profile } from '../../model/profile.ts'
import type { QuarantineReason } from '../../model/reading-batch.ts'
import { jsonLimits, parseJson } from '../decode/json-limits.ts'
import { compilePlace, compileTemplate, levelsOf } from './place.ts'
import type { Finder, Surroundings, TextFinder } from './place.ts'
import { compilePattern } from './topic-pattern.ts'
import type { TopicPattern } from './topic-pattern.ts'

/** Values of one device at one time. */
export interface Sample {
  readonly device: string
  readonly values: Readonly<Record<string, unknown>>
  /** As `deviceTimeOf` reads it; `undefined` where the message gives none. */
  readonly time: unknown
}

export type ReadMessage =
  | { readonly ok: true; readonly samples: readonly Sample[]; readonly problem: Problem | undefined }
  | ({ readonly ok: false } & Problem)

/** Why nothing can be read of a message, or of a part of it. */
export interface Problem {
  readonly reason: QuarantineReason
  readonly detail: string
}

const shownLength = 100

/**
 * Reads messages of one connector: compiled once, then a function of topic and payload.
 *
 * Throws SenError `SEN_INPUT_INVALID` when it is made of a mapping that contradicts itself, naming value and rule.
 */
export class MessageReader {
  /** What the connector's own fields give; `undefined`: the device's profile maps the values. */
  readonly fields: ProfileMapping | undefined
  readonly #patterns: readonly TopicPattern[]
  readonly #mapping: MessageMapping
  readonly #device: TextFinder
  readonly #field: TextFinder
  readonly #each: Finder | undefined
  readonly #values: Finder
  readonly #time: Finder | undefined
  /** Every entry has the same values, which stand outside of it. */
  readonly #isShared: boolean

  constructor({ id, topics, mapping }: ConnectorMapping) {
    checkMapping(id, topics, mapping)
    this.#mapping = mapping
    this.#patterns = topics.map(compilePattern)
    this.#device = compileTemplate(mapping.device)
    this.#field = compileTemplate(mapping.field ?? 'value')
    this.#each = mapping.each === undefined ? undefined : compilePlace(mapping.each)
    this.#values = compilePlace(mapping.values ?? '@')
    this.#time = mapping.time && compilePlace(mapping.time.at)
    this.#isShared = mapping.values?.startsWith('$') === true
    this.fields = mapping.fields && fieldsOf(id, mapping)
  }

  /** Topic filters to subscribe to. */
  get filters(): readonly string[] {
    return [...new Set(this.#patterns.map(({ filter }) => filter))]
  }

  /** @returns the device that the topic alone names, where it does; registered or not. */
  deviceOf(topic: string): string | undefined {
    const levels = this.#levelsOf(topic)
    return levels && this.#named({ levels, message: undefined, entry: undefined, key: '' })
  }

  /** @param topic - empty for a webhook. */
  read(topic: string, payload: Uint8Array): ReadMessage {
    const levels = this.#levelsOf(topic)
    if (!levels) return { ok: false, reason: 'unknown-topic', detail: `topic "${shown(topic)}" fits no pattern` }
    if (this.#mapping.payload === 'value') return this.#readValue(levels, payload)
    const parsed = parseJson(payload)
    if (!parsed.ok) return parsed
    const samples: Sample[] = []
    let problem: Problem | undefined
    const entries = this.#entriesOf(levels, parsed.json)
    const excess = this.#excessOf(levels, parsed.json, entries.length)
    if (excess) return { ok: false, ...excess }
    for (const [key, entry] of entries) {
      const why = this.#sample({ levels, message: parsed.json, entry, key }, samples)
      // In words only once: there may be as many as there are entries.
      if (why) problem ??= why()
    }
    if (samples.length > 0) return { ok: true, samples, problem }
    return { ok: false, ...(problem ?? { reason: 'no-mapped-value', detail: 'the message holds no entry' }) }
  }

  #levelsOf(topic: string): ReadonlyMap<string, string> | undefined {
    if (this.#patterns.length === 0) return noLevels
    for (const pattern of this.#patterns) {
      const levels = pattern.match(topic)
      if (levels) return levels
    }
    return undefined
  }

  #readValue(levels: ReadonlyMap<string, string>, payload: Uint8Array): ReadMessage {
    const parsed = parseJson(payload)
    const text = Buffer.from(payload).toString('utf8').trim()
    const value = parsed.ok ? parsed.json : text
    const from: Surroundings = { levels, message: value, entry: value, key: '' }
    const field = this.#field(from)
    if (text === '' || field === undefined)
      return { ok: false, reason: 'no-mapped-value', detail: 'the message is empty' }
    const device = this.#named(from)
    if (device === undefined) return { ok: false, ...this.#nameless(from) }
    const time = this.#time?.(from)
    return { ok: true, samples: [{ device, values: { [field]: value }, time }], problem: undefined }
  }

  #entriesOf(levels: ReadonlyMap<string, string>, message: unknown): readonly (readonly [string, unknown])[] {
    const held = this.#each ? this.#each({ levels, message, entry: message, key: '' }) : message
    if (Array.isArray(held)) return held.map((entry: unknown, i) => [String(i), entry] as const)
    if (this.#each && isObject(held)) return Object.entries(held)
    return held === undefined ? [] : [['', held]]
  }

  /** Values that stand once in the message and belong to each of its entries: a small message may so mean millions. */
  #excessOf(levels: ReadonlyMap<string, string>, message: unknown, entries: number): Problem | undefined {
    if (!this.#isShared || entries < 2) return undefined
    const shared = this.#values({ levels, message, entry: message, key: '' })
    const values = typeof shared === 'object' && shared !== null ? Object.keys(shared).length : 1
    if (entries * values <= jsonLimits.commas) return undefined
    const detail = `${entries} entries with ${values} values each, more than ${jsonLimits.commas}`
    return { reason: 'json-too-wide', detail }
  }

  /** Adds what the entry says. @returns what tells why it says nothing. */
  #sample(from: Surroundings, into: Sample[]): (() => Problem) | undefined {
    const device = this.#named(from)
    if (device === undefined) return () => this.#nameless(from)
    const values = this.#values(from)
    const time = this.#timeOf(this.#time?.(from))
    const { pairs } = this.#mapping
    if (pairs && Array.isArray(values)) {
      const problem = pairsOf(values, pairs, { device, time, into })
      return problem && (() => problem)
    }
    if (!isObject(values)) {
      return () => {
        const found = JSON.stringify(values)?.slice(0, shownLength).toWellFormed() ?? 'nothing'
        return { reason: 'no-mapped-value', detail: `${this.#mapping.values ?? '@'} is ${found}, must be an object` }
      }
    }
    into.push({ device, values, time: this.#time ? time : values['ts'] })
    return undefined
  }

  #timeOf(time: unknown): unknown {
    const { offset } = this.#mapping.time ?? {}
    if (offset === undefined || typeof time !== 'string') return time
    return /(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(time) ? time : `${time}${offset}`
  }

  #named(from: Surroundings): string | undefined {
    const word = this.#device(from)
    if (word === undefined) return undefined
    const { devices } = this.#mapping
    const id = devices && Object.hasOwn(devices, word) ? devices[word] : word
    return id !== undefined && idPattern.test(id) ? id : undefined
  }

  #nameless(from: Surroundings): Problem {
    const word = this.#device(from)
    const found = word === undefined ? 'is not there' : `gives "${shown(word)}"`
    return {
      reason: 'event-invalid',
      detail: `device ${this.#mapping.device} ${found}: must be 1 to 64 letters, digits, ".", "_" or "-", or stand in "devices"`
    }
  }
}

const noLevels: ReadonlyMap<string, string> = new Map()

/** A list of names and values; those with a time of their own are samples of their own. */
function pairsOf(
  list: readonly unknown[],
  { name, value, time: timeKey }: NonNullable<MessageMapping['pairs']>,
  { device, time, into }: { readonly device: string; readonly time: unknown; readonly into: Sample[] }
): Problem | undefined {
  const byTime = new Map<unknown, [string, unknown][]>()
  let problem: Problem | undefined
  for (const pair of list) {
    const called = isObject(pair) ? pair[name] : undefined
    if (!isObject(pair) || typeof called !== 'string') {
      problem ??= { reason: 'no-mapped-value', detail: `a pair has no "${name}"` }
      continue
    }
    const own = timeKey === undefined ? undefined : pair[timeKey]
    const at = own ?? time
    const there = byTime.get(at)
    if (there) there.push([called, pair[value]])
    else byTime.set(at, [[called, pair[value]]])
  }
  for (const [at, entries] of byTime) into.push({ device, values: Object.fromEntries(entries), time: at })
  return problem
}

function checkMapping(id: string, topics: readonly string[], mapping: MessageMapping): void {
  const patterns = topics.map(compilePattern)
  for (const [key, text] of Object.entries({ device: mapping.device, field: mapping.field ?? '' })) {
    for (const level of levelsOf(text)) {
      const lacking = topics.find((_, i) => patterns[i]?.names.includes(level) !== true)
      if (topics.length === 0) throw invalid(id, key, text, 'a webhook has no topic, so no level has a name')
      if (lacking !== undefined) throw invalid(id, key, text, `topic "${lacking}" names no level {${level}}`)
    }
  }
  const isValue = mapping.payload === 'value'
  if (isValue && mapping.field === undefined)
    throw invalid(id, 'field', '', 'must say what the value is called, where the payload is one value')
  if (isValue && (mapping.each ?? mapping.values ?? mapping.pairs) !== undefined)
    throw invalid(id, 'payload', 'value', 'a payload that is one value has no "each", "values" or "pairs"')
}

function fieldsOf(id: string, mapping: MessageMapping): ProfileMapping {
  const { fields = {}, ignore = [], device, time } = mapping
  // What names the device and the time is known, and no reading.
  const used = [...device.matchAll(/\{@\.([^.{}]+)\}/g)].map(([, key = '']) => key)
  const timeKey = time && /^@\.([^.]+)$/.exec(time.at)?.[1]
  const profile: Profile = {
    id,
    vendor: 'connector',
    model: id,
    name: { vi: id, en: id },
    payload: 'json',
    source: 'connector',
    fields,
    ignore: [...ignore, ...used, ...(timeKey === undefined ? [] : [timeKey])],
    metrics: {}
  }
  try {
    return compileMapping(profile)
  } catch (cause) {
    const rule = messageOf(cause).replace(/^compile profile [^:]*: /, '')
    throw new SenError('SEN_INPUT_INVALID', `read mapping of connector ${id}: ${rule}`, { cause })
  }
}

function invalid(id: string, key: string, value: string, rule: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `read mapping of connector ${id}: ${key} is "${value}": ${rule}`)
}

function shown(text: string): string {
  return text.slice(0, shownLength).toWellFormed()
}
