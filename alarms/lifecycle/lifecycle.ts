import type { Alarm, AlarmAction, AlarmStep, AlarmStepBody, ChangeStep, SuppressionCause } from '../../model/alarm.ts'

/**
 * A condition that comes back so soon after it had ended is the same alarm again, if nobody has acknowledged it (ms, by
 * receive time); one that has not changed for so long flaps no more.
 */
export const dampingMs = 15 * 60_000
/** So many times back within an hour is flapping: from then on it is told no more until it keeps still. */
const flappingReturns = 5
const hourMs = 3_600_000
/** So many times are remembered one by one: the first, and the newest. */
const mostOccurrences = 50

/** One time that the condition held. */
export interface Occurrence {
  /** The id that the rules know it by. */
  readonly id: string
  readonly onset: number
  /** By event time; `undefined` while it lasts. */
  readonly clearedAt: number | undefined
  /** 0: over. */
  readonly level: number
  /** The level before it was over. */
  readonly lastLevel: number
  readonly highestLevel: number
  readonly isWithdrawn: boolean
  /** Began, as late data said when it was over already. */
  readonly isRetrospective: boolean
  /** All of it was found in late data: it is told to nobody. */
  readonly isHistory: boolean
}

/** An alarm, and what its next step needs to know. Plain data. */
export interface AlarmLife {
  readonly alarm: Alarm
  readonly occurrences: readonly Occurrence[]
  /** At which level somebody has acknowledged it; 0: nobody has. */
  readonly acknowledgedLevel: number
  readonly isClosed: boolean
  /** When it came back, within the last hour before the newest time; by receive time. */
  readonly returnTimes: readonly number[]
  /** When its condition was found to have changed last, by receive time. */
  readonly changedAt: number
  readonly firstAcknowledgedAt: number | undefined
  readonly firstReturnedAt: number | undefined
  /** Somebody did more than acknowledge it. */
  readonly isActedOn: boolean
}

type StepOf<K extends AlarmStepBody['kind']> = Omit<AlarmStep, 'body'> & {
  readonly body: Extract<AlarmStepBody, { readonly kind: K }>
}

/** @returns an alarm of which this is the first step. */
export function lifeOf({ alarm, body }: StepOf<'raised'>): AlarmLife {
  const { rule, version, subject, names, level, at, foundAt, readings, isRetrospective } = body
  return settled({
    alarm: {
      ...{ id: alarm, rule, version, subject, ...names },
      ...{ state: 'unacknowledged', level, highestLevel: level, onset: at, raisedAt: foundAt, clearedAt: undefined },
      ...{ acknowledgedAt: undefined, acknowledgedBy: undefined, shelvedUntil: undefined, assignee: undefined },
      ...{ returns: 0, isRetrospective, isWithdrawn: false, suppressedBy: [], readings, steps: 1 }
    },
    occurrences: [occurrenceOf(body)],
    ...{ acknowledgedLevel: 0, isClosed: false, returnTimes: [], changedAt: foundAt },
    ...{ firstAcknowledgedAt: undefined, firstReturnedAt: undefined, isActedOn: false }
  })
}

/**
 * What an alarm is after one more step. Pure: an alarm is the fold of its steps (ANSI/ISA-18.2-2016, 5.4 and figure 3;
 * IEC 62682:2022, 5.4), whatever their kinds and order.
 */
export function afterStep(life: AlarmLife, step: AlarmStep): AlarmLife {
  const counted = { ...life, alarm: { ...life.alarm, steps: step.step } }
  return settled(taken(counted, step))
}

function taken(life: AlarmLife, step: AlarmStep): AlarmLife {
  const { alarm } = life
  const { body, at, author, authorName } = step
  switch (body.kind) {
    case 'raised':
      return cameBack(life, body)
    case 'level':
      return levelled(life, body)
    case 'cleared':
    case 'moved':
    case 'withdrawn':
      return withOccurrence(life, body)
    case 'acknowledged':
      return {
        ...life,
        acknowledgedLevel: Math.max(1, alarm.level),
        firstAcknowledgedAt: life.firstAcknowledgedAt ?? at,
        alarm: { ...alarm, acknowledgedAt: at, acknowledgedBy: authorName === '' ? author : authorName }
      }
    case 'shelved':
      return { ...life, isActedOn: true, alarm: { ...alarm, shelvedUntil: body.until } }
    case 'unshelved':
      return { ...life, alarm: { ...alarm, shelvedUntil: undefined } }
    case 'assigned': {
      const assignee = body.person === undefined ? undefined : { id: body.person, name: body.name }
      return { ...life, isActedOn: true, alarm: { ...alarm, assignee } }
    }
    case 'commented':
      return { ...life, isActedOn: true }
    case 'closed':
      return { ...life, isClosed: true, isActedOn: true, alarm: { ...alarm, shelvedUntil: undefined } }
    case 'suppressed':
      return { ...life, alarm: { ...alarm, suppressedBy: [...without(alarm.suppressedBy, body.by), body.by] } }
    case 'unsuppressed':
      return { ...life, alarm: { ...alarm, suppressedBy: without(alarm.suppressedBy, body.by) } }
    case 'notice':
      return life
    default:
      return body satisfies never
  }
}

/** @returns whether a condition that was found again at `foundAt` is this alarm coming back. */
export function isComingBack({ alarm, changedAt }: AlarmLife, foundAt: number): boolean {
  const isWaiting = alarm.state === 'returned' || (alarm.level === 0 && alarm.suppressedBy.includes('flapping'))
  return isWaiting && foundAt - changedAt <= dampingMs
}

/** @returns whether it comes back so often that telling each time tells nothing. What is critical always rings. */
export function isFlapping({ alarm, returnTimes }: AlarmLife): boolean {
  return (
    returnTimes.length >= flappingReturns &&
    alarm.severity !== 'critical' &&
    !alarm.suppressedBy.includes('flapping') &&
    !alarm.isWithdrawn
  )
}

/** @returns why somebody may not do this to the alarm now, in words; `undefined` if nothing stands against it. */
export function refusalOf({ alarm, isClosed }: AlarmLife, action: AlarmAction, now: number): string | undefined {
  const isOver = isClosed || alarm.isWithdrawn || alarm.state === 'normal'
  switch (action.kind) {
    case 'acknowledged':
      if (alarm.acknowledgedAt !== undefined) return `${alarm.acknowledgedBy ?? 'somebody'} has acknowledged it already`
      return isOver ? 'it is over' : undefined
    case 'shelved':
      if (action.until <= now) return 'the time until which it shall be shelved is past'
      return isOver ? 'it is over' : undefined
    case 'unshelved':
      return alarm.shelvedUntil === undefined ? 'it is not shelved' : undefined
    case 'closed':
      return isOver ? 'it is over' : undefined
    case 'assigned':
    case 'commented':
      return undefined
    default:
      return action satisfies never
  }
}

/** It comes back: nobody had acknowledged it. Its names are those of now. */
function cameBack(life: AlarmLife, body: Extract<ChangeStep, { readonly kind: 'raised' }>): AlarmLife {
  const { alarm } = life
  const { names, version, level, foundAt, readings } = body
  const returnTimes = [...life.returnTimes.filter(at => foundAt - at < hourMs), foundAt]
  return {
    ...life,
    ...{ returnTimes, changedAt: foundAt, isClosed: false },
    occurrences: [
      ...life.occurrences.slice(0, 1),
      ...life.occurrences.slice(1).slice(2 - mostOccurrences),
      occurrenceOf(body)
    ],
    alarm: {
      ...{ ...alarm, ...names, version, readings },
      ...{ returns: alarm.returns + 1, highestLevel: Math.max(alarm.highestLevel, level) }
    }
  }
}

/** What gets worse than it was when somebody acknowledged or closed it has to be acknowledged again. */
function levelled(life: AlarmLife, body: Extract<ChangeStep, { readonly kind: 'level' }>): AlarmLife {
  const { alarm } = life
  const { names, level, foundAt, readings } = body
  const isWorse = level > (life.isClosed ? alarm.level : life.acknowledgedLevel)
  const isAnew = isWorse && (life.isClosed || life.acknowledgedLevel > 0)
  return {
    ...life,
    ...{ changedAt: foundAt, isClosed: life.isClosed && !isAnew },
    acknowledgedLevel: isAnew ? 0 : life.acknowledgedLevel,
    occurrences: life.occurrences.map(one => (one.id === body.alarm ? levelledOccurrence(one, level) : one)),
    alarm: {
      ...{ ...alarm, ...names, readings, highestLevel: Math.max(alarm.highestLevel, level) },
      ...(isAnew && { acknowledgedAt: undefined, acknowledgedBy: undefined })
    }
  }
}

function levelledOccurrence(one: Occurrence, level: number): Occurrence {
  return { ...one, level, lastLevel: level, highestLevel: Math.max(one.highestLevel, level) }
}

function withOccurrence(
  life: AlarmLife,
  body: Extract<ChangeStep, { readonly kind: 'cleared' | 'moved' | 'withdrawn' }>
): AlarmLife {
  const { alarm } = life
  const isCleared = body.kind === 'cleared'
  return {
    ...life,
    changedAt: isCleared ? body.foundAt : life.changedAt,
    firstReturnedAt: life.firstReturnedAt ?? (isCleared ? body.foundAt : undefined),
    occurrences: life.occurrences.map(one => (one.id === body.alarm ? changedOccurrence(one, body) : one)),
    alarm: { ...alarm, readings: isCleared ? body.readings : alarm.readings }
  }
}

function changedOccurrence(
  one: Occurrence,
  body: Extract<ChangeStep, { readonly kind: 'cleared' | 'moved' | 'withdrawn' }>
): Occurrence {
  switch (body.kind) {
    case 'cleared':
      return { ...one, level: 0, clearedAt: body.at, isHistory: one.isRetrospective && body.isRetrospective }
    case 'moved': {
      const level = body.clearedAt === undefined ? one.lastLevel : 0
      return { ...one, onset: body.onset, clearedAt: body.clearedAt, level, isHistory: one.isHistory && level === 0 }
    }
    case 'withdrawn':
      return { ...one, level: 0, isWithdrawn: true }
    default:
      return body satisfies never
  }
}

function occurrenceOf(body: Extract<ChangeStep, { readonly kind: 'raised' }>): Occurrence {
  const { alarm, at, level, isRetrospective } = body
  return {
    ...{ id: alarm, onset: at, clearedAt: undefined, level, lastLevel: level, highestLevel: level },
    ...{ isWithdrawn: false, isRetrospective, isHistory: false }
  }
}

/** What of an alarm follows from the times its condition held, and the state it is in. */
function settled(life: AlarmLife): AlarmLife {
  const real = life.occurrences.filter(({ isWithdrawn }) => !isWithdrawn)
  const level = Math.max(0, ...real.map(one => one.level))
  const isOver = level === 0
  const alarm: Alarm = {
    ...life.alarm,
    level,
    onset: real[0]?.onset ?? life.alarm.onset,
    clearedAt: isOver ? real.at(-1)?.clearedAt : undefined,
    isWithdrawn: real.length === 0
  }
  const isHistory = real.every(one => one.isHistory)
  return { ...life, alarm: { ...alarm, state: stateOf(alarm, { isClosed: life.isClosed, isHistory }) } }
}

function stateOf(
  alarm: Alarm,
  { isClosed, isHistory }: { readonly isClosed: boolean; readonly isHistory: boolean }
): Alarm['state'] {
  const { level, suppressedBy, isWithdrawn, acknowledgedAt, shelvedUntil } = alarm
  if (isWithdrawn || isClosed) return 'normal'
  const untold = suppressedBy.filter(by => by !== 'flapping')
  // What ends while nobody is told of it has never been there for anybody.
  if (untold.length > 0 && level === 0) return 'normal'
  if (untold.includes('out-of-service')) return 'out-of-service'
  if (suppressedBy.length > 0) return 'suppressed'
  if (shelvedUntil !== undefined) return 'shelved'
  if (level > 0) return acknowledgedAt === undefined ? 'unacknowledged' : 'acknowledged'
  return acknowledgedAt === undefined && !isHistory ? 'returned' : 'normal'
}

function without(causes: readonly SuppressionCause[], cause: SuppressionCause): readonly SuppressionCause[] {
  return causes.filter(one => one !== cause)
}
