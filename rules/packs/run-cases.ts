import type { AlarmChange } from '../../model/alarm.ts'
import type { HealthEvent } from '../../model/health.ts'
import { qualityBits } from '../../model/quality.ts'
import type { ReadingBatch } from '../../model/reading-batch.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { RegistryChange } from '../../model/registry.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import { RuleFold } from '../engine/rule-fold.ts'
import type { RuleCase } from './case.ts'
import { readingsOf } from './case-readings.ts'
import type { CaseReading } from './case-readings.ts'
import { differenceOf } from './difference.ts'
import type { FoundAlarm } from './difference.ts'
import type { LoadedCase } from './load-packs.ts'
import { rulesOf } from './rules-of.ts'

/** What a case came to. */
export interface CaseOutcome {
  readonly file: string
  readonly name: string
  readonly rule: string
  /** The first difference to what is expected, in words; `undefined`: there is none. */
  readonly difference: string | undefined
}

const noTotals = { stored: 0, event: 0, quarantined: 0, duplicate: 0, decoded: 0, refused: 0, unmapped: 0 }
const tickMs = 60_000
const afterLastMs = 3_600_000
/** What comes in at a moment comes just after the tick, whose time is its time of receipt. */
const justBeforeMs = 1

/** Judges conditions `health`, as alarms do live: they are not found in readings. */
export interface HealthJudge {
  take(events: readonly HealthEvent[], registry: RegistrySnapshot): readonly { readonly change: AlarmChange }[]
}

/**
 * Plays a case on the engine that judges live data, and compares the alarms.
 *
 * @param health - fresh for this case.
 * @throws SenError if the pack's rule cannot be made with the case's parameters.
 */
export function runCase({ file, pack, one }: LoadedCase, health: HealthJudge): CaseOutcome {
  const sites = [...new Set(Object.values(one.devices).map(({ site }) => site))]
  const isAnywhere = pack.rules.find(({ id }) => id === one.rule)?.scope === 'any'
  const scope = isAnywhere ? {} : { sites }
  const use = { organisation: rootOrganisation, scope, parameters: one.parameters, rules: [one.rule] }
  const { drafts } = rulesOf(pack, { ...use, idOf: id => id })
  const changes = drafts.map(draft => ({ kind: 'rule', rule: { ...draft, version: 1, author: '' } }) as const)
  const found = drafts.length === 0 ? [] : alarmsOf(one, changes, health)
  return { file, name: one.case, rule: `${pack.id}/${one.rule}`, difference: differenceOf(one.expected, found) }
}

/** The case's devices, rule and readings, as they come out of the log; alarms as the fold finds them. */
function alarmsOf(one: RuleCase, rules: readonly RegistryChange[], health: HealthJudge): readonly FoundAlarm[] {
  const start = Date.parse(one.start)
  const log = new CaseLog(start, health)
  for (const change of [...thingsOf(one), ...rules]) log.control(change)
  const readings = readingsOf(one)
  const lastEvent = Math.max(0, ...one.events.map(({ at, over = at }) => over))
  const end = one.lasts ?? Math.max(readings.at(-1)?.since ?? 0, lastEvent) + afterLastMs
  let next = 0
  for (let since = 0; since <= end; since += tickMs) {
    const due = readings.slice(next).findIndex(reading => reading.since > since)
    const until = due === -1 ? readings.length : next + due
    log.tick(since - justBeforeMs)
    log.readings(readings.slice(next, until))
    next = until
    log.events(one.events, since)
  }
  return log.alarms()
}

function thingsOf({ devices, events }: RuleCase): readonly RegistryChange[] {
  const sites = [...new Set(Object.values(devices).map(({ site }) => site))]
  const gateways = events.flatMap(({ gateway }) => gateway ?? [])
  return [
    { kind: 'organisation', organisation: { id: rootOrganisation, name: 'Case' } },
    ...sites.map(id => ({ kind: 'site', site: { id, name: id, organisation: rootOrganisation } }) as const),
    ...gateways.map((id): RegistryChange => ({
      kind: 'gateway',
      gateway: { id, name: id, owner: rootOrganisation, sharedWith: [] }
    })),
    ...Object.entries(devices).map(([id, { site, profile, datumOffset, position, tags }]) => {
      const place = position && { position: { latitude: position[0], longitude: position[1] } }
      const mounting = { ...place, ...(datumOffset !== undefined && { datumOffset }) }
      return { kind: 'device', device: { id, name: id, site, profile, mounting, ...(tags && { tags }) } } as const
    })
  ]
}

/** A readings log of one case, written as decode would, and the fold that follows it. */
class CaseLog {
  readonly #start: number
  readonly #series = new Map<string, SeriesDefinition>()
  readonly #definitions: SeriesDefinition[] = []
  readonly #fold: RuleFold
  readonly #registry = new RegistrySnapshot()
  readonly #health: HealthJudge
  readonly #found = new Map<string, { readonly about: string; steps: (readonly [level: number, since: number])[] }>()
  #position = 0

  constructor(start: number, health: HealthJudge) {
    this.#start = start
    this.#health = health
    this.#fold = new RuleFold({
      registry: new RegistrySnapshot(),
      intervals: new Map(),
      seriesOf: id => this.#definitions[id - 1]
    })
  }

  control(change: RegistryChange): void {
    this.#registry.apply(change)
    this.#take([], { kind: 'control', change })
  }

  tick(since: number): void {
    this.#take([], { kind: 'tick', at: this.#start + since })
  }

  readings(readings: readonly CaseReading[]): void {
    if (readings.length > 0) this.#take(readings, undefined)
  }

  /** Those that begin or end at this moment. */
  events(all: RuleCase['events'], since: number): void {
    for (const [i, { event: kind, device, gateway, at, over }] of all.entries()) {
      if (since !== at && since !== over) continue
      const event: HealthEvent = {
        ...{ id: `event-${i}`, kind, position: this.#position, device, gateway, metric: undefined },
        ...{
          openedAt: this.#start + at,
          since: this.#start + at,
          endedAt: since === at ? undefined : this.#start + since
        },
        ...{ silentDevices: [], heardElsewhere: [] }
      }
      for (const { change } of this.#health.take([event], this.#registry)) this.#note(change)
    }
  }

  alarms(): readonly FoundAlarm[] {
    return [...this.#found.values()]
  }

  #take(readings: readonly CaseReading[], event: ReadingBatch['event']): void {
    const position = ++this.#position
    this.#fold.take({
      position,
      dedupFrom: position,
      totals: noTotals,
      length: readings.length,
      series: Uint32Array.from(readings, reading => this.#seriesOf(reading)),
      time: Float64Array.from(readings, ({ since }) => this.#start + since),
      value: Float64Array.from(readings, ({ value }) => (typeof value === 'string' ? Number.NaN : Number(value))),
      quality: Uint8Array.from(readings, ({ isManual }) => (isManual ? qualityBits.manual : 0)),
      generation: new Uint16Array(readings.length),
      at: new Float64Array(readings.length).fill(position),
      texts: new Map(readings.flatMap(({ value }, i) => (typeof value === 'string' ? [[i, value] as const] : []))),
      quarantined: [],
      event
    })
    for (const change of this.#fold.takeChanges()) this.#note(change)
  }

  #note(change: AlarmChange): void {
    const { alarm, subject } = change
    if (change.kind === 'withdrawn') {
      this.#found.delete(alarm)
      return
    }
    const found = this.#found.get(alarm) ?? { about: subject.id, steps: [] }
    this.#found.set(alarm, found)
    if (change.kind === 'moved') {
      const { onset, clearedAt } = change
      const kept = found.steps.filter(([level]) => level > 0)
      found.steps = kept.map(([level, since], i) => [level, i === 0 ? this.#since(onset) : since])
      if (clearedAt !== undefined) found.steps.push([0, this.#since(clearedAt)])
      return
    }
    found.steps.push([change.kind === 'cleared' ? 0 : change.level, this.#since(change.at)])
  }

  /** To the second. */
  #since(at: number): number {
    return Math.round((at - this.#start) / 1000) * 1000
  }

  #seriesOf({ device, metric }: CaseReading): number {
    const key = `${device} ${metric}`
    const known = this.#series.get(key)
    if (known) return known.id
    const made = { id: this.#definitions.length + 1, organisation: rootOrganisation, device, metric }
    this.#series.set(key, made)
    this.#definitions.push(made)
    return made.id
  }
}
