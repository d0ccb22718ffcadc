import { describe, expect, it } from 'vitest'
import { TestLog, begin, hour, minute, ruleOf, second } from './fold.fixture.ts'

const high = { kind: 'threshold', metric: 'water_level', op: '>=', value: 5 }

describe('a threshold', () => {
  it('is reached, and cleared by the reading that is within it', () => {
    const log = new TestLog([ruleOf(high)]).values('water_level', [4, 4.9, 5, 6, 4.9])
    expect(log.story).toEqual(['raised 1 @ 2 min', 'cleared @ 4 min'])
    expect(log.changes[0]).toMatchObject({
      ...{ rule: 'r', version: 1, subject: { kind: 'device', id: 'd' } },
      readings: [{ device: 'd', metric: 'water_level', t: begin + 2 * minute, value: 5, limit: { op: '>=', value: 5 } }]
    })
    expect(log.changes[1]?.alarm).toBe(log.changes[0]?.alarm)
  })

  it('holds until its own level for the way back is passed', () => {
    const log = new TestLog([ruleOf({ ...high, clear: 4.5 })]).values('water_level', [5, 4.6, 4.5, 4.4, 4.9])
    expect(log.story).toEqual(['raised 1 @ 0 min', 'cleared @ 3 min'])
  })

  it('of a level above the datum needs a levelled sensor; what people read off the staff is so already', () => {
    const when = { ...high, datum: true }
    const values = [2.9, 3, 3.5]
    expect(new TestLog([ruleOf(when)]).values('water_level', values).story).toEqual([])
    const levelled = { d: { mounting: { datumOffset: 2 } } }
    expect(new TestLog([ruleOf(when)], levelled).values('water_level', values).story).toEqual(['raised 1 @ 1 min'])
    const staff = new TestLog([ruleOf(when)]).send({ device: 'd', values: { water_level: 5.1 }, quality: 4 })
    expect(staff.story).toEqual(['raised 1 @ 0 min'])
  })

  it('is not reached by what is implausible, doubted or taken back; by what a person entered it is', () => {
    const log = new TestLog([ruleOf(high)])
    for (const quality of [2, 16, 18, 128 + 4])
      log.send({ device: 'd', values: { water_level: 9 }, quality }).tick(minute)
    expect(log.story).toEqual([])
    expect(log.send({ device: 'd', values: { water_level: 9 }, quality: 4 + 2 }).story).toEqual(['raised 1 @ 4 min'])
  })

  it('of another device that is named counts for each', () => {
    const log = new TestLog([ruleOf({ ...high, device: 'gauge' }, { scope: { devices: ['d'] } })], { d: {}, gauge: {} })
    log.send({ device: 'gauge', values: { water_level: 7 } })
    expect(log.changes).toMatchObject([{ kind: 'raised', subject: { id: 'd' }, readings: [{ device: 'gauge' }] }])
  })
})

describe('several levels', () => {
  it('are gone through up and down, in one alarm', () => {
    const levels = [3, 4, 5].map(value => ({ ...high, value }))
    const log = new TestLog([ruleOf(levels)]).values('water_level', [2, 3, 5, 4.5, 2])
    expect(log.story).toEqual(['raised 1 @ 1 min', 'level 3 @ 2 min', 'level 2 @ 3 min', 'cleared @ 4 min'])
    expect(new Set(log.changes.map(({ alarm }) => alarm)).size).toBe(1)
  })
})

describe('lasting', () => {
  const lasting = { kind: 'lasting', forS: 300, of: high }

  it('is found by a tick, without waiting for the next reading', () => {
    const log = new TestLog([ruleOf(lasting)]).values('water_level', [5]).tick(10 * minute)
    expect(log.story).toEqual(['raised 1 @ 5 min'])
    expect(log.changes[0]?.foundAt).toBe(begin + 5 * minute)
  })

  it('begins anew with each break', () => {
    const log = new TestLog([ruleOf(lasting)]).values('water_level', [5, 5, 5, 4, 5, 5, 5, 5, 5, 5])
    expect(log.story).toEqual(['raised 1 @ 9 min'])
  })

  it('takes back what a reading that was on its way says otherwise', () => {
    const log = new TestLog([ruleOf(lasting)]).values('water_level', [5]).tick(5 * minute)
    log.send({ device: 'd', values: { water_level: 4 }, t: begin + 4 * minute })
    expect(log.story).toEqual(['raised 1 @ 5 min', 'withdrawn @ 5 min (late)'])
  })
})

describe('late data', () => {
  it('that is older than what was judged settles history, and does not ring', () => {
    const log = new TestLog([ruleOf(high)]).values('water_level', [1, 1, 1, 1])
    log.send({ device: 'd', values: { water_level: 6 }, t: begin + 90 * second })
    expect(log.story).toEqual(['raised 1 @ 1.5 min (late)', 'cleared @ 2 min (late)'])
  })

  it('moves the onset of an alarm, which keeps its id', () => {
    const log = new TestLog([ruleOf(high)]).values('water_level', [1, 1, 6])
    log.send({ device: 'd', values: { water_level: 6 }, t: begin + 90 * second })
    expect(log.story).toEqual(['raised 1 @ 2 min', 'moved @ 1.5 min (late)'])
    expect(log.alarms).toMatchObject([{ onset: begin + 90 * second, clearedAt: undefined }])
  })

  it('of days ago is told as history, and rings once it is known to hold now', () => {
    const log = new TestLog([ruleOf(high)]).tick(50 * hour, minute)
    for (const h of [1, 2, 3]) log.send({ device: 'd', values: { water_level: 7 }, t: begin + h * hour })
    expect(log.story).toEqual(['raised 1 @ 60 min (late)'])
    log.send({ device: 'd', values: { water_level: 8 } })
    expect(log.story.slice(1)).toEqual(['level 1 @ 60 min'])
  })

  it('that corrects the reading that raised an alarm withdraws it', () => {
    const log = new TestLog([ruleOf(high)]).values('water_level', [1, 6])
    log.send({ device: 'd', values: { water_level: 2 }, t: begin + minute })
    expect(log.story).toEqual(['raised 1 @ 1 min', 'withdrawn @ 1 min (late)'])
  })

  it('that is sent twice changes nothing', () => {
    const log = new TestLog([ruleOf(high)]).values('water_level', [1, 6, 6])
    log.send({ device: 'd', values: { water_level: 6 }, t: begin + minute })
    expect(log.story).toEqual(['raised 1 @ 1 min'])
  })
})

describe('what is kept', () => {
  const sum = { kind: 'window', metric: 'rainfall', fn: 'sum', op: '>', value: 59, overS: 72 * 3600 }

  it('of a long history is what has changed, and enough to go on', () => {
    const log = new TestLog([ruleOf(sum)]).values('rainfall', Array<number>(200).fill(0.3), 30 * minute)
    log.restart()
    const changed = log.values('rainfall', [0.3], minute).fold.takeSnapshot()
    expect(changed.map(([thing]) => thing.split('#')[0])).toEqual(['time', 'rows:root~d~rainfall', 'rule:r~d'])
    expect(JSON.stringify(changed).length).toBeLessThan(5000)
    log.restart().values('rainfall', [50], minute)
    expect(log.story).toEqual(['raised 1 @ 6001 min'])
  })

  it('of a device that is no more is nothing', () => {
    const log = new TestLog([ruleOf(sum)]).values('rainfall', [1, 2]).restart()
    log.apply({ kind: 'device-removed', id: 'd' }).restart()
    expect([...log.kept.keys()]).toEqual(['time'])
  })
})
