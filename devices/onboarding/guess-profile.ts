import { decodePurposeOf } from '../codec/codec-runtime.ts'
import type { Codec, CodecCall, CodecResult, CodecRuntime } from '../codec/codec-runtime.ts'
import { mappedRows } from '../mapped-rows.ts'
import type { MappedObject } from '../mapped-rows.ts'
import type { LoadedProfile } from '../profiles/load-profiles.ts'

/** What a device that nobody knows has sent, and what else is known of it. */
export interface Sighting {
  readonly id: string
  readonly payload:
    | { readonly kind: 'frame'; readonly fPort: number; readonly bytes: Uint8Array }
    | { readonly kind: 'json'; readonly json: unknown }
  /** What its network server calls its kind: the name of its device profile there, its brand and model. */
  readonly kindNames: readonly string[]
  /** Registered devices whose EUIs begin alike (same maker, same delivery): how many have which profile. */
  readonly neighbours: ReadonlyMap<string, number>
}

/**
 * Why a profile is guessed.
 *
 * - `named`: the network server's name for it holds vendor and model, or the profile's id
 * - `neighbours`: registered devices whose EUIs begin alike have it
 * - `read`: its codec, or its keys, read the newest payload
 * - `port`, `length`: a published example has this FPort, this many bytes
 * - `clean`: nothing is left over: no warning, no field that is not mapped
 * - `implausible`: some values lie outside what is plausible (this counts against it)
 */
export type GuessReason = 'named' | 'neighbours' | 'read' | 'port' | 'length' | 'clean' | 'implausible'

export interface ProfileGuess {
  readonly profile: string
  /** 0 to 100. It ranks, it is no probability. */
  readonly score: number
  readonly reasons: readonly GuessReason[]
  /** What the profile makes of the newest payload, the first few values. */
  readonly readings: readonly { readonly metric: string; readonly value: number | boolean | string }[]
}

const points: Readonly<Record<GuessReason, number>> = {
  named: 40,
  neighbours: 20,
  read: 20,
  port: 8,
  length: 7,
  clean: 15,
  implausible: -25
}
/** A JSON payload says its keys, so that reading all of them says more than a codec that reads any bytes. */
const allKeysRead = 55
const guessesKept = 3
const readingsShown = 6
/** Profiles that no device in the field has. */
const notGuessed: ReadonlySet<string> = new Set(['load', 'manual-station'])

/**
 * Guesses each device's profile by trying every profile on its newest payload. Pure but for the codecs, which run in the
 * caller's runtime: one call a device and codec, so the caller bounds how many devices it asks about at once.
 *
 * @returns by device id, the best first; no guess where nothing reads the payload.
 */
export async function guessProfiles(
  sightings: readonly Sighting[],
  profiles: ReadonlyMap<string, LoadedProfile>,
  runtime: Pick<CodecRuntime, 'run'>
): Promise<ReadonlyMap<string, readonly ProfileGuess[]>> {
  const candidates = [...profiles.values()].filter(({ profile }) => !notGuessed.has(profile.id))
  const trials = sightings.flatMap(sighting => candidates.flatMap(candidate => trialOf(sighting, candidate) ?? []))
  const calls = trials.flatMap(({ call }) => (call ? [call] : []))
  const results = calls.length === 0 ? [] : await runtime.run(calls)
  let next = 0
  const guesses = new Map<string, ProfileGuess[]>(sightings.map(({ id }) => [id, []]))
  for (const { sighting, candidate, call } of trials) {
    const decoded = call ? decodedBy(results[next++]) : jsonOf(sighting)
    const guess = decoded && scored(sighting, candidate, decoded)
    if (guess) guesses.get(sighting.id)?.push(guess)
  }
  for (const [id, found] of guesses) {
    guesses.set(id, found.sort((a, b) => b.score - a.score || (a.profile < b.profile ? -1 : 1)).slice(0, guessesKept))
  }
  return guesses
}

interface Trial {
  readonly sighting: Sighting
  readonly candidate: LoadedProfile
  readonly call: CodecCall | undefined
}

interface Decoded {
  readonly data: unknown
  readonly hasWarnings: boolean
}

function trialOf(sighting: Sighting, candidate: LoadedProfile): Trial | undefined {
  const { payload } = sighting
  const { codec } = candidate
  if ((payload.kind === 'frame') !== (codec !== undefined)) return undefined
  return { sighting, candidate, call: codec && payload.kind === 'frame' ? callOf(codec, payload) : undefined }
}

function callOf(codec: Codec, { fPort, bytes }: { readonly fPort: number; readonly bytes: Uint8Array }): CodecCall {
  return { codec, function: decodePurposeOf(codec), input: { bytes, fPort } }
}

function decodedBy(result: CodecResult | undefined): Decoded | undefined {
  if (!result?.ok || typeof result.output !== 'object' || result.output === null) return undefined
  const { data, warnings } = result.output as { data?: unknown; warnings?: unknown } // TS013's answer
  return { data, hasWarnings: Array.isArray(warnings) && warnings.length > 0 }
}

function jsonOf({ payload }: Sighting): Decoded | undefined {
  return payload.kind === 'json' ? { data: payload.json, hasWarnings: false } : undefined
}

function scored(sighting: Sighting, candidate: LoadedProfile, decoded: Decoded): ProfileGuess | undefined {
  const { data } = decoded
  if (typeof data !== 'object' || data === null) return undefined
  const mapped = mappedRows(candidate.mapping, data)
  if (mapped.rows.length === 0) return undefined
  const reasons = [...reasonsOf(sighting, candidate, mapped, decoded.hasWarnings)]
  const base = reasons.reduce((sum, reason) => sum + points[reason], 0)
  const read = sighting.payload.kind === 'json' ? shareRead(mapped) * allKeysRead : 0
  const score = Math.max(0, Math.min(100, Math.round(base + read)))
  const readings = mapped.rows.slice(0, readingsShown).map(({ metric, value }) => ({ metric, value }))
  return { profile: candidate.profile.id, score, reasons, readings }
}

function* reasonsOf(
  { payload, kindNames, neighbours }: Sighting,
  { profile, mapping, examples }: LoadedProfile,
  { rows, refused, unmapped }: MappedObject,
  hasWarnings: boolean
): Generator<GuessReason> {
  if (kindNames.some(name => isNameOf(name, profile))) yield 'named'
  if ((neighbours.get(profile.id) ?? 0) > 0) yield 'neighbours'
  yield 'read'
  if (payload.kind === 'frame') {
    const uplinks = examples.filter(one => one.function === undefined && one.bytes !== undefined)
    if (uplinks.some(one => one.fPort === payload.fPort)) yield 'port'
    if (uplinks.some(one => one.bytes?.length === payload.bytes.length * 2)) yield 'length'
  }
  if (!hasWarnings && refused.length === 0 && unmapped.length === 0) yield 'clean'
  const isPlausible = rows.every(({ metric, value }) => {
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } =
      mapping.metrics.find(({ name }) => name === metric) ?? {}
    return typeof value !== 'number' || (value >= min && value <= max)
  })
  if (!isPlausible) yield 'implausible'
}

function shareRead({ rows, refused, unmapped }: MappedObject): number {
  return rows.length / (rows.length + refused.length + unmapped.length)
}

/** Names as people write them: "Dragino LSE01 (AS923-2)", "milesight-em300-th". */
function isNameOf(name: string, { id, model }: LoadedProfile['profile']): boolean {
  const found = ` ${plain(name)} `
  return [id, model].some(one => found.includes(` ${plain(one)} `))
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()
}
