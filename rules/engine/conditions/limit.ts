import type { Operator } from '../../../model/rule.ts'

export interface Limit {
  readonly op: Operator
  readonly value: number
  readonly clear?: number | undefined
}

const compares = {
  '>=': (x: number, limit: number) => x >= limit,
  '>': (x: number, limit: number) => x > limit,
  '<=': (x: number, limit: number) => x <= limit,
  '<': (x: number, limit: number) => x < limit,
  '=': (x: number, limit: number) => x === limit,
  '!=': (x: number, limit: number) => x !== limit
} as const

/** @returns whether a value is beyond a limit. */
export function beyond(op: Operator): (x: number, limit: number) => boolean {
  return compares[op]
}

/**
 * Makes a limit ready that may have another level on the way back: once beyond `value` it holds until the number is not
 * beyond `clear` any more (of `=` and `!=`: until it is `clear`).
 *
 * @returns 1 or 0 for a number, given whether it held before; what held before where there is no number.
 */
export function limitOf({ op, value, clear }: Limit): (x: number, before: number) => number {
  const isBeyond = beyond(op)
  if (clear === undefined) return (x, before) => (Number.isNaN(x) ? before : Number(isBeyond(asPeopleCount(x), value)))
  const isStillBeyond = op === '=' || op === '!=' ? (x: number) => x !== clear : (x: number) => isBeyond(x, clear)
  return (given, before) => {
    if (Number.isNaN(given)) return before
    const x = asPeopleCount(given)
    return Number(isBeyond(x, value) || (before === 1 && isStillBeyond(x)))
  }
}

/** To people 10.6 m less 10.3 m is 0.3 m, which reaches a limit of 0.3 m; to the machine it is a billionth of a billionth less. */
function asPeopleCount(x: number): number {
  return Math.abs(x) < 1e6 ? Math.round(x * 1e9) / 1e9 : x
}
