import type { Position } from '../model/position.ts'
import type { TrimPolicy } from './journal.ts'

/**
 * Whether a policy keeps the oldest records there are.
 *
 * @param oldest - position and time of the newest of them, and what the whole log takes.
 */
export function isKept(
  { last, newestAt, sizeBytes }: { readonly last: Position; readonly newestAt: number; readonly sizeBytes: number },
  policy: TrimPolicy
): boolean {
  const isWithin = ({ keepAfter, maxBytes }: Omit<TrimPolicy, 'held'>): boolean =>
    newestAt >= keepAfter && sizeBytes <= maxBytes
  return isWithin(policy) || (policy.held !== undefined && last > policy.held.after && isWithin(policy.held))
}
