import { noDecodeTotals } from '../model/accounting.ts'
import type { ReadingBatch } from '../model/reading-batch.ts'
import { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { rule as ruleSchema } from '../model/rule.ts'
import type { Rule } from '../model/rule.ts'
import type { SeriesDefinition } from '../model/series.ts'
import { RuleFold } from '../rules/engine/rule-fold.ts'
import { whatIf } from '../rules/replay/what-if.ts'
import type { HistoryPage } from '../rules/engine/fold-state.ts'
import type { Figure, Subject } from './figure.ts'

const devices = 1000
const rounds = 200
/** Rounds that are not measured. */
const warmUp = 40
const minute = 60_000
const begin = Date.UTC(2026, 8, 1)
const metrics = ['air_temperature', 'air_humidity', 'wind_speed'] as const

/** What a reading costs in the rules, and a rule over a month of history. */
export const rules: Subject = {
  name: 'rules',
  about: 'a reading in the fold of rules, and what-if over 30 days of 1,000 devices',
  measure: async ({ points, tell }) => {
    const figures = [
      measureFold('a reading that no rule watches, CPU', 'wind_speed', { bar: 0.1, stretch: 0.05 }),
      measureFold('a reading with two conditions, CPU', 'air_temperature', { bar: 1, stretch: 0.5 })
    ]
    tell('what-if over a month')
    return [...figures, await measureWhatIf(Math.round(points / devices))]
  }
}

const hot = {
  kind: 'all',
  of: [
    { kind: 'threshold', metric: 'air_temperature', op: '>', value: 35, clear: 34 },
    { kind: 'lasting', forS: 1800, of: { kind: 'threshold', metric: 'air_humidity', op: '>', value: 80 } }
  ]
}

function ruleOf(when: object): Rule {
  return ruleSchema.parse({
    ...{
      id: 'r',
      name: { vi: 'Nóng ẩm' },
      organisation: 'root',
      version: 1,
      isEnabled: true,
      scope: {},
      per: 'device'
    },
    levels: [{ name: { vi: 'mức 1' }, severity: 'high', when }]
  })
}

function registryOf(rules: readonly Rule[]): RegistrySnapshot {
  return new RegistrySnapshot([
    { kind: 'organisation', organisation: { id: 'root', name: 'Tỉnh' } },
    ...Array.from({ length: 50 }, (_, i) => ({
      kind: 'site' as const,
      site: { id: `s${i}`, name: `s${i}`, organisation: 'root' }
    })),
    ...Array.from({ length: devices }, (_, i) => ({
      kind: 'device' as const,
      device: { id: `d${i}`, name: `d${i}`, site: `s${i % 50}`, profile: 'json-weather' }
    })),
    ...rules.map(rule => ({ kind: 'rule' as const, rule }))
  ])
}

const series: readonly SeriesDefinition[] = Array.from({ length: devices * metrics.length }, (_, i) => ({
  ...{ id: i + 1, organisation: 'root', device: `d${i % devices}` },
  metric: metrics[Math.floor(i / devices)] ?? 'wind_speed'
}))

function measureFold(what: string, metric: (typeof metrics)[number], bar: { bar: number; stretch: number }): Figure {
  const seriesOf = (id: number) => series[id - 1]
  const fold = new RuleFold({ registry: registryOf([ruleOf(hot)]), intervals: new Map(), seriesOf })
  let [cpuUs, readings] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    const batch = batchOf(round, metric)
    const began = process.threadCpuUsage().user
    fold.take(batch)
    if (round >= warmUp) cpuUs += process.threadCpuUsage().user - began
    if (round >= warmUp) readings += batch.length
    for (let at = 0; at < 5 * minute; at += minute)
      fold.take({ ...batch, length: 0, event: { kind: 'tick', at: begin + round * 5 * minute + at } })
    fold.takeChanges()
  }
  return { what, value: cpuUs / readings, unit: 'µs', bar: { ...bar, isBetter: 'smaller' } }
}

/** One reading of each device, each a message of its own. */
function batchOf(round: number, metric: (typeof metrics)[number]): ReadingBatch {
  const rows = Array.from({ length: devices }, (_, i) => i)
  return {
    ...{ position: (round + 1) * devices, dedupFrom: 0, totals: noDecodeTotals, length: devices },
    series: Uint32Array.from(rows, i => 1 + i + devices * metrics.indexOf(metric)),
    time: Float64Array.from(rows, i => begin + round * 5 * minute + i),
    value: Float64Array.from(rows, i => 25 + 8 * Math.sin(round / 40 + i)),
    quality: new Uint8Array(devices),
    generation: new Uint16Array(devices),
    at: Float64Array.from(rows, i => round * devices + i + 1),
    ...{ texts: new Map<number, string>(), quarantined: [], event: undefined }
  }
}

/** @param rowsEach - of each device, one every 5 minutes. */
async function measureWhatIf(rowsEach: number): Promise<Figure> {
  const rule = ruleOf(hot.of[0] ?? hot)
  const to = begin + rowsEach * 5 * minute
  const bySeries = new Map(series.map(one => [`${one.device} ${one.metric}`, one.id]))
  const read = async function* ({
    series: needed
  }: {
    series: readonly { device: string; metric: string }[]
  }): AsyncGenerator<HistoryPage> {
    for (const { device, metric } of needed) yield pageOf(bySeries.get(`${device} ${metric}`) ?? 0, rowsEach)
  }
  const began = performance.now()
  const props = { registry: registryOf([]), intervals: new Map<string, number>(), series }
  const outcome = await whatIf({ ...props, rule, from: begin, to, read })
  const tookS = (performance.now() - began) / 1000
  const readings = rowsEach * devices
  const note = `${(readings / 1e6).toFixed(1)} M readings in columns took ${tookS.toFixed(1)} s, reading them from the store not counted; ${outcome.alarms.length} alarms`
  return {
    what: 'what-if of one rule over 30 days of 1,000 devices (8.6 M readings)',
    value: (tookS * 8.64e6) / readings,
    unit: 's',
    bar: { bar: 15, stretch: 3, isBetter: 'smaller' },
    note
  }
}

function pageOf(id: number, rows: number): HistoryPage {
  return {
    series: new Uint32Array(rows).fill(id),
    time: Float64Array.from({ length: rows }, (_, i) => begin + i * 5 * minute),
    value: Float64Array.from({ length: rows }, (_, i) => 25 + 12 * Math.sin((i * 2 * Math.PI) / 288 + id)),
    quality: new Uint8Array(rows)
  }
}
