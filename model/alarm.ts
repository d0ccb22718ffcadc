import type { HealthEventKind } from './health.ts'
import type { Position } from './position.ts'
import type { Rule, Severity } from './rule.ts'

/** Words in both languages; English may be lacking where people wrote Vietnamese alone. */
export interface Words {
  readonly vi: string
  readonly en?: string | undefined
}

/** What an alarm is about. */
export interface AlarmSubject {
  readonly kind: 'device' | 'site' | 'gateway' | 'channel'
  readonly id: string
}

/** A reading that made an alarm begin, change or end. */
export interface CrossingReading {
  readonly device: string
  readonly metric: string
  /** Event time, ms since the epoch. */
  readonly t: number
  readonly value: number | string
  /** Raw position of the message that it came with. */
  readonly at: Position
  /** What it was compared with, where one number was. */
  readonly limit?: { readonly op: string; readonly value: number } | undefined
}

/** Facts that every change of an alarm's condition has. */
interface ConditionChange {
  /** See `alarmIdOf`. */
  readonly alarm: string
  readonly rule: string
  /** Of the rule. */
  readonly version: number
  readonly subject: AlarmSubject
  /** Raw position of what made it so. */
  readonly position: Position
  /** Since when it is so, by event time (of absence: by receive time), ms since the epoch. */
  readonly at: number
  /** Receive time of what made it so, ms since the epoch. */
  readonly foundAt: number
  readonly readings: readonly CrossingReading[]
  /** Found in data that came late or was corrected: it says what was so, long after. */
  readonly isRetrospective: boolean
}

/**
 * What the rules find. `raised` begins an alarm at a level (1 is the rule's first); `level` moves it; `cleared` ends its
 * condition. `moved` and `withdrawn` are what late data says of an alarm that is known: it began or ended at another time,
 * or never was.
 */
export type AlarmChange =
  | (ConditionChange & { readonly kind: 'raised'; readonly level: number })
  | (ConditionChange & { readonly kind: 'level'; readonly level: number })
  | (ConditionChange & { readonly kind: 'cleared' })
  | (ConditionChange & { readonly kind: 'moved'; readonly onset: number; readonly clearedAt: number | undefined })
  | (ConditionChange & { readonly kind: 'withdrawn' })

/** What an alarm is called, where it stands, and whose it is: known when it is raised. */
export interface AlarmNames {
  readonly organisation: string
  /** Site of the subject; a gateway or channel has none. */
  readonly site: string | undefined
  readonly name: Words
  readonly subjectName: string
  /** Of the level at which it stands. */
  readonly levelName: Words
  readonly severity: Severity
  readonly advice: Words | undefined
  readonly healthEvent: HealthEventKind | undefined
  readonly isSimulated: boolean
}

/** A change as an alarm's history keeps it: with what the alarm was called then. */
export type ChangeStep = AlarmChange & {
  readonly names: AlarmNames
  /** Of `raised`: SHA-256 of the evidence that was copied with it, hex. */
  readonly evidence?: string | undefined
}

/** A message that made an alarm begin, as it arrived. */
export interface EvidenceMessage {
  readonly position: Position
  readonly door: string
  readonly topic: string
  /** ms since the epoch. */
  readonly receivedAt: number
  readonly sizeBytes: number
  /** Base64; at most the first 64 KiB. */
  readonly payload: string
}

/** What is copied when an alarm is raised, so that it can be shown when the logs are trimmed and the rule has changed. */
export interface AlarmEvidence {
  /** As it stood then; `undefined` for what no rule found. */
  readonly rule: Rule | undefined
  /** Of the device that was read: its profile, and the SHA-256 of the codec that read it, hex. */
  readonly profile: { readonly id: string; readonly codec: string | undefined } | undefined
  /** Those that are still there, of at most ten. */
  readonly messages: readonly EvidenceMessage[]
}

/**
 * The alarm's id: rule and version, subject, and the raw position of what raised it. The same however often the log is read.
 * Safe in a URL: ids hold no `~`. @param nth - which it is of those that one record raised: a late upload may tell of several.
 */
export function alarmIdOf(rule: string, version: number, subject: AlarmSubject, position: Position, nth = 1): string {
  return [position, rule, version, subject.kind, subject.id, ...(nth > 1 ? [nth] : [])].join('~')
}

/** What a person, or Sen for one, does with an alarm. */
export type AlarmAction =
  | { readonly kind: 'acknowledged'; readonly by: 'console' | 'link' | 'reply' | 'api' }
  | { readonly kind: 'shelved'; readonly until: number; readonly reason: string }
  | { readonly kind: 'unshelved' }
  | { readonly kind: 'assigned'; readonly person: number | undefined; readonly name: string }
  | { readonly kind: 'commented'; readonly text: string }
  /** A person ends it by hand: the sensor is gone, the value was wrong. */
  | { readonly kind: 'closed'; readonly reason: string }

/** What became of one notice, as the alarm's evidence keeps it. */
export interface NoticeStep {
  readonly kind: 'notice'
  /** Idempotency key: alarm, step, recipient, channel. */
  readonly key: string
  readonly recipient: string
  readonly channel: string
  /** `sent` is what the channel took; only `reached` says that somebody has it. */
  readonly outcome: 'sent' | 'refused' | 'reached' | 'grouped' | 'held'
  readonly detail: string
}

/** What can stand in an alarm's history. */
export type AlarmStepBody =
  | ChangeStep
  | AlarmAction
  | NoticeStep
  /** Not told while it lasts: its gateway is down, maintenance goes on, it flaps. */
  | { readonly kind: 'suppressed'; readonly by: SuppressionCause; readonly detail: string }
  | { readonly kind: 'unsuppressed'; readonly by: SuppressionCause }

/** Why nobody is told of an alarm. */
export type SuppressionCause = 'gateway' | 'maintenance' | 'flapping' | 'out-of-service'

/** One line of an alarm's history. Lines of one alarm are chained: each hash covers the one before. */
export interface AlarmStep {
  /** Over all alarms, dense and growing: what a follower has read. */
  readonly sequence: number
  readonly alarm: string
  /** 1, 2, 3 … within the alarm. */
  readonly step: number
  /** ms since the epoch. */
  readonly at: number
  /** `person:12`, `token:3`, `sen`. */
  readonly author: string
  readonly authorName: string
  readonly body: AlarmStepBody
  /** SHA-256 of the hash before it and of this line, hex. */
  readonly hash: string
}

/**
 * Where an alarm is (ANSI/ISA-18.2, 5.4; IEC 62682): active and unacknowledged, active and acknowledged, gone but never
 * acknowledged, shelved, suppressed by design, out of service, or over.
 */
export type AlarmState =
  'unacknowledged' | 'acknowledged' | 'returned' | 'shelved' | 'suppressed' | 'out-of-service' | 'normal'

/** An alarm as it stands: what its steps come to. */
export interface Alarm extends AlarmNames {
  readonly id: string
  readonly rule: string
  readonly version: number
  readonly subject: AlarmSubject
  readonly state: AlarmState
  /** 0: its condition holds no more. */
  readonly level: number
  readonly highestLevel: number
  /** Since when its condition holds, by event time. Late data may move it. */
  readonly onset: number
  /** When Sen found it. */
  readonly raisedAt: number
  readonly clearedAt: number | undefined
  readonly acknowledgedAt: number | undefined
  readonly acknowledgedBy: string | undefined
  readonly shelvedUntil: number | undefined
  readonly assignee: { readonly id: number; readonly name: string } | undefined
  /** Times it has come back while it stood open. */
  readonly returns: number
  readonly isRetrospective: boolean
  /** It never was, as late data says. */
  readonly isWithdrawn: boolean
  /** Why nobody is told of it now. */
  readonly suppressedBy: readonly SuppressionCause[]
  /** What it was last found by. */
  readonly readings: readonly CrossingReading[]
  readonly steps: number
}

/** A time in which work is done on a device or at a site: alarms that are raised then are not told before it is over. */
export interface Maintenance {
  readonly id: number
  readonly of: { readonly kind: 'site' | 'device'; readonly id: string }
  /** ms since the epoch; `to` excluded. */
  readonly from: number
  readonly to: number
  readonly reason: string
  readonly author: string
  readonly authorName: string
}

/** Everything a message about an alarm says. Texts are made of this alone, in every channel. */
export interface AlarmFacts {
  /** `test`: nothing is wrong, the way is tried. `digest`: see `others`. */
  readonly about: 'raised' | 'worse' | 'better' | 'cleared' | 'reminder' | 'withdrawn' | 'test' | 'digest'
  readonly alarm: string
  readonly severity: Severity
  /** The rule's name. */
  readonly what: Words
  readonly levelName: Words
  /** Name of the device or site, and of the site and commune it stands in. */
  readonly subject: string
  readonly place: string
  readonly value?: {
    readonly metric: Words
    readonly value: number | string
    /** As people read it: `m`, `°C`. */
    readonly unit: string
    readonly limit: { readonly op: string; readonly value: number } | undefined
    readonly t: number
  }
  readonly since: number
  /** When it ended, where it has. */
  readonly until?: number | undefined
  readonly isStillTrue: boolean
  readonly isRetrospective: boolean
  readonly advice: Words | undefined
  /** Whom to call. */
  readonly contact: { readonly name: string; readonly phone: string | undefined } | undefined
  /** Short code that answers it by SMS. */
  readonly replyCode: string | undefined
  /** Page with one button that acknowledges it. */
  readonly link: string | undefined
  /** What is told together: a storm (beside what the rest says), a digest. */
  readonly others?: readonly { readonly what: Words; readonly subject: string; readonly severity: Severity }[]
  readonly isSimulated: boolean
}
