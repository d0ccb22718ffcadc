import type { DecodeTotals } from './accounting.ts'
import type { NetworkEvent } from './network-event.ts'
import type { Observed } from './observation.ts'
import type { RegistryChange } from './registry.ts'
import type { Position } from './position.ts'
import type { Quality } from './quality.ts'
import type { Redecoded } from './redecode.ts'
import type { SeriesId } from './series.ts'

/** Why a message stands in quarantine. A closed list: each is a label of `sen_messages_total`. */
export type QuarantineReason =
  | 'unclaimed'
  | 'replaced'
  | 'decommissioned'
  | 'unknown-topic'
  | 'unknown-profile'
  | 'chirpstack-v3'
  | 'event-invalid'
  | 'json-invalid'
  | 'json-too-deep'
  | 'json-too-wide'
  | 'no-mapped-value'
  | 'value-invalid'
  | 'codec-error'
  | 'codec-timeout'
  | 'codec-memory'
  | 'codec-suspended'

/** A message set aside. The message itself stands in the raw log at `position`. */
export interface Quarantined {
  readonly position: Position
  readonly reason: QuarantineReason
  /** Device id the message speaks of, if it could be told; registered or not. */
  readonly device: string | undefined
  /** Site the message speaks of, if it could be told. */
  readonly site: string | undefined
  readonly topic: string
  readonly receivedAt: number
  /** The offending value and the rule, cut to 300 characters. */
  readonly detail: string
  /** Who brought it, where nobody has claimed the device: it says whose the finding is. */
  readonly credential?: string
  /** The payload where nobody has claimed the device, if it is text of at most `longestSampleBytes`. */
  readonly sample?: string
}

/** What of an unclaimed device's payload is kept for people to recognise it by: a network server's whole event. */
export const longestSampleBytes = 4096

/** What ends a batch besides its rows: something rules need to see in order. */
export type BatchEvent =
  { readonly kind: 'tick'; readonly at: number } | { readonly kind: 'control'; readonly change: RegistryChange }

/**
 * Readings in columns, as decode hands them over: row i is `series[i]`, `time[i]`, … The arrays may be longer than `length`.
 *
 * A batch covers every raw record after the batch before it, up to and including `position`. A row's rank at its
 * (series, time) is (generation, at, place in the batch): the highest stands.
 */
export interface ReadingBatch {
  /** Raw position of the last record this batch covers. */
  readonly position: Position
  /** The raw position after which decode must read again to know what it must remember of recent messages. */
  readonly dedupFrom: Position
  /** What decode has done up to and including this batch. */
  readonly totals: DecodeTotals
  readonly length: number
  readonly series: Uint32Array
  /** Event time, ms since the epoch, UTC; whole numbers. */
  readonly time: Float64Array
  /** The number; 1 or 0 for true and false; NaN where the value is text. Never infinite. */
  readonly value: Float64Array
  readonly quality: Uint8Array
  /** Decode generation: 0 live, higher after decoding again; the jobs of one Sen count up, to 65,535 at most. */
  readonly generation: Uint16Array
  /** Raw position of the message each row comes from. */
  readonly at: Float64Array
  /** Row → words, for the rows whose value is text. */
  readonly texts: ReadonlyMap<number, string>
  readonly quarantined: readonly Quarantined[]
  /** What the messages say besides readings, in their order; left out where they say nothing. */
  readonly networkEvents?: readonly NetworkEvent[]
  /** What people entered or took back; left out where nobody did. */
  readonly observed?: readonly Observed[]
  readonly event: BatchEvent | undefined
  /**
   * Set where the batch is a part of decoding again. All of its rows are then of a later generation, and those that the
   * same messages gave before are taken back: from their series and times on, readings are corrected ones.
   */
  readonly redecoded?: Redecoded | undefined
}

/** One row of a batch, where a loop over columns would be less clear. */
export interface Reading {
  readonly series: SeriesId
  readonly time: number
  readonly value: number | string
  readonly quality: Quality
  readonly generation: number
  readonly at: Position
}
