/** What the report knows of one alarm; times are ms since the epoch. */
export interface ReportedAlarm {
  readonly rule: string
  readonly raisedAt: number
  readonly acknowledgedAt: number | undefined
  readonly returnedAt: number | undefined
  /** Somebody commented on it, took it over, shelved it, or closed it by hand. */
  readonly isActedOn: boolean
}

/** What alarms cost people in a period; see docs/alarms.md. */
export interface AlarmReport {
  readonly alarms: number
  readonly perOperatorHour: number
  /** Share of alarms that were a nuisance, 0 to 1; `undefined` without alarms. */
  readonly nuisanceShare: number | undefined
  readonly acknowledged: number
  /** Seconds; `undefined` if none was acknowledged. */
  readonly medianToAcknowledgeS: number | undefined
  readonly p90ToAcknowledgeS: number | undefined
  readonly worstRules: readonly { readonly rule: string; readonly alarms: number; readonly nuisances: number }[]
}

const briefMs = 5 * 60_000
const mostRules = 10

/** @param hours - of the period, times the operators on duty. */
export function alarmReportOf(alarms: readonly ReportedAlarm[], hours: number): AlarmReport {
  const waits = alarms
    .flatMap(({ raisedAt, acknowledgedAt }) => (acknowledgedAt === undefined ? [] : (acknowledgedAt - raisedAt) / 1000))
    .toSorted((a, b) => a - b)
  const byRule = Map.groupBy(alarms, ({ rule }) => rule)
  const rules = [...byRule].map(([rule, own]) => ({
    ...{ rule, alarms: own.length, nuisances: own.filter(isNuisance).length }
  }))
  return {
    alarms: alarms.length,
    perOperatorHour: hours > 0 ? alarms.length / hours : 0,
    nuisanceShare: alarms.length === 0 ? undefined : alarms.filter(isNuisance).length / alarms.length,
    acknowledged: waits.length,
    medianToAcknowledgeS: quantileOf(waits, 0.5),
    p90ToAcknowledgeS: quantileOf(waits, 0.9),
    worstRules: rules.toSorted((a, b) => b.alarms - a.alarms).slice(0, mostRules)
  }
}

/** Over within five minutes, or acknowledged and nothing else done about it: it told nobody anything. */
function isNuisance({ raisedAt, acknowledgedAt, returnedAt, isActedOn }: ReportedAlarm): boolean {
  if (isActedOn) return false
  return (returnedAt !== undefined && returnedAt - raisedAt <= briefMs) || acknowledgedAt !== undefined
}

/** The value that so large a share does not exceed: nearest rank. */
function quantileOf(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}
