import { alarmIdOf } from '../../model/alarm.ts'
import type { AlarmChange, AlarmSubject, CrossingReading } from '../../model/alarm.ts'
import type { Position } from '../../model/position.ts'

/** From when on it stood at a level, 1 or higher. */
export type LevelStep = readonly [t: number, level: number]

/** An alarm as the engine remembers it. */
export interface AlarmRecord {
  readonly id: string
  readonly onset: number
  /** `undefined` while it holds. */
  readonly clearedAt: number | undefined
  /** The first is the onset. */
  readonly levels: readonly LevelStep[]
  /** It was found while it held: people know of it. */
  readonly isTold: boolean
}

/** A stretch of time during which the rule held, as it was judged now. */
export interface Stretch {
  readonly clearedAt: number | undefined
  readonly levels: readonly LevelStep[]
}

/** What made the rule be judged. */
export interface Cause {
  readonly position: Position
  /** Receive time, ms since the epoch. */
  readonly foundAt: number
}

export interface Compared {
  readonly rule: string
  readonly version: number
  readonly subject: AlarmSubject
  /** Oldest first, not overlapping; what they stood for is what `found` takes the place of. */
  readonly recorded: readonly AlarmRecord[]
  readonly found: readonly Stretch[]
  readonly cause: Cause
  /** The newest reading that was judged. What stands, and is as old as that, says nothing of now. */
  readonly newestAt: number
  readonly readings: (level: number, t: number) => readonly CrossingReading[]
}

/** What stands by a reading that is older is not called true now, ms. */
const nowMs = 3_600_000

/**
 * Compares what was found with what is recorded. A stretch that overlaps a recorded alarm is that alarm, and keeps its id;
 * the differences become changes. Only what holds now is not retrospective.
 */
export function reconcile(compared: Compared): {
  readonly records: readonly AlarmRecord[]
  readonly changes: readonly AlarmChange[]
} {
  const changes: AlarmChange[] = []
  const left = [...compared.recorded]
  const ids = new Set(left.map(({ id }) => id))
  const pairs = compared.found.map(found => {
    const place = left.findIndex(record => overlap(record, found))
    const [record] = place < 0 ? [] : left.splice(place, 1)
    return { found, record }
  })
  for (const record of left) changes.push(withdrawn(record, compared))
  const records = pairs.map(({ found, record }) => {
    const id = record?.id ?? newId(compared, ids)
    const change = new Changes(compared, { id, found, record })
    changes.push(...change.all)
    const [[onset]] = [found.levels[0] ?? [0, 0]]
    return { id, onset, clearedAt: found.clearedAt, levels: found.levels, isTold: change.isTold }
  })
  return { records, changes }
}

function overlap(record: AlarmRecord, { levels, clearedAt }: Stretch): boolean {
  const onset = levels[0]?.[0] ?? 0
  return (
    onset <= (record.clearedAt ?? Number.POSITIVE_INFINITY) && record.onset <= (clearedAt ?? Number.POSITIVE_INFINITY)
  )
}

/** One message may tell of several alarms. */
function newId({ rule, version, subject, cause }: Compared, ids: Set<string>): string {
  for (let nth = 1; ; nth++) {
    const id = alarmIdOf(rule, version, subject, cause.position, nth)
    if (ids.has(id)) continue
    ids.add(id)
    return id
  }
}

function withdrawn(record: AlarmRecord, compared: Compared): AlarmChange {
  return { ...factsOf(compared, record.id, record.onset), kind: 'withdrawn', readings: [], isRetrospective: true }
}

function factsOf({ rule, version, subject, cause }: Compared, alarm: string, at: number) {
  return { alarm, rule, version, subject, position: cause.position, foundAt: cause.foundAt, at }
}

const levelOf = (levels: readonly LevelStep[]) => levels[levels.length - 1]?.[1] ?? 0
const highestOf = (levels: readonly LevelStep[]) => levels.reduce((highest, [, level]) => Math.max(highest, level), 0)

/** What becomes of one alarm. */
class Changes {
  readonly all: AlarmChange[] = []
  readonly isTold: boolean
  readonly #compared: Compared
  readonly #id: string

  constructor(
    compared: Compared,
    { id, found, record }: { readonly id: string; readonly found: Stretch; readonly record: AlarmRecord | undefined }
  ) {
    this.#compared = compared
    this.#id = id
    const holdsNow = found.clearedAt === undefined && this.#isOfNow(found)
    if (!record) this.#raised(found, !holdsNow)
    else this.#known(found, record, holdsNow)
    const wasTold = record?.isTold ?? false
    if (found.clearedAt !== undefined && (record === undefined || record.clearedAt === undefined))
      this.#add({ kind: 'cleared' }, found.clearedAt, !wasTold, levelOf(found.levels))
    this.isTold = wasTold || holdsNow
  }

  #isOfNow({ levels }: Stretch): boolean {
    const { cause, newestAt } = this.#compared
    return Math.max(newestAt, levels[levels.length - 1]?.[0] ?? 0) > cause.foundAt - nowMs
  }

  #raised({ levels }: Stretch, isRetrospective: boolean): void {
    for (const [index, [t, level]] of levels.entries())
      this.#add({ kind: index === 0 ? 'raised' : 'level', level }, t, isRetrospective, level)
  }

  #known(found: Stretch, record: AlarmRecord, holdsNow: boolean): void {
    const { levels, clearedAt } = found
    const onset = levels[0]?.[0] ?? 0
    if (onset !== record.onset || (record.clearedAt !== undefined && record.clearedAt !== clearedAt))
      this.#add({ kind: 'moved', onset, clearedAt }, onset, true, levelOf(levels))
    const grown = levels.slice(record.levels.length)
    const isLonger = record.levels.every(([t, level], i) => levels[i]?.[0] === t && levels[i][1] === level)
    // Of a history that became another one: the worst that it was, and where it stands.
    const worst = levels.find(([, level]) => level === highestOf(levels))
    const last = levels[levels.length - 1]
    const steps: LevelStep[] = isLonger ? grown : []
    if (!isLonger && worst && highestOf(levels) > highestOf(record.levels)) steps.push(worst)
    if (!isLonger && last && last[1] !== levelOf(steps.length > 0 ? steps : record.levels)) steps.push(last)
    for (const [t, level] of steps) this.#add({ kind: 'level', level }, t, !holdsNow, level)
    const isNews = holdsNow && (!record.isTold || record.clearedAt !== undefined)
    if (isNews && steps.length === 0 && last) this.#add({ kind: 'level', level: last[1] }, last[0], false, last[1])
  }

  #add(
    change:
      | { readonly kind: 'raised' | 'level'; readonly level: number }
      | { readonly kind: 'cleared' }
      | { readonly kind: 'moved'; readonly onset: number; readonly clearedAt: number | undefined },
    at: number,
    isRetrospective: boolean,
    level: number
  ): void {
    const facts = factsOf(this.#compared, this.#id, at)
    const readings = this.#compared.readings(level, at)
    this.all.push({ ...facts, ...change, readings, isRetrospective })
  }
}
