import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { severities } from '../../model/rule.ts'
import { gather } from './gather.ts'
import type { DueNotice } from './gather.ts'

const now = 1_000_000
const notice = (key: string, more: Partial<DueNotice> = {}): DueNotice => ({
  ...{ key, about: 'raised', severity: 'high', due: now, isFixed: false },
  ...more
})
const many = (count: number, more: Partial<DueNotice> = {}) =>
  Array.from({ length: count }, (_, index) => notice(`n${String(index).padStart(4, '0')}`, more))
const limits = { recent: 0, lastGroupAt: undefined, mostSingle: 10, now }

describe('the storm limit', () => {
  it('lets what is usual go one by one', () => {
    expect(gather({ ...limits, due: many(10) })).toMatchObject({ groups: [], lookAgainAt: undefined })
  })

  it('tells together what is more, the worst one by one', () => {
    const due = [...many(30), notice('dyke', { severity: 'critical' })]
    const { single, groups } = gather({ ...limits, due })
    expect([single[0], single.length]).toEqual(['dyke', 10])
    expect(groups.map(({ members }) => members.length)).toEqual([21])
  })

  it('collects for ten seconds what is critical, for a minute what is not, before the next group', () => {
    const after = (ms: number, severity: DueNotice['severity']) =>
      gather({ ...limits, recent: 10, lastGroupAt: now - ms, due: many(3, { severity }) })
    expect(after(9_999, 'critical')).toMatchObject({ single: [], groups: [], lookAgainAt: now + 1 })
    expect(after(10_000, 'critical').groups).toHaveLength(1)
    expect(after(10_000, 'high')).toMatchObject({ groups: [], lookAgainAt: now + 50_000 })
  })

  it('tells in two lists what calls for somebody and what is over', () => {
    const due = [...many(2), notice('over', { about: 'cleared' })]
    expect(gather({ ...limits, mostSingle: 0, due }).groups.map(({ about }) => about)).toEqual(['raised', 'cleared'])
  })

  it('makes one list of what is low, however little there is', () => {
    const { groups } = gather({ ...limits, due: many(2, { severity: 'low', about: 'digest' }) })
    expect(groups).toMatchObject([{ about: 'digest', severity: 'low', members: ['n0000', 'n0001'] }])
  })

  it('drops nothing, and doubles nothing', () => {
    const due = fc.uniqueArray(
      fc.record({
        key: fc.string({ minLength: 1 }),
        about: fc.constantFrom<DueNotice['about']>('raised', 'worse', 'cleared', 'reminder', 'digest'),
        severity: fc.constantFrom(...severities),
        due: fc.integer({ min: 0, max: now }),
        isFixed: fc.boolean()
      }),
      { selector: ({ key }) => key, maxLength: 150 }
    )
    const past = fc.record({
      recent: fc.nat(20),
      lastGroupAt: fc.option(fc.integer({ min: 0, max: now }), { nil: undefined }),
      mostSingle: fc.integer({ min: 1, max: 20 })
    })
    fc.assert(
      fc.property(due, past, (notices, rest) => {
        const { single, groups, lookAgainAt } = gather({ ...rest, due: notices, now })
        const leaving = [...single, ...groups.flatMap(({ members }) => members)]
        expect(new Set(leaving).size).toBe(leaving.length)
        const left = notices.filter(({ key }) => !leaving.includes(key))
        if (left.length > 0) expect(lookAgainAt).toBeGreaterThan(now)
        if (left.some(({ severity }) => severity === 'critical')) expect(lookAgainAt).toBeLessThanOrEqual(now + 10_000)
      }),
      { seed: 20261130, numRuns: 200 }
    )
  })
})
