import type { z } from 'zod'
import { SenError } from '../model/errors.ts'
import { rule } from '../model/rule.ts'
import type { Rule } from '../model/rule.ts'

type Issue = z.core.$ZodIssue

/**
 * @param value - what somebody says a rule shall be.
 * @throws SenError `SEN_INPUT_INVALID` with the place that is wrong, in a condition of conditions too.
 */
export function ruleOf(value: unknown): Rule {
  const parsed = rule.safeParse(value)
  if (parsed.success) return parsed.data
  throw new SenError('SEN_INPUT_INVALID', `read rule: ${faultOf(parsed.error.issues, [])}`)
}

/** The first fault. Where a condition fits no kind, the one that it says it is speaks. */
function faultOf(issues: readonly Issue[], place: readonly PropertyKey[]): string {
  const [issue] = issues
  if (!issue) return 'it is not one'
  const path = [...place, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0)
    return path.length === 0 ? issue.message : `${path.map(String).join('.')}: ${issue.message}`
  const isOfKind = (branch: readonly Issue[]): boolean => !branch.some(one => one.path[0] === 'kind')
  return faultOf(issue.errors.find(isOfKind) ?? issue.errors[0] ?? [], path)
}
