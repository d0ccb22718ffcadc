import type { AlarmFacts } from '../../model/alarm.ts'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'

/** How people can be told. The names are part of the API. */
export const channelKinds = [
  ...(['email', 'zalo-zns', 'sms-esms', 'http', 'web-push', 'webhook', 'mqtt', 'gsm-modem'] as const)
] as const
export type ChannelKind = (typeof channelKinds)[number]

/** What reaches the recipient: at night a critical alarm begins with `sms` and `voice`. `machine`: no person at all. */
export const media = ['email', 'chat', 'sms', 'voice', 'push', 'machine'] as const
export type Medium = (typeof media)[number]

/** Whom a notice is for, as far as a channel needs to know. */
export interface Recipient {
  /** `person:12`, `siren:cau-rong`. */
  readonly id: string
  readonly name: string
  readonly language: 'vi' | 'en'
  /** E.164. */
  readonly phone?: string | undefined
  readonly email?: string | undefined
  /** What this very channel calls the recipient: a Zalo user id, the chat of a bot. */
  readonly account?: string | undefined
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

/** `accepted` is "sent" and never "reached"; `isReached` where the channel's answer itself says so. */
export type SendOutcome =
  | {
      readonly ok: true
      /** What delivery reports will name; nothing where none will come. */
      readonly reference?: string | undefined
      readonly isReached?: boolean
      readonly detail?: string
      /** Endpoints of web push that are no more: forget them. */
      readonly gone?: readonly string[]
    }
  | {
      readonly ok: false
      readonly refusal: Refusal
      /** What the other side said, its code first; no secrets, one line, cut to 300 characters. */
      readonly detail: string
      readonly retryAfterMs?: number | undefined
      readonly gone?: readonly string[]
    }

/** A delivery report, as a gateway calls back with it or is asked for it. */
export interface DeliveryReport {
  /** What `SendOutcome.reference` said. */
  readonly reference: string
  readonly state: 'reached' | 'failed'
  readonly detail: string
}

/** What somebody wrote back through a channel: perhaps a reply code. */
export interface Reply {
  /** E.164, or the account where the channel has such. */
  readonly from: string
  /** As it was written; at most 1,000 characters. */
  readonly text: string
}

/** A call of `/notify/{channel}/report` as it came. Some gateways (eSMS) report by GET, all in the query. */
export interface ReportCall {
  readonly query: Readonly<Record<string, string | undefined>>
  /** UTF-8; empty if there was none. Of MQTT: the payload. */
  readonly body: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** A way to tell people. Safe for many notices at once. */
export interface Channel {
  readonly kind: ChannelKind
  readonly medium: Medium
  /** Tries once. Never throws for what the other side does; `signal` ends the try. */
  send(notice: Notice, signal: AbortSignal): Promise<SendOutcome>
  /** Reads what the gateway calls back with. Who may call is the route's to know. @returns nothing for what is no report. */
  reports?(call: ReportCall): readonly DeliveryReport[]
  /** What people wrote back, in such a call. */
  replies?(call: ReportCall): readonly Reply[]
  /** What was sent and not reported yet, for gateways that are asked. */
  poll?(references: readonly string[], signal: AbortSignal): Promise<readonly DeliveryReport[]>
  /** Whether it could send now: token, balance, signal; lacking where that cannot be asked. */
  check?(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }>
  /** Safe to call twice. */
  stop(): Promise<void>
}

/** What channels get from who opens them. */
export interface ChannelTools {
  readonly clock: Clock
  readonly log: Log
  /** Own network that channels may reach all the same: addresses, networks (`192.168.1.0/24`), host names. */
  readonly reachable: readonly string[]
  /** Name that stands behind the `@` of Message-IDs, `sen.nghean.gov.vn`. */
  readonly host: string
  /** Where gateways call back, for those that are told with each message. Whoever knows it may report: it is a secret. */
  readonly reportUrl?: string | undefined
  /** Publishes at QoS 1 through Sen's own broker. Without it there is no `mqtt`. */
  readonly publish?: ((topic: string, payload: string) => Promise<void>) | undefined
  /** Keeps secrets that a provider has renewed (a Zalo refresh token serves once): they are used once this has resolved. */
  readonly storeSecrets?: ((secrets: Readonly<Record<string, unknown>>) => Promise<void>) | undefined
  /** What comes in by itself, without a call: a modem's status reports and incoming messages. */
  readonly onReport?: ((report: DeliveryReport) => void) | undefined
  readonly onReply?: ((reply: Reply) => void) | undefined
}
