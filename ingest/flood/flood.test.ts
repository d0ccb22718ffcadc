import { describe, expect, it } from 'vitest'
import { silentLog } from '../../model/log.ts'
import { DeviceQuota } from '../device-quota.ts'
import { ConnectorGuard } from './connector-guard.ts'
import { Offenders } from './offenders.ts'

const minuteMs = 60_000
const limits = { perSecond: 10, bytesPerSecond: 1000, newDevicesPerHour: 2 }

function guardOf(changes: Partial<typeof limits> = {}) {
  const clock = { now: 0 }
  const logged: unknown[] = []
  const offenders = new Offenders(() => clock.now, { ...silentLog, warn: fields => logged.push(fields) })
  const devices = new DeviceQuota({ perSecond: 1, burst: 3 }, (holder, what) => {
    offenders.note(holder, 'rate', what)
  })
  const isRegistered = (device: string) => device.startsWith('known')
  const guard = new ConnectorGuard({ name: 'mua', limits: { ...limits, ...changes }, devices, isRegistered, offenders })
  const take = (device: string | undefined, { sizeBytes = 1, isOwed = false, now = clock.now } = {}) =>
    guard.take(device, sizeBytes, { now, isOwed })
  return { take, offenders, clock, logged }
}

describe('the guard of a connector', () => {
  it('lets ten seconds’ worth through at once, then as many a second as it may', () => {
    const { take } = guardOf()
    const waits = Array.from({ length: 102 }, () => take(undefined).waitMs)
    expect(waits.filter(ms => ms > 0)).toHaveLength(2)
    expect(take(undefined, { now: 100 }).waitMs).toBe(0)
  })

  it('counts a large message for as many as its bytes would take', () => {
    const { take } = guardOf()
    expect(take(undefined, { sizeBytes: 9_950 }).waitMs).toBe(0)
    expect(take(undefined, { sizeBytes: 500 }).waitMs).toBeCloseTo(450)
  })

  it('tells a device that sends too much from a connector that does', () => {
    const { take, offenders } = guardOf()
    for (let i = 0; i < 3; i++) expect(take('known-a').waitMs).toBe(0)
    expect(take('known-a')).toEqual({ waitMs: 1000, isDevice: true })
    expect(take('known-b').waitMs).toBe(0)
    expect(offenders.list()).toMatchObject([{ holder: 'known-a', rule: 'rate', turnedAway: 1 }])
  })

  it('lets few new names in an hour, and those it has seen any time', () => {
    const { take, offenders, clock } = guardOf()
    expect(['x', 'y', 'x'].map(name => take(name).waitMs)).toEqual([0, 0, 0])
    expect(take('z')).toEqual({ waitMs: 30 * minuteMs, isDevice: true })
    expect(take('y').waitMs).toBe(0)
    clock.now = 30 * minuteMs
    expect(take('z').waitMs).toBe(0)
    expect(offenders.list()).toMatchObject([{ holder: 'connector:mua', rule: 'new-devices' }])
  })

  it('lets what is owed wait, and takes it', () => {
    const { take } = guardOf({ perSecond: 1, bytesPerSecond: 1e9 })
    const waits = Array.from({ length: 12 }, () => take(undefined, { isOwed: true }).waitMs)
    expect(waits.slice(-3)).toEqual([0, 1000, 2000])
  })
})

describe('those who send too much', () => {
  it('are told once a flood, and counted', () => {
    const { offenders, clock, logged } = guardOf()
    offenders.note('a', 'rate', 'slowed')
    clock.now = minuteMs
    offenders.note('a', 'rate', 'turnedAway')
    expect(offenders.list()).toEqual([
      { holder: 'a', rule: 'rate', since: 0, lastAt: minuteMs, slowed: 1, turnedAway: 1 }
    ])
    expect([logged.length, offenders.present]).toEqual([1, 1])
    clock.now = 30 * minuteMs
    expect(offenders.present).toBe(0)
    offenders.note('a', 'rate', 'slowed')
    expect(logged).toHaveLength(2)
    expect(offenders.list()).toMatchObject([{ since: 30 * minuteMs, slowed: 1, turnedAway: 0 }])
    clock.now += 25 * 60 * minuteMs
    expect(offenders.list()).toEqual([])
  })

  it('are a thousand at most', () => {
    const { offenders } = guardOf()
    for (let i = 0; i < 1500; i++) offenders.note(`d${i}`, 'rate', 'slowed')
    expect(offenders.list()).toHaveLength(1000)
  })
})
