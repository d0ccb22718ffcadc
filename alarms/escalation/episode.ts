import type { NoticeAbout, Situation } from './situation.ts'

/** A step that people are told of. */
export interface Told {
  readonly step: number
  readonly at: number
  readonly about: NoticeAbout
}

/** What an alarm's steps come to, for those who tell people. */
export interface Episode {
  /** What calls for somebody: the newest step by which it began or became worse. */
  readonly call: Told | undefined
  /** First step of the time that it has held without a break: who was told since then hears how it goes on. */
  readonly firstStep: number
  /** It has become less, after `call`. */
  readonly better: Told | undefined
  /** It is over: cleared, closed by hand, or never was. */
  readonly end: Told | undefined
  /** Somebody has taken it since `call`. */
  readonly isAcknowledged: boolean
  /** Shelved or suppressed: nobody is told. */
  readonly isSilent: boolean
  /** When the shelving ends by itself. */
  readonly silentUntil: number | undefined
  /** From when its chain runs: since `call`, or since it is silent no more. */
  readonly begin: number
}

interface Seen {
  call?: Told
  firstStep: number
  better?: Told | undefined
  end?: Told | undefined
  level: number
  isAcknowledged: boolean
  shelvedUntil?: number | undefined
  readonly suppressed: Set<string>
  resumedAt: number
}

/** Reads an alarm's steps. Pure: `now` only says whether shelving has run out. */
export function episodeOf({ alarm, steps }: Pick<Situation, 'alarm' | 'steps'>, now: number): Episode {
  const seen: Seen = { firstStep: 0, level: 0, isAcknowledged: false, suppressed: new Set(), resumedAt: 0 }
  for (const step of steps) take(seen, step)
  const { call, firstStep, better, shelvedUntil, suppressed, isAcknowledged } = seen
  const isShelved = shelvedUntil !== undefined && shelvedUntil > now
  if (shelvedUntil !== undefined && !isShelved) seen.resumedAt = Math.max(seen.resumedAt, shelvedUntil)
  return {
    ...{ call, firstStep, better, isAcknowledged },
    end: seen.end ?? (call && endOf(alarm, steps, call)),
    isSilent: isShelved || suppressed.size > 0,
    silentUntil: isShelved ? shelvedUntil : undefined,
    begin: Math.max(call?.at ?? 0, seen.resumedAt)
  }
}

function take(seen: Seen, { step, at, body }: Situation['steps'][number]): void {
  switch (body.kind) {
    case 'raised':
      if (seen.level === 0) seen.firstStep = step
      return call(seen, { step, at, about: 'raised' }, body.level)
    case 'level':
      if (body.level > seen.level) return call(seen, { step, at, about: 'worse' }, body.level)
      if (body.level < seen.level) seen.better = { step, at, about: 'better' }
      seen.level = body.level
      return
    case 'cleared':
    case 'closed':
      return end(seen, { step, at, about: 'cleared' })
    case 'withdrawn':
      return end(seen, { step, at, about: 'withdrawn' })
    case 'acknowledged':
      seen.isAcknowledged = true
      return
    case 'shelved':
      seen.shelvedUntil = body.until
      return
    case 'unshelved':
      seen.shelvedUntil = undefined
      seen.resumedAt = at
      return
    case 'suppressed':
      seen.suppressed.add(body.by)
      return
    case 'unsuppressed':
      seen.suppressed.delete(body.by)
      seen.resumedAt = at
      return
    case 'moved':
    case 'assigned':
    case 'commented':
    case 'notice':
      return
    default:
      body satisfies never
  }
}

function call(seen: Seen, told: Told, level: number): void {
  seen.call = told
  seen.better = undefined
  seen.end = undefined
  seen.level = level
  seen.isAcknowledged = false
}

function end(seen: Seen, told: Told): void {
  seen.end = told
  seen.level = 0
}

/** Late data may have ended it without a step that says so by itself. */
function endOf(alarm: Situation['alarm'], steps: Situation['steps'], { step, at }: Told): Told | undefined {
  if (alarm.level > 0 && !alarm.isWithdrawn) return undefined
  const moved = steps.findLast(({ body }) => body.kind === 'moved')
  return { step: moved?.step ?? step, at: moved?.at ?? at, about: alarm.isWithdrawn ? 'withdrawn' : 'cleared' }
}
