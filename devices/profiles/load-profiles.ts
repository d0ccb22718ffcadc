import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { metricCatalogue } from '../../model/metric.ts'
import type { Metric } from '../../model/metric.ts'
import { profile as profileSchema, profileExample } from '../../model/profile.ts'
import type { Profile, ProfileExample, ProfileVersion } from '../../model/profile.ts'
import type { Codec } from '../codec/codec-runtime.ts'
import { textOf } from '../folder-reading.ts'
import { compileMapping } from '../mapping.ts'
import type { ProfileMapping } from '../mapping.ts'

/** A profile's folder, read and compiled. */
export interface LoadedProfile {
  readonly profile: Profile
  /** There for `payload: lorawan`. */
  readonly codec: Codec | undefined
  readonly mapping: ProfileMapping
  /** What the mapping can give, in the order of its indexes. */
  readonly metrics: readonly Metric[]
  readonly examples: readonly ProfileExample[]
  /** No example by anybody but Sen: the codec follows a description. A JSON payload needs no proof, its format is Sen's. */
  readonly isUnproven: boolean
  /** Markdown. */
  readonly readme: string
  /** Its tests ran with exactly these files: `proven.json` has their hash. */
  readonly isListed: boolean
  /** Of `profile.yaml`, `codec.js` and `examples.json`; 16 hexadecimal digits. */
  readonly hash: string
}

/** The profiles that come with Sen. */
const ownFolder = fileURLToPath(new URL('.', import.meta.url))
/** Characters. */
export const longestCodec = 1024 * 1024

const lorawanExample = profileExample
  .refine(example => takesData(example) || example.bytes !== undefined, { path: ['bytes'], error: 'must be given' })
  .refine(example => !takesData(example) || example.input !== undefined, { path: ['input'], error: 'must be given' })
const jsonExample = profileExample.refine(({ json }) => json !== undefined, { path: ['json'], error: 'must be given' })

/**
 * Reads every profile below `folder`: one folder each, named as its id, with `profile.yaml`, `examples.json`, `README.md`
 * and, for `payload: lorawan`, `codec.js`. Codecs do not run here: `proveProfiles` does that.
 *
 * @returns profiles by id.
 * @throws SenError `SEN_PROFILE_INVALID` naming the file, the value and the rule.
 */
export async function loadProfiles(folder: string = ownFolder): Promise<ReadonlyMap<string, LoadedProfile>> {
  const entries = await readdir(folder, { withFileTypes: true })
  const ids = entries.filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  const proven = await provenHashes(folder)
  const profiles = await Promise.all(ids.sort().map(id => loadProfile(folder, id, proven)))
  return new Map(profiles.map(loaded => [loaded.profile.id, loaded]))
}

/**
 * Reads the profiles that come with Sen and those that were imported to `folder` (none if there is no such folder).
 *
 * @throws SenError `SEN_PROFILE_INVALID` as `loadProfiles`, and for an imported profile whose id comes with Sen.
 */
export async function loadAllProfiles(folder: string): Promise<ReadonlyMap<string, LoadedProfile>> {
  const own = await loadProfiles()
  if (!existsSync(folder)) return own
  const imported = await loadProfiles(folder)
  for (const id of imported.keys()) {
    if (own.has(id))
      throw invalid(id, 'profile.yaml', `a profile of this id comes with Sen: remove ${join(folder, id)}`)
  }
  return new Map([...own, ...imported])
}

/** Hash by profile of what the tests have run; none where there is no such file. */
async function provenHashes(folder: string): Promise<ReadonlyMap<string, string>> {
  const file = 'proven.json'
  const text = await textOf(join(folder, file))
  if (text === undefined) return new Map()
  const hashes = check('.', file, z.record(z.string(), z.string()), parsed('.', file, text, JSON.parse))
  return new Map(Object.entries(hashes))
}

async function loadProfile(folder: string, id: string, proven: ReadonlyMap<string, string>): Promise<LoadedProfile> {
  const [yaml, codecSource, examplesText, readme] = await Promise.all(
    ['profile.yaml', 'codec.js', 'examples.json', 'README.md'].map(name => textOf(join(folder, id, name)))
  )
  const profile = profileOf(id, required(yaml, id, 'profile.yaml'))
  const isLorawan = profile.payload === 'lorawan'
  if (!isLorawan && codecSource !== undefined) throw invalid(id, 'codec.js', 'a JSON payload has no codec')
  const example = isLorawan ? lorawanExample : jsonExample
  const examples = check(
    id,
    'examples.json',
    z.array(example).min(1),
    parsed(id, 'examples.json', required(examplesText, id, 'examples.json'), JSON.parse)
  )
  const mapping = mappingOf(profile)
  const hash = hashOf(JSON.stringify([yaml, codecSource, examplesText]))
  return {
    profile,
    codec: isLorawan ? codecFor(profile, required(codecSource, id, 'codec.js')) : undefined,
    mapping,
    metrics: mapping.metrics,
    examples,
    isUnproven: isLorawan && examples.every(({ vector }) => vector === undefined),
    readme: required(readme, id, 'README.md'),
    isListed: proven.get(id) === hash,
    hash
  }
}

/**
 * Compiles a profile that was put in place while Sen ran.
 *
 * @throws SenError `SEN_PROFILE_INVALID` naming the value and the rule.
 */
export function profileOfVersion({ profile, codec, examples, isStateful }: ProfileVersion): LoadedProfile {
  const { id } = profile
  checkMetrics(profile)
  const isLorawan = profile.payload === 'lorawan'
  if (isLorawan !== (codec !== undefined))
    throw invalid(id, 'codec.js', isLorawan ? 'must be given' : 'a JSON payload has no codec')
  check(id, 'examples.json', z.array(isLorawan ? lorawanExample : jsonExample), examples)
  const mapping = mappingOf(profile)
  return {
    profile,
    codec: codec === undefined ? undefined : { ...codecFor(profile, codec), ...(isStateful && { isStateful }) },
    mapping,
    metrics: mapping.metrics,
    examples,
    isUnproven: isLorawan && examples.every(({ vector }) => vector === undefined),
    readme: '',
    isListed: false,
    hash: hashOf(JSON.stringify([profile, codec, examples]))
  }
}

function profileOf(id: string, yaml: string): Profile {
  const file = 'profile.yaml'
  const profile = check(id, file, profileSchema, parsed(id, file, yaml, parse))
  if (profile.id !== id) throw invalid(id, file, `id is "${profile.id}", must be the folder's name`)
  checkMetrics(profile)
  return profile
}

function checkMetrics(profile: Profile): void {
  const [id, file] = [profile.id, 'profile.yaml']
  for (const [name, { min, max }] of Object.entries(profile.metrics)) {
    if (metricCatalogue.has(name)) throw invalid(id, file, `metrics.${name}: the catalogue has this metric already`)
    if (min !== undefined && max !== undefined && min > max) {
      throw invalid(id, file, `metrics.${name}: min is ${min}, must not be above max ${max}`)
    }
  }
}

/** Functions that take an object and not bytes. */
function takesData({ function: name }: Pick<ProfileExample, 'function'>): boolean {
  return name === 'encodeDownlink' || name === 'normalizeUplink'
}

function mappingOf(profile: Profile): ProfileMapping {
  try {
    return compileMapping(profile)
  } catch (error) {
    if (!(error instanceof SenError)) throw error
    throw new SenError(error.code, `${profile.id}/profile.yaml: ${error.message}`, { cause: error })
  }
}

/**
 * @returns the codec, its id made of the profile's and of a hash of the source.
 * @throws SenError `SEN_PROFILE_INVALID` if it is longer than 1 MiB.
 */
export function codecOf(id: string, source: string): Codec {
  if (source.length > longestCodec)
    throw invalid(id, 'codec.js', `has ${source.length} characters, at most ${longestCodec}`)
  return { id: `${id}@${hashOf(source)}`, source }
}

/** @returns the codec, as this profile uses it. @throws as `codecOf`. */
export function codecFor({ id, normalise }: Profile, source: string): Codec {
  const codec = codecOf(id, source)
  return normalise === true ? { ...codec, isNormalised: true } : codec
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function check<T>(id: string, file: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const rules = result.error.issues.map(({ path, message }) => {
    const found = path.reduce<unknown>(childOf, value)
    return `${path.join('.') || 'the whole'} is ${JSON.stringify(found)?.slice(0, 100)}: ${message}`
  })
  throw invalid(id, file, rules.join('; '))
}

function childOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === String(key))?.[1]
    : undefined
}

function parsed(id: string, file: string, text: string, parser: (text: string) => unknown): unknown {
  try {
    return parser(text)
  } catch (error) {
    throw invalid(id, file, error instanceof Error ? error.message : String(error))
  }
}

function required(text: string | undefined, id: string, file: string): string {
  if (text === undefined || text.trim() === '') throw invalid(id, file, 'must be there and not be empty')
  return text
}

function invalid(id: string, file: string, rule: string): SenError {
  return new SenError('SEN_PROFILE_INVALID', `load profile ${id}/${file}: ${rule}`)
}
