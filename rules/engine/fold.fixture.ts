import { noDecodeTotals } from '../../model/accounting.ts'
import type { AlarmChange } from '../../model/alarm.ts'
import type { BatchEvent, ReadingBatch } from '../../model/reading-batch.ts'
import type { Device, RegistryChange } from '../../model/registry.ts'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import { condition, rule as ruleSchema } from '../../model/rule.ts'
import type { Rule } from '../../model/rule.ts'
import type { SeriesDefinition } from '../../model/series.ts'
import type { RedecodeCounts } from '../../model/redecode.ts'
import { noRedecodeCounts } from '../../model/redecode.ts'
import { qualityBits } from '../../model/quality.ts'
import type { HistoryPage } from './fold-state.ts'
import { RuleFold } from './rule-fold.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
/** 1 September 2026, a Tuesday, 00:00 in Việt Nam. */
export const begin = Date.UTC(2026, 7, 31, 17)

/** A rule of one level with this condition, or of several. */
export function ruleOf(when: object | readonly object[], more: Partial<Rule> = {}): Rule {
  const levels = (Array.isArray(when) ? when : [when]).map((one, index) => ({
    ...{ name: { vi: `mức ${index + 1}` }, severity: 'high' },
    when: condition.parse(one)
  }))
  return ruleSchema.parse({
    ...{
      id: 'r',
      name: { vi: 'Quy tắc' },
      organisation: 'root',
      version: 1,
      isEnabled: true,
      scope: {},
      per: 'device'
    },
    ...{ levels, ...more }
  })
}

/** One message: values by metric, all of one time. */
export interface TestMessage {
  readonly device: string
  readonly values: Readonly<Record<string, number | string>>
  /** ms since the epoch; now where left out. */
  readonly t?: number
  readonly quality?: number
}

interface Alarm {
  id: string
  subject: string
  onset: number
  clearedAt: number | undefined
  level: number
  highest: number
}

/** A raw log that is written message by message, and the fold that reads it. */
export class TestLog {
  now = begin
  position = 0
  fold: RuleFold
  readonly changes: AlarmChange[] = []
  readonly kept = new Map<string, string>()
  readonly #registry: RegistryChange[] = []
  readonly #series: SeriesDefinition[] = []
  readonly #stored = new Map<number, Map<number, Row>>()
  readonly #intervals: ReadonlyMap<string, number>

  /** @param devices - their ids and what is not usual about them; site `s` of organisation `root` where they say none. */
  constructor(
    rules: readonly Rule[],
    devices: Readonly<Record<string, Partial<Device>>> = { d: {} },
    intervals: Readonly<Record<string, number>> = {}
  ) {
    this.#intervals = new Map(Object.entries(intervals))
    this.#registry.push({ kind: 'organisation', organisation: { id: 'root', name: 'Tỉnh' } })
    const sites = new Set(['s', ...Object.values(devices).map(({ site }) => site ?? 's')])
    for (const id of sites) this.#registry.push({ kind: 'site', site: { id, name: id, organisation: 'root' } })
    for (const [id, more] of Object.entries(devices))
      this.#registry.push({ kind: 'device', device: deviceOf(id, more) })
    for (const rule of rules) this.#registry.push({ kind: 'rule', rule })
    this.fold = this.#open()
    this.tick(0)
  }

  /** Takes messages as they come, each by itself. */
  send(...messages: readonly TestMessage[]): this {
    for (const message of messages) this.#take({ rows: this.#rows(message, ++this.position) })
    return this
  }

  /** @param values - of one metric of device d, one each `everyMs` from now on, with the ticks between. */
  values(metric: string, values: readonly number[], everyMs = minute): this {
    for (const value of values) {
      this.send({ device: 'd', values: { [metric]: value } })
      this.tick(everyMs)
    }
    return this
  }

  /** Time goes by: a tick each `stepMs`. */
  tick(ms: number, stepMs = 10 * second): this {
    for (const until = this.now + ms; ; this.now = Math.min(until, this.now + stepMs)) {
      this.position++
      this.#take({ event: { kind: 'tick', at: this.now } })
      if (this.now === until) return this
    }
  }

  apply(...changes: readonly RegistryChange[]): this {
    for (const change of changes) {
      this.#registry.push(change)
      this.position++
      this.#take({ event: { kind: 'control', change } })
    }
    return this
  }

  /** Decodes messages again: what they gave at `withdrawn` goes, what they give now comes. */
  decodeAgain(
    generation: number,
    withdrawn: readonly number[],
    messages: readonly (TestMessage & { at: number })[]
  ): this {
    this.position++
    const rows = messages.flatMap(message => this.#rows(message, message.at))
    const counts: RedecodeCounts = noRedecodeCounts
    const redecoded = { job: 1, began: 0, from: 0, to: this.position, withdrawn, released: [], counts }
    this.#take({ rows: rows.map(row => ({ ...row, generation })), redecoded })
    return this
  }

  /** Judges again what is dirty, over what the series store would have. */
  settleDirty(): this {
    for (const dirty of this.fold.takeDirty()) {
      const need = this.fold.historyNeed(dirty)
      if (!need) continue
      const pages = need.series.map(of => this.page(of, need))
      const recorded = this.alarms
        .filter(({ subject, clearedAt }) => subject === dirty.subject && (clearedAt ?? Infinity) > dirty.from)
        .map(({ highest, ...alarm }) => ({ ...alarm, highestLevel: highest }))
      this.changes.push(...this.fold.reevaluate(dirty, pages, recorded))
    }
    return this
  }

  /** What the series store has of a series: its standing rows. */
  page(of: { device: string; metric: string }, { from, to }: { from: number; to: number }): HistoryPage {
    const series = this.#seriesOf(of.device, of.metric)
    const rows = [...(this.#stored.get(series)?.values() ?? [])]
      .filter(({ t, quality }) => t >= from && t < to && (quality & qualityBits.withdrawn) === 0)
      .sort((a, b) => a.t - b.t)
    return {
      series: rows.map(() => series),
      time: rows.map(({ t }) => t),
      value: rows.map(({ value }) => value),
      quality: rows.map(({ quality }) => quality)
    }
  }

  get series(): readonly SeriesDefinition[] {
    return this.#series.filter(one => one !== undefined)
  }

  /** Keeps what is known, and goes on with a fold that was made of that alone. */
  restart(): this {
    for (const [thing, body] of this.fold.takeSnapshot())
      if (body === null) this.kept.delete(thing)
      else this.kept.set(thing, body)
    this.fold = this.#open()
    return this
  }

  /** Alarms as their changes come to, in the order of their onsets. */
  get alarms(): readonly Alarm[] {
    const order = (a: Alarm, b: Alarm) => a.onset - b.onset || (a.subject < b.subject ? -1 : 1)
    return [...alarmsOf(this.changes).values()].sort(order)
  }

  /** `raised 1 @ 5 min`: what was found and when it was so, from the beginning on. */
  get story(): readonly string[] {
    return this.changes.map(change => {
      const level = 'level' in change ? ` ${change.level}` : ''
      return `${change.kind}${level} @ ${(change.at - begin) / minute} min${change.isRetrospective ? ' (late)' : ''}`
    })
  }

  #open(): RuleFold {
    return new RuleFold({
      registry: new RegistrySnapshot(this.#registry),
      intervals: this.#intervals,
      seriesOf: id => this.#series[id],
      kept: [...this.kept]
    })
  }

  #rows({ device, values, t = this.now, quality = 0 }: TestMessage, at: number): readonly Row[] {
    return Object.entries(values).map(([metric, value]) => ({
      ...{ series: this.#seriesOf(device, metric), t, value, quality, at, generation: 0 }
    }))
  }

  #seriesOf(device: string, metric: string): number {
    const known = this.#series.findIndex(one => one?.device === device && one.metric === metric)
    if (known >= 0) return known
    const id = Math.max(1, this.#series.length)
    this.#series[id] = { id, device, metric, organisation: 'root' }
    return id
  }

  #take({
    rows = [],
    event,
    redecoded
  }: {
    rows?: readonly Row[]
    event?: BatchEvent
    redecoded?: ReadingBatch['redecoded']
  }): void {
    for (const row of rows) {
      const stored = this.#stored.get(row.series) ?? new Map<number, Row>()
      this.#stored.set(row.series, stored.set(row.t, row))
    }
    const texts = rows.flatMap(({ value }, i) => (typeof value === 'string' ? [[i, value] as const] : []))
    this.fold.take({
      ...{ position: this.position, dedupFrom: 0, totals: noDecodeTotals, length: rows.length },
      series: Uint32Array.from(rows, row => row.series),
      time: Float64Array.from(rows, row => row.t),
      value: Float64Array.from(rows, ({ value }) => (typeof value === 'number' ? value : Number.NaN)),
      quality: Uint8Array.from(rows, row => row.quality),
      generation: Uint16Array.from(rows, row => row.generation),
      at: Float64Array.from(rows, row => row.at),
      texts: new Map(texts),
      quarantined: [],
      event,
      redecoded
    })
    this.changes.push(...this.fold.takeChanges())
  }
}

interface Row {
  readonly series: number
  readonly t: number
  readonly value: number | string
  readonly quality: number
  readonly at: number
  readonly generation: number
}

export function deviceOf(id: string, more: Partial<Device> = {}): Device {
  return { id, name: id, site: 's', profile: 'json-weather', ...more }
}

/** What changes come to, by alarm; those that never were are left out. */
export function alarmsOf(changes: readonly AlarmChange[]): ReadonlyMap<string, Alarm> {
  const alarms = new Map<string, Alarm>()
  for (const change of changes) {
    const alarm = alarms.get(change.alarm)
    if (change.kind === 'raised') {
      const { at, level } = change
      alarms.set(change.alarm, {
        id: change.alarm,
        subject: change.subject.id,
        onset: at,
        clearedAt: undefined,
        level,
        highest: level
      })
    } else if (change.kind === 'withdrawn') {
      alarms.delete(change.alarm)
    } else if (alarm && change.kind === 'cleared') {
      Object.assign(alarm, { clearedAt: change.at })
    } else if (alarm && change.kind === 'moved') {
      Object.assign(alarm, { onset: change.onset, clearedAt: change.clearedAt })
    } else if (alarm && change.kind === 'level') {
      Object.assign(alarm, { level: change.level, highest: Math.max(alarm.highest, change.level) })
    }
  }
  return alarms
}
