import type { Accounting } from '../api/resources.ts'

export const messageParts = ['stored', 'event', 'duplicate', 'quarantined', 'pending'] as const
export const readingParts = ['stored', 'duplicate', 'superseded', 'refused', 'pending'] as const

/** `whole = sum of parts`, for people to check. `difference`: whole less parts; 0 when nothing is missing and nothing invented. */
export interface Balance<Part extends string> {
  readonly whole: number
  readonly parts: readonly { readonly name: Part; readonly count: number }[]
  readonly difference: number
}

function balance<Part extends string>(
  whole: number,
  names: readonly Part[],
  counts: Readonly<Record<Part, number>>
): Balance<Part> {
  const parts = names.map(name => ({ name, count: counts[name] }))
  return { whole, parts, difference: whole - parts.reduce((sum, part) => sum + part.count, 0) }
}

export function messageBalance({ messages }: Accounting): Balance<(typeof messageParts)[number]> {
  return balance(messages.received, messageParts, messages)
}

export function readingBalance({ readings }: Accounting): Balance<(typeof readingParts)[number]> {
  return balance(readings.decoded, readingParts, readings)
}
