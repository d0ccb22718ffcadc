import { compileExpression } from '../../expressions/compile-expression.ts'
import type { KindOf } from '../../expressions/nodes.ts'
import type { InstantFormula } from './formula.ts'

/**
 * A formula of one's own: a number over the values of one moment.
 *
 * @param kindOf - what metrics there are; where left out, every name is one.
 * @throws SenError `SEN_RULE_INVALID` with the part that is wrong.
 */
export function expressionFormulaOf(text: string, kindOf?: KindOf): InstantFormula {
  const { metrics, evaluate } = compileExpression(text, { result: 'number', kindOf })
  return {
    ...{ kind: 'instant', needs: metrics, uses: [] },
    value: values => {
      const value = evaluate(values)
      return Number.isNaN(value) ? undefined : value
    }
  }
}
