import { HealthAlarms } from '../../alarms/health/health-alarms.ts'
import type { HealthChange, Moment } from '../../alarms/health/health-alarms.ts'
import { namesOf } from '../../alarms/naming/alarm-names.ts'
import type { Alarm, AlarmChange, AlarmNames, AlarmStepBody } from '../../model/alarm.ts'
import type { Clock } from '../../model/clock.ts'
import type { HealthEvent, HealthEventKind } from '../../model/health.ts'
import type { Log } from '../../model/log.ts'
import type { Position } from '../../model/position.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Condition } from '../../model/rule.ts'
import { RuleFold } from '../../rules/engine/rule-fold.ts'
import type { AlarmStore, NamedChange } from '../../storage/state/alarm-store.ts'
import type { StateStore } from '../../storage/state/state-store.ts'
import type { RawLookup } from '../raw-lookup.ts'
import { conditionsOf } from '../rule-check.ts'
import { EvidenceCopier } from './alarm-evidence.ts'
import type { KnownSeries } from './known-series.ts'
import { LateRules } from './late-rules.ts'
import type { HistoryQueries } from './late-rules.ts'
import type { ReadingsConsumer } from './readings-follower.ts'
import { untilDone } from './until-done.ts'

/** What profiles as they were shipped say that rules and evidence need. */
export interface RuleFacts {
  /** Profile → how often its devices report, s. */
  readonly intervals: ReadonlyMap<string, number | undefined>
  /** Profile → SHA-256 of its codec. */
  readonly codecs: ReadonlyMap<string, string | undefined>
}

export interface RulesReaderProps {
  readonly alarms: Pick<AlarmStore, 'take' | 'kept' | 'note' | 'alarms' | 'occurrences' | 'openHealth'>
  readonly state: Pick<StateStore, 'registryAt'>
  readonly series: KnownSeries
  readonly store: HistoryQueries
  readonly raw: Pick<RawLookup, 'records' | 'message'>
  readonly facts: RuleFacts
  /** Where to begin if nothing was ever kept. */
  readonly beginning: Position
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Nothing up to the position is needed any more. */
  readonly commit: (position: Position) => void
}

/** What the rules know is written so often, and after so many bytes read: the log must be kept that far back. */
const keepEvery = { ms: 30_000, bytes: 64 * 1024 * 1024 }

/** Alarms that are silenced in one transaction: others wait for it. */
const notesAtOnce = 200

/** Kept from the first start on: rules follow the log. */
const begun = 'begun'

type Silencing = Extract<AlarmStepBody, { readonly kind: 'suppressed' | 'unsuppressed' }>

interface Found {
  readonly change: AlarmChange
  readonly names: AlarmNames
}

/**
 * Reader `rules` of the `readings` log: folds what it reads and writes what the rules find at once, what they know twice a
 * minute with their position. After a crash it folds again from there and finds the same, which the store passes over.
 */
export class RulesReader implements ReadingsConsumer {
  readonly #props: RulesReaderProps
  readonly #series: KnownSeries
  readonly #opened = Promise.withResolvers<void>()
  #fold: RuleFold | undefined
  #registry = new RegistrySnapshot()
  #late: LateRules | undefined
  #evidence: EvidenceCopier | undefined
  #health = new HealthAlarms()
  #found: Found[] = []
  readonly #outOfService = new Set<string>()
  #controls: RegistryChange[] = []
  #position: Position = 0
  #written = { at: 0, bytes: 0 }

  constructor(props: RulesReaderProps) {
    this.#props = props
    this.#series = props.series
  }

  async begin(): Promise<Position> {
    const { alarms, state, facts, beginning, raw, store, signal, log, clock } = this.#props
    const kept = await alarms.kept()
    const isBegun = kept.states.some(([thing]) => thing === begun)
    this.#position = isBegun ? kept.position : beginning
    // A crash before anything is kept must not move the beginning.
    if (!isBegun) await alarms.take([], [[begun, '{}']], beginning)
    this.#registry = new RegistrySnapshot(await state.registryAt(this.#position))
    const fold = new RuleFold({
      ...{
        registry: this.#registry,
        intervals: facts.intervals,
        kept: kept.states.filter(([thing]) => thing !== begun)
      },
      seriesOf: id => this.#series.of(id)
    })
    this.#fold = fold
    const needOf = fold.historyNeed.bind(fold)
    this.#late = new LateRules({ store, series: this.#series, needOf, signal, log })
    this.#evidence = new EvidenceCopier({ raw, registry: this.#registry, codecs: facts.codecs })
    const open = await alarms.openHealth()
    this.#health = new HealthAlarms(
      open.flatMap(({ id, healthEvent: event, ...one }) => (event ? { ...one, alarm: id, event } : []))
    )
    for (const { id, decommissionedAt } of this.#registry.devices.values())
      if (decommissionedAt !== undefined) this.#outOfService.add(id)
    this.#written.at = clock.monotonic()
    this.#late.add(fold.takeDirty())
    this.#opened.resolve()
    return this.#position
  }

  async take(...[batch, sizeBytes]: Parameters<ReadingsConsumer['take']>): Promise<void> {
    const fold = this.#fold
    if (!fold) return
    await this.#series.learn(batch)
    fold.take(batch)
    this.#written.bytes += sizeBytes
    for (const change of fold.takeChanges()) this.#found.push({ change, names: this.#namesOf(change) })
    if (batch.event?.kind === 'control') this.#controls.push(batch.event.change)
  }

  async settle(position: Position): Promise<void> {
    const fold = this.#fold
    if (!fold) return
    this.#position = position
    await this.#tell(this.#found.splice(0))
    await this.#follow(this.#controls.splice(0))
    this.#late?.add(fold.takeDirty())
    await this.#judgeAgain(fold)
    const { clock, signal } = this.#props
    const isDue = clock.monotonic() - this.#written.at > keepEvery.ms || this.#written.bytes > keepEvery.bytes
    if (!signal.aborted && isDue) await this.#keep(fold, [])
  }

  /** Takes what health found out. @param isAll - these are all events that go on. */
  async health(events: readonly HealthEvent[], isAll = false): Promise<void> {
    await this.#opened.promise
    const changes = this.#health.take(events, this.#registry)
    await this.#tellHealth(isAll ? [...changes, ...this.#health.review(this.#registry, this.#now())] : changes)
    if (isAll || events.some(({ kind }) => kind === 'gateway-down')) await this.#hideBehindGateways()
  }

  /** Resolves once nothing is under way. */
  async stopped(): Promise<void> {
    await this.#late?.stopped()
  }

  async #tell(found: readonly Found[]): Promise<void> {
    if (found.length === 0) return
    const changes = await this.#withEvidence(found)
    await this.#done(async () => {
      await this.#props.alarms.take(changes, [], undefined)
    })
  }

  async #tellHealth(changes: readonly HealthChange[]): Promise<void> {
    await this.#tell(changes.map(({ change, event }) => ({ change, names: this.#namesOf(change, event) })))
  }

  /** Rules that come and go change which health events are alarms; what is out of service rings no more. */
  async #follow(controls: readonly RegistryChange[]): Promise<void> {
    if (controls.some(({ kind }) => kind === 'rule' || kind === 'rule-removed'))
      await this.#tellHealth(this.#health.review(this.#registry, this.#now()))
    for (const control of controls) {
      if (control.kind !== 'device') continue
      const { id, decommissionedAt } = control.device
      if (this.#outOfService.has(id) === (decommissionedAt !== undefined)) continue
      const by = 'out-of-service' as const
      if (decommissionedAt === undefined) this.#outOfService.delete(id)
      else this.#outOfService.add(id)
      const body: Silencing =
        decommissionedAt === undefined ? unsuppressed(by) : { kind: 'suppressed', by, detail: decommissionedAt }
      await this.#note((await this.#alarmsOf(id)).map(alarm => [alarm, body]))
    }
  }

  /** A subject that was judged again, with all that the fold knows: what it had to do is done. */
  async #judgeAgain(fold: RuleFold): Promise<void> {
    for (const { dirty, pages } of this.#late?.takeRead() ?? []) {
      const recorded = await this.#props.alarms.occurrences(dirty)
      const changes = fold.reevaluate(dirty, pages, recorded)
      const found = changes.map(change => ({ change, names: this.#namesOf(change) }))
      await this.#keep(fold, await this.#withEvidence(found))
    }
  }

  async #keep(fold: RuleFold, changes: readonly NamedChange[]): Promise<void> {
    const { alarms, clock, commit, signal } = this.#props
    const [states, position] = [fold.takeSnapshot(), this.#position]
    await this.#done(async () => {
      await alarms.take(changes, states, position)
    })
    if (signal.aborted) return
    this.#written = { at: clock.monotonic(), bytes: 0 }
    commit(position)
  }

  async #withEvidence(found: readonly Found[]): Promise<readonly NamedChange[]> {
    const raised = found.flatMap(({ change }) => (change.kind === 'raised' ? change : []))
    const copied = (await this.#done(async () => this.#evidence?.copy(raised))) ?? []
    const evidence = new Map(raised.map((change, i) => [change.alarm, copied[i]]))
    const hidden = this.#health.behindGateways
    return found.map(({ change, names }) => ({
      ...{ change, names },
      ...(change.kind === 'raised' && {
        evidence: evidence.get(change.alarm),
        suppressed: this.#silencedBy(change, hidden)
      })
    }))
  }

  /** Why nobody is told of an alarm from its beginning. */
  #silencedBy(change: AlarmChange, hidden: ReadonlyMap<string, string>): NamedChange['suppressed'] {
    const { kind, id } = change.subject
    if (kind !== 'device') return undefined
    const decommissionedAt = this.#registry.devices.get(id)?.decommissionedAt
    if (decommissionedAt !== undefined) return { by: 'out-of-service', detail: decommissionedAt }
    const gateway = hidden.get(id)
    return gateway !== undefined && this.#isOfSilence(change.rule) ? { by: 'gateway', detail: gateway } : undefined
  }

  /** Silence behind a gateway that is down is told once: of the gateway. */
  async #hideBehindGateways(): Promise<void> {
    const hidden = this.#health.behindGateways
    const states = ['unacknowledged', 'suppressed'] as const
    const open = await this.#props.alarms.alarms({ limit: 10_000, states })
    const silent = open.filter(({ subject, rule }) => subject.kind === 'device' && this.#isOfSilence(rule))
    await this.#note(
      silent.map(alarm => {
        const detail = hidden.get(alarm.subject.id)
        return [alarm, detail === undefined ? unsuppressed('gateway') : { kind: 'suppressed', by: 'gateway', detail }]
      })
    )
  }

  #isOfSilence(rule: string): boolean {
    const isAbsence = (when: Condition): boolean => [...conditionsOf(when)].some(({ kind }) => kind === 'absence')
    return this.#registry.rules.get(rule)?.levels.some(({ when }) => isAbsence(when)) ?? false
  }

  async #alarmsOf(device: string): Promise<readonly Alarm[]> {
    const open = await this.#props.alarms.alarms({ limit: 1000, device })
    return open.filter(({ level }) => level > 0)
  }

  /** Those that say nothing new are left out. */
  async #note(silencings: readonly (readonly [alarm: Alarm, body: Silencing])[]): Promise<void> {
    const news = silencings.filter(
      ([{ suppressedBy }, { kind, by }]) => suppressedBy.includes(by) !== (kind === 'suppressed')
    )
    for (let from = 0; from < news.length; from += notesAtOnce) {
      const part = news.slice(from, from + notesAtOnce).map(([{ id }, body]) => ({ alarm: id, body }))
      await this.#done(() => this.#props.alarms.note(part))
    }
  }

  #namesOf(change: AlarmChange, healthEvent?: HealthEventKind): AlarmNames {
    const level = 'level' in change ? change.level : 1
    return namesOf({ rule: change.rule, subject: change.subject, level, healthEvent }, this.#registry)
  }

  #now(): Moment {
    return { position: this.#position, at: this.#props.clock.now() }
  }

  #done<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { signal, log } = this.#props
    const onTrouble = (cause: unknown): void => {
      if (cause !== undefined) log.error({ cause }, 'Alarms were not written; it is tried again')
    }
    return untilDone(work, { signal, onTrouble })
  }
}

const unsuppressed = (by: Silencing['by']): Silencing => ({ kind: 'unsuppressed', by })
