import type { EscalationPolicy, EscalationTiming } from '../../model/escalation-policy.ts'
import type { Severity } from '../../model/rule.ts'

/**
 * How long is waited, where a policy does not say otherwise. What is critical goes on after 15 s without an answer and after
 * two minutes without a report; a lower severity has time, and what is low comes once a day.
 */
export const defaultTimings: Readonly<Record<Severity, EscalationTiming>> = {
  critical: { answerS: 15, reportS: 120, acknowledgeS: 300, rounds: 3, repeatS: 600 },
  high: { answerS: 60, reportS: 600, acknowledgeS: 1800, rounds: 1, repeatS: 3600 },
  medium: { answerS: 300, reportS: 3600, acknowledgeS: 4 * 3600, rounds: 1, repeatS: 86_400 },
  low: { answerS: 3600, reportS: 86_400, acknowledgeS: 7 * 86_400, rounds: 1, repeatS: 86_400 }
}

/** What a policy waits at a severity, ms. */
export interface WaitsMs {
  readonly answer: number
  readonly report: number
  readonly acknowledge: number
  readonly rounds: number
  readonly repeat: number
}

/** @param policy - `undefined`: the defaults. */
export function waitsOf(policy: Pick<EscalationPolicy, 'timing'> | undefined, severity: Severity): WaitsMs {
  const timing = { ...defaultTimings[severity], ...definedOf(policy?.timing[severity]) }
  return {
    answer: timing.answerS * 1000,
    report: timing.reportS * 1000,
    acknowledge: timing.acknowledgeS * 1000,
    rounds: timing.rounds,
    repeat: timing.repeatS * 1000
  }
}

function definedOf(timing: EscalationPolicy['timing'][Severity] = {}): Partial<EscalationTiming> {
  return Object.fromEntries(Object.entries(timing).filter(([, value]) => value !== undefined))
}
