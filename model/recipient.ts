import { z } from 'zod'
import { organisationId, siteId, tag } from './ids.ts'
import { mailAddress, personName, phoneNumber } from './person.ts'
import { severity } from './rule.ts'

/** Who can be told: `person:12` for an account of Sen's, `contact:3` for a number, a mailbox, a siren of nobody's account. */
export const recipientId = z.string().regex(/^(?:person|contact):[1-9]\d{0,9}$/, 'must be person:<id> or contact:<id>')

/** A configured way to tell people: `sms`, `mail-tinh`. */
export const notifyChannelId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits or "-", at most 40')

/** A time of day in Việt Nam (UTC+7). */
export const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM')

/** From a time of day to another; `from` after `to` goes over midnight. */
export const hoursOfDay = z
  .strictObject({ from: clockTime, to: clockTime })
  .refine(({ from, to }) => from !== to, { message: 'from and to must differ' })
export type HoursOfDay = Readonly<z.infer<typeof hoursOfDay>>

/** Which alarms somebody is told of. Every list that is given narrows it. */
export const recipientScope = z.strictObject({
  sites: z.array(siteId).min(1).max(500).optional(),
  tags: z.array(tag).min(1).max(50).optional(),
  /** The least severity. */
  minimum: severity.default('low')
})
export type RecipientScope = Readonly<z.infer<typeof recipientScope>>

/** What people say of a recipient, and may change. */
export const recipientDraft = z.strictObject({
  /** Whose alarms: of this organisation and of those below it. */
  organisation: organisationId,
  name: personName,
  language: z.enum(['vi', 'en']).default('vi'),
  phone: phoneNumber.optional(),
  email: mailAddress.optional(),
  webhook: z
    .url({ protocol: /^https?$/ })
    .max(1000)
    .optional(),
  /** MQTT topic of a siren. */
  topic: z
    .string()
    .regex(/^[^#+\p{Cc}]{1,200}$/u, 'must be a topic without wildcards')
    .optional(),
  /** What a channel itself calls them, by channel: a Zalo user id, the chat of a bot. */
  accounts: z.record(notifyChannelId, z.string().trim().min(1).max(200)).default({}),
  /** In the order in which they are tried. */
  channels: z.array(notifyChannelId).max(10).default([]),
  scope: recipientScope.default({ minimum: 'low' }),
  /** Broken by what is critical alone. */
  quiet: hoursOfDay.optional(),
  /** When what is of low severity is told together. */
  digestAt: clockTime.default('07:00'),
  /** So many notices within ten minutes come one by one by each channel; what is more is told together. */
  mostSingle: z.int().min(1).max(1000).default(10),
  /** Whether the weekly test goes to them. */
  isTested: z.boolean().default(true),
  isEnabled: z.boolean().default(true)
})
export type RecipientDraft = Readonly<z.infer<typeof recipientDraft>>

/** Somebody, or something, that is told. */
export interface ToldRecipient extends RecipientDraft {
  readonly id: string
  /** The account behind it; its phone and mail address count where the recipient has none of its own. */
  readonly person: number | undefined
}
