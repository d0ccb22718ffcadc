import type { AlarmChange, AlarmSubject } from '../../model/alarm.ts'
import type { Rule } from '../../model/rule.ts'
import type { Moment } from './conditions/compiled.ts'
import type { Judge } from './judge.ts'
import { Marks } from './marks.ts'
import type { Mark } from './marks.ts'
import { reconcile } from './reconcile.ts'
import type { AlarmRecord, Cause, LevelStep, Stretch } from './reconcile.ts'

/** What of a subject is kept; numbers that JSON has not are `null`. */
export interface SubjectState {
  readonly version: number
  readonly beginsAt: number
  readonly mark: MarkState
  readonly before: MarkState
  readonly marks: readonly MarkState[]
  readonly alarms: readonly AlarmRecord[]
  readonly dirty: { readonly from: number; readonly position: number } | null
}
/** A mark that is written over. */
type Scratch = { -readonly [key in keyof Mark]: Mark[key] }
type MarkState = readonly [t: number, next: number | null, level: number, state: readonly (number | null)[]]

export interface SubjectProps {
  readonly rule: Rule
  readonly judge: Judge
  readonly subject: AlarmSubject
  /** The rule watches it from here on, ms since the epoch. */
  readonly beginsAt: number
}

/**
 * One subject of a rule, judged at every moment at which its outcome may change, in the order of event time. What comes
 * late takes it back to a mark from before, and it is judged again from there.
 */
export class RuleSubject {
  readonly rule: Rule
  readonly subject: AlarmSubject
  readonly key: string
  /** It is judged from here on, ms since the epoch. */
  beginsAt: number
  judge: Judge
  dirty: { readonly from: number; readonly position: number } | undefined
  /** Since the last settling: readings came, or changed, from here to there. */
  touchedFrom = Number.POSITIVE_INFINITY
  touchedTo = Number.NEGATIVE_INFINITY
  /** It is waited for until then, s since the epoch. */
  wakesAtS = Number.POSITIVE_INFINITY
  #state: number[]
  #t: number
  #next: number
  #level = 0
  /** Before the last moment; its own, to be written over at the next. */
  #before: Scratch
  #marks: Marks
  #alarms: readonly AlarmRecord[] = []
  readonly #moment: Moment = { t: 0, next: Number.POSITIVE_INFINITY }

  constructor({ rule, judge, subject, beginsAt }: SubjectProps) {
    this.rule = rule
    this.judge = judge
    this.subject = subject
    this.beginsAt = beginsAt
    this.key = subjectKey(rule.id, subject.id)
    this.#state = judge.newState()
    this.#t = beginsAt - 1
    this.#next = beginsAt
    this.#before = this.#mark()
    this.#marks = new Marks([this.#before], this.#state.length)
  }

  get level(): number {
    return this.#level
  }

  /** The last moment that was judged. */
  get judgedTo(): number {
    return this.#t
  }

  get next(): number {
    return this.#next
  }

  /** Alarms that are not over before the oldest mark, oldest first. */
  get alarms(): readonly AlarmRecord[] {
    return this.#alarms
  }

  /**
   * Judges what has changed, and every moment up to `until`.
   *
   * @param from - the earliest moment whose readings have changed; Infinity: none.
   * @returns what is different; `undefined`: `from` is longer ago than is remembered, and nothing was done.
   */
  settle(from: number, until: number, cause: Cause): readonly AlarmChange[] | undefined {
    const upTo = Math.max(until, this.#t)
    const since = Math.max(from, this.beginsAt)
    if (since > this.#t) return this.#judged(upTo, cause, [])
    const mark = this.#before.t < since ? this.#before : this.#marks.before(since)
    if (!mark || !this.isWholeSince(mark.t)) return undefined
    return this.#again(mark, upTo, cause, [])
  }

  /** Judges again from a mark on, or from what `recorded` says where none is old enough. */
  settleFrom(mark: Mark, cause: Cause, recorded: readonly AlarmRecord[]): readonly AlarmChange[] {
    return this.#again(mark, this.#t, cause, recorded)
  }

  /** @returns from where to judge again what is different from `from` on. */
  markBefore(from: number, recorded: readonly Pick<AlarmRecord, 'onset' | 'clearedAt'>[], level: number): Mark {
    const since = Math.max(from, this.beginsAt)
    const known = this.#before.t < since ? this.#before : this.#marks.before(since)
    if (known) return known
    const t = Math.max(this.beginsAt - 1, since - this.judge.memoryMs - 1)
    const open = recorded.some(({ onset, clearedAt }) => onset <= t && (clearedAt === undefined || clearedAt > t))
    const standing = open ? level : 0
    return { t, next: t + 1, level: standing, state: this.judge.guessedState(standing, t) }
  }

  isWholeSince(t: number): boolean {
    const { sources, lookBackMs } = this.judge
    return sources.every(source => source.from <= t - lookBackMs)
  }

  /** The rule watches it no more, or not as it was: its alarm is over. */
  end(cause: Cause): readonly AlarmChange[] {
    const open = this.#alarms[this.#alarms.length - 1]
    if (open?.clearedAt !== undefined || !open) return []
    const { rule, subject } = this
    const facts = { alarm: open.id, rule: rule.id, version: rule.version, subject, ...cause, at: cause.foundAt }
    return [{ ...facts, kind: 'cleared', readings: [], isRetrospective: !open.isTold }]
  }

  /** Goes on with another judge of the same rule: devices came or went. */
  adopt(judge: Judge): void {
    const adopted = (mark: Mark) => ({ ...mark, state: judge.adopted(mark.state, this.judge) })
    this.#state = judge.adopted(this.#state, this.judge)
    this.#before = adopted(this.#before)
    this.#marks = new Marks(this.#marks.all.map(adopted), this.#state.length)
    this.judge = judge
    // What it comes to with the others is seen at once.
    this.#next = Math.min(this.#next, this.#t + 1)
  }

  get state(): SubjectState {
    return {
      version: this.rule.version,
      beginsAt: this.beginsAt,
      mark: keptMark(this.#mark()),
      before: keptMark(this.#before),
      marks: this.#marks.all.map(keptMark),
      alarms: this.#alarms,
      dirty: this.dirty ?? null
    }
  }

  restore(kept: SubjectState): void {
    this.beginsAt = kept.beginsAt
    this.#restore(readMark(kept.mark))
    this.#before = readMark(kept.before)
    this.#marks = new Marks(kept.marks.map(readMark), this.#state.length)
    // JSON leaves out what is undefined.
    this.#alarms = kept.alarms.map(alarm => ({ ...alarm, clearedAt: alarm.clearedAt }))
    this.dirty = kept.dirty ?? undefined
  }

  #again(mark: Mark, until: number, cause: Cause, recorded: readonly AlarmRecord[]): readonly AlarmChange[] {
    this.#restore(mark)
    this.#before = { ...mark, state: mark.state.slice() }
    this.#marks.dropFrom(mark.t + 1)
    if (this.#marks.all.length === 0) this.#marks.push(mark)
    const known = new Set(this.#alarms.map(({ id }) => id))
    this.#alarms = [...recorded.filter(({ id }) => !known.has(id)), ...this.#alarms].sort((a, b) => a.onset - b.onset)
    return this.#judged(until, cause, undefined)
  }

  /** @param recorded - `undefined`: whatever was recorded since then may be different now. */
  #judged(until: number, cause: Cause, recorded: undefined | readonly []): readonly AlarmChange[] {
    const since = this.#t
    const steps = this.#run(until)
    const last = this.#alarms[this.#alarms.length - 1]
    const isStanding = last !== undefined && last.clearedAt === undefined
    if (recorded && steps.length === 0 && (!isStanding || last.isTold)) return []
    return this.#compared(since, steps, cause)
  }

  #compared(since: number, steps: readonly LevelStep[], cause: Cause): readonly AlarmChange[] {
    const isOver = ({ clearedAt }: AlarmRecord) => clearedAt !== undefined && clearedAt <= since
    const recorded = this.#alarms.filter(alarm => !isOver(alarm))
    const open = recorded[0]
    const found = stretches(open && open.onset <= since ? open : undefined, since, steps)
    const { rule, subject, judge } = this
    const newestAt = Math.max(...judge.sources.map(({ times }) => times[times.length - 1] ?? 0))
    const readings = (level: number, t: number) => judge.readings(level, t)
    const of = { rule: rule.id, version: rule.version, subject }
    const { records, changes } = reconcile({ ...of, recorded, found, cause, newestAt, readings })
    const oldest = this.#marks.oldestAt
    const over = this.#alarms.filter(alarm => isOver(alarm) && (alarm.clearedAt ?? 0) > oldest)
    this.#alarms = [...over, ...records]
    return changes
  }

  /** Judges every moment after the last one up to `until`. @returns where the level became another one. */
  #run(until: number): readonly LevelStep[] {
    let steps: LevelStep[] | undefined
    for (let t = this.#nextMoment(); t <= until; t = this.#nextMoment()) {
      const level = this.#judgeAt(t)
      if (level === this.#level) continue
      this.#level = level
      ;(steps ??= []).push([t, level])
    }
    return steps ?? none
  }

  #nextMoment(): number {
    let next = this.#next
    const { sources } = this.judge
    for (let i = 0; i < sources.length; i++) {
      const t = sources[i]?.after(this.#t) ?? Number.POSITIVE_INFINITY
      if (t < next) next = t
    }
    return next
  }

  #judgeAt(t: number): number {
    this.#keepMark()
    const moment = this.#moment
    moment.t = t
    const level = this.judge.levelAt(this.#state, moment)
    this.#t = t
    this.#next = moment.next
    return level
  }

  #keepMark(): void {
    const before = this.#before
    before.t = this.#t
    before.next = this.#next
    before.level = this.#level
    for (let i = 0; i < this.#state.length; i++) before.state[i] = this.#state[i] ?? Number.NaN
    if (this.#marks.isDue(this.#t)) this.#marks.push(before)
  }

  #mark(): Mark {
    return { t: this.#t, next: this.#next, level: this.#level, state: this.#state.slice() }
  }

  #restore(mark: Mark): void {
    this.#t = mark.t
    this.#next = mark.next
    this.#level = mark.level
    this.#state = mark.state.slice()
  }
}

const none: readonly LevelStep[] = []

export function subjectKey(rule: string, subject: string): string {
  return `${rule}~${subject}`
}

/** The stretches during which a level was reached, after `since`; the first goes on from what was open then. */
function stretches(open: AlarmRecord | undefined, since: number, steps: readonly LevelStep[]): readonly Stretch[] {
  const found: Stretch[] = []
  let levels: LevelStep[] = open ? open.levels.filter(([t]) => t <= since) : []
  for (const [t, level] of steps) {
    if (level > 0) {
      levels.push([t, level])
    } else if (levels.length > 0) {
      found.push({ levels, clearedAt: t })
      levels = []
    }
  }
  if (levels.length > 0) found.push({ levels, clearedAt: undefined })
  return found
}

function keptMark({ t, next, level, state }: Mark): MarkState {
  return [t, Number.isFinite(next) ? next : null, level, [...state].map(x => (Number.isFinite(x) ? x : null))]
}

function readMark([t, next, level, state]: MarkState): Mark {
  const numbers = state.map(x => x ?? Number.NaN)
  return { t, next: next ?? Number.POSITIVE_INFINITY, level, state: numbers }
}
