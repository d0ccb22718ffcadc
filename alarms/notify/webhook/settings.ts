import { z } from 'zod'

/** Somebody's server that wants to know. */
export const webhookSettings = z.strictObject({
  /** Where to post; the recipient's own address where left out. */
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
})
export type WebhookSettings = z.infer<typeof webhookSettings>

const signingSecret = z
  .string()
  .regex(/^(?:whsec_)?[A-Za-z0-9+/]{32,100}={0,2}$/, 'must be whsec_ and at least 24 bytes in Base64')

/** `previous`: still signed with while the receiver changes over. */
export const webhookSecrets = z.strictObject({ secret: signingSecret, previous: signingSecret.optional() })
export type WebhookSecrets = z.infer<typeof webhookSecrets>
