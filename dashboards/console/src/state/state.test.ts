import { describe, expect, test } from 'vitest'
import type { Reading } from '../api/resources.ts'
import { bySite, byCatalogue, matches } from './arrangement.ts'
import { messageBalance, readingBalance } from './balance.ts'
import { PendingReadings } from './pending-readings.ts'
import { commonMarks, marksOf } from './quality-marks.ts'
import { RateMeter } from './rate-meter.ts'
import { ServerClock } from './server-clock.ts'

const accounting = {
  messages: { received: 100, stored: 70, event: 10, duplicate: 5, quarantined: 12, pending: 3 },
  readings: { decoded: 400, stored: 390, duplicate: 4, superseded: 2, refused: 1, pending: 2 }
}

describe('balance', () => {
  test('messages balance when every one has its place', () => {
    expect(messageBalance(accounting)).toMatchObject({ whole: 100, difference: 0 })
  })

  test('says how many readings are missing', () => {
    expect(readingBalance(accounting).difference).toBe(1)
  })
})

describe('matches', () => {
  const texts = ['Trạm bơm 7', 'a84041000181d106', 'kim-lien', 'Xã Kim Liên']
  test.each([
    ['kim lien', true],
    ['KIM LIÊN', true],
    ['bom kim', true],
    ['181d1', true],
    ['', true],
    ['  ', true],
    ['kim anh', false]
  ])('%j: %s', (query, found) => expect(matches(query, texts)).toBe(found))
})

describe('bySite', () => {
  test('puts sites and devices in the order of their names', () => {
    const device = (id: string, name: string, site: string) => ({ id, registration: { name, site } })
    const devices = [
      device('3', 'Trạm 10', 'b'),
      device('2', 'Trạm 9', 'b'),
      device('1', 'Cầu', 'a'),
      device('0', 'Cầu', 'a')
    ]
    const names: Readonly<Record<string, string>> = { a: 'Sông Lam', b: 'Kim Liên' }
    const groups = bySite(devices, id => names[id] ?? id, new Intl.Collator('vi', { numeric: true }).compare)
    expect(groups.map(group => [group.site, ...group.devices.map(({ id }) => id)])).toEqual([
      ['b', '2', '3'],
      ['a', '0', '1']
    ])
  })
})

test('values stand in the order of the catalogue, unknown metrics last by name', () => {
  const metric = (name: string) => [name, { name, vi: name, en: name, unit: '', kind: 'number' }] as const
  const catalogue = new Map([metric('ph'), metric('co2')])
  const values = ['zinc', 'co2', 'arsenic', 'ph'].map(name => ({ metric: name }))
  expect(byCatalogue(values, catalogue).map(value => value.metric)).toEqual(['ph', 'co2', 'arsenic', 'zinc'])
})

describe('PendingReadings', () => {
  const reading = (t: number, value: number, metric = 'ph'): Reading => ({
    device: 'd1',
    metric,
    t,
    value,
    unit: '',
    quality: 'good'
  })

  test('keeps the newest of each series, of equal times the last to arrive', () => {
    const pending = new PendingReadings()
    pending.add([reading(5, 1), reading(3, 2), reading(5, 3), reading(1, 4, 'co2')])
    expect([...pending.take()].map(({ metric, value }) => [metric, value])).toEqual([
      ['ph', 3],
      ['co2', 4]
    ])
  })

  test('is empty after take', () => {
    const pending = new PendingReadings()
    pending.add([reading(5, 1)])
    pending.take()
    expect([...pending.take()]).toEqual([])
  })
})

describe('RateMeter', () => {
  test('tells the rate of the last 15 s', () => {
    const meter = new RateMeter()
    for (let s = 0; s <= 60; s++) meter.add(s * 1_000, s < 30 ? s : 30 + (s - 30) * 10)
    expect(meter.perSecond()).toBeCloseTo(10)
  })

  test('says nothing from one sample, nor from two at once', () => {
    const meter = new RateMeter()
    meter.add(0, 5)
    expect(meter.perSecond()).toBeUndefined()
    meter.add(100, 6)
    expect(meter.perSecond()).toBeUndefined()
  })

  test('begins anew when the counter runs back', () => {
    const meter = new RateMeter()
    meter.add(0, 1_000)
    meter.add(1_000, 3)
    meter.add(2_000, 5)
    expect(meter.perSecond()).toBeCloseTo(2)
  })
})

describe('quality marks', () => {
  test('good has none', () => expect(marksOf('good')).toEqual([]))

  test('those that all values carry are common', () => {
    expect(commonMarks(['simulated', 'implausible,simulated'])).toEqual(['simulated'])
    expect(commonMarks(['simulated', 'good'])).toEqual([])
  })
})

describe('ServerClock', () => {
  test('follows the server when this clock is wrong, and ignores small differences', () => {
    let wall = 1_000_000
    const clock = new ServerClock(() => wall)
    clock.heard(1_002_000)
    expect(clock.now()).toBe(1_000_000)
    clock.heard(1_600_000)
    wall += 500
    expect(clock.now()).toBe(1_600_500)
  })
})
