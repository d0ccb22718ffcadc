import type { AlarmFacts } from '../../model/alarm.ts'

/** How people can be told. The names are part of the API. */
export const channelKinds = [
  ...(['email', 'zalo-zns', 'sms-esms', 'http', 'web-push', 'webhook', 'mqtt', 'gsm-modem'] as const)
] as const
export type ChannelKind = (typeof channelKinds)[number]

/** Whom a notice is for, as far as a channel needs to know. */
export interface Recipient {
  /** `person:12`, `siren:cau-rong`. */
  readonly id: string
  readonly name: string
  readonly language: 'vi' | 'en'
  /** E.164. */
  readonly phone?: string | undefined
  readonly email?: string | undefined
  /** Web push subscriptions (RFC 8030): where, and the keys of RFC 8291, Base64url. */
  readonly pushes?: readonly { readonly endpoint: string; readonly p256dh: string; readonly auth: string }[] | undefined
  readonly webhook?: string | undefined
  readonly topic?: string | undefined
}

/** One thing to be told to one recipient through one channel. */
export interface Notice {
  /** Idempotency key, at most 48 characters of `A-Z a-z 0-9 - _`: alarm, step, recipient and channel, hashed. The same at each try. */
  readonly key: string
  /** The same for every notice about one alarm: mails of a thread, a push that takes the place of the one before. */
  readonly thread: string
  readonly recipient: Recipient
  readonly facts: AlarmFacts
}

/** Why a channel did not take a notice. */
export type Refusal =
  /** Cannot be reached with these data: bad number, no account, has refused: fall back, and remember. */
  | 'recipient'
  /** Not now: night, limit, quota. */
  | 'not-now'
  /** The channel's own fault: credentials, balance, template: an alarm of itself. */
  | 'channel'
  /** No answer, a server's error: worth another try. */
  | 'unavailable'

/** `accepted` is "sent" and never "reached"; `isReached` where the channel's answer itself says so (a siren that answers). */
export type SendOutcome =
  | {
      readonly ok: true
      readonly reference?: string | undefined
      readonly isReached?: boolean
      readonly detail?: string
    }
  | {
      readonly ok: false
      readonly refusal: Refusal
      /** What the other side said, its code first; no secrets, cut to 300 characters. */
      readonly detail: string
      readonly retryAfterMs?: number | undefined
    }

/** A delivery report, as a gateway calls back with it or is asked for it. */
export interface DeliveryReport {
  /** What `SendOutcome.reference` said. */
  readonly reference: string
  readonly state: 'reached' | 'failed'
  readonly detail: string
}

/** A way to tell people. Safe for many notices at once. */
export interface Channel {
  readonly kind: ChannelKind
  /** Tries once. Never throws for what the other side does; `signal` ends the try. */
  send(notice: Notice, signal: AbortSignal): Promise<SendOutcome>
  /** Reads what the gateway posts to `POST /notify/{channel}/report`. @returns nothing for what is no report. */
  reports?(body: unknown, headers: Readonly<Record<string, string | undefined>>): readonly DeliveryReport[]
  /** What was sent and not reported yet, for gateways that are asked. */
  poll?(references: readonly string[], signal: AbortSignal): Promise<readonly DeliveryReport[]>
  /** Whether it could send now: token, balance, signal; `undefined` where that cannot be asked. */
  check?(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }>
  /** Safe to call twice. */
  stop(): Promise<void>
}
