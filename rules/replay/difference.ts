import type { WhatIfAlarm } from './what-if.ts'

/** What two rules make of the same time: `new` only the one that is tried raises, `gone` only the one in force. */
export type Difference =
  | { readonly kind: 'new'; readonly alarm: WhatIfAlarm }
  | { readonly kind: 'gone'; readonly alarm: WhatIfAlarm }
  /** Both raise one: at another time, for another length, at other levels. */
  | { readonly kind: 'other'; readonly alarm: WhatIfAlarm; readonly inForce: WhatIfAlarm }

/** @returns where the two differ, by subject and time. Alarms of one subject that overlap are the same one. */
export function differencesOf(alarms: readonly WhatIfAlarm[], inForce: readonly WhatIfAlarm[]): readonly Difference[] {
  const left = new Map<string, WhatIfAlarm[]>()
  for (const alarm of inForce) left.set(keyOf(alarm), [...(left.get(keyOf(alarm)) ?? []), alarm])
  const found: Difference[] = []
  for (const alarm of alarms) {
    const others = left.get(keyOf(alarm)) ?? []
    const place = others.findIndex(other => overlap(alarm, other))
    const [other] = place < 0 ? [] : others.splice(place, 1)
    if (!other) found.push({ kind: 'new', alarm })
    else if (!isSame(alarm, other)) found.push({ kind: 'other', alarm, inForce: other })
  }
  for (const others of left.values()) for (const alarm of others) found.push({ kind: 'gone', alarm })
  return found.sort((a, b) => compare(keyOf(a.alarm), keyOf(b.alarm)) || a.alarm.onset - b.alarm.onset)
}

const keyOf = ({ subject }: WhatIfAlarm) => `${subject.kind}:${subject.id}`
const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))

function overlap(one: WhatIfAlarm, other: WhatIfAlarm): boolean {
  const [endOfOne, endOfOther] = [
    one.clearedAt ?? Number.POSITIVE_INFINITY,
    other.clearedAt ?? Number.POSITIVE_INFINITY
  ]
  return one.onset <= endOfOther && other.onset <= endOfOne
}

function isSame(one: WhatIfAlarm, other: WhatIfAlarm): boolean {
  return one.clearedAt === other.clearedAt && JSON.stringify(one.levels) === JSON.stringify(other.levels)
}
