import { describe, expect, it } from 'vitest'
import { TestLog, begin, deviceOf, hour, minute, ruleOf } from './fold.fixture.ts'

const level = 'water_level'

describe('a change', () => {
  const rises = { kind: 'change', metric: level, op: '>=', value: 1, overS: 600 }

  it('is against what stood then, and over once that is no longer so', () => {
    const log = new TestLog([ruleOf(rises)])
      .values(level, [2, 2.4], 10 * minute)
      .values(level, [3.4])
      .tick(hour)
    expect(log.story).toEqual(['raised 1 @ 20 min', 'cleared @ 32 min'])
    expect(log.changes[0]?.readings.map(({ value }) => value)).toEqual([3.4, 2.4])
  })

  it('says nothing until something stood long enough ago', () => {
    expect(new TestLog([ruleOf(rises)]).values(level, [1, 5, 9], minute).story).toEqual([])
  })
})

describe('a window', () => {
  const rain = (more: object) => ({ kind: 'window', metric: 'rainfall', op: '>=', overS: 3600, ...more })

  it('of a sum is exceeded by rain that fell, and over once it has left the window, without a reading', () => {
    const log = new TestLog([ruleOf(rain({ fn: 'sum', value: 50 }))])
      .values('rainfall', [20, 20, 20], 10 * minute)
      .tick(2 * hour)
    expect(log.story).toEqual(['raised 1 @ 20 min', 'cleared @ 62 min'])
  })

  it.each([
    ['mean', 15, ['raised 1 @ 10 min']],
    ['max', 20, ['raised 1 @ 10 min']],
    ['min', 10, ['raised 1 @ 0 min']],
    ['count', 3, ['raised 1 @ 20 min']]
  ] as const)('knows the %s', (fn, value, story) => {
    const log = new TestLog([ruleOf(rain({ fn, value }))]).values('rainfall', [10, 20, 30], 10 * minute)
    expect(log.story).toEqual(story)
  })

  it('without a value in it does not say that a mean is over', () => {
    const log = new TestLog([ruleOf(rain({ fn: 'mean', value: 5 }))]).values('rainfall', [10]).tick(3 * hour)
    expect(log.story).toEqual(['raised 1 @ 0 min'])
  })
})

it('n of m is reached by the nth of the last m, whatever lies between', () => {
  const when = { kind: 'several', metric: level, op: '>', value: 4, n: 2, m: 3 }
  expect(new TestLog([ruleOf(when)]).values(level, [5, 1, 1, 5, 1, 5, 1, 1]).story).toEqual([
    ...['raised 1 @ 5 min', 'cleared @ 6 min']
  ])
})

describe('absence', () => {
  const log = (when: object, intervals = {}) =>
    new TestLog([ruleOf({ kind: 'absence', ...when })], { d: {} }, intervals)

  it('is found after so many of the device’s intervals, and over with the next message', () => {
    const silent = log({ intervals: 3 }, { 'json-weather': 600 }).values(level, [1]).tick(hour)
    expect(silent.story).toEqual(['raised 1 @ 30 min'])
    expect(silent.values(level, [1]).story.slice(1)).toEqual(['cleared @ 61 min'])
  })

  it('is found by the rhythm that was learnt, where no profile says one', () => {
    const silent = log({ intervals: 4 })
      .values(level, Array<number>(12).fill(1), 5 * minute)
      .tick(hour)
    expect(silent.story).toEqual(['raised 1 @ 75 min'])
  })

  it('is by receive time: what comes late was silent all the same', () => {
    const silent = log({ afterS: 1800 }).values(level, [1]).tick(hour)
    silent.send({ device: 'd', values: { [level]: 1 }, t: begin + 20 * minute })
    expect(silent.story).toEqual(['raised 1 @ 30 min', 'cleared @ 61 min'])
  })

  it('of one metric is found though others are reported', () => {
    const silent = log({ metric: level, afterS: 1800 }).values(level, [1]).values('rainfall', Array<number>(60).fill(0))
    expect(silent.story).toEqual(['raised 1 @ 30 min'])
  })

  it('begins when the rule does for who has never been heard', () => {
    expect(log({ afterS: 1800 }).tick(hour).story).toEqual(['raised 1 @ 30 min'])
  })

  it('is nobody’s fault while Sen was away', () => {
    const away = log({ afterS: 1800 }).values(level, [1])
    away.now += 5 * hour
    expect(away.tick(20 * minute).story).toEqual([])
  })
})

it('stuck is a value that goes on being reported; one that is not reported is not stuck', () => {
  const rule = ruleOf({ kind: 'stuck', metric: level, forS: 600 })
  expect(new TestLog([rule]).values(level, Array<number>(12).fill(3)).values(level, [3.1]).story).toEqual([
    ...['raised 1 @ 10 min', 'cleared @ 12 min']
  ])
  expect(new TestLog([rule]).values(level, [3]).tick(hour).story).toEqual([])
})

describe('deviation', () => {
  const devices = { d: {}, e: {}, f: {}, g: {}, far: { site: 'other' } }
  const rule = ruleOf({ kind: 'deviation', metric: level, by: 2 }, { scope: { devices: ['d'] } })

  it('is from the median of the neighbours at the site', () => {
    const log = new TestLog([rule], devices)
    for (const [device, value] of [
      ['e', 1],
      ['f', 1.5],
      ['g', 9],
      ['far', 3.5]
    ] as const)
      log.send({ device, values: { [level]: value } })
    log.send({ device: 'd', values: { [level]: 3.4 } }).tick(minute)
    expect(log.story).toEqual([])
    expect(log.send({ device: 'd', values: { [level]: 3.5 } }).story).toEqual(['raised 1 @ 1 min'])
  })

  it('says nothing with fewer neighbours than it needs that have spoken within the hour', () => {
    const log = new TestLog([rule], devices)
    for (const device of ['e', 'f', 'g']) log.send({ device, values: { [level]: 1 } })
    log.tick(hour).send({ device: 'd', values: { [level]: 9 } })
    expect(log.story).toEqual([])
  })

  it('knows neighbours by distance', () => {
    const at = (latitude: number) => ({ mounting: { position: { latitude, longitude: 105 } } })
    const near = {
      ...rule,
      levels: ruleOf({ kind: 'deviation', metric: level, by: 2, radiusKm: 5, atLeast: 2 }).levels
    }
    const log = new TestLog([near], { d: at(18.5), e: at(18.51), f: { ...at(18.52), site: 'other' }, g: at(19) })
    for (const device of ['e', 'f']) log.send({ device, values: { [level]: 1 } })
    log.send({ device: 'g', values: { [level]: 9 } }).send({ device: 'd', values: { [level]: 9 } })
    expect(log.story).toEqual(['raised 1 @ 0 min'])
  })
})

describe('a geofence', () => {
  const polygon = [
    [18, 105],
    [18, 106],
    [19, 106],
    [19, 105]
  ]

  it.each([
    ['outside', { centre: [18.5, 105.5], radiusKm: 10 }, [18.55, 105.5], [18.7, 105.5]],
    ['inside', { centre: [18.5, 105.5], radiusKm: 10 }, [18.7, 105.5], [18.55, 105.5]],
    ['outside', { polygon }, [18.5, 105.5], [18.5, 106.1]],
    ['inside', { polygon }, [19.1, 105.5], [18.9, 105.9]]
  ])('%s is left and entered, by latitude and longitude together', (is, area, before, after) => {
    const log = new TestLog([ruleOf({ kind: 'geofence', is, area })])
    const sendFrom = ([latitude = 0, longitude = 0]: readonly number[]) =>
      log.send({ device: 'd', values: { latitude, longitude } }).tick(minute)
    sendFrom(before)
    sendFrom(after)
    sendFrom(before)
    expect(log.story).toEqual(['raised 1 @ 1 min', 'cleared @ 2 min'])
    expect(log.changes[0]?.readings).toHaveLength(2)
  })
})

describe('a schedule', () => {
  const open = { kind: 'threshold', metric: 'door_open', op: '=', value: 1 }

  it('goes over midnight, by the clock of Việt Nam, and is found without a reading', () => {
    const night = { kind: 'schedule', from: '22:00', to: '06:00' }
    const log = new TestLog([ruleOf({ kind: 'all', of: [night, open] })])
    log.send({ device: 'd', values: { door_open: 1 } }).tick(23 * hour, minute)
    expect(log.story).toEqual(['raised 1 @ 0 min', 'cleared @ 360 min', 'raised 1 @ 1320 min'])
  })

  it.each([
    [{ months: [9, 10] }, 1],
    [{ months: [8] }, 0],
    [{ days: [2] }, 1],
    [{ days: [1, 3] }, 0],
    // The night of Monday goes on until 06:00 of Tuesday.
    [{ from: '22:00', to: '06:00', days: [1] }, 1],
    [{ from: '22:00', to: '06:00', days: [2] }, 0]
  ])('of %o on Tuesday, 1 September, at midnight: %d', (when, alarms) => {
    const log = new TestLog([ruleOf({ kind: 'all', of: [{ kind: 'schedule', ...when }, open] })])
    expect(log.send({ device: 'd', values: { door_open: 1 } }).alarms).toHaveLength(alarms)
  })
})

describe('conditions together', () => {
  const high = { kind: 'threshold', metric: level, op: '>', value: 5 }
  const wet = { kind: 'threshold', metric: 'rainfall', op: '>', value: 1 }

  it('are judged once both values of a message are there', () => {
    const log = new TestLog([ruleOf({ kind: 'all', of: [high, wet] })]).send({
      device: 'd',
      values: { [level]: 6, rainfall: 0 }
    })
    log.tick(minute).send({ device: 'd', values: { [level]: 1, rainfall: 2 } })
    expect(log.tick(minute).story).toEqual([])
    expect(log.send({ device: 'd', values: { [level]: 6, rainfall: 2 } }).story).toEqual(['raised 1 @ 2 min'])
  })

  it.each([
    ['any', { kind: 'any', of: [high, wet] }, { [level]: 6 }, 1],
    ['all, of which one never came', { kind: 'all', of: [high, wet] }, { [level]: 6 }, 0],
    ['not', { kind: 'not', of: high }, { [level]: 1 }, 1],
    ['not, of what never came', { kind: 'not', of: wet }, { [level]: 1 }, 0],
    ['an expression', { kind: 'expression', when: 'm.water_level * 2 > 11' }, { [level]: 6 }, 1],
    ['an expression over words', { kind: 'expression', when: 'm.status_text == "lỗi"' }, { status_text: 'lỗi' }, 1],
    ['an expression that lacks a value', { kind: 'expression', when: 'm.rainfall < 1' }, { [level]: 6 }, 0]
  ])('%s', (_name, when, values, alarms) => {
    expect(new TestLog([ruleOf(when)]).send({ device: 'd', values }).alarms).toHaveLength(alarms)
  })

  it('agree: one sensor alone raises nothing, two of the site raise one alarm of it', () => {
    const rule = ruleOf({ kind: 'agree', atLeast: 2, of: high }, { per: 'site' })
    const log = new TestLog([rule], { d: {}, e: {}, f: { site: 'other' } })
    for (const device of ['d', 'f']) log.send({ device, values: { [level]: 9 } })
    expect(log.story).toEqual([])
    log.send({ device: 'e', values: { [level]: 8 } })
    expect(log.changes).toMatchObject([{ kind: 'raised', subject: { kind: 'site', id: 's' } }])
    expect(log.changes[0]?.readings.map(({ device }) => device)).toEqual(['d', 'e'])
  })

  it('of a site hold by whichever of its devices has the metric', () => {
    const log = new TestLog([ruleOf({ kind: 'all', of: [high, wet] }, { per: 'site' })], { d: {}, e: {} })
    log.send({ device: 'd', values: { [level]: 9 } }).send({ device: 'e', values: { rainfall: 9 } })
    expect(log.story).toEqual(['raised 1 @ 0 min'])
  })
})

describe('what a rule watches', () => {
  const high = { kind: 'threshold', metric: level, op: '>', value: 5 }
  const devices = {
    d: { tags: ['lam'] },
    e: { profile: 'load' },
    f: { site: 'other' },
    g: { decommissionedAt: '2026-01-01T00:00:00Z' }
  }

  it.each([
    [{}, ['d', 'e', 'f']],
    [{ sites: ['other'] }, ['f']],
    [{ devices: ['e', 'g'] }, ['e']],
    [{ profiles: ['load'] }, ['e']],
    [{ tags: ['lam', 'ca'] }, ['d']]
  ])('%o', (scope, watched) => {
    const log = new TestLog([ruleOf(high, { scope })], devices)
    for (const device of Object.keys(devices)) log.send({ device, values: { [level]: 9 } })
    expect(log.alarms.map(({ subject }) => subject)).toEqual(watched)
  })

  it('is its organisation and what is below it, and moves with the device', () => {
    const log = new TestLog([ruleOf(high, { organisation: 'xa' })], { d: {} })
    log.send({ device: 'd', values: { [level]: 9 } }).tick(minute)
    expect(log.story).toEqual([])
    log.apply(
      { kind: 'organisation', organisation: { id: 'xa', name: 'Xã', parent: 'root' } },
      { kind: 'organisation', organisation: { id: 'thon', name: 'Thôn', parent: 'xa' } },
      { kind: 'site', site: { id: 's', name: 's', organisation: 'thon' } }
    )
    log.apply({ kind: 'device', device: deviceOf('new') })
    expect(log.fold.takeDirty().map(({ subject }) => subject)).toEqual(['d'])
  })

  it('ends its alarm when the device leaves, is taken out of service, or the rule is switched off, changed or removed', () => {
    const rule = ruleOf(high)
    for (const change of [
      { kind: 'device', device: deviceOf('d', { decommissionedAt: '2026-09-01T00:00:00Z' }) },
      { kind: 'device-removed', id: 'd' },
      { kind: 'rule', rule: { ...rule, version: 2, isEnabled: false } },
      { kind: 'rule-removed', id: 'r' }
    ] as const) {
      const log = new TestLog([rule])
        .send({ device: 'd', values: { [level]: 9 } })
        .tick(minute)
        .apply(change)
      expect(log.story).toEqual(['raised 1 @ 0 min', 'cleared @ 1 min'])
    }
  })

  it('is judged at once by a new version from what is known', () => {
    const log = new TestLog([ruleOf({ ...high, value: 20 })]).values(level, [9])
    log.apply({ kind: 'rule', rule: ruleOf(high, { version: 2 }) })
    expect(log.changes).toMatchObject([{ kind: 'raised', version: 2, at: begin + minute }])
    log.apply({ kind: 'rule', rule: ruleOf({ ...high, value: 8 }, { version: 3 }) })
    expect(log.changes.slice(1)).toMatchObject([
      { kind: 'cleared', version: 2 },
      { kind: 'raised', version: 3 }
    ])
  })

  it('new to a metric is judged by what is stored, once that is read', () => {
    const log = new TestLog([]).values(level, [9])
    log.apply({ kind: 'rule', rule: ruleOf(high) }).tick(minute)
    expect(log.story).toEqual([])
    expect(log.settleDirty().story).toEqual(['raised 1 @ 1 min'])
  })
})

it('a subject that becomes dirty once more while its history is read is judged when that is read too', () => {
  const rule = ruleOf({ kind: 'threshold', metric: level, op: '>', value: 5 })
  const log = new TestLog([rule]).values(level, Array<number>(120).fill(1), 5 * minute)
  log.send({ device: 'd', values: { [level]: 7 }, t: begin + 302 * minute })
  const [first] = log.fold.takeDirty()
  if (!first) throw new Error('it was not dirty')
  const need = log.fold.historyNeed(first)
  const pages = need ? [log.page({ device: 'd', metric: level }, need)] : []
  log.send({ device: 'd', values: { [level]: 8 }, t: begin + 102 * minute })
  expect(log.fold.reevaluate(first, pages, [])).toEqual([])
  expect(log.settleDirty().alarms.map(({ onset }) => (onset - begin) / minute)).toEqual([102, 302])
})

describe('decoding again', () => {
  it('takes back what the messages gave, and corrects the alarm in one step', () => {
    const log = new TestLog([ruleOf({ kind: 'threshold', metric: level, op: '>', value: 5 })])
    log.values(level, [1])
    const at = log.position + 1
    const t = log.now
    log.values(level, [60, 60])
    log.decodeAgain(1, [at], [{ device: 'd', values: { [level]: 6 }, t, at }])
    expect(log.story).toEqual(['raised 1 @ 1 min'])
    log.decodeAgain(2, [at], [{ device: 'd', values: { [level]: 3 }, t, at }])
    expect(log.story.slice(1)).toEqual(['moved @ 2 min (late)'])
  })
})

describe('a rule that cannot be read', () => {
  it('stops no other, nor its own other levels', () => {
    const log = new TestLog([
      ruleOf([
        { kind: 'expression', when: 'sin(m.ph) > 0' },
        { kind: 'threshold', metric: 'ph', op: '>', value: 8 }
      ])
    ])
    expect(log.send({ device: 'd', values: { ph: 9 } }).story).toEqual(['raised 2 @ 0 min'])
  })
})
