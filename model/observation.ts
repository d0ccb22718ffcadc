import { z } from 'zod'
import { metricName } from './ids.ts'
import type { Position } from './position.ts'

/** How a person came by a value: read off a staff gauge, measured in a rain bucket, told by telephone, or otherwise. */
export const observationMethods = ['staff-gauge', 'rain-bucket', 'phone-call', 'other'] as const
export type ObservationMethod = (typeof observationMethods)[number]

/** Text that can be given back as it came. */
const line = z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters or halves of characters')

/** A remark, on one line. */
export const observationNote = line.max(300)

/**
 * What stands in the raw log of a value that a person entered, or took back: the payload of a message of door `manual` on
 * `site/{site}/{device}/observation`. A later one at the same (device, metric, t) corrects the earlier one.
 */
export const observationRecord = z.object({
  kind: z.enum(['entry', 'withdrawal']),
  metric: metricName,
  /** When it was measured, ms since the epoch, UTC. */
  t: z.number().int(),
  /** In the metric's canonical unit; 1 and 0 for true and false. Of a withdrawal: what is taken back. */
  value: z.union([z.number(), z.string()]),
  /** As the person gave it. */
  entered: z.object({ value: z.union([z.number(), z.string(), z.boolean()]), unit: z.string() }),
  method: z.enum(observationMethods),
  note: observationNote.optional(),
  /** Who entered it: as the audit log names them, and the name at that time. */
  author: z.object({ id: z.string(), name: z.string() }),
  /** The person was told that it is unlikely, and meant it. */
  isConfirmed: z.boolean()
})
export type ObservationRecord = z.infer<typeof observationRecord>

/** An observation as decode hands it on: the record, and where it stands. */
export interface Observed extends ObservationRecord {
  readonly position: Position
  readonly device: string
  readonly site: string
  /** When it was entered, ms since the epoch, UTC. */
  readonly receivedAt: number
}

/** What the list of observations is asked. */
export interface ObservationQuery {
  readonly limit: number
  /** Only entries with a lower position (older ones), for paging. */
  readonly before?: Position | undefined
  readonly device?: string | undefined
  readonly metric?: string | undefined
  /** Measured from (inclusive) to (exclusive), ms. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Only those at these sites; all where left out. */
  readonly sites?: readonly string[] | undefined
}

/** One in the list, and whether another one at its place came after it. */
export interface ListedObservation extends Observed {
  /** Of what came next at the same (device, metric, t): `undefined` if this is the last. */
  readonly replacedBy: ObservationRecord['kind'] | undefined
}
