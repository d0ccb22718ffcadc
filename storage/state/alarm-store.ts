import type {
  Alarm,
  AlarmAction,
  AlarmChange,
  AlarmEvidence,
  AlarmNames,
  AlarmState,
  AlarmStep,
  AlarmSubject,
  Maintenance,
  SuppressionCause
} from '../../model/alarm.ts'
import type { AuditEntry, Author } from '../../model/audit.ts'
import type { HealthEventKind } from '../../model/health.ts'
import type { Position } from '../../model/position.ts'
import type { KeptState } from './health-store.ts'

/** A change, with what the alarm is called at its level. `names` of `moved`, `cleared` and `withdrawn` change nothing. */
export interface NamedChange {
  readonly change: AlarmChange
  readonly names: AlarmNames
  /** Of `raised`: what is copied with it. */
  readonly evidence?: AlarmEvidence | undefined
  /** Of `raised`: nobody is told while this lasts. Maintenance is found by the store itself. */
  readonly suppressed?: { readonly by: SuppressionCause; readonly detail: string } | undefined
}

export interface AlarmQuery {
  readonly limit: number
  /** Only alarms that come after the one of this id, for paging. */
  readonly after?: string | undefined
  /** Only alarms of these organisations; of all where left out. */
  readonly organisations?: readonly string[] | undefined
  readonly states?: readonly AlarmState[] | undefined
  readonly site?: string | undefined
  readonly device?: string | undefined
  readonly rule?: string | undefined
  readonly isSimulated?: boolean | undefined
  /** Only those that were raised from here (inclusive) to there (exclusive), ms since the epoch. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** One time that an alarm's condition held. */
export interface AlarmOccurrence {
  /** The id that it was raised with. */
  readonly id: string
  readonly version: number
  readonly subject: AlarmSubject
  readonly healthEvent: HealthEventKind | undefined
  readonly onset: number
  /** `undefined` while it holds. */
  readonly clearedAt: number | undefined
  readonly highestLevel: number
}

/** A step that was written, and the alarm as it stood after it. */
export interface WrittenStep {
  readonly step: AlarmStep
  readonly alarm: Alarm
}

/** What is said of one alarm in the report of what alarms cost people. */
export interface AlarmBurden {
  readonly rule: string
  readonly raisedAt: number
  /** When it was acknowledged first. */
  readonly acknowledgedAt: number | undefined
  /** When its condition was found to have ended first. */
  readonly returnedAt: number | undefined
  /** Somebody commented on it, took it over, shelved it, or closed it by hand. */
  readonly isActedOn: boolean
}

/** What a check of all alarms' histories found. */
export interface AlarmVerdict {
  readonly alarms: number
  readonly steps: number
  /** What is wrong, in words, each with the alarm and the step; empty where nothing is. */
  readonly faults: readonly string[]
}

/**
 * Alarms, each a chain of steps. Nothing of a step ever changes; an alarm is what its steps come to.
 * Throws `SEN_STATE_FAILED`.
 */
export interface AlarmStore {
  /**
   * Takes what the rules found up to a position, and what they know there, in one transaction. A change that is known
   * already (same alarm, kind, position and level) is passed over: reading the log twice tells nothing twice. A condition
   * that comes back soon is one more `raised` of the alarm that nobody has acknowledged yet; what is said later of the id
   * that it came back with is said of that alarm. Alarms that are raised within a time of maintenance are suppressed.
   *
   * @param states - replaces what is known of these things; what is not named stays.
   * @param position - where the rules stand; `undefined`: they have not moved, others found these (health).
   * @returns the steps that are new.
   */
  take(
    changes: readonly NamedChange[],
    states: KeptState,
    position: Position | undefined
  ): Promise<readonly WrittenStep[]>
  /** What the rules knew at their position; 0 and nothing if there was none. */
  kept(): Promise<{ readonly states: KeptState; readonly position: Position }>
  /** Adds what a person did. `SEN_NOT_FOUND`; `SEN_CONFLICT` where it makes no sense (acknowledged twice, over). */
  act(alarm: string, action: AlarmAction, author: Author, audit?: AuditEntry): Promise<Alarm>
  /** Adds steps of Sen's own: notices, suppression. Those of a notice's key and outcome that are there are passed over. */
  note(steps: readonly Pick<AlarmStep, 'alarm' | 'body'>[]): Promise<void>
  /** Ends what has run out by now: shelving, maintenance, and the silence of an alarm that has stopped flapping. */
  expire(): Promise<void>
  /** Newest first. */
  alarms(query: AlarmQuery): Promise<readonly Alarm[]>
  /** By its id, or an id that it came back with. */
  alarm(id: string): Promise<Alarm | undefined>
  /** Times that a rule's condition held for a subject, those that late data have withdrawn left out; not over at `from`, or later. */
  occurrences(query: {
    readonly rule: string
    readonly subject: AlarmSubject['id']
    /** ms since the epoch, by event time. */
    readonly from: number
  }): Promise<readonly AlarmOccurrence[]>
  /** Times that alarms of health began and that go on, with their rules. */
  openHealth(): Promise<readonly (AlarmOccurrence & { readonly rule: string })[]>
  /** How many are in each state. */
  counts(query: Pick<AlarmQuery, 'organisations' | 'isSimulated'>): Promise<Readonly<Record<AlarmState, number>>>
  /** Every step of one alarm, in order. */
  steps(alarm: string): Promise<readonly AlarmStep[]>
  /** Steps of all alarms behind a sequence number, in order: what a follower has still to read. */
  stepsAfter(sequence: number, limit: number): Promise<readonly AlarmStep[]>
  /** Number of the newest step; 0 if there is none. */
  newestStep(): Promise<number>
  /** What was copied when it was raised, and each time that it came back, by the id it was raised with. */
  evidence(alarm: string): Promise<readonly { readonly alarm: string; readonly evidence: AlarmEvidence }[]>
  /** Oldest first; at most 200,000. */
  burden(query: Pick<AlarmQuery, 'organisations' | 'isSimulated' | 'from' | 'to'>): Promise<readonly AlarmBurden[]>
  /** Follows every alarm's chain of steps, and compares what was copied with what was written then. */
  verify(): Promise<AlarmVerdict>
  /** @returns its id. */
  addMaintenance(maintenance: Omit<Maintenance, 'id'>, audit?: AuditEntry): Promise<number>
  /** Those that are not over yet, or were over after `since` (ms since the epoch), the earliest first. */
  maintenance(since?: number): Promise<readonly Maintenance[]>
  /** Ends it now, or takes it back if it has not begun. @returns whether it was there. */
  endMaintenance(id: number, audit?: AuditEntry): Promise<boolean>
}
