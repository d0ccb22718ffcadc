import { SenError } from '../../model/errors.ts'
import type { ProfileExample } from '../../model/profile.ts'
import type { Codec, CodecResult, CodecRuntime } from '../codec/codec-runtime.ts'
import { deviceTimeOf } from '../event-time.ts'
import { mappedRows } from '../mapped-rows.ts'
import type { MappedRow } from '../mapped-rows.ts'
import { likeness } from './likeness.ts'
import type { LoadedProfile } from './load-profiles.ts'

/**
 * Runs every profile's examples through its codec and mapping, and compares. A codec whose answers differ between a warm
 * context (twice, the second time backwards) and a fresh one is marked stateful.
 *
 * @returns the profiles, codecs marked.
 * @throws SenError `SEN_PROFILE_INVALID` naming profile, example and difference.
 */
export async function proveProfiles(
  profiles: ReadonlyMap<string, LoadedProfile>,
  runtime: Pick<CodecRuntime, 'run'>
): Promise<ReadonlyMap<string, LoadedProfile>> {
  const proven = new Map<string, LoadedProfile>()
  for (const [id, loaded] of profiles) proven.set(id, await proveProfile(loaded, runtime))
  return proven
}

async function proveProfile(loaded: LoadedProfile, runtime: Pick<CodecRuntime, 'run'>): Promise<LoadedProfile> {
  const { codec, examples } = loaded
  if (codec === undefined) {
    for (const [index, example] of examples.entries()) compareReadings(loaded, index, example.json)
    return loaded
  }
  const fresh = await answersOf({ ...codec, isStateful: true }, examples, runtime)
  for (const [index, answer] of fresh.entries()) compareAnswer(loaded, index, answer)
  const forth = await answersOf(codec, examples, runtime)
  const back = await answersOf(codec, examples.toReversed(), runtime)
  const isStateful = [forth, back.toReversed()].some(warm => JSON.stringify(warm) !== JSON.stringify(fresh))
  return isStateful ? { ...loaded, codec: { ...codec, isStateful } } : loaded
}

function answersOf(
  codec: Codec,
  examples: readonly ProfileExample[],
  runtime: Pick<CodecRuntime, 'run'>
): Promise<readonly CodecResult[]> {
  return runtime.run(
    examples.map(({ bytes = '', fPort = null }) => ({
      codec,
      function: 'decode',
      input: { bytes: Buffer.from(bytes, 'hex'), fPort }
    }))
  )
}

function compareAnswer(loaded: LoadedProfile, index: number, answer: CodecResult): void {
  const example = loaded.examples[index]
  if (example?.errors !== undefined) {
    const errors = 'output' in answer ? memberOf(answer.output, 'errors') : undefined
    return differ(loaded, index, 'errors', likeness(errors, example.errors))
  }
  if (!answer.ok) throw invalid(loaded, index, `${answer.code}: ${answer.message}`)
  const data = memberOf(answer.output, 'data')
  if (example?.data !== undefined) differ(loaded, index, 'data', likeness(data, example.data))
  compareReadings(loaded, index, data)
}

function compareReadings(loaded: LoadedProfile, index: number, decoded: unknown): void {
  const readings = loaded.examples[index]?.readings
  if (readings === undefined) return
  const samples: readonly unknown[] = Array.isArray(decoded) ? decoded : [decoded]
  const rows = samples.flatMap(sample => rowsOf(loaded, sample))
  const { refused } = mappedRows(loaded.mapping, samples[0])
  if (refused[0]) throw invalid(loaded, index, `refused ${refused[0].field}: ${refused[0].reason}`)
  differ(loaded, index, 'readings', likeness(rows.toSorted(byMetricAndTime), readings.toSorted(byMetricAndTime)))
}

/** In a JSON payload `ts` is the time of all its values. */
function rowsOf({ profile, mapping }: LoadedProfile, sample: unknown): readonly MappedRow[] {
  const { rows } = mappedRows(mapping, sample)
  const time = profile.payload === 'json' ? deviceTimeOf(memberOf(sample, 'ts')) : undefined
  return time === undefined ? rows : rows.map(row => ({ time, ...row }))
}

interface ExampleRow {
  readonly metric: string
  readonly time?: number | undefined
}

function byMetricAndTime(a: ExampleRow, b: ExampleRow): number {
  return a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : (a.time ?? 0) - (b.time ?? 0)
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([name]) => name === key)?.[1]
}

function differ(loaded: LoadedProfile, index: number, what: string, difference: string | undefined): void {
  if (difference !== undefined) throw invalid(loaded, index, `${what}${difference}`)
}

function invalid({ profile, examples }: LoadedProfile, index: number, rule: string): SenError {
  const title = examples[index]?.description ?? `number ${index + 1}`
  return new SenError('SEN_PROFILE_INVALID', `prove profile ${profile.id}: example "${title}": ${rule}`)
}
