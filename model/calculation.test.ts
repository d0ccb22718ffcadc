import { describe, expect, it } from 'vitest'
import { builtInMetric, calculation, formula, metricGivenBy, rainSumHours } from './calculation.ts'
import { metricCatalogue } from './metric.ts'

const dew = {
  ...{ id: 'diem-suong', name: { vi: 'Điểm sương' }, organisation: 'root', version: 1, isEnabled: true, scope: {} },
  formula: { kind: 'dew-point' }
}

describe('a calculation', () => {
  it('gives a metric of the catalogue, or one of its own', () => {
    expect(metricGivenBy(calculation.parse(dew))).toBe(metricCatalogue.get('dew_point'))
    const own = calculation.parse({
      ...dew,
      formula: { kind: 'expression', value: 'm.air_temperature - 1' },
      metric: { name: 'lech', vi: 'Độ lệch', unit: 'Cel', min: 0 }
    })
    expect(metricGivenBy(own)).toEqual({
      ...{ name: 'lech', vi: 'Độ lệch', en: 'Độ lệch', unit: 'Cel', kind: 'number', aggregate: 'mean', min: 0 }
    })
  })

  it('has an entry of the catalogue for every built-in formula', () => {
    const soil = { fieldCapacity: 0.3, wiltingPoint: 0.1, rootDepth: 1, depletionShare: 0.5 }
    const kc = { initial: 0.4, mid: 1.2, end: 0.6 }
    const counters = ['water_volume', 'energy'].flatMap(of => ['hour', 'day'].map(per => ({ of, per })))
    const built = [
      ...['dew-point', 'wet-bulb', 'heat-index', 'vapour-pressure-deficit', 'thi-cattle', 'thi-broiler', 'thi-layer'],
      ...['ammonia-unionised', 'aqi-hour', 'aqi-day', 'et0-hargreaves', 'nowcast-pm2-5', 'nowcast-pm10'],
      ...['late-blight-smith', 'late-blight-hutton', 'oxygen-saturation', 'water-level-rise', 'et0-hour', 'et0-day'],
      'wet-hours'
    ].map(kind => ({ kind }))
    const all = [
      ...built,
      ...rainSumHours.map(hours => ({ kind: 'rain-sum', hours })),
      ...counters.map(one => ({ kind: 'counter-use', ...one })),
      { kind: 'growing-degree-days', base: 10 },
      { kind: 'soil-water', since: '2026-01-01', ...soil, kc, days: [20, 30, 40, 20] }
    ]
    for (const one of all) expect(metricCatalogue.get(builtInMetric(formula.parse(one)) ?? '')).toBeDefined()
  })

  it.each([
    { kind: 'rain-sum', hours: 5 },
    { kind: 'growing-degree-days', base: 10, upper: 5 },
    { kind: 'dew-point', more: 1 },
    { kind: 'other' }
  ])('refuses %o', one => {
    expect(formula.safeParse(one).success).toBe(false)
  })
})
