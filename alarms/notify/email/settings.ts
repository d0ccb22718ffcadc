import { z } from 'zod'

const mailAddress = z.email().max(254)

/** A mail server that takes mail for others. */
export const emailSettings = z.strictObject({
  host: z.string().regex(/^[A-Za-z0-9:._-]{1,253}$/, 'must be a host name or address'),
  port: z.int().min(1).max(65_535).default(587),
  /** `starttls`: begins in clear and never goes on so; `tls`: from the first byte (465); `none`: a relay on the own machine. */
  security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
  user: z.string().min(1).max(254).optional(),
  from: mailAddress,
  fromName: z.string().max(100).default('Sen'),
  replyTo: mailAddress.optional(),
  /** `mailto:` or https: where people say that they want no more mails (RFC 2369). */
  unsubscribe: z
    .string()
    .max(500)
    .regex(/^(?:mailto:|https:\/\/)[^\s<>]+$/, 'must be mailto: or https:')
    .optional(),
  /** Authority of the server's certificate, PEM, where the machine does not know it. */
  ca: z.string().max(100_000).optional()
})
export type EmailSettings = z.infer<typeof emailSettings>

export const emailSecrets = z.strictObject({ password: z.string().min(1).max(500).optional() })
export type EmailSecrets = z.infer<typeof emailSecrets>
