import { z } from 'zod'
import { organisationId, siteId, tag } from './ids.ts'
import { recipientId } from './recipient.ts'
import { severity } from './rule.ts'

/** A duty rota's or policy's name in the API. */
export const policyId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits or "-", at most 40')

const name = z.string().trim().min(1).max(120)
const moment = z.int().min(0).max(8.64e15)

/**
 * Who is on duty: turns of equal length, one after the other, and round again. Weeks are turns of 168 h, shifts of 8 or 12.
 * Swaps stand above turns.
 */
export const rota = z.strictObject({
  id: policyId,
  organisation: organisationId,
  name,
  /** When the first turn began, ms since the epoch: a Monday at 07:00 in Việt Nam, say. */
  begins: moment,
  turnHours: z.number().min(1).max(8784),
  turns: z.array(z.array(recipientId).min(1).max(20)).min(1).max(60),
  swaps: z
    .array(
      z
        .strictObject({ from: moment, to: moment, recipients: z.array(recipientId).min(1).max(20) })
        .refine(({ from, to }) => from < to, { message: 'from must be before to' })
    )
    .max(200)
    .default([])
})
export type Rota = Readonly<z.infer<typeof rota>>

const seconds = z
  .number()
  .min(0.05)
  .max(7 * 86_400)

/** How long is waited before the next way is tried, s. */
export const escalationTiming = z.strictObject({
  /** For the channel to take a notice. */
  answerS: seconds,
  /** From taken to a delivery report or an acknowledgement. */
  reportS: seconds,
  /** From reached to an acknowledgement, before the next person is told. */
  acknowledgeS: seconds,
  /** How often the whole chain is told if nobody acknowledges. */
  rounds: z.int().min(1).max(20),
  /** Between the end of the chain and its next round. */
  repeatS: seconds
})
export type EscalationTiming = Readonly<z.infer<typeof escalationTiming>>

/** Those who are told together: named, or on duty by a rota. */
export const escalationStage = z
  .strictObject({ recipients: z.array(recipientId).max(50).default([]), rota: policyId.optional() })
  .refine(({ recipients, rota: duty }) => recipients.length > 0 || duty !== undefined, {
    message: 'must name recipients or a rota'
  })
export type EscalationStage = Readonly<z.infer<typeof escalationStage>>

/** Who is told of which alarms, in which order. */
export const escalationPolicy = z.strictObject({
  id: policyId,
  /** Whose alarms: of this organisation and of those below it. */
  organisation: organisationId,
  name,
  isEnabled: z.boolean().default(true),
  sites: z.array(siteId).min(1).max(500).optional(),
  tags: z.array(tag).min(1).max(50).optional(),
  minimum: severity.default('low'),
  /** One after the other, until somebody acknowledges. */
  chain: z.array(escalationStage).min(1).max(20),
  /** What differs from the defaults (`defaultTimings`), by severity. */
  timing: z.partialRecord(severity, escalationTiming.partial()).default({})
})
export type EscalationPolicy = Readonly<z.infer<typeof escalationPolicy>>
