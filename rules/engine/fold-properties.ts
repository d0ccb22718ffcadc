import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rule } from '../../model/rule.ts'
import { TestLog, begin, hour, minute, ruleOf } from './fold.fixture.ts'
import type { TestMessage } from './fold.fixture.ts'

const high = { kind: 'threshold', metric: 'water_level', op: '>=', value: 5, clear: 4 }
const warm = { kind: 'threshold', metric: 'air_temperature', op: '>', value: 2 }

/** Of every kind whose time is event time. */
const rules: Readonly<Record<string, Rule>> = {
  'a threshold': ruleOf(high),
  'several levels': ruleOf([{ ...high, value: 2, clear: 1 }, { ...high, value: 4, clear: 3 }, high]),
  lasting: ruleOf({ kind: 'lasting', forS: 900, of: high }),
  'what must not have held for long': ruleOf({ kind: 'not', of: { kind: 'lasting', forS: 600, of: warm } }),
  'two metrics': ruleOf({ kind: 'all', of: [high, warm] }),
  'a change': ruleOf({ kind: 'change', metric: 'water_level', op: '>=', value: 3, overS: 1200 }),
  'a sum': ruleOf({ kind: 'window', metric: 'water_level', fn: 'sum', op: '>', value: 12, clear: 6, overS: 1800 }),
  'a mean or a greatest value': ruleOf({
    kind: 'any',
    of: [
      { kind: 'window', metric: 'water_level', fn: 'mean', op: '>', value: 4, overS: 1800 },
      { kind: 'window', metric: 'air_temperature', fn: 'max', op: '<', value: 2, overS: 900 }
    ]
  }),
  'n of m': ruleOf({ kind: 'several', metric: 'water_level', op: '>', value: 4, n: 2, m: 3 }),
  'a stuck value': ruleOf({ kind: 'stuck', metric: 'water_level', forS: 900 }),
  neighbours: ruleOf({ kind: 'deviation', metric: 'water_level', by: 3, atLeast: 2 }),
  'two that agree': ruleOf(
    { kind: 'agree', atLeast: 2, of: { kind: 'lasting', forS: 300, of: high } },
    { per: 'site' }
  ),
  'a site': ruleOf({ kind: 'all', of: [high, warm] }, { per: 'site' }),
  'hours of the day': ruleOf({ kind: 'all', of: [{ kind: 'schedule', from: '00:30', to: '01:10' }, warm] }),
  'an expression': ruleOf({
    kind: 'expression',
    when: 'm.water_level + m.air_temperature > 7',
    clear: 'm.water_level + m.air_temperature < 5'
  })
}

interface Report extends TestMessage {
  readonly t: number
  readonly arrivesAt: number
}

const devices = ['d', 'e', 'f'] as const

/** What the devices measure within two hours, each moment once, and how late it comes. */
const reports = fc
  .uniqueArray(
    fc.record({
      device: fc.constantFrom(...devices),
      metric: fc.constantFrom('water_level', 'air_temperature'),
      minute: fc.integer({ min: 0, max: 120 }),
      value: fc.integer({ min: 0, max: 6 }),
      quality: fc.constantFrom(0, 0, 0, 0, 0, 2, 16),
      lateMinutes: fc.constantFrom(0, 0, 0, 1, 7, 30, 100),
      /** Another value came first. */
      wasWrong: fc.constantFrom(false, false, false, true)
    }),
    { maxLength: 60, selector: ({ device, metric, minute: at }) => `${device} ${metric} ${at}` }
  )
  .map(list => list.toSorted((a, b) => a.minute - b.minute || (a.device < b.device ? -1 : 1)))

type Reports = typeof reports extends fc.Arbitrary<infer T> ? T : never

function inOrder(list: Reports): readonly Report[] {
  return list.map(({ device, metric, minute: at, value, quality }) => {
    const t = begin + at * minute
    return { device, values: { [metric]: value }, quality, t, arrivesAt: t }
  })
}

function asTheyCome(list: Reports): readonly Report[] {
  const arrivals = list.flatMap(({ device, metric, minute: at, value, quality, lateMinutes, wasWrong }) => {
    const t = begin + at * minute
    const arrivesAt = t + lateMinutes * minute
    const right = { device, values: { [metric]: value }, quality, t, arrivesAt }
    const first = { ...right, values: { [metric]: (value + 3) % 7 }, quality: 0 }
    // Everything twice, as resends do.
    return wasWrong
      ? [first, { ...right, arrivesAt: arrivesAt + minute }]
      : [right, { ...right, arrivesAt: arrivesAt + 2 * minute }]
  })
  return arrivals.toSorted((a, b) => a.arrivesAt - b.arrivesAt)
}

/** @param restartsAt - the reports before which it starts anew from what it kept. */
function logOf(rule: Rule, arrivals: readonly Report[], restartsAt: ReadonlySet<number> = new Set()): TestLog {
  const log = new TestLog([rule], Object.fromEntries(devices.map(id => [id, {}])))
  for (const [index, { arrivesAt, ...message }] of arrivals.entries()) {
    if (arrivesAt > log.now) log.tick(arrivesAt - log.now, minute)
    if (restartsAt.has(index)) log.restart()
    log.send(message)
  }
  log.tick(begin + 13 * hour - log.now, 5 * minute)
  return log.settleDirty()
}

const historyOf = ({ alarms }: TestLog) =>
  alarms.map(({ subject, onset, clearedAt, level }) => ({ subject, onset, clearedAt, level }))

/** A value each minute of six hours, in runs, of which some come hours late. */
const dense = fc
  .record({
    runs: fc.array(fc.record({ value: fc.integer({ min: 0, max: 6 }), length: fc.integer({ min: 1, max: 40 }) }), {
      ...{ minLength: 20, maxLength: 40 }
    }),
    late: fc.array(fc.record({ minute: fc.nat(300), hours: fc.integer({ min: 1, max: 5 }) }), { maxLength: 4 })
  })
  .map(({ runs, late }) =>
    runs
      .flatMap(({ value, length }) => Array.from({ length }, () => value))
      .slice(0, 360)
      .map((value, at) => {
        const t = begin + at * minute
        const hours = late.find(one => at >= one.minute && at < one.minute + 5)?.hours ?? 0
        const values = { water_level: value, air_temperature: at % 7 }
        return { device: at % 3 === 0 ? 'e' : 'd', values, t, arrivesAt: t + hours * hour }
      })
  )

/** What holds of every kind of rule. @param runs - how many histories are tried of each. */
export function foldProperties(runs: number): void {
  describe.each(Object.entries(rules))('of %s', (_name, rule) => {
    it('the settled history does not depend on the order of arrival, on resends and on corrections', () => {
      const check = (list: Reports) => {
        expect(historyOf(logOf(rule, asTheyCome(list)))).toEqual(historyOf(logOf(rule, inOrder(list))))
      }
      fc.assert(fc.property(reports, check), { seed: 20260901, numRuns: runs })
    })

    it('what comes hours late is settled over stored rows as if it had come in time', () => {
      const check = (list: readonly Report[]) => {
        const late = logOf(
          rule,
          list.toSorted((a, b) => a.arrivesAt - b.arrivesAt)
        )
        expect(historyOf(late)).toEqual(historyOf(logOf(rule, list)))
      }
      fc.assert(fc.property(dense, check), { seed: 20260903, numRuns: Math.ceil(runs / 5) })
    })

    it('what is found does not depend on whether it was started anew', () => {
      const check = (list: Reports, restartsAt: readonly number[]) => {
        const arrivals = asTheyCome(list)
        expect(logOf(rule, arrivals, new Set(restartsAt)).changes).toEqual(logOf(rule, arrivals).changes)
      }
      fc.assert(fc.property(reports, fc.array(fc.nat(80), { maxLength: 4 }), check), {
        seed: 20260902,
        numRuns: Math.ceil(runs / 3)
      })
    })
  })
}
