import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AlarmAction, AlarmStep, AlarmStepBody } from '../../model/alarm.ts'
import { clearedAt, exampleNames, levelAt, movedAt, named, raisedAt, withdrawnAt } from './alarm-examples.ts'
import { chainBegin, chainFaults, hashOf } from './chain.ts'
import { afterStep, isComingBack, isFlapping, lifeOf, refusalOf } from './lifecycle.ts'
import type { AlarmLife } from './lifecycle.ts'

const alarm = '1~song-lam~1~device~muc-nuoc-1'

function stepOf<B extends AlarmStepBody>(body: B, step: number): Omit<AlarmStep, 'body'> & { readonly body: B } {
  return { sequence: step, alarm, step, at: 3_600_000 + step, author: 'person:7', authorName: 'Hoa', body, hash: '' }
}

function lived(...bodies: readonly AlarmStepBody[]): AlarmLife {
  let life = lifeOf(stepOf(named(raisedAt(1)), 1))
  for (const [index, body] of bodies.entries()) life = afterStep(life, stepOf(body, index + 2))
  return life
}

const states = (...bodies: readonly AlarmStepBody[]) =>
  bodies.map((_, i) => lived(...bodies.slice(0, i + 1)).alarm.state)

const acknowledged: AlarmAction = { kind: 'acknowledged', by: 'console' }
const shelved: AlarmAction = { kind: 'shelved', until: 9e12, reason: 'sửa' }

describe('an alarm', () => {
  test('goes from unacknowledged over acknowledged to normal', () => {
    expect(lived().alarm).toMatchObject({ state: 'unacknowledged', level: 1, steps: 1, severity: 'medium' })
    expect(states(acknowledged, named(clearedAt(5, 1)))).toEqual(['acknowledged', 'normal'])
    expect(lived(acknowledged).alarm).toMatchObject({ acknowledgedBy: 'Hoa', acknowledgedAt: 3_600_002 })
  })

  test('waits for its acknowledgement when its condition has gone', () => {
    expect(states(named(clearedAt(5, 1)), acknowledged)).toEqual(['returned', 'normal'])
  })

  test('has to be acknowledged again once it is worse than it was, and not when it gets better', () => {
    const worse = { ...named(levelAt(2, 1, 3)), names: { ...exampleNames, severity: 'critical' as const } }
    expect(states(acknowledged, worse, acknowledged, named(levelAt(4, 1, 2)))).toEqual([
      ...['acknowledged', 'unacknowledged', 'acknowledged', 'acknowledged']
    ])
    expect(lived(acknowledged, worse).alarm).toMatchObject({
      ...{ level: 3, highestLevel: 3, severity: 'critical', acknowledgedAt: undefined }
    })
  })

  test('that comes back soon, before anybody has acknowledged it, is the same alarm', () => {
    const returned = lived(named(clearedAt(5, 1)))
    const { changedAt } = returned
    expect([changedAt + 1000, changedAt + 16 * 60_000].map(at => isComingBack(returned, at))).toEqual([true, false])
    expect(isComingBack(lived(), changedAt)).toBe(false)
    expect(isComingBack(lived(named(clearedAt(5, 1)), acknowledged), changedAt)).toBe(false)
    const back = lived(named(clearedAt(5, 1)), named(raisedAt(6, 2)))
    expect(back.alarm).toMatchObject({ state: 'unacknowledged', level: 2, returns: 1, onset: raisedAt(1).at })
    expect(back.alarm.clearedAt).toBeUndefined()
    // What is said of the first time is no news of the second.
    expect(afterStep(back, stepOf(named(clearedAt(7, 1)), 4)).alarm.level).toBe(2)
    expect(afterStep(back, stepOf(named(clearedAt(7, 6)), 4)).alarm.state).toBe('returned')
  })

  test('that comes back again and again flaps, unless it is critical', () => {
    const flapping = Array.from({ length: 5 }, (_, i) => [
      named(clearedAt(2 * i + 2, 2 * i + 1)),
      named(raisedAt(2 * i + 3))
    ]).flat()
    expect(isFlapping(lived(...flapping.slice(0, 8)))).toBe(false)
    expect(isFlapping(lived(...flapping))).toBe(true)
    const told = { kind: 'suppressed', by: 'flapping', detail: '' } as const
    expect(isFlapping(lived(...flapping, told))).toBe(false)
    expect(lived(...flapping, told, named(clearedAt(12, 11))).alarm.state).toBe('suppressed')
    expect(
      lived(...flapping, told, named(clearedAt(12, 11)), { kind: 'unsuppressed', by: 'flapping' }).alarm.state
    ).toBe('returned')
    const critical = { ...named(raisedAt(11)), names: { ...exampleNames, severity: 'critical' as const } }
    expect(isFlapping(lived(...flapping.slice(0, 9), critical))).toBe(false)
  })

  test('is shelved and suppressed for as long as that lasts', () => {
    const work = { kind: 'suppressed', by: 'maintenance', detail: '' } as const
    const over = { kind: 'unsuppressed', by: 'maintenance' } as const
    expect(states(shelved, { kind: 'unshelved' })).toEqual(['shelved', 'unacknowledged'])
    expect(states(work, shelved, over, { kind: 'unshelved' })).toEqual([
      ...['suppressed', 'suppressed', 'shelved', 'unacknowledged']
    ])
    expect(states(work, named(clearedAt(5, 1)), over)).toEqual(['suppressed', 'normal', 'returned'])
    expect(states({ ...work, by: 'out-of-service' })).toEqual(['out-of-service'])
  })

  test('that was closed by hand stays closed until it gets worse', () => {
    const closed: AlarmAction = { kind: 'closed', reason: 'cảm biến hỏng' }
    expect(states(closed, named(levelAt(2, 1, 1)), named(levelAt(3, 1, 2)))).toEqual([
      ...['normal', 'normal', 'unacknowledged']
    ])
  })

  test('follows what late data say of it', () => {
    const moved = lived(named(clearedAt(5, 1)), named(movedAt(9, 1, { onset: 77, clearedAt: 99 }))).alarm
    expect(moved).toMatchObject({ onset: 77, clearedAt: 99, state: 'returned' })
    const lasting = lived(named(clearedAt(5, 1)), named(movedAt(9, 1, { onset: 77, clearedAt: undefined }))).alarm
    expect(lasting).toMatchObject({ level: 1, state: 'unacknowledged' })
    expect(lived(named(withdrawnAt(9, 1))).alarm).toMatchObject({ isWithdrawn: true, state: 'normal', level: 0 })
    const back = lived(named(clearedAt(5, 1)), named(raisedAt(6)), named(withdrawnAt(9, 6))).alarm
    expect(back).toMatchObject({ isWithdrawn: false, state: 'returned' })
  })

  test('that was found and over in late data is history, told to nobody', () => {
    const late = { isRetrospective: true }
    const life = lifeOf(stepOf({ ...named(raisedAt(1)), ...late }, 1))
    expect(life.alarm).toMatchObject({ state: 'unacknowledged', isRetrospective: true })
    expect(afterStep(life, stepOf({ ...named(clearedAt(2, 1)), ...late }, 2)).alarm.state).toBe('normal')
    expect(afterStep(life, stepOf(named(clearedAt(2, 1)), 2)).alarm.state).toBe('returned')
  })

  test('refuses what makes no sense', () => {
    const over = lived(acknowledged, named(clearedAt(5, 1)))
    expect(refusalOf(lived(acknowledged), acknowledged, 0)).toBe('Hoa has acknowledged it already')
    expect(refusalOf(over, { kind: 'closed', reason: '' }, 0)).toBe('it is over')
    expect(refusalOf(lived(), { ...shelved, until: 5 }, 5)).toMatch(/past/)
    expect(refusalOf(lived(), { kind: 'unshelved' }, 0)).toBe('it is not shelved')
    expect(refusalOf(over, { kind: 'commented', text: 'x' }, 0)).toBeUndefined()
    expect(refusalOf(lived(), acknowledged, 0)).toBeUndefined()
  })
})

describe('whatever happens to an alarm, in whatever order', () => {
  const minute = fc.integer({ min: 2, max: 40 })
  const body: fc.Arbitrary<AlarmStepBody> = fc.oneof(
    fc.tuple(minute, fc.integer({ min: 1, max: 3 })).map(([at, level]) => named(raisedAt(at, level))),
    fc.tuple(minute, minute, fc.integer({ min: 1, max: 3 })).map(([at, of, level]) => named(levelAt(at, of, level))),
    fc.tuple(minute, fc.integer({ min: 1, max: 40 })).map(([at, of]) => named(clearedAt(at, of))),
    fc.tuple(minute, fc.integer({ min: 1, max: 40 })).map(([at, of]) => named(withdrawnAt(at, of))),
    fc
      .tuple(minute, fc.integer({ min: 1, max: 40 }), fc.option(minute, { nil: undefined }))
      .map(([at, of, end]) => named(movedAt(at, of, { onset: at, clearedAt: end }))),
    fc.constantFrom<AlarmStepBody>(
      ...[acknowledged, shelved, { kind: 'unshelved' as const }],
      { kind: 'closed', reason: 'x' },
      { kind: 'commented', text: 'x' },
      { kind: 'suppressed', by: 'maintenance', detail: '' },
      { kind: 'unsuppressed', by: 'maintenance' },
      { kind: 'suppressed', by: 'flapping', detail: '' },
      { kind: 'unsuppressed', by: 'flapping' }
    )
  )
  const history = fc.array(body, { maxLength: 60 })
  const fixed = { seed: 20261130, numRuns: 400 }

  test('it is in a state that its condition and its people agree with', () => {
    fc.assert(
      fc.property(history, bodies => {
        const { alarm: one, occurrences } = lived(...bodies)
        const levels = occurrences.filter(({ isWithdrawn }) => !isWithdrawn).map(({ level }) => level)
        expect(one.level).toBe(Math.max(0, ...levels))
        expect(one.steps).toBe(bodies.length + 1)
        expect(one.returns).toBe(bodies.filter(({ kind }) => kind === 'raised').length)
        expect(one.highestLevel).toBeGreaterThanOrEqual(one.level)
        expect(occurrences.length).toBeLessThanOrEqual(50)
        const isRinging = one.level > 0 && one.acknowledgedAt === undefined
        switch (one.state) {
          case 'unacknowledged':
            expect(isRinging).toBe(true)
            break
          case 'acknowledged':
            expect([one.level > 0, one.acknowledgedAt !== undefined]).toEqual([true, true])
            break
          case 'returned':
            expect([one.level, one.acknowledgedAt, one.isWithdrawn]).toEqual([0, undefined, false])
            break
          case 'shelved':
            expect([one.shelvedUntil, one.suppressedBy]).toEqual([9e12, []])
            break
          case 'suppressed':
          case 'out-of-service':
            expect(one.suppressedBy).not.toEqual([])
            break
          default:
            expect(one.state).toBe('normal')
        }
      }),
      fixed
    )
  })

  test('it is what was kept of it half-way, and the rest', () => {
    fc.assert(
      fc.property(history, bodies => {
        let kept = lifeOf(stepOf(named(raisedAt(1)), 1))
        for (const [index, one] of bodies.entries()) {
          kept = afterStep(JSON.parse(JSON.stringify(kept)) as AlarmLife, stepOf(one, index + 2))
        }
        expect(JSON.parse(JSON.stringify(kept))).toEqual(JSON.parse(JSON.stringify(lived(...bodies))))
      }),
      fixed
    )
  })
})

test('a chain says which step is not what was written', () => {
  const chain: AlarmStep[] = []
  for (const body of [named(raisedAt(1)), acknowledged, named(clearedAt(5, 1))]) {
    const step = stepOf<AlarmStepBody>(body, chain.length + 1)
    chain.push({ ...step, hash: hashOf(chain.at(-1)?.hash ?? chainBegin, step) })
  }
  const [first, second, third] = chain
  if (!first || !second || !third) throw new Error('three steps')
  const end = { steps: 3, hash: third.hash }
  expect(chainFaults(alarm, chain, end)).toEqual([])
  expect(chainFaults(alarm, [first, { ...second, authorName: 'Lan' }, third], end)).toEqual([
    `alarm ${alarm}: step 2 (acknowledged) is not what was written`
  ])
  expect(chainFaults(alarm, [first, third], end)).toEqual([`alarm ${alarm}: steps 2 to 2 are missing`])
  expect(chainFaults(alarm, [first, second], end)).toEqual([
    `alarm ${alarm}: its history ends with step 2; step 3 was written last`
  ])
})
