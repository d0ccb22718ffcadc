import type { QuarantineReason } from '../../model/reading-batch.ts'

/**
 * Functions a codec may have: LoRa Alliance TS013-1.0.0 and The Things Stack (the first four), and the older shapes
 * `Decoder(bytes, port)`, `Encoder(object, port)` (The Things Network v2), `Decode(fPort, bytes, variables)` and
 * `Encode(fPort, object, variables)` (ChirpStack v3).
 */
export type CodecFunction =
  'decodeUplink' | 'encodeDownlink' | 'decodeDownlink' | 'normalizeUplink' | 'Decoder' | 'Decode' | 'Encoder' | 'Encode'

/**
 * What is asked of a codec: a function by its name, or whichever of its shapes it has. `decodeNormalised`: what
 * `normalizeUplink` makes of what `decodeUplink` says, as The Things Stack calls the two.
 */
export type CodecPurpose = CodecFunction | 'decode' | 'decodeNormalised' | 'encode'

/**
 * A codec as published: source text, run as a sloppy script, or as an ES module where it imports or exports.
 * `id` names this version (profile id and content hash).
 */
export interface Codec {
  readonly id: string
  readonly source: string
  /** Set where answers depend on earlier calls (found at profile load): each call then gets a fresh context. */
  readonly isStateful?: boolean
  /** Set where the profile maps the fields of `normalizeUplink`'s answer. */
  readonly isNormalised?: boolean
}

/** @returns what to ask of the codec for an uplink. */
export function decodePurposeOf({ isNormalised }: Codec): CodecPurpose {
  return isNormalised === true ? 'decodeNormalised' : 'decode'
}

/** One call. `input` is TS013's (`{bytes, fPort, recvTime?}`, or `{data, fPort?}` for encoders) for every function. */
export interface CodecCall {
  readonly codec: Codec
  /** `decode`: `decodeUplink` where there is one, else `Decoder`, else `Decode`; `encode` likewise. */
  readonly function: CodecPurpose
  readonly input: CodecInput
}

export type CodecInput =
  | {
      readonly bytes: readonly number[] | Uint8Array
      readonly fPort: number | null
      readonly recvTime?: number
      readonly variables?: Readonly<Record<string, string>>
    }
  | { readonly data: unknown; readonly fPort?: number; readonly variables?: Readonly<Record<string, string>> }

export type CodecFailure = Extract<QuarantineReason, `codec-${string}`>

/**
 * What TS013 calls the output (`{data, warnings?, errors?}`, `{bytes, fPort}`, …), or why there is none.
 *
 * The older decoders' bare object comes as `{data}`, the older encoders' bare list as `{bytes}`. Outputs are JSON values, with one addition: a number that is not finite
 * comes as `NaN` or `±Infinity` (and not as JSON's null), so that the mapping can refuse it by name.
 * `output` of a failure is the codec's own answer where that held `errors`.
 */
export type CodecResult =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly code: CodecFailure; readonly message: string; readonly output?: unknown }

/**
 * Runs codecs that strangers wrote. They get no host object (no process, require, fetch, timers), a capped memory, and at
 * most 100 ms a call. One that loops (`codec-timeout`) or allocates (`codec-memory`) ends then, is suspended with growing
 * delay (1 s … 5 min; its calls answer `codec-suspended` at once), and hurts no other. One that recurses too deeply
 * meets a cheap error of its own (`codec-error`), like any other exception, and is not suspended.
 */
export interface CodecRuntime {
  start(): Promise<void>
  /** Results in the order of the calls. Never rejects for what a codec does. */
  run(calls: readonly CodecCall[]): Promise<readonly CodecResult[]>
  /** Safe to call twice. */
  stop(): Promise<void>
}
