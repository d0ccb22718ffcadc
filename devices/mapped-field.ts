import type { Metric } from '../model/metric.ts'
import type { FieldMapping } from '../model/profile.ts'

/** Why a mapped value is no reading. A closed list. */
export type RefusalReason =
  | 'not-a-number'
  | 'not-finite'
  | 'beyond-2^53'
  | 'not-a-boolean'
  | 'not-a-text'
  | 'text-too-long'
  | 'text-not-unicode'
  | 'not-a-list'
  | 'not-an-object'

/** Takes what a mapping finds. `metric` is an index into the mapping's `metrics`. */
export interface MappingSink {
  /**
   * A reading: a number in the metric's unit, 1 or 0 for true and false, or text.
   * `deviceTime` is that of its entry in a list of several moments (see `deviceTimeOf`; NaN: unreadable), else `undefined`.
   */
  value(metric: number, value: number | string, deviceTime: number | undefined): void
  /** A field that is mapped, but whose value is refused. */
  refused(field: string, reason: RefusalReason, value: unknown): void
  /** A field that the profile does not map; its name cut to 100 characters. */
  unmapped(field: string): void
}

/** Longest text value, characters. */
export const longestText = 1000

/** One field of the payload, ready to be read. */
export interface MappedField {
  readonly metric: number
  readonly kind: Metric['kind']
  readonly scale: number
  readonly offset: number
  readonly missing: ReadonlySet<unknown> | undefined
  readonly within: readonly [min: number, max: number] | undefined
  readonly trueWhen: ReadonlySet<unknown> | undefined
}

/** @param metric - the metric's index. */
export function mappedField(metric: number, kind: Metric['kind'], mapping: Partial<FieldMapping>): MappedField {
  const { scale = 1, offset = 0, missing, within, trueWhen } = mapping
  const missingSet = missing === undefined ? undefined : new Set<unknown>(missing)
  return {
    metric,
    kind,
    scale,
    offset,
    missing: missingSet,
    within,
    trueWhen: trueWhen === undefined ? undefined : new Set<unknown>(trueWhen)
  }
}

/** Reads one value. Null, and what the profile calls missing, is the absence of a reading: nothing is told of it. */
export function readField(
  field: MappedField,
  name: string,
  raw: unknown,
  deviceTime: number | undefined,
  sink: MappingSink
): void {
  if (raw === null || raw === undefined) return
  if (field.missing !== undefined && isMissing(field.missing, raw)) return
  switch (field.kind) {
    case 'number':
      return readNumber(field, name, raw, deviceTime, sink)
    case 'boolean':
      return readBoolean(field, name, raw, deviceTime, sink)
    case 'text':
      return readText(field, name, raw, deviceTime, sink)
    default:
      field.kind satisfies never
  }
}

/**
 * Beyond ±(2^53 − 1) a number may already have been rounded while it was parsed, and nobody can tell: it is refused, not
 * stored as something that was never sent.
 */
function readNumber(
  field: MappedField,
  name: string,
  raw: unknown,
  deviceTime: number | undefined,
  sink: MappingSink
): void {
  const number = typeof raw === 'number' ? raw : typeof raw === 'string' ? numberOfText(raw) : Number.NaN
  if (field.within !== undefined && (number < field.within[0] || number > field.within[1])) return
  // Adding 0 makes 0 of −0.
  const value = number * field.scale + field.offset + 0
  const isExact = number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER
  if (isExact && Number.isFinite(value)) sink.value(field.metric, value, deviceTime)
  else sink.refused(name, whyNoNumber(raw, number), raw)
}

function whyNoNumber(raw: unknown, number: number): RefusalReason {
  if (Number.isNaN(number)) return typeof raw === 'number' ? 'not-finite' : 'not-a-number'
  return Number.isFinite(number) ? 'beyond-2^53' : 'not-finite'
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** Decimal numbers only: `Number` alone would take "" for 0 and "0x10" for 16. */
function numberOfText(text: string): number {
  const trimmed = text.trim()
  return decimal.test(trimmed) ? Number(trimmed) : Number.NaN
}

function readBoolean(
  field: MappedField,
  name: string,
  raw: unknown,
  deviceTime: number | undefined,
  sink: MappingSink
): void {
  if (field.trueWhen !== undefined) {
    const isScalar = typeof raw !== 'object'
    if (isScalar) sink.value(field.metric, field.trueWhen.has(raw) ? 1 : 0, deviceTime)
    else sink.refused(name, 'not-a-boolean', raw)
    return
  }
  if (raw === true || raw === 1 || raw === 'true') sink.value(field.metric, 1, deviceTime)
  else if (raw === false || raw === 0 || raw === 'false') sink.value(field.metric, 0, deviceTime)
  else sink.refused(name, 'not-a-boolean', raw)
}

/** Text is kept as it is or refused, never cut; a number as text only where it cannot have been rounded. */
function readText(
  field: MappedField,
  name: string,
  raw: unknown,
  deviceTime: number | undefined,
  sink: MappingSink
): void {
  if (typeof raw !== 'string' && typeof raw !== 'boolean' && !(typeof raw === 'number' && Number.isFinite(raw))) {
    return sink.refused(name, 'not-a-text', raw)
  }
  if (typeof raw === 'number' && Math.abs(raw) > Number.MAX_SAFE_INTEGER) {
    return sink.refused(name, 'beyond-2^53', raw)
  }
  const text = String(raw)
  if (text.length > longestText) return sink.refused(name, 'text-too-long', raw)
  // A lone surrogate has no UTF-8, so it could not be given back as it came.
  if (!text.isWellFormed()) return sink.refused(name, 'text-not-unicode', raw)
  sink.value(field.metric, text, deviceTime)
}

/** `missing: [327.67]` also means the text "327.67", and the other way round. */
function isMissing(missing: ReadonlySet<unknown>, raw: unknown): boolean {
  if (missing.has(raw)) return true
  if (typeof raw === 'number') return missing.has(String(raw))
  if (typeof raw !== 'string') return false
  const number = numberOfText(raw)
  return !Number.isNaN(number) && missing.has(number)
}
