import { z } from 'zod'

/** What a connection is to. `webhook`: others call Sen; the rest: Sen connects out, or gives a login for its own broker. */
export const connectorTypes = ['chirpstack', 'tts', 'mqtt', 'webhook'] as const
export type ConnectorType = (typeof connectorTypes)[number]

/** How much a connector may bring; what is left out is as the settings say. */
export const connectorQuota = z.strictObject({
  /** Messages a second, sustained. */
  perSecond: z.number().positive().max(100_000).optional(),
  /** Bytes of payload a second, sustained. */
  bytesPerSecond: z.number().positive().max(1e9).optional(),
  /** Devices that nobody registered and that were not seen before, an hour. */
  newDevicesPerHour: z.number().positive().max(1e6).optional()
})
export type ConnectorQuota = z.infer<typeof connectorQuota>

/** How a webhook's sender signs: HMAC of the body with a shared secret, in hexadecimal or Base64, in this header. */
export const webhookSignature = z.strictObject({
  header: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
    .transform(name => name.toLowerCase()),
  algorithm: z.enum(['sha256', 'sha1', 'sha512']).default('sha256')
})
export type WebhookSignature = z.infer<typeof webhookSignature>

/** What of a connector is kept beside its address and mapping, and is no secret. */
export const connectorOptions = z.strictObject({
  quota: connectorQuota.optional(),
  signature: webhookSignature.optional(),
  /** Filters that were subscribed to before: the broker's session may still hold them. */
  formerFilters: z.array(z.string()).max(200).optional()
})
export type ConnectorOptions = z.infer<typeof connectorOptions>

/** How often a connector hears something, and when it did the last time: kept, so that a restart forgets nothing. */
export interface ConnectorRhythm {
  /** ms since the epoch, UTC. */
  readonly lastAt: number
  /** Gaps between arrivals that it has learned from. */
  readonly gaps: number
  /** Their moving mean, ms. */
  readonly meanMs: number
  /** For how long it has listened since, and heard nothing, ms. */
  readonly listenedMs: number
}

const pem = (word: string) =>
  z
    .string()
    .max(100_000)
    .regex(new RegExp(`-----BEGIN [A-Z ]*${word}-----`), `must be PEM: "-----BEGIN ${word}-----" and so on`)

/** What of a connector is sealed at rest and never shown. */
export const connectorSecrets = z.strictObject({
  /** Authority that signed the broker's certificate, where the machine does not know it. */
  ca: pem('CERTIFICATE').optional(),
  /** Sen's own certificate and key, where the broker asks for one. */
  certificate: pem('CERTIFICATE').optional(),
  key: pem('PRIVATE KEY').optional(),
  /** Shared with the sender of a webhook, who signs with it. */
  signatureSecret: z.string().min(1).max(1000).optional()
})
export type ConnectorSecrets = z.infer<typeof connectorSecrets>
