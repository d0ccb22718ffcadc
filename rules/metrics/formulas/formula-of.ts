import type { Formula } from '../../../model/calculation.ts'
import type { KindOf } from '../../expressions/nodes.ts'
import { airFormulaOf } from './air-formulas.ts'
import { cropFormulaOf } from './crop-formulas.ts'
import { evapotranspirationFormulaOf } from './evapotranspiration-formulas.ts'
import { expressionFormulaOf } from './expression-formula.ts'
import type { DerivedFormula } from './formula.ts'
import { instantFormulaOf } from './instant-formulas.ts'
import { waterFormulaOf } from './water-formulas.ts'

/**
 * Makes a calculation's formula ready.
 *
 * @param kindOf - what metrics there are, for an expression; where left out, every name is one.
 * @throws SenError `SEN_RULE_INVALID` for an expression that cannot be read.
 */
export function formulaOf(formula: Formula, kindOf?: KindOf): DerivedFormula {
  if (formula.kind === 'expression') return expressionFormulaOf(formula.value, kindOf)
  const found =
    instantFormulaOf(formula) ??
    airFormulaOf(formula) ??
    evapotranspirationFormulaOf(formula) ??
    cropFormulaOf(formula) ??
    waterFormulaOf(formula)
  if (found) return found
  throw new Error(`make formula ${formula.kind} ready: nobody knows it`)
}
