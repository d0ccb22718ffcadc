import type { Condition } from '../../../model/rule.ts'

/** How long before a moment a condition must have been judged to be known there, if what it looks back on is known, ms. */
export function memoryMsOf(condition: Condition): number {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return Math.max(...condition.of.map(memoryMsOf))
    case 'not':
    case 'agree':
      return memoryMsOf(condition.of)
    case 'lasting':
      return condition.forS * 1000 + memoryMsOf(condition.of)
    case 'stuck':
      return condition.forS * 1000
    case 'change':
    case 'window':
      return condition.overS * 1000
    default:
      return 0
  }
}
