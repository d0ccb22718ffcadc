import { randomBytes } from 'node:crypto'
import webPush from 'web-push'
import type { WebPushSecrets, WebPushSettings } from './web-push/settings.ts'
import type { WebhookSecrets } from './webhook/settings.ts'

/** Makes the key pair by which push services know Sen. Browsers subscribe to the public half: with another, all begin anew. */
export function freshPushKeys(): Pick<WebPushSettings, 'publicKey'> & WebPushSecrets {
  return webPush.generateVAPIDKeys()
}

/** Makes the secret that a webhook is signed with, to be shown once to who receives it. */
export function freshWebhookSecret(): Pick<WebhookSecrets, 'secret'> {
  return { secret: `whsec_${randomBytes(32).toString('base64')}` }
}
