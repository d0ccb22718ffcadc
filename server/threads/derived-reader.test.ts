import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { qualityBits } from '../../model/quality.ts'
import { storedValue } from '../../rules/metrics/derived-rows.ts'
import { dewPoint } from '../../rules/metrics/weather/dew-point.ts'
import { DerivedWorld, calculationOf } from './derived-world.fixture.ts'
import type { Row } from './derived-world.fixture.ts'

const dewAt70 = storedValue(dewPoint(30, 70) ?? 0)
const minute = 60_000
const hour = 60 * minute
/** 09:00 in Việt Nam. */
const begin = Date.UTC(2026, 6, 15, 2)
const dew = calculationOf('a-dew', { kind: 'dew-point' })
const gap = calculationOf(
  'b-gap',
  { kind: 'expression', value: 'm.air_temperature - m.dew_point' },
  { metric: { name: 'dew_gap', vi: 'Chênh lệch điểm sương', unit: 'Cel' } }
)
const rain1 = calculationOf('c-rain', { kind: 'rain-sum', hours: 1 })
const rain3 = calculationOf('d-rain', { kind: 'rain-sum', hours: 3 })
const water = calculationOf('e-water', { kind: 'counter-use', of: 'water_volume', per: 'hour' })

const air = (t: number, temperature: number, humidity: number): readonly Row[] => [
  { metric: 'air_temperature', t, value: temperature },
  { metric: 'air_humidity', t, value: humidity }
]
const rainfall = (t: number, value: number, quality = 0): readonly Row[] => [{ metric: 'rainfall', t, value, quality }]
const derived = qualityBits.derived

describe('what is calculated of one moment', () => {
  it('is given at the time of its readings, and what is calculated of it in turn', async () => {
    const world = new DerivedWorld(begin, ['tram'], [dew, gap])
    await world.tick(1000)
    await world.message('tram', air(begin, 30, 70))
    await world.settle()
    expect(world.standing('tram', 'dew_point')).toEqual([[begin, dewAt70, derived]])
    expect(world.standing('tram', 'dew_gap')).toEqual([[begin, storedValue(30 - dewAt70), derived]])
  })

  it('waits for inputs of that moment that come by themselves, and changes when one of them is corrected', async () => {
    const world = new DerivedWorld(begin, ['tram'], [dew])
    await world.tick(1000)
    const [temperature, humidity] = air(begin, 30, 70)
    if (!temperature || !humidity) throw new Error('no air')
    await world.message('tram', [temperature])
    await world.message('tram', [humidity])
    await world.settle()
    expect(world.standing('tram', 'dew_point')).toEqual([[begin, dewAt70, derived]])
    await world.message('tram', [{ ...humidity, value: 50 }])
    await world.settle()
    expect(world.standing('tram', 'dew_point')).toEqual([[begin, storedValue(dewPoint(30, 50) ?? 0), derived]])
  })

  it('goes when an input is taken back, carries doubt, and is not made of what cannot be', async () => {
    const world = new DerivedWorld(begin, ['tram'], [dew])
    await world.tick(1000)
    await world.message(
      'tram',
      air(begin, 30, 70).map(row => ({ ...row, quality: qualityBits.doubtful }))
    )
    await world.message(
      'tram',
      air(begin + minute, 30, 170).map(row => ({ ...row, quality: qualityBits.implausible }))
    )
    await world.settle()
    expect(world.standing('tram', 'dew_point')).toEqual([[begin, dewAt70, derived | qualityBits.doubtful]])
    await world.message('tram', [{ metric: 'air_humidity', t: begin, value: 70, quality: qualityBits.withdrawn }])
    await world.settle()
    expect(world.standing('tram', 'dew_point')).toEqual([])
  })

  it('is looked up only a few times where the other values never come with it', async () => {
    const world = new DerivedWorld(begin, ['tram'], [dew])
    await world.tick(1000)
    for (let i = 0; i < 60; i++) {
      await world.message('tram', air(begin + 2 * i * minute, 30, 70).slice(0, 1))
      await world.message('tram', air(begin + (2 * i + 1) * minute, 30, 70).slice(1))
      await world.tick(10_000)
    }
    expect(world.appended).toEqual([])
  })
})

describe('what is calculated of an hour', () => {
  const every10 = (mm: number, from = begin, minutes = 60) =>
    Array.from({ length: minutes / 10 }, (_, i) => rainfall(from + (i + 1) * 10 * minute, mm))

  it('is given once the hour is over, and again when something comes late or is corrected', async () => {
    const world = new DerivedWorld(begin, ['tram'], [rain1])
    await world.tick(1000)
    for (const rows of every10(2)) {
      await world.message('tram', rows)
      await world.tick(10 * minute)
    }
    expect(world.standing('tram', 'rainfall_1h')).toEqual([])
    await world.tick(5 * minute)
    expect(world.standing('tram', 'rainfall_1h')).toEqual([[begin + hour, 12, derived]])
    await world.message('tram', rainfall(begin + 25 * minute, 30))
    await world.settle()
    expect(world.standing('tram', 'rainfall_1h')[0]).toEqual([begin + hour, 42, derived])
    await world.message('tram', rainfall(begin + 25 * minute, 3))
    await world.settle()
    expect(world.standing('tram', 'rainfall_1h')[0]).toEqual([begin + hour, 15, derived])
  })

  it('is not given of a gauge that was silent', async () => {
    const world = new DerivedWorld(begin, ['tram'], [rain3])
    await world.tick(1000)
    for (const rows of every10(1, begin, 120)) await world.message('tram', rows)
    await world.tick(6 * hour)
    await world.settle()
    expect(world.standing('tram', 'rainfall_3h')).toEqual([])
  })

  it('is given for the last two days when a calculation begins, and no more once it is removed', async () => {
    const world = new DerivedWorld(begin + 4 * hour, ['tram'], [])
    await world.tick(1000)
    for (const rows of every10(1, begin, 180)) await world.message('tram', rows)
    await world.change({ kind: 'calculation', calculation: rain1 })
    await world.settle()
    expect(world.standing('tram', 'rainfall_1h').map(([, mm]) => mm)).toEqual([6, 6, 6])
    await world.change({ kind: 'calculation-removed', id: rain1.id })
    await world.message('tram', rainfall(begin + 15 * minute, 5))
    await world.settle()
    expect(world.standing('tram', 'rainfall_1h').map(([, mm]) => mm)).toEqual([6, 6, 6])
  })

  it('waits while the series store is away, and holds up nothing', async () => {
    const world = new DerivedWorld(begin + 4 * hour, ['tram'], [rain1, dew])
    await world.tick(1000)
    world.isStoreAway = true
    for (const rows of every10(1)) await world.message('tram', rows)
    await world.message('tram', air(begin, 30, 70))
    await world.tick(20_000)
    expect(world.appended.map(({ credential }) => credential)).toEqual(['calculation:a-dew'])
    world.isStoreAway = false
    await world.settle()
    expect(world.standing('tram', 'rainfall_1h')).toEqual([[begin + hour, 6, derived]])
  })

  it('is one message a calculation and device, and a few questions for many devices', async () => {
    const devices = Array.from({ length: 60 }, (_, i) => `tram-${i}`)
    const world = new DerivedWorld(begin + 4 * hour, devices, [rain1])
    await world.tick(1000)
    for (const device of devices) for (const rows of every10(1)) await world.message(device, rows)
    await world.settle()
    expect(world.appended).toHaveLength(60)
  })
})

describe('whatever comes late, twice or in another order, and whenever the process is killed', () => {
  const calculations = [dew, gap, rain1, rain3, water]
  const value = fc.integer({ min: 0, max: 40 })
  const anyMessage = fc.record({
    kind: fc.constantFrom('air', 'temperature', 'rain', 'water', 'withdraw'),
    slot: fc.integer({ min: 0, max: 40 }),
    value
  })
  const step = fc.oneof(
    { weight: 6, arbitrary: anyMessage },
    { weight: 2, arbitrary: fc.constant('tick' as const) },
    { weight: 1, arbitrary: fc.constant('kill' as const) }
  )
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

  async function run(steps: readonly Step[], isKilled: boolean): Promise<DerivedWorld> {
    const world = new DerivedWorld(begin + 8 * hour, ['tram'], calculations)
    await world.tick(1000)
    for (const one of steps) {
      if (one === 'tick') await world.tick(7000)
      else if (one === 'kill') {
        if (isKilled) world.kill()
      } else await world.message('tram', rowsOf(one))
    }
    await world.tick(hour)
    await world.settle()
    return world
  }

  function rowsOf({ kind, slot, value: v }: Exclude<Step, string>): readonly Row[] {
    const t = begin + slot * 10 * minute
    if (kind === 'air') return air(t, v, 40 + v)
    if (kind === 'temperature') return air(t, v, 0).slice(0, 1)
    if (kind === 'rain') return rainfall(t, v)
    if (kind === 'withdraw') return rainfall(t, v, qualityBits.withdrawn)
    return [{ metric: 'water_volume', t, value: v }]
  }

  it('the series come to what the standing readings give, and the same as without kills', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async steps => {
        const killed = await run(steps, true)
        for (const one of calculations) {
          const [from, to] = one === dew || one === gap ? [begin - hour, begin + 12 * hour] : [begin, begin + 8 * hour]
          expect(await killed.differences('tram', one, from, to)).toEqual([])
        }
        const calm = await run(steps, false)
        for (const metric of ['dew_point', 'dew_gap', 'rainfall_1h', 'rainfall_3h', 'water_use_hourly'])
          expect(killed.standing('tram', metric)).toEqual(calm.standing('tram', metric))
      }),
      { seed: 6, numRuns: 30 }
    )
  })
})
