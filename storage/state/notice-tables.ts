/** Rows of recipients, policies and notices; see `StateTables`. */
export interface NoticeTables {
  /** `body`: `RecipientDraft` as JSON. */
  readonly recipient: { readonly id: string; readonly person: number | null; readonly body: string }
  readonly escalation_policy: { readonly id: string; readonly body: string }
  readonly duty_rota: { readonly id: string; readonly body: string }
  readonly notify_channel: NotifyChannelRow
  readonly push_subscription: PushSubscriptionRow
  readonly bad_contact: { readonly recipient: string; readonly channel: string; readonly at: number }
  readonly notice: NoticeRow
  /** When an alarm is planned again. */
  readonly notice_look: { readonly alarm: string; readonly at: number }
  readonly notice_link: NoticeLinkRow
}

export interface NotifyChannelRow {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly organisation: string
  readonly is_enabled: number
  /** JSON. */
  readonly settings: string
  /** JSON, sealed. */
  readonly secrets: string | null
  readonly created_at: number
  readonly trouble_since: number | null
  readonly trouble: string | null
}

export interface PushSubscriptionRow {
  readonly endpoint: string
  readonly recipient: string
  readonly p256dh: string
  readonly auth: string
  readonly created_at: number
}

export interface NoticeRow {
  readonly key: string
  readonly alarm: string
  readonly step: number
  readonly round: number
  readonly recipient: string
  readonly channel: string
  readonly organisation: string
  readonly about: string
  readonly severity: string
  readonly state: string
  readonly due: number
  readonly next_try_at: number
  /** `quiet` or `digest`. */
  readonly held: string | null
  readonly planned_at: number
  readonly attempts: number
  readonly last_try_at: number | null
  readonly sent_at: number | null
  readonly ended_at: number | null
  readonly reference: string | null
  readonly detail: string
  readonly group_key: string | null
  /** A JSON list of keys. */
  readonly members: string | null
  /** 0: what became of it is to be written into the alarm's history. */
  readonly is_noted: number
}

export interface NoticeLinkRow {
  readonly hash: string
  readonly reply: string
  readonly alarm: string
  readonly recipient: string
  readonly expires_at: number
}
