import { SenError } from '../../model/errors.ts'
import type { ProfileExample } from '../../model/profile.ts'
import { decodePurposeOf } from '../codec/codec-runtime.ts'
import type { Codec, CodecInput, CodecResult, CodecRuntime } from '../codec/codec-runtime.ts'
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

/** The same for profiles that are not in `proven.json`: for the start, which would take a second longer with all of them. */
export async function proveNewProfiles(
  profiles: ReadonlyMap<string, LoadedProfile>,
  runtime: Pick<CodecRuntime, 'run'>
): Promise<ReadonlyMap<string, LoadedProfile>> {
  const added = new Map([...profiles].filter(([, { isListed }]) => !isListed))
  return new Map([...profiles, ...(await proveProfiles(added, runtime))])
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

/** @returns the codec's answers to the examples, each to the function it is of. */
export function answersOf(
  codec: Codec,
  examples: readonly ProfileExample[],
  runtime: Pick<CodecRuntime, 'run'>
): Promise<readonly CodecResult[]> {
  return runtime.run(
    examples.map(example => ({ codec, function: example.function ?? decodePurposeOf(codec), input: inputOf(example) }))
  )
}

function inputOf({ bytes, fPort = null, recvTime, input }: ProfileExample): CodecInput {
  if (bytes === undefined) return { data: input }
  return { bytes: Buffer.from(bytes, 'hex'), fPort, ...(recvTime !== undefined && { recvTime: Date.parse(recvTime) }) }
}

function compareAnswer(loaded: LoadedProfile, index: number, answer: CodecResult): void {
  const { data, warnings = [], errors = [], downlink } = loaded.examples[index] ?? {}
  const output = 'output' in answer ? answer.output : undefined
  if (errors.length > 0) return differ(loaded, index, 'errors', likeness(memberOf(output, 'errors'), errors))
  if (!answer.ok) throw invalid(loaded, index, `${answer.code}: ${answer.message}`)
  if (data !== undefined) differ(loaded, index, 'data', likeness(memberOf(output, 'data'), data))
  differ(loaded, index, 'warnings', likeness(memberOf(output, 'warnings') ?? [], warnings))
  if (downlink !== undefined) compareDownlink(loaded, index, output, downlink)
  else compareReadings(loaded, index, memberOf(output, 'data'))
}

function compareDownlink(
  loaded: LoadedProfile,
  index: number,
  output: unknown,
  { bytes, fPort }: NonNullable<ProfileExample['downlink']>
): void {
  differ(loaded, index, 'downlink.bytes', likeness(memberOf(output, 'bytes'), [...Buffer.from(bytes, 'hex')]))
  if (fPort !== undefined) differ(loaded, index, 'downlink.fPort', likeness(memberOf(output, 'fPort'), fPort))
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
