import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Rule } from '../../model/rule.ts'
import { TestLog, begin, deviceOf, hour, minute, ruleOf } from '../engine/fold.fixture.ts'
import { whatIf } from './what-if.ts'
import type { WhatIfProps } from './what-if.ts'

const high = { kind: 'threshold', metric: 'water_level', op: '>=', value: 5, clear: 4 }

/** What a rule would have found over what the log's store has. */
function tried(log: TestLog, rule: Rule, more: Partial<WhatIfProps> = {}) {
  const registry = new RegistrySnapshot([
    { kind: 'organisation', organisation: { id: 'root', name: 'Tỉnh' } },
    { kind: 'site', site: { id: 's', name: 's', organisation: 'root' } },
    ...['d', 'e'].map(id => ({ kind: 'device' as const, device: deviceOf(id) }))
  ])
  const period = { from: begin, to: begin + 6 * hour }
  const read: WhatIfProps['read'] = need => need.series.map(of => log.page(of, need))
  return whatIf({ rule, registry, intervals: new Map(), series: log.series, ...period, read, ...more })
}

describe('what-if', () => {
  it('says which alarms there would have been, and what is different from the rule in force', async () => {
    const log = new TestLog([]).values('water_level', [1, 5, 7, 3, 6, 6], 10 * minute)
    const progress: number[] = []
    const outcome = await tried(log, ruleOf([high, { ...high, value: 7, clear: 7 }]), {
      inForce: ruleOf({ ...high, value: 6 }),
      onProgress: share => progress.push(share)
    })
    expect(outcome.alarms).toMatchObject([
      { subject: { id: 'd' }, onset: begin + 10 * minute, clearedAt: begin + 30 * minute },
      { subject: { id: 'd' }, onset: begin + 40 * minute, clearedAt: undefined }
    ])
    expect(outcome.alarms[0]?.levels.map(([, level]) => level)).toEqual([1, 2])
    expect(outcome.differences).toMatchObject([
      { kind: 'other', alarm: { onset: begin + 10 * minute }, inForce: { onset: begin + 20 * minute } }
    ])
    expect([outcome.readings, outcome.subjects, progress.at(-1)]).toEqual([12, 2, 1])
  })

  it('tells alarms that only one of the rules raises', async () => {
    const log = new TestLog([]).values('water_level', [1, 5, 1, 1], 10 * minute)
    const low = ruleOf({ ...high, op: '<', value: 2, clear: 2 })
    const { differences } = await tried(log, ruleOf({ ...high, clear: 2 }), { inForce: low, from: begin + minute })
    expect(differences.map(({ kind }) => kind)).toEqual(['other', 'gone'])
  })

  it('knows what stood when the period began, and what windows need of before', async () => {
    const log = new TestLog([]).values('water_level', [6, 6, 6, 6, 6, 6], 10 * minute)
    const sum = ruleOf({ kind: 'window', metric: 'water_level', fn: 'sum', op: '>', value: 20, overS: 3600 })
    const from = begin + 45 * minute
    expect((await tried(log, sum, { from })).alarms).toMatchObject([{ onset: from }])
    expect((await tried(log, ruleOf(high), { from })).alarms).toMatchObject([{ onset: from }])
  })

  it('takes event time for receipts where it asks for absence', async () => {
    const log = new TestLog([])
      .values('water_level', [1, 1], hour)
      .tick(3 * hour, minute)
      .values('water_level', [1])
    const outcome = await tried(log, ruleOf({ kind: 'absence', afterS: 7200 }, { scope: { devices: ['d'] } }))
    expect(outcome.alarms).toMatchObject([{ onset: begin + 3 * hour, clearedAt: begin + 5 * hour }])
  })

  it('ends with its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(tried(new TestLog([]), ruleOf(high), { signal })).rejects.toThrow('enough')
  })

  it('over history finds what was found live', async () => {
    const rules = [
      ruleOf([{ ...high, value: 2, clear: 1 }, high]),
      ruleOf({ kind: 'lasting', forS: 900, of: high }),
      ruleOf({ kind: 'window', metric: 'water_level', fn: 'mean', op: '>', value: 4, overS: 1800 }),
      ruleOf({ kind: 'agree', atLeast: 2, of: high }, { per: 'site' })
    ]
    const readings = fc.array(
      fc.record({ device: fc.constantFrom('d', 'e'), value: fc.integer({ min: 0, max: 6 }), after: fc.nat(20) }),
      { maxLength: 60 }
    )
    const check = async (rule: Rule, list: readonly { device: string; value: number; after: number }[]) => {
      const log = new TestLog([rule], { d: {}, e: {} })
      for (const { device, value, after } of list) {
        log.send({ device, values: { water_level: value } })
        log.tick(after * minute, minute)
      }
      const { alarms } = await tried(log, rule, { to: log.now + 1 })
      const live = log.alarms.map(({ subject, onset, clearedAt }) => ({ subject, onset, clearedAt }))
      const found = alarms.map(({ subject, onset, clearedAt }) => ({ subject: subject.id, onset, clearedAt }))
      expect(found.toSorted((a, b) => a.onset - b.onset || (a.subject < b.subject ? -1 : 1))).toEqual(live)
    }
    for (const rule of rules)
      await fc.assert(
        fc.asyncProperty(readings, list => check(rule, list)),
        { seed: 20260904, numRuns: 12 }
      )
  })
})
