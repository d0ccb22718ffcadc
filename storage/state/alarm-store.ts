import type { Alarm, AlarmAction, AlarmChange, AlarmState, AlarmStep } from '../../model/alarm.ts'
import type { AuditEntry, Author } from '../../model/audit.ts'
import type { Position } from '../../model/position.ts'
import type { KeptState } from './health-store.ts'

/** What an alarm is called, where it stands, and whose it is: known when it is raised. */
export type AlarmNames = Pick<
  Alarm,
  'organisation' | 'site' | 'name' | 'subjectName' | 'levelName' | 'severity' | 'advice' | 'healthEvent' | 'isSimulated'
>

/** A change, with what the alarm is called at its level. `names` of `moved`, `cleared` and `withdrawn` change nothing. */
export interface NamedChange {
  readonly change: AlarmChange
  readonly names: AlarmNames
}

export interface AlarmQuery {
  readonly limit: number
  /** Only alarms that come after the one of this id, for paging. */
  readonly after?: string | undefined
  /** Only alarms of these organisations. */
  readonly organisations: readonly string[]
  readonly states?: readonly AlarmState[] | undefined
  readonly site?: string | undefined
  readonly device?: string | undefined
  readonly rule?: string | undefined
  /** Only those that were raised from here (inclusive) to there (exclusive), ms since the epoch. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/**
 * Alarms, each a chain of steps. Nothing of a step ever changes; an alarm is what its steps come to.
 * Throws `SEN_STATE_FAILED`.
 */
export interface AlarmStore {
  /**
   * Takes what the rules found up to a position, and what they know there, in one transaction. A change that is known
   * already (same alarm, kind, position and level) is passed over: reading the log twice tells nothing twice.
   *
   * @returns the steps that are new.
   */
  take(changes: readonly NamedChange[], states: KeptState, position: Position): Promise<readonly AlarmStep[]>
  /** What the rules knew at their position; 0 and nothing if there was none. */
  kept(): Promise<{ readonly states: KeptState; readonly position: Position }>
  /** Adds what a person did. `SEN_NOT_FOUND`; `SEN_CONFLICT` where it makes no sense (acknowledged twice, over). */
  act(alarm: string, action: AlarmAction, author: Author, audit?: AuditEntry): Promise<Alarm>
  /** Adds steps of Sen's own: notices, suppression. Those of a notice's key and outcome that are there are passed over. */
  note(steps: readonly Pick<AlarmStep, 'alarm' | 'body'>[]): Promise<void>
  /** Newest first. */
  alarms(query: AlarmQuery): Promise<readonly Alarm[]>
  alarm(id: string): Promise<Alarm | undefined>
  /** How many are in each state. */
  counts(organisations: readonly string[]): Promise<Readonly<Record<AlarmState, number>>>
  /** Every step of one alarm, in order. */
  steps(alarm: string): Promise<readonly AlarmStep[]>
  /** Steps of all alarms behind a sequence number, in order: what a follower has still to read. */
  stepsAfter(sequence: number, limit: number): Promise<readonly AlarmStep[]>
}
