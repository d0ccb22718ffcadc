import type { ProfileExample } from '../../model/profile.ts'
import type { Codec, CodecResult, CodecRuntime } from '../codec/codec-runtime.ts'
import { isObject, likeness } from './likeness.ts'
import { answersOf } from './prove-profiles.ts'

/** A value that another codec answers otherwise; absent is `undefined`. `field`: dots reach into objects and lists. */
export interface FieldChange {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * What another codec does with one example.
 *
 * - `same`: what the present codec does
 * - `changed`: other values, listed
 * - `fails`: the present codec reads it, the other does not
 * - `now-read`: the other way round
 */
export interface ExampleChange {
  readonly description: string
  readonly result: 'same' | 'changed' | 'fails' | 'now-read'
  readonly changes: readonly FieldChange[]
  /** Why it fails. */
  readonly reason?: string
  /** Whether the answer is the one that the example states. */
  readonly isAsStated: boolean
}

export interface CodecComparison {
  readonly examples: readonly ExampleChange[]
  /** Whether the other codec's answers depend on earlier calls. */
  readonly isStateful: boolean
}

const mostChanges = 100

/** Runs both codecs on the profile's examples, each in a fresh context, and the other one again in one warm context. */
export async function compareCodecs(
  { present, other }: { readonly present: Codec; readonly other: Codec },
  examples: readonly ProfileExample[],
  runtime: Pick<CodecRuntime, 'run'>
): Promise<CodecComparison> {
  const before = await answersOf({ ...present, isStateful: true }, examples, runtime)
  const after = await answersOf({ ...other, isStateful: true }, examples, runtime)
  const warm = await answersOf(other, examples, runtime)
  const changes = examples.map((example, index) => exampleChange(example, index, before[index], after[index]))
  return { examples: changes, isStateful: JSON.stringify(warm) !== JSON.stringify(after) }
}

function exampleChange(
  example: ProfileExample,
  index: number,
  before: CodecResult | undefined,
  after: CodecResult | undefined
): ExampleChange {
  const description = example.description ?? `number ${index + 1}`
  const isAsStated = isStated(example, after)
  if (after?.ok !== true && (before?.ok === true || !isSame(before, after))) {
    const reason = after === undefined ? 'no answer' : after.message
    return { description, result: 'fails', changes: [], reason, isAsStated }
  }
  if (isSame(before, after)) return { description, result: 'same', changes: [], isAsStated }
  const changes = [...changesOf(before?.output, after?.output, '')].slice(0, mostChanges)
  return { description, result: before?.ok === true ? 'changed' : 'now-read', changes, isAsStated }
}

function isSame(before: CodecResult | undefined, after: CodecResult | undefined): boolean {
  if (before === undefined || after === undefined || before.ok !== after.ok) return false
  if (before.output === undefined && after.output === undefined)
    return !before.ok && !after.ok && before.message === after.message
  return likeness(after.output, before.output) === undefined
}

function isStated({ data, errors = [], downlink }: ProfileExample, answer: CodecResult | undefined): boolean {
  const output = Object(answer?.output) as Readonly<Record<'data' | 'errors' | 'bytes', unknown>> // any answer is an object
  if (errors.length > 0) return likeness(output.errors, errors) === undefined
  if (answer?.ok !== true) return false
  if (downlink) return likeness(output.bytes, [...Buffer.from(downlink.bytes, 'hex')]) === undefined
  return data === undefined || likeness(output.data, data) === undefined
}

function* changesOf(before: unknown, after: unknown, path: string): Generator<FieldChange> {
  if (!isObject(before) || !isObject(after)) {
    if (likeness(after, before) !== undefined) yield { field: path, before, after }
    return
  }
  const [old, young] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  for (const key of new Set([...old.keys(), ...young.keys()])) {
    yield* changesOf(old.get(key), young.get(key), path === '' ? key : `${path}.${key}`)
  }
}
