import { z } from 'zod'

/** Who sends, as push services want to know (RFC 8292): an address for complaints, and the public half of a key of Sen's own. */
export const webPushSettings = z.strictObject({
  subject: z
    .string()
    .max(254)
    .regex(/^(?:mailto:[^\s<>]+@[^\s<>]+|https:\/\/[^\s<>]+)$/, 'must be mailto: or https:'),
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{87}$/, 'must be a P-256 key, 87 characters of Base64url')
})
export type WebPushSettings = z.infer<typeof webPushSettings>

export const webPushSecrets = z.strictObject({
  privateKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a P-256 key, 43 characters of Base64url')
})
export type WebPushSecrets = z.infer<typeof webPushSecrets>
