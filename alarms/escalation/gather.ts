import { severities } from '../../model/rule.ts'
import type { Severity } from '../../model/rule.ts'
import { groupKeyOf } from './notice-key.ts'
import type { NoticeAbout } from './situation.ts'

/** A notice whose time has come, to one recipient by one channel. */
export interface DueNotice {
  readonly key: string
  readonly about: NoticeAbout
  readonly severity: Severity
  readonly due: number
  /** It was tried, or tells others together: it goes as it is, under its own key. */
  readonly isFixed: boolean
}

/** Several notices that leave as one, which lists them. */
export interface NoticeGroup {
  readonly key: string
  readonly about: NoticeAbout
  readonly severity: Severity
  readonly members: readonly string[]
}

/** What leaves how. What is in neither waits until `lookAgainAt`. */
export interface Gathered {
  readonly single: readonly string[]
  readonly groups: readonly NoticeGroup[]
  readonly lookAgainAt: number | undefined
}

export interface GatherProps {
  /** To one recipient by one channel. */
  readonly due: readonly DueNotice[]
  /** How many went to them by this channel within the last ten minutes, groups as one. */
  readonly recent: number
  /** When the last group went, ms since the epoch. */
  readonly lastGroupAt: number | undefined
  readonly mostSingle: number
  readonly now: number
}

/** How far back `recent` counts. */
export const stormWindowMs = 600_000
/** So many at most in one group: what a person can be read out, and a mail can hold. */
const mostMembers = 50
/** How long a storm's notices are collected before the next group leaves. */
const collectedForMs: Readonly<Record<'critical' | 'other', number>> = { critical: 10_000, other: 60_000 }

/**
 * The storm limit, and the digest: what is more than `mostSingle` in ten minutes is told together. Nothing is dropped; the
 * worst goes first, and one by one as long as there is room. Pure.
 */
export function gather({ due, recent, lastGroupAt = 0, mostSingle, now }: GatherProps): Gathered {
  const fixed = due.filter(({ isFixed }) => isFixed).map(({ key }) => key)
  const free = due.filter(({ isFixed }) => !isFixed)
  const digest = free.filter(({ severity }) => severity === 'low')
  const others = free.filter(({ severity }) => severity !== 'low').sort(worstFirst)
  const room = Math.max(0, mostSingle - recent)
  const single = others.slice(0, room)
  const rest = others.slice(room)
  const since = now - lastGroupAt
  const isUrgent = rest.some(({ severity }) => severity === 'critical')
  const waitMs = isUrgent ? collectedForMs.critical : collectedForMs.other
  const isWaiting = rest.length > 0 && since < waitMs
  return {
    single: [...fixed, ...single.map(({ key }) => key)],
    groups: [...groupsOf(digest), ...(isWaiting ? [] : groupsOf(rest))],
    lookAgainAt: isWaiting ? lastGroupAt + waitMs : undefined
  }
}

/** What calls for somebody and what says how it went on do not stand in one list. */
function groupsOf(notices: readonly DueNotice[]): readonly NoticeGroup[] {
  const ended = (about: NoticeAbout): boolean => about === 'cleared' || about === 'withdrawn' || about === 'better'
  return [notices.filter(({ about }) => !ended(about)), notices.filter(({ about }) => ended(about))].flatMap(part =>
    Array.from({ length: Math.ceil(part.length / mostMembers) }, (_, index) =>
      groupOf(part.slice(index * mostMembers, (index + 1) * mostMembers))
    )
  )
}

function groupOf(notices: readonly DueNotice[]): NoticeGroup {
  const members = notices.map(({ key }) => key)
  const worst = [...notices].sort(worstFirst)[0]
  const severity = worst?.severity ?? 'low'
  const about = severity === 'low' && worst?.about !== 'cleared' ? 'digest' : (worst?.about ?? 'digest')
  return { key: groupKeyOf(members), about, severity, members }
}

function worstFirst(a: DueNotice, b: DueNotice): number {
  const rank = severities.indexOf(b.severity) - severities.indexOf(a.severity)
  return rank === 0 ? a.due - b.due || (a.key < b.key ? -1 : 1) : rank
}
