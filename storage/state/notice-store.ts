import type { EscalationPlan } from '../../alarms/escalation/plan.ts'
import type { NoticeGroup } from '../../alarms/escalation/gather.ts'
import type { NoticeAbout, NoticeState, PastNotice } from '../../alarms/escalation/situation.ts'
import type { ChannelKind, DeliveryReport } from '../../alarms/notify/channel.ts'
import type { AuditEntry } from '../../model/audit.ts'
import type { EscalationPolicy, Rota } from '../../model/escalation-policy.ts'
import type { RecipientDraft, ToldRecipient } from '../../model/recipient.ts'
import type { Severity } from '../../model/rule.ts'

/** A recipient, with what is known of the account behind it. */
export interface StoredRecipient extends ToldRecipient {
  /** What counts: the recipient's own, else the account's. */
  readonly reach: { readonly phone: string | undefined; readonly email: string | undefined }
  /** Enabled, and the account behind it is not closed. */
  readonly isActive: boolean
}

/** A configured way to tell people. */
export interface NotifyChannel {
  readonly id: string
  readonly kind: ChannelKind
  readonly name: string
  /** Whose people it tells: of this organisation and of those below it. */
  readonly organisation: string
  readonly isEnabled: boolean
  /** What is no secret. */
  readonly settings: Readonly<Record<string, unknown>>
  /** JSON, sealed. */
  readonly secrets: string | undefined
  readonly createdAt: number
  /** Its own fault, since when: credentials, balance, template. */
  readonly trouble: { readonly since: number; readonly detail: string } | undefined
}

/** A browser that takes web push (RFC 8030). */
export interface PushSubscription {
  readonly endpoint: string
  readonly recipient: string
  readonly p256dh: string
  readonly auth: string
  readonly createdAt: number
}

/** A notice as it is kept. */
export interface StoredNotice extends PastNotice {
  /** An alarm's id, `group~<key>` or `test~<recipient>~<day>`. */
  readonly alarm: string
  readonly organisation: string
  readonly severity: Severity
  readonly plannedAt: number
  readonly attempts: number
  /** When it is tried next, ms since the epoch; `due` is when it was to be tried first. */
  readonly nextTryAt: number
  /** What the channel calls it in its reports. */
  readonly reference: string | undefined
  /** What was said last, by the channel or by Sen. */
  readonly detail: string
  /** It is told together with others, under that key. */
  readonly group: string | undefined
  /** It tells these. */
  readonly members: readonly string[]
}

/** The way back from a message to what it is about. */
export interface NoticeLink {
  /** SHA-256 of the code in the link, Base64url. */
  readonly hash: string
  /** What is answered by SMS, `4F7K`. */
  readonly reply: string
  /** As in `StoredNotice`. */
  readonly alarm: string
  readonly recipient: string
  readonly expiresAt: number
}

/** A notice that is to be told beside any alarm's: a test. */
export interface ExtraNotice {
  readonly key: string
  readonly alarm: string
  readonly organisation: string
  readonly recipient: string
  readonly channel: string
  readonly about: NoticeAbout
  readonly severity: Severity
  readonly due: number
}

/** What planning came to, for one alarm. */
export interface AppliedPlan {
  readonly alarm: string
  readonly organisation: string
  readonly plan: EscalationPlan
}

/** What one try came to. */
export interface TryOutcome {
  readonly key: string
  readonly at: number
  readonly state: Extract<NoticeState, 'sent' | 'reached' | 'refused' | 'failed' | 'waiting' | 'stopped'>
  /** Of `waiting`: when it is tried again. */
  readonly nextTryAt?: number | undefined
  readonly reference?: string | undefined
  readonly detail: string
  /** The address is wrong: this channel is tried last for them from now on. */
  readonly isBadContact?: boolean
}

/** What the storm limit must know of one recipient and channel. */
export interface SentLately {
  readonly recipient: string
  readonly channel: string
  /** Notices that went within the time, groups as one. */
  readonly count: number
  readonly lastGroupAt: number | undefined
}

export interface NoticeQuery {
  readonly limit: number
  readonly alarm?: string | undefined
  readonly recipient?: string | undefined
  readonly about?: NoticeAbout | undefined
  readonly organisations?: readonly string[] | undefined
  /** Only notices that were planned before the one of this key, for paging. */
  readonly after?: string | undefined
}

/** So many notices wait at most; what is not critical is refused beyond. */
export const mostWaiting = 50_000

/**
 * Who can be told and how, and the outbox: what is to be told, what was, and what came of it. A notice is tried at least once,
 * always under the same key. Throws `SEN_STATE_FAILED`.
 */
export interface NoticeStore {
  recipients(): Promise<readonly StoredRecipient[]>
  /** @param person - whose account it is; one recipient an account. @returns its id. @throws SenError `SEN_CONFLICT`. */
  addRecipient(draft: RecipientDraft, person: number | undefined, audit?: AuditEntry): Promise<string>
  /** Forgets which of its addresses were wrong. @throws SenError `SEN_NOT_FOUND`. */
  changeRecipient(id: string, draft: RecipientDraft, audit?: AuditEntry): Promise<void>
  /** What waits for it is stopped. @returns whether it was there. */
  removeRecipient(id: string, at: number, audit?: AuditEntry): Promise<boolean>
  policies(): Promise<readonly EscalationPolicy[]>
  putPolicy(policy: EscalationPolicy, audit?: AuditEntry): Promise<void>
  removePolicy(id: string, audit?: AuditEntry): Promise<boolean>
  rotas(): Promise<readonly Rota[]>
  putRota(rota: Rota, audit?: AuditEntry): Promise<void>
  removeRota(id: string, audit?: AuditEntry): Promise<boolean>
  channels(): Promise<readonly NotifyChannel[]>
  /** Adds it, or replaces all of it but its age. */
  putChannel(channel: Omit<NotifyChannel, 'trouble'>, audit?: AuditEntry): Promise<void>
  removeChannel(id: string, audit?: AuditEntry): Promise<boolean>
  /** What a provider has renewed. */
  keepSecrets(id: string, secrets: string): Promise<void>
  /** @param trouble - `undefined`: it works. @returns whether that is new. */
  setTrouble(id: string, trouble: NotifyChannel['trouble']): Promise<boolean>
  pushes(): Promise<readonly PushSubscription[]>
  putPush(push: PushSubscription, audit?: AuditEntry): Promise<void>
  forgetPushes(endpoints: readonly string[]): Promise<void>
  /** `<recipient> <channel>` whose address was wrong since then. */
  badContacts(since: number): Promise<readonly string[]>

  /** Sequence number of the last step of an alarm that was planned for; 0 at first. */
  position(): Promise<number>
  /** What was planned, with the ways back to it, and how far the follower has come: in one transaction. */
  apply(plans: readonly AppliedPlan[], links: readonly NoticeLink[], at: number, position?: number): Promise<void>
  addExtra(notices: readonly ExtraNotice[], links: readonly NoticeLink[], at: number): Promise<void>
  /** Alarms whose time to be planned again has come. */
  alarmsToLookAt(now: number, limit: number): Promise<readonly string[]>
  /** When there is something to do next by the clock: planning or sending; `undefined`: nothing. */
  nextAt(): Promise<number | undefined>
  noticesOf(alarm: string): Promise<readonly StoredNotice[]>
  notices(query: NoticeQuery): Promise<readonly StoredNotice[]>
  notice(key: string): Promise<StoredNotice | undefined>
  /** What waits and is due: not what is told together with others. */
  due(now: number, limit: number): Promise<readonly StoredNotice[]>
  sentSince(since: number): Promise<readonly SentLately[]>
  /** Makes one notice of several that wait. */
  group(
    group: NoticeGroup & { readonly recipient: string; readonly channel: string; readonly organisation: string },
    link: NoticeLink,
    at: number
  ): Promise<void>
  /** What a try came to: of all that were told together. Their alarms are planned again at once. */
  settle(outcome: TryOutcome): Promise<void>
  /** @returns the references that are not known. */
  report(channel: string, reports: readonly DeliveryReport[], at: number): Promise<readonly string[]>
  /** References of what the channel took since then and has not reported. */
  unreported(channel: string, since: number, limit: number): Promise<readonly string[]>
  /** Somebody answered: what they were told of it has reached them. */
  reached(alarm: string, recipient: string, at: number, detail: string): Promise<void>
  /** Notices of alarms whose outcome does not stand in the alarm's history yet. */
  unnoted(limit: number): Promise<readonly StoredNotice[]>
  noted(notices: readonly Pick<StoredNotice, 'key' | 'state' | 'group'>[]): Promise<void>
  linkOf(hash: string): Promise<NoticeLink | undefined>
  /** The newest link of this reply code to one of these recipients that has not expired. */
  linkByReply(reply: string, recipients: readonly string[], now: number): Promise<NoticeLink | undefined>
  counts(): Promise<Readonly<Record<NoticeState, number>>>
  /** Removes what ended before then, and links that have expired. */
  trim(endedBefore: number, now: number): Promise<void>
}
