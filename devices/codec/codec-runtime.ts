import type { QuarantineReason } from '../../model/reading-batch.ts'

/** Functions a codec may have: LoRa Alliance TS013-1.0.0 (the first four) and the older shapes. */
export type CodecFunction =
  'decodeUplink' | 'encodeDownlink' | 'decodeDownlink' | 'normalizeUplink' | 'Decoder' | 'Decode'

/** A codec as published: source text, run as a sloppy script. `id` names this version (profile id and content hash). */
export interface Codec {
  readonly id: string
  readonly source: string
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

/** What TS013 calls the output (`{data, warnings?, errors?}`, `{bytes, fPort}`, …), or why there is none. */
export type CodecResult =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly code: Extract<QuarantineReason, `codec-${string}`>; readonly message: string }

/**
 * Runs codecs that strangers wrote. They get no host object (no process, require, fetch, timers), a capped memory, and at
 * most 100 ms a call: a codec that loops, allocates or recurses ends then, is suspended with growing delay
 * (1 s … 5 min; its calls answer `codec-suspended` at once), and hurts no other.
 */
export interface CodecRuntime {
  start(): Promise<void>
  /** Results in the order of the calls. Never rejects for what a codec does. */
  run(calls: readonly CodecCall[]): Promise<readonly CodecResult[]>
  /** Safe to call twice. */
  stop(): Promise<void>
}
