import type { QuarantineReason } from '../../model/reading-batch.ts'

/** Functions a codec may have: LoRa Alliance TS013-1.0.0 (the first four) and the older shapes. */
export type CodecFunction =
  'decodeUplink' | 'encodeDownlink' | 'decodeDownlink' | 'normalizeUplink' | 'Decoder' | 'Decode'

/** A codec as published: source text, run as a sloppy script. `id` names this version (profile id and content hash). */
export interface Codec {
  readonly id: string
  readonly source: string
  /** Set where answers depend on earlier calls (found at profile load): each call then gets a fresh context. */
  readonly isStateful?: boolean
}

/** One call. `input` is TS013's (`{bytes, fPort, recvTime?}` or `{data}`) for every function. */
export interface CodecCall {
  readonly codec: Codec
  /** `decode`: `decodeUplink` where there is one, else `Decoder`, else `Decode`. */
  readonly function: CodecFunction | 'decode'
  readonly input: CodecInput
}

export type CodecInput =
  | {
      readonly bytes: readonly number[] | Uint8Array
      readonly fPort: number | null
      readonly recvTime?: number
      readonly variables?: Readonly<Record<string, string>>
    }
  | { readonly data: unknown }

export type CodecFailure = Extract<QuarantineReason, `codec-${string}`>

/**
 * What TS013 calls the output (`{data, warnings?, errors?}`, `{bytes, fPort}`, …), or why there is none.
 *
 * The older shapes' bare object comes as `{data}`. Outputs are JSON values, with one addition: a number that is not finite
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
