import type { Samples } from './rate-of-rise.ts'

/** Where a counter begins again at 0 by itself. */
export interface Counter {
  /** One more than it can show, in its unit; left out where it is not known: then every fall is a reset. */
  readonly rollsOverAt?: number | undefined
}

/**
 * What a meter counted between the first and the last of its readings. A reading below the one before is a roll-over where
 * the counter stood in its last tenth and now stands in its first, else a reset: then what it shows was counted since.
 *
 * @returns in the counter's unit, 0 or more; `undefined` with fewer than two readings.
 */
export function counterUse({ value }: Pick<Samples, 'value'>, { rollsOverAt }: Counter = {}): number | undefined {
  if (value.length < 2) return undefined
  let used = 0
  for (let i = 1; i < value.length; i++) used += step(value[i - 1] ?? 0, value[i] ?? 0, rollsOverAt)
  return used
}

function step(before: number, now: number, rollsOverAt: number | undefined): number {
  if (now >= before) return now - before
  const hasRolled = rollsOverAt !== undefined && before >= 0.9 * rollsOverAt && now <= 0.1 * rollsOverAt
  return hasRolled ? rollsOverAt - before + now : now
}
