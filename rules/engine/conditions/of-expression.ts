import { SenError } from '../../../model/errors.ts'
import type { LeafCondition } from '../../../model/rule.ts'
import { compileExpression } from '../../expressions/compile-expression.ts'
import { crossing } from './compiled.ts'
import type { Compiled, Workshop } from './compiled.ts'
import type { Spot } from './of-values.ts'

/** Over the newest values of the device, each as it stands at the moment that is judged. */
export function expression(
  { when, clear }: Extract<LeafCondition, { readonly kind: 'expression' }>,
  { device, path }: Spot,
  shop: Workshop
): Compiled {
  const begins = ready(when, device, shop)
  const ends = clear === undefined ? undefined : ready(clear, device, shop)
  const place = shop.place(`${path}/on`, 'one')
  const holds = (state: number[], { t }: { readonly t: number }) => {
    const before = state[place] ?? Number.NaN
    if (before === 1 && ends) {
      const isOver = ends.at(t)
      return isOver === 1 ? (state[place] = begins.at(t) === 1 ? 1 : 0) : 1
    }
    const is = begins.at(t)
    return Number.isNaN(is) ? before : (state[place] = is)
  }
  return { holds, readings: t => begins.histories.flatMap(history => crossing(history, t)) }
}

function ready(text: string, device: string, shop: Workshop) {
  const { metrics, evaluate } = compileExpression(text, { result: 'boolean' })
  const histories = metrics.map(metric => shop.history(device, metric, { ms: 0, rows: 1 }))
  const values: (number | string)[] = histories.map(() => Number.NaN)
  const at = (t: number) => {
    for (let i = 0; i < values.length; i++) values[i] = histories[i]?.contentAt(t) ?? Number.NaN
    return evaluate(values)
  }
  return { histories, at }
}

export function isReadable({ when, clear }: { readonly when: string; readonly clear?: string | undefined }): boolean {
  try {
    for (const text of [when, clear]) if (text !== undefined) compileExpression(text, { result: 'boolean' })
    return true
  } catch (cause) {
    if (!(cause instanceof SenError)) throw cause
    return false
  }
}
