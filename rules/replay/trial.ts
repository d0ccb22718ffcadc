import { qualityBits } from '../../model/quality.ts'
import type { Rule } from '../../model/rule.ts'
import type { SeriesDefinition, SeriesId } from '../../model/series.ts'
import type { HistoryNeed, HistoryPage } from '../engine/fold-state.ts'
import { Judge } from '../engine/judge.ts'
import { received } from '../engine/receipts.ts'
import { RuleScope } from '../engine/rule-scope.ts'
import { RuleSubject } from '../engine/rule-subject.ts'
import { SeriesHistory } from '../engine/series-history.ts'
import type { WhatIfAlarm, WhatIfProps } from './what-if.ts'

/** A subject and its devices. */
type TrialSubject = readonly [id: string, devices: readonly string[]]

/** So much earlier it is read: a value must be known that stands when the period begins, ms. */
const earlierMs = 26 * 3_600_000

/** One rule that is judged over stored readings, some subjects at a time. */
export class Trial {
  readonly subjects: readonly TrialSubject[]
  readonly alarms: WhatIfAlarm[] = []
  readonly #props: WhatIfProps
  readonly #rule: Rule
  readonly #scope: RuleScope
  readonly #series = new Map<string, SeriesDefinition[]>()
  readonly #metricOf: (SeriesDefinition | undefined)[] = []

  constructor(props: WhatIfProps) {
    this.#props = props
    this.#rule = props.rule
    this.#scope = new RuleScope(props.rule, props.registry)
    this.subjects = [...this.#scope.subjects()]
    for (const one of props.series) {
      const device = props.registry.devices.get(one.device)
      if (!device || props.registry.organisationOf(device) !== one.organisation) continue
      this.#metricOf[one.id] = one
      const known = this.#series.get(one.device)
      if (known) known.push(one)
      else this.#series.set(one.device, [one])
    }
  }

  /** Adds the alarms of these subjects. @returns how many readings were looked at. */
  async judge(subjects: readonly TrialSubject[]): Promise<number> {
    const { from, to, read } = this.#props
    const shelf = new TrialShelf(this.#props, this.#scope)
    const judged = subjects.map(([id, devices]) => {
      const judge = new Judge(this.#rule, devices, shelf)
      return new RuleSubject({ rule: this.#rule, judge, subject: { kind: this.#rule.per, id }, beginsAt: from })
    })
    const series = shelf.needed((device, metric) => this.#has(device, metric))
    const lookBackMs = Math.max(0, ...judged.map(({ judge }) => judge.lookBackMs))
    let readings = 0
    for await (const page of read({ series, from: from - lookBackMs - earlierMs, to }))
      readings += shelf.take(page, id => this.#metricOf[id])
    shelf.settle()
    for (const subject of judged) {
      subject.settle(Number.POSITIVE_INFINITY, to - 1, { position: 0, foundAt: to })
      for (const { onset, clearedAt, levels } of subject.alarms)
        this.alarms.push({ subject: subject.subject, onset, clearedAt, levels })
    }
    return readings
  }

  /** @returns the metrics of a device that there are; all of them where none is named. */
  #has(device: string, metric: string | undefined): readonly string[] {
    const known = this.#series.get(device) ?? []
    return known.flatMap(one => (metric === undefined || one.metric === metric ? [one.metric] : []))
  }
}

/** The histories that some subjects need, while they are judged. */
class TrialShelf {
  readonly #props: WhatIfProps
  readonly #scope: RuleScope
  readonly #rows = new Map<string, SeriesHistory>()
  readonly #seen = new Map<string, { readonly history: SeriesHistory; readonly times: number[] }>()

  constructor(props: WhatIfProps, scope: RuleScope) {
    this.#props = props
    this.#scope = scope
  }

  readonly device = (id: string) => this.#props.registry.devices.get(id)

  readonly neighbours = (id: string, radiusKm: number | undefined) => this.#scope.neighbours(id, radiusKm)

  readonly history = (device: string, metric: string): SeriesHistory =>
    kept(this.#rows, `${device} ${metric}`, () => new SeriesHistory(device, metric))

  readonly seen = (device: string, metric: string | undefined): SeriesHistory =>
    kept(this.#seen, `${device} ${metric ?? ''}`, () => ({ history: new SeriesHistory(device, ''), times: [] })).history

  /** @returns the series to be read. @param has - the metrics that there are of a device, of those that are asked for. */
  needed(has: (device: string, metric: string | undefined) => readonly string[]): HistoryNeed['series'] {
    const found = new Map<string, { readonly device: string; readonly metric: string }>()
    for (const key of [...this.#rows.keys(), ...this.#seen.keys()]) {
      const [device = '', wanted] = key.split(' ')
      const registered = this.device(device)
      if (!registered || !this.#scope.isOwn(registered)) continue
      for (const metric of has(device, wanted === '' ? undefined : wanted))
        found.set(`${device} ${metric}`, { device, metric })
    }
    return [...found.values()]
  }

  take({ series, time, value, quality }: HistoryPage, of: (id: SeriesId) => SeriesDefinition | undefined): number {
    let id: SeriesId = -1
    let history: SeriesHistory | undefined
    let seen: readonly { readonly times: number[] }[] = []
    for (let row = 0; row < series.length; row++) {
      const next = series[row] ?? 0
      if (next !== id) {
        id = next
        const { device, metric } = of(id) ?? { device: '', metric: '' }
        history = this.#rows.get(`${device} ${metric}`)
        seen = [this.#seen.get(`${device} `), this.#seen.get(`${device} ${metric}`)].filter(one => one !== undefined)
      }
      const t = time[row] ?? 0
      history?.put({ t, value: value[row] ?? Number.NaN, quality: quality[row] ?? 0, generation: 0, at: 0 })
      if (seen.length > 0 && ((quality[row] ?? 0) & qualityBits.manual) === 0)
        for (const { times } of seen) times.push(t)
    }
    return series.length
  }

  /** Everything was read: receipts stand in the order of time. Who was not heard before is waited for from the beginning on. */
  settle(): void {
    for (const { history, times } of this.#seen.values()) {
      times.sort((a, b) => a - b)
      if ((times[0] ?? Number.POSITIVE_INFINITY) > this.#props.from) times.unshift(this.#props.from)
      for (const t of times) received(history, t, this.#statedIntervalMs(history.device))
    }
  }

  #statedIntervalMs(device: string): number | undefined {
    const intervalS = this.#props.intervals.get(this.device(device)?.profile ?? '')
    return intervalS === undefined ? undefined : intervalS * 1000
  }
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
