import type { z } from 'zod'
import type { ChannelKind, Medium } from './channel.ts'
import { emailSecrets, emailSettings } from './email/settings.ts'
import { gsmModemSecrets, gsmModemSettings } from './gsm-modem/settings.ts'
import { httpSecrets, httpSettings } from './http/settings.ts'
import { mqttSecrets, mqttSettings } from './mqtt/settings.ts'
import { esmsSecrets, esmsSettings } from './sms-esms/settings.ts'
import { webPushSecrets, webPushSettings } from './web-push/settings.ts'
import { webhookSecrets, webhookSettings } from './webhook/settings.ts'
import { zaloZnsSecrets, zaloZnsSettings } from './zalo-zns/settings.ts'

/**
 * What each kind of channel is told: `settings` may be shown to who may change them, `secrets` are sealed at rest and never
 * shown. Both are strict: what they do not know is refused.
 */
export const channelSettings = {
  email: { settings: emailSettings, secrets: emailSecrets },
  'zalo-zns': { settings: zaloZnsSettings, secrets: zaloZnsSecrets },
  'sms-esms': { settings: esmsSettings, secrets: esmsSecrets },
  http: { settings: httpSettings, secrets: httpSecrets },
  'web-push': { settings: webPushSettings, secrets: webPushSecrets },
  webhook: { settings: webhookSettings, secrets: webhookSecrets },
  mqtt: { settings: mqttSettings, secrets: mqttSecrets },
  'gsm-modem': { settings: gsmModemSettings, secrets: gsmModemSecrets }
} as const satisfies Readonly<Record<ChannelKind, { readonly settings: z.ZodType; readonly secrets: z.ZodType }>>

/** What of a recipient a kind of channel needs; a template of `http` says it itself. */
export const channelNeeds: Readonly<
  Record<Exclude<ChannelKind, 'http'>, { readonly medium: Medium; readonly needs: string }>
> = {
  email: { medium: 'email', needs: 'email' },
  'zalo-zns': { medium: 'chat', needs: 'phone' },
  'sms-esms': { medium: 'sms', needs: 'phone' },
  'web-push': { medium: 'push', needs: 'pushes' },
  webhook: { medium: 'machine', needs: 'webhook' },
  mqtt: { medium: 'machine', needs: 'topic' },
  'gsm-modem': { medium: 'sms', needs: 'phone' }
}
