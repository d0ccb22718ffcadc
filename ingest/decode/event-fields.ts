import { z } from 'zod'
import type { UnplacedEvent } from '../../model/network-event.ts'
import type { QuarantineReason } from '../../model/reading-batch.ts'

/** What a message that tells of an event comes to. */
export type EventOutcome =
  | {
      readonly ok: true
      /** `undefined`: one that Sen does not know, or that says nothing. */
      readonly event: UnplacedEvent | undefined
      /** What the message calls its device or gateway; must be what the topic calls it. `undefined`: it does not say. */
      readonly topicName: string | undefined
      /** ISO 8601: when it happened, as the message says. */
      readonly time: string | undefined
    }
  | { readonly ok: false; readonly reason: QuarantineReason; readonly detail: string }

/** A share in %, as numbers that were 32-bit floats may slightly miss it. */
export const percent = z
  .number()
  .min(0)
  .max(100.01)
  .transform(level => Math.min(100, level))

/** WGS 84, as both network servers write it; what is absent is 0. */
export const position = z
  .object({
    latitude: z.number().min(-90).max(90).default(0),
    longitude: z.number().min(-180).max(180).default(0),
    accuracy: z.number().min(0).max(1e7).nullish()
  })
  .transform(({ latitude, longitude, accuracy }) => ({ latitude, longitude, accuracy: accuracy ?? undefined }))

/** @returns words of others, cut to what is kept of them. */
export function detailOf(words: string): string {
  return words.slice(0, 200).toWellFormed()
}
