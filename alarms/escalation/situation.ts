import type { EscalationPolicy, Rota } from '../../model/escalation-policy.ts'
import type { Alarm, AlarmStep } from '../../model/alarm.ts'
import type { ToldRecipient } from '../../model/recipient.ts'
import type { Severity } from '../../model/rule.ts'

/** What a notice says of its alarm. */
export type NoticeAbout = 'raised' | 'worse' | 'better' | 'cleared' | 'reminder' | 'withdrawn' | 'test' | 'digest'

/**
 * Where a notice is. `waiting` until the channel has taken it (a failed try that is worth another leaves it there); `sent` is
 * what the channel took, `reached` what somebody has; `refused` by the channel, `failed` after it was taken; `stopped` before
 * it left: acknowledged, cleared, told otherwise.
 */
export type NoticeState = 'waiting' | 'sent' | 'reached' | 'refused' | 'failed' | 'stopped'

/** A notice that was planned, as far as planning needs it. */
export interface PastNotice {
  readonly key: string
  /** The alarm's step that it tells of. */
  readonly step: number
  /** 0, then 1 for the first repetition of the chain … */
  readonly round: number
  readonly recipient: string
  readonly channel: string
  readonly about: NoticeAbout
  readonly state: NoticeState
  /** When it is (or was) to be sent first, ms since the epoch. */
  readonly due: number
  /** When a try failed that is worth another. */
  readonly triedAt: number | undefined
  /** When the channel took it. */
  readonly sentAt: number | undefined
  /** When it was refused, failed, reached or stopped. */
  readonly endedAt: number | undefined
}

/** A channel, as far as planning needs it. */
export interface PlannedChannel {
  readonly id: string
  /** It rings: an SMS, a call, a siren. These go first at night. */
  readonly isLoud: boolean
}

/** Who can be told, and how. */
export interface Roster {
  readonly recipients: ReadonlyMap<string, ToldRecipient>
  readonly policies: readonly EscalationPolicy[]
  readonly rotas: ReadonlyMap<string, Rota>
  /** Those that are in use. */
  readonly channels: ReadonlyMap<string, PlannedChannel>
  /** `<recipient> <channel>`: refused as a wrong number lately; tried after all others. */
  readonly bad: ReadonlySet<string>
}

/** An alarm, as far as telling people needs it. */
export interface Situation {
  readonly alarm: Pick<Alarm, 'id' | 'organisation' | 'site' | 'severity' | 'level' | 'isRetrospective' | 'isWithdrawn'>
  /** Severity at its highest level: whom a critical alarm has woken hears that it is over. */
  readonly worst: Severity
  /** Every step, in order. */
  readonly steps: readonly Pick<AlarmStep, 'step' | 'at' | 'body'>[]
  /** Every notice of this alarm. */
  readonly notices: readonly PastNotice[]
  /** Of its device. */
  readonly tags: readonly string[]
  /** The alarm's organisation and those above it, the nearest first. */
  readonly organisations: readonly string[]
}
