import { Environment } from '@marcbachmann/cel-js'
import type { ASTNode } from '@marcbachmann/cel-js'
import { messageOf, SenError } from '../../model/errors.ts'
import { asBoolean, asNumber, nodeOf } from './nodes.ts'
import type { KindOf, MetricSlots, Node, Values } from './nodes.ts'

/** An expression that was checked. Evaluating it reaches nothing but the values that it is given, and costs microseconds. */
export interface Expression {
  /** The metrics that it speaks of, in the order in which `evaluate` is given their values. */
  readonly metrics: readonly string[]
  /**
   * @param values - of `metrics`, by place: the number, 1 or 0 for true and false, words; NaN where there is none.
   * @returns the number, or 1 or 0 for true and false; NaN: it says nothing, as a value is missing that it needs, or it
   *   divides by 0.
   */
  readonly evaluate: (values: Values) => number
}

export interface ExpressionRules {
  /** What the expression must come to. */
  readonly result: 'boolean' | 'number'
  /** What metrics there are, and what their values are; where left out, every name is one and fits wherever it stands. */
  readonly kindOf?: KindOf | undefined
}

/** Its longest text, characters. */
export const longestExpression = 2000

const grammar = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 400, maxDepth: 40, maxListElements: 50, maxMapEntries: 0, maxCallArguments: 10 }
})

/**
 * Checks an expression and makes it ready: a part of CEL (Common Expression Language, cel.dev) over `m`, the values by
 * metric. Its grammar alone is taken from the library; each form that Sen knows becomes a typed closure, and anything else
 * is refused. So there is no way to properties, functions, macros or types of JavaScript. All numbers are doubles: 7 / 2 is 3.5.
 *
 * @throws SenError `SEN_RULE_INVALID` with the part that is wrong and the rule that it breaks.
 */
export function compileExpression(text: string, { result, kindOf }: ExpressionRules): Expression {
  if (text.length > longestExpression) {
    throw invalid(text, `it has ${text.length} characters, at most ${longestExpression} are read`)
  }
  const slots: MetricSlots = { names: [], kindOf }
  const { run } = checked(text, () => {
    const node = nodeOf(parsed(text), slots)
    return result === 'boolean' ? asBoolean(node, 'the expression') : asNumber(node, 'the expression')
  })
  const evaluate = (values: Values) => {
    const value = run(values)
    return Number.isFinite(value) ? value : Number.NaN
  }
  return { metrics: slots.names, evaluate }
}

function parsed(text: string): ASTNode {
  return grammar.parse(text).ast
}

function checked<T extends Node>(text: string, compile: () => T): T {
  try {
    return compile()
  } catch (cause) {
    throw invalid(text, (messageOf(cause).split('\n', 1)[0] ?? '').slice(0, 300), cause)
  }
}

function invalid(text: string, why: string, cause?: unknown): SenError {
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text
  const hint = 'docs/rules.md lists what an expression may hold.'
  return new SenError('SEN_RULE_INVALID', `read expression "${shown}": ${why}`, { cause, hint })
}
