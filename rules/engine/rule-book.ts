import type { AlarmSubject } from '../../model/alarm.ts'
import type { Device, RegistryChange } from '../../model/registry.ts'
import type { Rule } from '../../model/rule.ts'
import type { SeriesKey } from '../../model/series.ts'
import type { KeptState } from '../../storage/state/health-store.ts'
import type { HistoryPage, RuleFoldProps } from './fold-state.ts'
import { HistoryShelf } from './history-shelf.ts'
import type { Watched } from './history-shelf.ts'
import { Judge } from './judge.ts'
import { received, receiptsKeep } from './receipts.ts'
import { RuleScope } from './rule-scope.ts'
import { RuleSubject, subjectKey } from './rule-subject.ts'
import type { SubjectState } from './rule-subject.ts'

/** What a change of the registry means for what is watched. */
export interface BookChanges {
  readonly ended: RuleSubject[]
  /** `isKnown`: nothing of before has to be read to judge it. */
  readonly begun: { readonly subject: RuleSubject; readonly isKnown: boolean }[]
  readonly adopted: RuleSubject[]
}

interface Refresh {
  readonly now: number
  /** What is known of histories that are new begins there. */
  readonly from: number
  readonly scope: RuleScope
}

/** Which rules watch what now, and by which histories they judge. */
export class RuleBook {
  readonly #props: RuleFoldProps
  readonly #shelf = new HistoryShelf()
  readonly #subjects = new Map<string, RuleSubject>()
  readonly #keys = new Map<RuleSubject, ReadonlySet<string>>()
  readonly #intervals: Map<string, number | undefined>
  readonly #texts = new WeakMap<Rule, string>()
  #ended: string[] = []
  #leaving: RuleSubject[] = []

  constructor(props: RuleFoldProps) {
    this.#props = props
    this.#intervals = new Map(props.intervals)
    for (const { profile } of props.registry.profiles.values()) this.#intervals.set(profile.id, profile.intervalS)
  }

  get subjects(): Iterable<RuleSubject> {
    return this.#subjects.values()
  }

  subject(rule: string, subject: string): RuleSubject | undefined {
    return this.#subjects.get(subjectKey(rule, subject))
  }

  has(subject: RuleSubject): boolean {
    return this.#subjects.get(subject.key) === subject
  }

  historyOf(series: SeriesKey): Watched | undefined {
    return this.#shelf.get(seriesKey(series))
  }

  seenOf(device: string, metric: string | undefined): Watched | undefined {
    return this.#shelf.get(seenKey(device, metric))
  }

  *allSeen(): Iterable<Watched> {
    for (const watched of this.#shelf.all) if (watched.key.startsWith('seen:')) yield watched
  }

  *allHistories(): Iterable<Watched> {
    for (const watched of this.#shelf.all) if (watched.key.startsWith('rows:')) yield watched
  }

  statedIntervalMs(device: string): number | undefined {
    const { registry } = this.#props
    const intervalS = this.#intervals.get(registry.devices.get(device)?.profile ?? '')
    return intervalS === undefined ? undefined : intervalS * 1000
  }

  /** Watches everything from `now` on. @returns the subjects. */
  beginAll(now: number): readonly RuleSubject[] {
    const changes = noChanges()
    for (const rule of this.#props.registry.rules.values())
      this.#refreshRule(rule, now, Number.NEGATIVE_INFINITY, changes)
    return changes.begun.map(({ subject }) => subject)
  }

  /** Takes what was kept. @returns the receive time of the last tick; 0 if nothing was kept. */
  restore(kept: KeptState): number {
    const states = new Map(kept)
    const time = states.get('time')
    if (!time) return 0
    const { now } = JSON.parse(time) as { now: number }
    this.beginAll(now)
    this.#shelf.restore(kept)
    for (const subject of this.#subjects.values()) {
      const text = states.get(`rule:${subject.key}`)
      const state = text ? (JSON.parse(text) as SubjectState) : undefined
      if (state?.version === subject.rule.version) subject.restore(state)
    }
    return now
  }

  takeSnapshot(subjects: readonly RuleSubject[], now: number): KeptState {
    const ended = this.#ended.filter(key => !this.#subjects.has(key))
    this.#ended = []
    return [
      ['time', JSON.stringify({ now })],
      ...ended.map(key => [`rule:${key}`, null] as const),
      ...this.#shelf.takeChanged(),
      ...subjects
        .filter(subject => this.has(subject))
        .map(subject => [`rule:${subject.key}`, JSON.stringify(subject.state)] as const)
    ]
  }

  /** Adds stored rows to the histories that a subject is judged by. Rows that came by the log stand above them. */
  load(subject: RuleSubject, from: number, pages: Iterable<HistoryPage>): void {
    const sources = new Set(subject.judge.sources)
    for (const { series, time, value, quality } of pages) {
      for (let row = 0; row < series.length; row++) {
        const definition = this.#props.seriesOf(series[row] ?? 0)
        const watched = definition && this.historyOf(definition)
        if (!watched || !sources.has(watched.history)) continue
        const stored = { value: value[row] ?? Number.NaN, quality: quality[row] ?? 0, generation: 0, at: 0 }
        watched.history.put({ t: time[row] ?? 0, ...stored })
      }
    }
    for (const source of sources) if (source.from > from) source.from = from
  }

  apply(change: RegistryChange, now: number): BookChanges {
    const changes = this.#applied(change, now)
    // Only now: what a rule leaves, its next version may need.
    for (const subject of this.#leaving) {
      this.#shelf.link(subject, this.#keys.get(subject) ?? new Set(), new Set())
      this.#keys.delete(subject)
    }
    this.#leaving = []
    return changes
  }

  #applied(change: RegistryChange, now: number): BookChanges {
    const { registry } = this.#props
    const before =
      change.kind === 'device'
        ? registry.devices.get(change.device.id)
        : change.kind === 'device-removed'
          ? registry.devices.get(change.id)
          : undefined
    registry.apply(change)
    const changes = noChanges()
    switch (change.kind) {
      case 'rule':
        if (now > 0) this.#replaceRule(change.rule, now, changes)
        return changes
      case 'rule-removed':
        for (const subject of this.#subjectsOf(change.id)) this.#end(subject, changes)
        return changes
      case 'device':
        if (now > 0 && (before === undefined || isOther(before, change.device)))
          this.#refreshDevice(before, change.device, now, changes)
        return changes
      case 'device-removed':
        if (before && now > 0) this.#refreshDevice(before, undefined, now, changes)
        return changes
      case 'site':
      case 'site-removed':
      case 'organisation':
      case 'organisation-removed':
        if (now > 0) for (const rule of registry.rules.values()) this.#refreshRule(rule, now, now, changes)
        return changes
      case 'profile':
        this.#intervals.set(change.version.profile.id, change.version.profile.intervalS)
        return changes
      case 'profile-removed':
        this.#intervals.set(change.id, this.#props.intervals.get(change.id))
        return changes
      default:
        return changes
    }
  }

  #replaceRule(rule: Rule, now: number, changes: BookChanges): void {
    for (const subject of this.#subjectsOf(rule.id))
      if (subject.rule.version !== rule.version || !rule.isEnabled) this.#end(subject, changes)
    this.#refreshRule(rule, now, now, changes)
  }

  /** @param from - what is known of histories that are new begins there. */
  #refreshRule(rule: Rule, now: number, from: number, changes: BookChanges): void {
    if (!rule.isEnabled) return
    const scope = new RuleScope(rule, this.#props.registry)
    const wanted = scope.subjects()
    for (const subject of this.#subjectsOf(rule.id)) if (!wanted.has(subject.subject.id)) this.#end(subject, changes)
    for (const [id, devices] of wanted) this.#refreshSubject(rule, { id, devices }, { now, from, scope }, changes)
  }

  #refreshDevice(before: Device | undefined, after: Device | undefined, now: number, changes: BookChanges): void {
    const id = after?.id ?? before?.id ?? ''
    const sites = new Set([before?.site, after?.site].filter(site => site !== undefined))
    const from = before === undefined ? Number.NEGATIVE_INFINITY : now
    for (const rule of this.#props.registry.rules.values()) {
      if (!rule.isEnabled) continue
      const scope = new RuleScope(rule, this.#props.registry)
      const concerned = rule.per === 'site' ? sites : new Set([id, ...this.#comparedWith(rule, id, sites)])
      for (const subject of concerned) {
        const devices = scope.devicesOf(subject)
        const known = this.subject(rule.id, subject)
        if (devices.length > 0) this.#refreshSubject(rule, { id: subject, devices }, { now, from, scope }, changes)
        else if (known) this.#end(known, changes)
      }
    }
  }

  /** Subjects that are compared with a device, or that name it. */
  *#comparedWith(rule: Rule, device: string, sites: ReadonlySet<string>): Iterable<string> {
    const text = this.#textOf(rule)
    const isByNeighbours = text.includes('"deviation"')
    if (!isByNeighbours && !text.includes(`"${device}"`)) return
    const isFar = text.includes('"radiusKm"')
    for (const { subject } of this.#subjectsOf(rule.id)) {
      const site = this.#props.registry.devices.get(subject.id)?.site
      if (isFar || !isByNeighbours || (site !== undefined && sites.has(site))) yield subject.id
    }
  }

  #textOf(rule: Rule): string {
    const known = this.#texts.get(rule)
    if (known !== undefined) return known
    const text = JSON.stringify(rule.levels)
    this.#texts.set(rule, text)
    return text
  }

  #refreshSubject(
    rule: Rule,
    { id, devices }: { readonly id: string; readonly devices: readonly string[] },
    { now, from, scope }: Refresh,
    changes: BookChanges
  ): void {
    const known = this.subject(rule.id, id)
    const keys = new Set<string>()
    let isKnown = true
    const need: (...args: Parameters<HistoryShelf['need']>) => Watched = (key, series, keep, since) => {
      if (!this.#shelf.get(key) && Number.isFinite(since)) isKnown = false
      keys.add(key)
      return this.#shelf.need(key, series, keep, since)
    }
    const judge = this.#judge(rule, devices, { now, from, scope, need })
    if (known) {
      known.adopt(judge)
      changes.adopted.push(known)
      this.#linked(known, keys)
      return
    }
    const subject: AlarmSubject = { kind: rule.per, id }
    const begun = new RuleSubject({ rule, judge, subject, beginsAt: now })
    this.#subjects.set(begun.key, begun)
    this.#linked(begun, keys)
    changes.begun.push({ subject: begun, isKnown })
  }

  #judge(
    rule: Rule,
    devices: readonly string[],
    { now, from, scope, need }: Refresh & { readonly need: HistoryShelf['need'] }
  ): Judge {
    const { registry } = this.#props
    return new Judge(rule, devices, {
      device: id => registry.devices.get(id),
      neighbours: (id, radiusKm) => scope.neighbours(id, radiusKm),
      history: (id, metric, keep) => {
        const device = registry.devices.get(id)
        // A device of others says nothing here.
        const organisation = device && scope.isOwn(device) ? (registry.organisationOf(device) ?? '') : ''
        return need(seriesKey({ organisation, device: id, metric }), { device: id, metric }, keep, from).history
      },
      seen: (id, metric) => {
        const { history } = need(
          seenKey(id, metric),
          { device: id, metric: '' },
          receiptsKeep,
          Number.NEGATIVE_INFINITY
        )
        // Who has not been heard yet is waited for from now on.
        if (history.times.length === 0) received(history, now, this.statedIntervalMs(id))
        return history
      }
    })
  }

  #linked(subject: RuleSubject, keys: ReadonlySet<string>): void {
    this.#shelf.link(subject, this.#keys.get(subject) ?? new Set(), keys)
    this.#keys.set(subject, keys)
  }

  #end(subject: RuleSubject, changes: BookChanges): void {
    this.#leaving.push(subject)
    this.#subjects.delete(subject.key)
    this.#ended.push(subject.key)
    changes.ended.push(subject)
  }

  #subjectsOf(rule: string): readonly RuleSubject[] {
    return [...this.#subjects.values()].filter(subject => subject.rule.id === rule)
  }
}

const noChanges = (): BookChanges => ({ ended: [], begun: [], adopted: [] })

function seriesKey({ organisation, device, metric }: SeriesKey): string {
  return `rows:${organisation}~${device}~${metric}`
}

function seenKey(device: string, metric: string | undefined): string {
  return `seen:${device}~${metric ?? ''}`
}

/** Whether rules see another device in it. */
function isOther(before: Device, after: Device): boolean {
  const seen = ({ site, profile, tags, decommissionedAt, mounting }: Device) =>
    JSON.stringify([site, profile, tags, decommissionedAt, mounting?.position, mounting?.datumOffset])
  return seen(before) !== seen(after)
}
