import type { AlarmChange } from '../../model/alarm.ts'
import type { NetworkEvent } from '../../model/network-event.ts'
import type { Position } from '../../model/position.ts'
import { qualityBits } from '../../model/quality.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { SeriesId } from '../../model/series.ts'
import type { KeptState } from '../../storage/state/health-store.ts'
import type { DirtyRule, HistoryNeed, HistoryPage, RecordedAlarm, RuleFoldProps } from './fold-state.ts'
import type { Watched } from './history-shelf.ts'
import { nobodyListened, received } from './receipts.ts'
import type { RuleSubject } from './rule-subject.ts'
import { RuleBook } from './rule-book.ts'
import { WakeList } from './wake-list.ts'

/** No tick for so long: Sen was away, and nobody was silent because of that. */
const pauseMs = 120_000

/** What is done with the rows of a series. */
interface Route {
  readonly watched: Watched | undefined
  readonly device: string
  /** Receipts that a row of it is. */
  readonly seen: readonly Watched[]
}

interface TakenRow {
  readonly batch: ReadingBatch
  readonly row: number
  /** It says that the device is there. */
  readonly isHeard: boolean
}

/**
 * Folds readings, control records and ticks into what the rules find. Pure: time comes from the log alone, so the same log
 * gives the same changes, however it is cut into batches, and from a snapshot on as without. Conditions `health` are not its own.
 *
 * What is late within what the fold remembers (a quarter of an hour and more) it settles by itself; for what is older see
 * `takeDirty`.
 */
export class RuleFold {
  readonly #props: RuleFoldProps
  readonly #book: RuleBook
  readonly #wakes = new WakeList()
  #routes: (Route | null | undefined)[] = []
  #changes: AlarmChange[] = []
  readonly #touched: RuleSubject[] = []
  readonly #changed = new Set<RuleSubject>()
  readonly #dirty = new Map<string, DirtyRule>()
  /** From where on history was asked for, ms, by subject. */
  readonly #needs = new Map<string, number>()
  /** Raw position of the message whose rows are being taken. */
  #at: Position = -1
  /** Receive time of the last tick; before the first one: the time of the first reading. */
  #now = 0

  constructor(props: RuleFoldProps) {
    this.#props = props
    this.#book = new RuleBook(props)
    this.#now = this.#book.restore(props.kept ?? [])
    for (const subject of this.#book.subjects) {
      this.#wakes.add(subject, this.#now)
      if (subject.dirty) this.#dirty.set(subject.key, dirtyOf(subject))
    }
  }

  /** Takes the next batch of the `readings` log. */
  take(batch: ReadingBatch): void {
    if (this.#now === 0 && batch.length > 0) this.#begin(batch.time[0] ?? 0, batch.position)
    if (batch.redecoded) this.#decodedAgain(batch, batch.redecoded.withdrawn)
    else this.#messages(batch)
    if (batch.event?.kind === 'tick') this.#tick(batch.event.at, batch.position)
    else if (batch.event) this.#control(batch.event.change, batch.position)
  }

  /** @returns what was found since the last call, in order. */
  takeChanges(): readonly AlarmChange[] {
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  /** @returns what has changed since the last call of what the fold knows; `null`: of this nothing is known any more. */
  takeSnapshot(): KeptState {
    const subjects = [...this.#changed]
    this.#changed.clear()
    return this.#book.takeSnapshot(subjects, this.#now)
  }

  /** @returns what has to be judged again since the last call; each is part of the snapshot until `reevaluate` has seen it. */
  takeDirty(): readonly DirtyRule[] {
    const dirty = [...this.#dirty.values()]
    this.#dirty.clear()
    return dirty
  }

  /** @returns what `reevaluate` must be given; `undefined` if the rule or subject is there no more. */
  historyNeed({ rule, subject }: DirtyRule): HistoryNeed | undefined {
    const found = this.#book.subject(rule, subject)
    if (!found?.dirty) return undefined
    const from = needFrom(found, found.dirty.from)
    this.#needs.set(found.key, from)
    const series = found.judge.sources
      .filter(({ metric }) => metric !== '')
      .map(({ device, metric }) => ({ device, metric }))
    return { series, from, to: Math.max(this.#now, found.judgedTo) + 1 }
  }

  /**
   * Judges a subject again over stored rows, by the same steps as live, and finds what is different from what is recorded.
   * What holds now rings (not retrospective); all else only says what was so.
   *
   * @param pages - every row of what `historyNeed` has said.
   * @param recorded - the rule's alarms of this subject that were not over at `from`, or began later; those of its earlier versions
   *   are passed over.
   * @returns the differences; they are not among `takeChanges`. None if it became dirty anew since then: it comes again.
   */
  reevaluate(
    { rule, subject, from, position }: DirtyRule,
    pages: Iterable<HistoryPage>,
    recorded: readonly RecordedAlarm[]
  ): readonly AlarmChange[] {
    const found = this.#book.subject(rule, subject)
    // It became dirty once more while this was read: the newer word on it is waited for.
    if (found?.dirty?.from !== from || found.dirty.position !== position) return []
    const readFrom = this.#needs.get(found.key)
    if (readFrom === undefined || needFrom(found, from) < readFrom) {
      this.#dirty.set(found.key, dirtyOf(found))
      return []
    }
    this.#needs.delete(found.key)
    this.#book.load(found, readFrom, pages)
    const ofVersion = recorded.filter(({ id }) => id.split('~')[2] === String(found.rule.version))
    const records = ofVersion.map(({ id, onset, clearedAt, highestLevel, isRetrospective }) => ({
      ...{ id, onset, clearedAt },
      levels: [[onset, highestLevel] as const],
      isTold: isRetrospective !== true
    }))
    const mark = found.markBefore(found.dirty.from, ofVersion, ofVersion[0]?.highestLevel ?? 0)
    found.dirty = undefined
    this.#dirty.delete(found.key)
    const changes = found.settleFrom(mark, { position, foundAt: this.#now }, records)
    this.#settled(found)
    return changes
  }

  /** Rows and events as the messages said them, each message judged when it is over. */
  #messages(batch: ReadingBatch): void {
    const events = batch.networkEvents ?? []
    const imports = importsOf(events)
    let next = 0
    for (let row = 0; row < batch.length; row++) {
      const at = batch.at[row] ?? 0
      if (at !== this.#at) this.#settle()
      for (let event = events[next]; event && event.at <= at; event = events[++next]) this.#event(event)
      this.#at = at
      const id = batch.series[row] ?? 0
      const route = this.#routes[id]
      if (route === null) continue
      this.#row(route ?? this.#route(id), { batch, row, isHeard: !imports.has(at) })
    }
    this.#settle()
    for (let event = events[next]; event; event = events[++next]) this.#event(event)
  }

  /** What the messages gave before goes, what they give now comes, at one moment. */
  #decodedAgain(batch: ReadingBatch, withdrawn: readonly Position[]): void {
    this.#at = batch.position
    const positions = new Set(withdrawn)
    const generation = batch.generation[0] ?? Number.POSITIVE_INFINITY
    for (const watched of this.#book.allHistories()) {
      const from = watched.history.withdraw(positions, generation)
      if (from === undefined) continue
      for (const subject of watched.subjects) this.#touch(subject, from)
    }
    for (let row = 0; row < batch.length; row++) {
      const id = batch.series[row] ?? 0
      this.#row(this.#routes[id] ?? this.#route(id), { batch, row, isHeard: false })
    }
    this.#settle()
  }

  #row(route: Route | null, { batch, row, isHeard }: TakenRow): void {
    if (route === null) return
    const { watched, seen, device } = route
    const quality = batch.quality[row] ?? 0
    const generation = batch.generation[row] ?? 0
    if (watched) {
      const t = batch.time[row] ?? 0
      const number = batch.value[row] ?? Number.NaN
      const value = Number.isNaN(number) ? (batch.texts.get(row) ?? number) : number
      if (watched.history.put({ t, value, quality, generation, at: batch.at[row] ?? 0 })) {
        for (const subject of watched.subjects) this.#touch(subject, t)
      }
    }
    const isOfNow = isHeard && generation === 0 && (quality & qualityBits.manual) === 0
    if (isOfNow) for (const one of seen) this.#receive(one, device)
  }

  #touch(subject: RuleSubject, t: number): void {
    if (subject.touchedTo === Number.NEGATIVE_INFINITY) this.#touched.push(subject)
    if (t < subject.touchedFrom) subject.touchedFrom = t
    if (t > subject.touchedTo) subject.touchedTo = t
  }

  /** A message is over: what it touched is judged. */
  #settle(): void {
    const { length } = this.#touched
    if (length === 0) return
    const cause = { position: this.#at, foundAt: this.#now }
    for (let i = 0; i < length; i++) {
      const subject = this.#touched[i]
      if (!subject) continue
      const { touchedFrom, touchedTo } = subject
      subject.touchedFrom = Number.POSITIVE_INFINITY
      subject.touchedTo = Number.NEGATIVE_INFINITY
      const changes = subject.settle(touchedFrom, touchedTo, cause)
      if (changes === undefined) this.#soil(subject, touchedFrom, this.#at)
      else this.#tell(changes)
      this.#settled(subject)
    }
    this.#touched.length = 0
  }

  #settled(subject: RuleSubject): void {
    this.#changed.add(subject)
    this.#wakes.add(subject, this.#now)
  }

  #tell(changes: readonly AlarmChange[]): void {
    for (const change of changes) this.#changes.push(change)
  }

  #soil(subject: RuleSubject, from: number, position: Position): void {
    subject.dirty = { from: Math.min(from, subject.dirty?.from ?? from), position }
    this.#dirty.set(subject.key, dirtyOf(subject))
    this.#changed.add(subject)
  }

  #receive(seen: Watched, device: string): void {
    if (!received(seen.history, this.#now, this.#book.statedIntervalMs(device))) return
    for (const subject of seen.subjects) this.#touch(subject, this.#now)
  }

  #event(event: NetworkEvent): void {
    const isSign =
      event.kind === 'uplink' ||
      event.kind === 'join' ||
      event.kind === 'reply' ||
      (event.kind === 'status' && event.isOnline !== false)
    if (!isSign || event.device === undefined) return
    const seen = this.#book.seenOf(event.device, undefined)
    if (!seen) return
    if (event.at !== this.#at) this.#settle()
    this.#at = event.at
    this.#receive(seen, event.device)
    this.#settle()
  }

  #tick(at: number, position: Position): void {
    if (this.#now === 0) return this.#begin(at, position)
    const before = this.#now
    this.#now = Math.max(at, before)
    this.#at = position
    if (at - before > pauseMs) this.#wasAway(before)
    for (const subject of this.#wakes.due(this.#now)) {
      if (subject.next <= this.#now && this.#book.has(subject)) {
        this.#tell(subject.settle(Number.POSITIVE_INFINITY, this.#now, { position, foundAt: this.#now }) ?? [])
        this.#changed.add(subject)
      }
      this.#wakes.add(subject, this.#now)
    }
  }

  /** Who was not silent before is waited for anew. */
  #wasAway(since: number): void {
    for (const seen of this.#book.allSeen()) {
      if (isSilent(seen)) continue
      seen.history.put({ t: since + 1, value: nobodyListened, quality: 0, generation: 0, at: 0 })
      for (const subject of seen.subjects) this.#touch(subject, since + 1)
      this.#receive(seen, seen.history.device)
    }
    this.#settle()
  }

  #control(change: RegistryChange, position: Position): void {
    this.#routes = []
    this.#at = position
    const cause = { position, foundAt: this.#now }
    const { ended, begun, adopted } = this.#book.apply(change, this.#now)
    for (const subject of ended) {
      this.#tell(subject.end(cause))
      this.#changed.add(subject)
      this.#dirty.delete(subject.key)
    }
    for (const subject of adopted) this.#judgeNow(subject, position)
    if (this.#now === 0) return
    for (const { subject, isKnown } of begun) {
      this.#judgeNow(subject, position)
      if (!isKnown) this.#soil(subject, subject.beginsAt, position)
    }
  }

  #judgeNow(subject: RuleSubject, position: Position): void {
    this.#tell(subject.settle(Number.POSITIVE_INFINITY, this.#now, { position, foundAt: this.#now }) ?? [])
    this.#settled(subject)
  }

  /** Time is known from here on. */
  #begin(at: number, position: Position): void {
    this.#now = at
    this.#at = position
    for (const subject of this.#book.beginAll(at)) this.#judgeNow(subject, position)
    this.#routes = []
  }

  #route(id: SeriesId): Route | null {
    const series = this.#props.seriesOf(id)
    if (!series) return null
    const watched = this.#book.historyOf(series)
    const seen = [this.#book.seenOf(series.device, undefined), this.#book.seenOf(series.device, series.metric)]
    const heard = seen.filter(one => one !== undefined)
    const route =
      watched || heard.length > 0 ? { watched, device: series.device, metric: series.metric, seen: heard } : null
    this.#routes[id] = route
    return route
  }
}

/** Before the first row that is read of the store one must be known to stand: devices that speak once a day have it then. */
const lookBackForOneMs = 26 * 3_600_000

/** From where on a subject must be read to be judged again. */
function needFrom(subject: RuleSubject, from: number): number {
  return subject.markBefore(from, [], 0).t - subject.judge.lookBackMs - lookBackForOneMs
}

const isSilent = ({ subjects }: Watched) => [...subjects].some(subject => subject.level > 0)

function dirtyOf({ rule, subject, dirty }: RuleSubject): DirtyRule {
  return { rule: rule.id, subject: subject.id, from: dirty?.from ?? 0, position: dirty?.position ?? 0 }
}

function importsOf(events: readonly NetworkEvent[] | undefined): ReadonlySet<Position> {
  const found = new Set<Position>()
  for (const event of events ?? []) if (event.kind === 'import') found.add(event.at)
  return found
}
