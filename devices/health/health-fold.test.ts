import { describe, expect, it } from 'vitest'
import type { UnplacedEvent } from '../../model/network-event.ts'
import { profileVersion } from '../../model/profile.ts'
import { Province, begin, day, hour, minute } from './months.fixture.ts'
import type { Message } from './months.fixture.ts'

const uplink = (
  device: string,
  counter: number,
  gateways: readonly string[] = ['g1'],
  session = 'a'
): UnplacedEvent => ({
  ...{ kind: 'uplink', device, session, counter, spreadingFactor: 9 },
  receptions: gateways.map((gateway, i) => ({ gateway, rssi: -90 - i, snr: 2 - i }))
})

/** Runs minutes; `messagesAt` says what comes in each. */
function run(province: Province, minutes: number, messagesAt: (n: number) => readonly Message[]): void {
  for (let n = 0; n < minutes; n++) province.step(messagesAt(n), minute)
}

const reading = (device: string): Message => ({ device, values: { air_temperature: 20 } })

describe('a device’s rhythm', () => {
  it('is learnt: late after what it has never done, silent after what cannot be chance, online at once', () => {
    const province = new Province({ d: 's' })
    run(province, 600, n => (n % 10 === 0 ? [reading('d')] : []))
    expect(province.fold.book.device('d')).toMatchObject({ state: 'online', intervalMs: 10 * minute })
    province.quiet(20 * minute)
    expect(province.fold.book.device('d')?.state).toBe('late')
    expect(province.eventsOf('device-silent')).toEqual([])
    province.quiet(40 * minute)
    expect(province.fold.book.device('d')?.state).toBe('silent')
    const [event] = province.eventsOf('device-silent')
    expect(event).toMatchObject({ device: 'd', endedAt: undefined, since: province.fold.book.device('d')?.lastSeenAt })
    run(province, 1, () => [reading('d')])
    expect(province.fold.book.device('d')?.state).toBe('online')
    expect(province.eventsOf('device-silent')).toMatchObject([{ id: event?.id, endedAt: province.now - minute }])
  })

  it('of once a day does not flap, even if a day is missing', () => {
    const province = new Province({ d: 's' })
    for (let n = 0; n < 40; n++) {
      run(province, 1, () => (n === 20 ? [] : [reading('d')]))
      province.quiet(day - minute, 2 * minute)
    }
    expect(province.events.size).toBe(0)
  })

  it('knows nothing of history that somebody imports: no sign of life, no wrong clock', () => {
    const province = new Province({ d: 's' })
    const old = { device: 'd', values: { air_temperature: 20 }, time: begin - 3000 * day }
    run(province, 200, () => [{ ...old, events: [{ kind: 'import', device: 'd' }] }])
    expect([province.fold.book.device('d')?.state, province.events.size]).toEqual(['never', 0])
    run(province, 10, () => [reading('d')])
    expect(province.fold.book.device('d')).toMatchObject({ state: 'online', clockBehindMs: undefined })
  })

  it('over a poor link is waited for longer, one that never fails less', () => {
    const silence = (lost: (n: number) => boolean): number => {
      const province = new Province({ d: 's' })
      for (let n = 0; n < 300; n++)
        run(province, 10, i => (i === 0 && !lost(n) ? [{ device: 'd', events: [uplink('d', n, [])] }] : []))
      const from = province.now
      while (province.fold.book.device('d')?.state !== 'silent') province.step([], minute)
      return province.now - from
    }
    const [good, poor] = [silence(() => false), silence(n => n % 5 === 2 || n % 7 === 3)]
    expect(good).toBeLessThanOrEqual(hour)
    expect(poor).toBeGreaterThan(1.5 * good)
  })

  it('is what the profile says until it is known', () => {
    const province = new Province({ d: 's' }, 3600)
    run(province, 1, () => [reading('d')])
    expect(province.fold.book.device('d')?.intervalMs).toBe(hour)
    province.quiet(day)
    expect(province.fold.book.device('d')?.state).toBe('silent')
  })

  it('is not disturbed while Sen itself was away', () => {
    const province = new Province({ d: 's' })
    run(province, 600, n => (n % 10 === 0 ? [reading('d')] : []))
    province.step([], 8 * hour)
    province.quiet(10 * minute)
    expect(province.fold.book.device('d')?.state).toBe('online')
    expect(province.events.size).toBe(0)
  })

  it('a device that says offline, itself or by its will, is silent at once', () => {
    const province = new Province({ d: 's' })
    run(province, 60, n => (n % 10 === 0 ? [reading('d')] : []))
    const offline: UnplacedEvent = {
      ...{ kind: 'status', device: 'd', margin: undefined, battery: undefined, isExternallyPowered: false },
      ...{ isOnline: false, firmware: undefined }
    }
    province.step([{ device: 'd', events: [offline] }], minute)
    expect(province.fold.book.device('d')?.state).toBe('silent')
    expect(province.eventsOf('device-silent')).toHaveLength(1)
  })
})

describe('a radio link', () => {
  it('loses what its frame counter lacks; a join, another session and 16 bits coming round are no loss', () => {
    const province = new Province({ d: 's' })
    const send = (counter: number, session = 'a') =>
      province.step([{ device: 'd', events: [uplink('d', counter, ['g1'], session)] }], minute)
    for (let n = 65_436; n < 65_636; n++) send(n % 65_536)
    for (let n = 0; n < 30; n++) send(n, 'b')
    province.step([{ device: 'd', events: [{ kind: 'join', device: 'd', session: 'b' }] }], minute)
    for (let n = 900; n < 930; n++) send(n, 'b')
    expect(province.fold.book.device('d')?.lossPercent).toBe(0)
    for (let n = 930; n < 2530; n++) if (n % 4 !== 0) send(n, 'b')
    expect(province.fold.book.device('d')?.lossPercent).toBeCloseTo(25, 0)
    // 2 dB above -12.5 dB, the floor of SF9.
    expect(province.fold.book.device('d')?.marginDb).toBeCloseTo(14.5)
    expect(province.fold.book.device('d')?.gateways).toMatchObject([{ gateway: 'g1', share: 1 }])
  })
})

describe('joining the network', () => {
  it('is told with its time, over restarts; other hardware has not joined, and has not been heard, until it does', () => {
    const province = new Province({ d: 's' })
    expect(province.fold.book.device('d')).toMatchObject({ joinedAt: undefined, isHardwareHeard: false })
    const join: Message = { device: 'd', events: [{ kind: 'join', device: 'd', session: 'a' }] }
    const joinedAt = province.now
    province.step([join], minute)
    run(province, 3, n => [{ device: 'd', events: [uplink('d', n)] }])
    province.reopen([province.fold.book.takeSnapshot()])
    expect(province.fold.book.device('d')).toMatchObject({ joinedAt, isHardwareHeard: true, state: 'online' })

    const device = { id: 'd', name: 'd', site: 's', profile: 'p', hardware: 'd-2', formerHardware: ['d'] }
    province.fold.take(province.batchOf([], { kind: 'control', change: { kind: 'device', device } }))
    expect(province.fold.book.device('d')).toMatchObject({ joinedAt: undefined, isHardwareHeard: false })
    const again = province.now
    province.step([join], minute)
    expect(province.fold.book.device('d')).toMatchObject({ joinedAt: again, isHardwareHeard: true })
  })
})

describe('a gateway that goes down', () => {
  const devices = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`d${i}`, 's']))
  const stats: UnplacedEvent = { kind: 'gateway-stats', gateway: 'g1', heard: 9, heardOk: 9, sent: 0, link: '4g' }

  /** Devices send every 10 minutes through g1, the last four through g2 too. */
  const traffic =
    (heardBy: (device: number) => readonly string[]) =>
    (n: number): readonly Message[] =>
      Object.keys(devices).flatMap((device, i) =>
        (n + i) % 10 === 0 && heardBy(i).length > 0
          ? [{ device, events: [uplink(device, Math.floor((n + i) / 10), heardBy(i))] }]
          : []
      )
  const both = (i: number) => (i < 8 ? ['g1'] : ['g1', 'g2'])

  it('is one event with the devices that fell silent and those heard elsewhere, whoever says that it is down', () => {
    for (const how of ['state', 'stats', 'frames'] as const) {
      const province = new Province(devices)
      const alive = traffic(both)
      run(province, 300, n => [...alive(n), ...(how === 'stats' ? [{ device: 'd0', events: [stats] }] : [])])
      if (how === 'state')
        province.step(
          [{ device: 'd0', events: [{ kind: 'gateway-connection', gateway: 'g1', isOnline: false }] }],
          minute
        )
      run(
        province,
        120,
        traffic(i => (i < 8 ? [] : ['g2']))
      )
      expect(province.fold.book.gateway('g1')?.state).toBe('silent')
      expect(province.eventsOf('device-silent')).toEqual([])
      const [down, ...more] = province.eventsOf('gateway-down')
      expect(more).toEqual([])
      expect(down?.silentDevices.toSorted()).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'])
      expect(down?.heardElsewhere.toSorted()).toEqual(['d10', 'd11', 'd8', 'd9'])
      expect(province.fold.book.device('d3')).toMatchObject({ state: 'silent', behindGateway: 'g1' })

      run(province, 60, n => [...alive(n), { device: 'd0', events: [stats] }])
      expect(province.eventsOf('gateway-down')[0]?.endedAt).toBeGreaterThan(begin)
      expect(province.fold.book.device('d3')).toMatchObject({ state: 'online', behindGateway: undefined })
      // What the gateway did not hear was not lost on the air.
      expect(province.fold.book.device('d3')?.lossPercent ?? 0).toBeLessThan(100)
      expect(province.events.size).toBe(1)
    }
  })

  it('a device that stays silent when its gateway is back has an event of its own', () => {
    const province = new Province(devices)
    run(province, 300, traffic(both))
    run(
      province,
      120,
      traffic(i => (i < 8 ? [] : ['g2']))
    )
    run(
      province,
      120,
      traffic(i => (i === 3 ? [] : both(i)))
    )
    expect(province.eventsOf('device-silent')).toMatchObject([{ device: 'd3', endedAt: undefined }])
  })

  it('says by what it is connected', () => {
    const province = new Province(devices)
    province.step([{ device: 'd0', events: [stats] }], minute)
    expect(province.fold.book.gateway('g1')?.link).toBe('4g')
  })
})

it('a device that is out of service is not missed', () => {
  const province = new Province({ d: 's' })
  run(province, 600, n => (n % 10 === 0 ? [reading('d')] : []))
  const device = { id: 'd', name: 'd', site: 's', profile: 'p', decommissionedAt: '2026-05-02T00:00:00Z' }
  province.fold.take(province.batchOf([], { kind: 'control', change: { kind: 'device', device } }))
  province.quiet(5 * hour)
  expect(province.events.size).toBe(0)
})

describe('what is known of a device', () => {
  const register = (device: object) =>
    ({
      kind: 'control',
      change: { kind: 'device', device: { id: 'd', name: 'd', site: 's', profile: 'p', ...device } }
    }) as const
  const stuck = (): Province => {
    const province = new Province({ d: 's' })
    const value = (n: number) => (n < 4000 ? 20 + ((n * 7) % 13) / 10 : 21.3)
    for (let n = 0; n < 6000; n += 10)
      province.step([{ device: 'd', values: { air_temperature: value(n), battery_level: 80 } }], 10 * minute)
    expect(province.fold.book.device('d')?.doubts).toHaveLength(1)
    return province
  }

  it('passes on to no other of the same id, neither at once nor after a restart', () => {
    const province = stuck()
    const snapshots = [province.fold.book.takeSnapshot()]
    const removal = province.batchOf([], { kind: 'control', change: { kind: 'device-removed', id: 'd' } })
    province.take(removal)
    const changes = province.fold.book.takeChanges()
    expect(changes).toMatchObject({ events: [], removed: [{ device: 'd', position: removal.position }] })
    province.take(province.batchOf([], register({})))
    const unheard = { state: 'never', doubts: [], battery: undefined, lastSeenAt: undefined }
    expect(province.fold.book.device('d')).toMatchObject(unheard)
    snapshots.push(province.fold.book.takeSnapshot())
    province.reopen(snapshots)
    expect(province.fold.book.device('d')).toMatchObject(unheard)
    province.step([reading('d')], minute)
    expect(province.fold.book.device('d')).toMatchObject({ state: 'online', doubts: [] })
  })

  it('stays with its place when its hardware is another, but for what the hardware was', () => {
    const province = stuck()
    const before = province.fold.book.device('d')
    province.take(province.batchOf([], register({ hardware: 'd-2', formerHardware: ['d'] })))
    expect(province.fold.book.device('d')).toMatchObject({
      ...{ state: before?.state, intervalMs: before?.intervalMs, lastSeenAt: before?.lastSeenAt },
      ...{ doubts: [], battery: undefined }
    })
    expect(province.fold.book.takeChanges().events).toMatchObject([{ kind: 'value-stuck', endedAt: province.now }])
  })

  it('follows its profile while Sen runs: a version that is put in place, and its end', () => {
    const profile = {
      ...{ id: 'p', vendor: 'v', model: 'm', name: { vi: 'P', en: 'P' }, payload: 'json', source: 'here' },
      ...{ intervalS: 900, fields: { '*': '*' } }
    }
    const version = profileVersion.parse({ profile, examples: [] })
    const province = new Province({ d: 's' }, 3600)
    province.step([reading('d')], minute)
    const interval = () => province.fold.book.device('d')?.intervalMs
    expect(interval()).toBe(hour)
    province.take(province.batchOf([], { kind: 'control', change: { kind: 'profile', version } }))
    expect(interval()).toBe(15 * minute)
    province.reopen([province.fold.book.takeSnapshot()])
    expect(interval()).toBe(15 * minute)
    province.take(province.batchOf([], { kind: 'control', change: { kind: 'profile-removed', id: 'p' } }))
    expect(interval()).toBe(hour)
  })
})

describe('a clock', () => {
  const send = (province: Province, behindMs: (n: number) => number) =>
    run(province, 200, n => (n % 10 === 0 ? [{ ...reading('d'), time: province.now - behindMs(n) }] : []))

  it('that is off by the same in every message is wrong, and right again when it is', () => {
    const province = new Province({ d: 's' })
    send(province, () => 7 * hour)
    expect(province.fold.book.device('d')?.clockBehindMs).toBeCloseTo(7 * hour, -5)
    expect(province.eventsOf('clock-wrong')).toMatchObject([{ device: 'd', endedAt: undefined }])
    send(province, () => 0)
    expect(province.eventsOf('clock-wrong')[0]?.endedAt).toBeDefined()
  })

  it('of a device that uploads late what it has kept is right', () => {
    const province = new Province({ d: 's' })
    send(province, n => (200 - n) * 30 * minute)
    expect(province.events.size).toBe(0)
  })
})

describe('a battery', () => {
  const drained = (level: (day: number) => number): Province => {
    const province = new Province({ d: 's' })
    for (let n = 0; n < 40; n++) province.step([{ device: 'd', values: { battery_level: level(n) } }], day)
    return province
  }

  it('is forecast by its trend, whatever single values say', () => {
    const health = drained(n => (n % 9 === 4 ? 20 : Math.round(90 - 1.5 * n))).fold.book.device('d')?.battery
    expect(health).toMatchObject({ metric: 'battery_level', value: 32 })
    expect(health?.daysLeft).toBeGreaterThan(16)
    expect(health?.daysLeft).toBeLessThan(30)
  })

  it('without a trend is not known, and a new one begins anew', () => {
    expect(drained(n => 80 + (n % 3)).fold.book.device('d')?.battery?.daysLeft).toBeUndefined()
    expect(drained(n => (n < 35 ? 90 - 2 * n : 100)).fold.book.device('d')?.battery?.daysLeft).toBeUndefined()
  })

  it('that is soon empty is an event', () => {
    expect(drained(n => 90 - 2 * n).eventsOf('battery-low')).toMatchObject([{ device: 'd', endedAt: undefined }])
  })
})

it('goes on from its snapshots as if it had never stopped', () => {
  const devices = { a: 's', b: 's', c: 's', e: 's', f: 's' }
  const messages = (province: Province, n: number): readonly Message[] =>
    Object.keys(devices).flatMap((device, i) => {
      if ((n + 3 * i) % 20 !== 0 || (i === 1 && n > 3000)) return []
      const values = {
        air_temperature: Math.round(10 * (20 + 5 * Math.sin(n / 229) + ((n * (i + 7)) % 13) / 10)) / 10,
        battery_level: 90 - Math.floor(n / 1440)
      }
      return i === 2 && n > 2900
        ? [{ device, values: { ...values, air_temperature: 21.3 } }]
        : [{ device, values, events: i > 2 ? [uplink(device, n)] : [], time: province.now }]
    })
  const outcomes = [[], [700, 1500], [2950, 3100, 4000]].map(stops => {
    const province = new Province(devices)
    const snapshots = [province.fold.book.takeSnapshot()]
    for (let n = 0; n < 4400; n++) {
      if (n % 200 === 0) snapshots.push(province.fold.book.takeSnapshot())
      if (stops.includes(n)) {
        snapshots.push(province.fold.book.takeSnapshot())
        province.reopen(snapshots)
      }
      province.step(messages(province, n), minute)
    }
    return {
      events: [...province.events.values()],
      devices: Object.keys(devices).map(id => province.fold.book.device(id))
    }
  })
  expect(outcomes[0]?.events.map(({ kind }) => kind).toSorted()).toEqual(['device-silent', 'value-stuck'])
  expect(outcomes[1]).toEqual(outcomes[0])
  expect(outcomes[2]).toEqual(outcomes[0])
})
