import { SenError } from '../../model/errors.ts'
import type { Condition, Rule } from '../../model/rule.ts'
import { compileExpression } from '../expressions/compile-expression.ts'
import type { KindOf } from '../expressions/nodes.ts'

/**
 * Says whether a rule can be judged as it is written, beyond what its schema says; asked before it is kept.
 *
 * @param kindOf - what metrics there are, and what their values are.
 * @throws SenError `SEN_RULE_INVALID` with the value and the rule that it breaks.
 */
export function checkRule(rule: Rule, kindOf: KindOf): void {
  for (const [index, { when }] of rule.levels.entries()) {
    const where = `level ${index + 1}`
    if (when.kind !== 'health') checkCondition(when, { where, isSite: rule.per === 'site', kindOf })
  }
}

interface Place {
  readonly where: string
  readonly isSite: boolean
  readonly kindOf: KindOf
}

function checkCondition(condition: Condition, place: Place): void {
  const { where, isSite, kindOf } = place
  switch (condition.kind) {
    case 'all':
    case 'any':
      for (const [index, of] of condition.of.entries())
        checkCondition(of, { ...place, where: `${where}, part ${index + 1}` })
      return
    case 'not':
    case 'lasting':
      return checkCondition(condition.of, place)
    case 'agree':
      if (!isSite) throw invalid(where, `agree ${condition.atLeast}`, 'only a rule per site has devices that can agree')
      // Within it a condition is about each device by itself.
      return checkCondition(condition.of, { ...place, isSite: false })
    case 'health':
      throw invalid(where, `health ${condition.event}`, 'it stands alone in its level')
    case 'expression':
      for (const text of [condition.when, condition.clear])
        if (text !== undefined) compileExpression(text, { result: 'boolean', kindOf })
      return
    case 'threshold':
    case 'change':
    case 'window':
      checkMetric(condition.metric, place)
      return checkClear(condition, where)
    case 'several':
    case 'stuck':
    case 'deviation':
      return checkMetric(condition.metric, place)
    case 'absence':
      return condition.metric === undefined ? undefined : checkMetric(condition.metric, place)
    case 'geofence':
    case 'schedule':
      return
    default:
      return condition satisfies never
  }
}

function checkMetric(metric: string, { where, kindOf }: Place): void {
  if (kindOf(metric) === undefined) throw invalid(where, metric, 'there is no such metric')
}

/** The way back leads away from the limit. */
function checkClear(
  { op, value, clear }: { op: string; value: number; clear?: number | undefined },
  where: string
): void {
  if (clear === undefined) return
  if (op.startsWith('>') && clear > value)
    throw invalid(where, `clear ${clear}`, `must not be above the limit ${value}`)
  if (op.startsWith('<') && clear < value)
    throw invalid(where, `clear ${clear}`, `must not be below the limit ${value}`)
}

function invalid(where: string, value: string, why: string): SenError {
  return new SenError('SEN_RULE_INVALID', `check rule, ${where}, "${value}": ${why}`, { hint: 'See docs/rules.md.' })
}
