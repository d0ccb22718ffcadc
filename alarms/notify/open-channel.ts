import { SenError } from '../../model/errors.ts'
import { channelSettings } from './channel-settings.ts'
import type { Channel, ChannelKind, ChannelTools } from './channel.ts'
import { EmailChannel } from './email/email-channel.ts'
import { GsmModemChannel } from './gsm-modem/gsm-modem-channel.ts'
import { HttpChannel } from './http/http-channel.ts'
import { MqttChannel } from './mqtt/mqtt-channel.ts'
import { EsmsChannel } from './sms-esms/esms-channel.ts'
import { WebPushChannel } from './web-push/web-push-channel.ts'
import { WebhookChannel } from './webhook/webhook-channel.ts'
import { ZaloZnsChannel } from './zalo-zns/zalo-zns-channel.ts'

/** A channel as it is kept. Both are read anew: a later version may know them otherwise. */
interface ChannelProps {
  readonly settings: unknown
  readonly secrets: unknown
}

/**
 * Opens a channel. Connects to nothing yet: what is wrong with the other side, `check` and `send` say.
 *
 * @throws SenError `SEN_INPUT_INVALID` for settings or secrets that are none; its message names the field, never its value.
 */
export function openChannel(kind: ChannelKind, { settings, secrets }: ChannelProps, tools: ChannelTools): Channel {
  switch (kind) {
    case 'email':
      return new EmailChannel({ ...read(channelSettings.email, settings, secrets), tools })
    case 'zalo-zns':
      return new ZaloZnsChannel({ ...read(channelSettings['zalo-zns'], settings, secrets), tools })
    case 'sms-esms':
      return new EsmsChannel({ ...read(channelSettings['sms-esms'], settings, secrets), tools })
    case 'http':
      return new HttpChannel({ ...read(channelSettings.http, settings, secrets), tools })
    case 'web-push':
      return new WebPushChannel({ ...read(channelSettings['web-push'], settings, secrets), tools })
    case 'webhook':
      return new WebhookChannel({ ...read(channelSettings.webhook, settings, secrets), tools })
    case 'mqtt':
      return new MqttChannel({ ...read(channelSettings.mqtt, settings, secrets), tools })
    case 'gsm-modem':
      return new GsmModemChannel({ ...read(channelSettings['gsm-modem'], settings, secrets), tools })
    default:
      return unknownKind(kind)
  }
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}
type Parsed<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } }

interface Schemas<S, K> {
  readonly settings: { safeParse(value: unknown): Parsed<S> }
  readonly secrets: { safeParse(value: unknown): Parsed<K> }
}

function read<S, K>(schemas: Schemas<S, K>, settings: unknown, secrets: unknown): { settings: S; secrets: K } {
  return {
    settings: taken('settings', schemas.settings.safeParse(settings)),
    secrets: taken('secrets', schemas.secrets.safeParse(secrets))
  }
}

function taken<T>(what: string, parsed: Parsed<T>): T {
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = [what, ...(issue?.path ?? [])].map(String).join('.')
  throw new SenError('SEN_INPUT_INVALID', `open channel: ${field}: ${issue?.message ?? 'not understood'}`)
}

function unknownKind(kind: never): never {
  throw new SenError('SEN_INPUT_INVALID', `open channel: ${JSON.stringify(kind)} is not known`)
}
