/** Rows of alarms; see `StateTables`. */
export interface AlarmTables {
  readonly alarm: AlarmRow
  /** Every id that an alarm was raised with, its first and those it came back with. */
  readonly alarm_name: { readonly id: string; readonly alarm: string }
  /** Rows are added; nothing ever changes. */
  readonly alarm_step: AlarmStepRow
  /** `AlarmEvidence` as JSON, by the id that was raised. */
  readonly alarm_evidence: { readonly id: string; readonly alarm: string; readonly body: string }
  /** What rules know of a thing, as JSON. */
  readonly rule_state: { readonly thing: string; readonly body: string }
  readonly maintenance: MaintenanceRow
}

export interface AlarmRow {
  readonly id: string
  /** Of its first step: alarms are listed by it. */
  readonly first_sequence: number
  readonly rule: string
  readonly subject_kind: string
  readonly subject: string
  readonly organisation: string
  readonly site: string | null
  readonly state: string
  readonly raised_at: number
  readonly is_simulated: number
  readonly steps: number
  /** Of its newest step. */
  readonly hash: string
  /** `AlarmLife` as JSON: the fold of its steps. */
  readonly body: string
}

export interface AlarmStepRow {
  readonly sequence: number
  readonly alarm: string
  readonly step: number
  readonly at: number
  readonly author: string
  readonly author_name: string
  /** What makes it the only one of its kind; `null` where there may be many. */
  readonly once: string | null
  /** JSON. */
  readonly body: string
  readonly hash: string
}

export interface MaintenanceRow {
  readonly id: number
  readonly of_kind: string
  readonly of_id: string
  readonly from_time: number
  readonly to_time: number
  readonly reason: string
  readonly author: string
  readonly author_name: string
}
