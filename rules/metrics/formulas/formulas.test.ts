import { describe, expect, it } from 'vitest'
import { formula as formulaShape } from '../../../model/calculation.ts'
import { formulaOf } from './formula-of.ts'
import { dayMs, hourMs } from './hours.ts'
import { Inputs } from './inputs.ts'
import type { Column } from './inputs.ts'

/** Midnight of 15 July 2026 in Việt Nam. */
const day = Date.UTC(2026, 6, 14, 17)
const place = { latitude: 18.67, longitude: 105.68, altitude: 6 }

/** A value each hour of so many days, in the middle of the hour. */
function hourly(from: number, days: number, valueAt: (hour: number, day: number) => number | undefined): Column {
  const column: Column = { time: [], value: [], quality: [] }
  for (let i = 0; i < 24 * days; i++) {
    const value = valueAt(i % 24, Math.floor(i / 24))
    if (value === undefined) continue
    column.time.push(from + i * hourMs + hourMs / 2)
    column.value.push(value)
    column.quality.push(0)
  }
  return column
}

function valueOf(formula: object, from: number, columns: Readonly<Record<string, Column>>): number | undefined {
  const ready = formulaOf(formulaShape.parse(formula))
  if (ready.kind !== 'period') throw new Error('is of moments')
  return ready.value({ from, to: from + ready.stepMs }, new Inputs(new Map(Object.entries(columns))), place)
}

/** A day between 26.5 and 35 °C, 55 and 90 %. */
const warm = (h: number) => (h === 14 ? 35 : h === 5 ? 26.5 : 30)
const humid = (h: number) => (h === 14 ? 55 : h === 5 ? 90 : 70)
const column = (points: readonly (readonly [t: number, value: number])[]): Column => ({
  time: points.map(([t]) => t),
  value: points.map(([, value]) => value),
  quality: points.map(() => 0)
})

describe('formulas of periods', () => {
  it('VN_AQI of an hour takes NowCast of dust and hourly means of gases, and needs dust', () => {
    const air = {
      pm2_5: hourly(day, 1, h => [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19, 16.5, 20.3, 22.4, 19.6, 20.6][h]),
      no2: hourly(day, 1, () => 118.7),
      o3: hourly(day, 1, () => 136.1)
    }
    const last = day + 11 * hourMs
    expect(valueOf({ kind: 'nowcast-pm2-5' }, last, air)).toBeCloseTo(20.2658, 3)
    expect(valueOf({ kind: 'aqi-hour' }, last, air)).toBe(59)
    expect(valueOf({ kind: 'aqi-hour' }, last, { no2: air.no2 })).toBeUndefined()
    expect(valueOf({ kind: 'aqi-hour' }, day + 20 * hourMs, air)).toBeUndefined()
  })

  it('VN_AQI of a day takes means of dust over at least 18 hours, and the worst hour of gases', () => {
    const no2 = hourly(day, 1, h => (h === 8 ? 130.8 : 20))
    expect(valueOf({ kind: 'aqi-day' }, day, { pm2_5: hourly(day, 1, () => 55.7), no2 })).toBe(110)
    expect(valueOf({ kind: 'aqi-day' }, day, { pm2_5: hourly(day, 1, () => 10), no2 })).toBe(65)
    const few = hourly(day, 1, h => (h < 17 ? 55.7 : undefined))
    expect(valueOf({ kind: 'aqi-day' }, day, { pm2_5: few, no2 })).toBeUndefined()
  })

  it('ET0 of a day is that of its extremes, wind and radiation; estimated only where that is allowed', () => {
    const air = { air_temperature: hourly(day, 1, warm), air_humidity: hourly(day, 1, humid) }
    const sun = hourly(day, 1, h => (h >= 6 && h < 18 ? 500 : 0))
    const measured = { ...air, wind_speed: hourly(day, 1, () => 2), solar_radiation: sun }
    // 21.6 MJ/m² where the vector of Vinh has 21.76 and 5.572 mm.
    expect(valueOf({ kind: 'et0-day' }, day, measured)).toBeCloseTo(5.53, 1)
    expect(valueOf({ kind: 'et0-day' }, day, air)).toBeUndefined()
    expect(valueOf({ kind: 'et0-day', assumedWind: 2, kRs: 0.16 }, day, air)).toBeGreaterThan(4)
    expect(valueOf({ kind: 'et0-hargreaves' }, day, air)).toBeGreaterThan(4)
  })

  it('ET0 of the hours of a day comes to that of the day, and there is little of it at night', () => {
    const wind = hourly(day - dayMs, 2, () => 2)
    const sun = hourly(day - dayMs, 2, h => Math.max(0, 900 * Math.sin((Math.PI * (h + 0.5 - 6)) / 12)))
    const air = { air_temperature: hourly(day - dayMs, 2, warm), air_humidity: hourly(day - dayMs, 2, humid) }
    const columns = { ...air, wind_speed: wind, solar_radiation: sun }
    const hours = Array.from({ length: 24 }, (_, h) => valueOf({ kind: 'et0-hour' }, day + h * hourMs, columns) ?? NaN)
    const sum = hours.reduce((mm, one) => mm + one, 0)
    const whole = valueOf({ kind: 'et0-day' }, day, columns) ?? NaN
    expect(Math.abs(sum - whole)).toBeLessThan(0.15 * whole)
    expect(Math.max(...hours.slice(0, 4))).toBeLessThan(0.1)
    expect(hours.indexOf(Math.max(...hours))).toBeGreaterThanOrEqual(11)
  })

  it('growing degrees, wet hours and late blight are those of the day', () => {
    const air = { air_temperature: hourly(day - 2 * dayMs, 3, h => (h < 6 ? 24 : 32)) }
    expect(valueOf({ kind: 'growing-degree-days', base: 10, upper: 30 }, day, air)).toBe(17)
    const wet = {
      air_temperature: hourly(day - 2 * dayMs, 3, () => 20),
      air_humidity: hourly(day - 2 * dayMs, 3, h => (h < 11 ? 95 : 60))
    }
    expect(valueOf({ kind: 'wet-hours', least: 15, most: 25 }, day, wet)).toBe(11)
    expect(valueOf({ kind: 'late-blight-smith' }, day, wet)).toBe(1)
    const drier = { ...wet, air_humidity: hourly(day - 2 * dayMs, 3, h => (h < 7 ? 95 : 60)) }
    expect(valueOf({ kind: 'late-blight-smith' }, day, drier)).toBe(0)
    expect(valueOf({ kind: 'late-blight-hutton' }, day, drier)).toBe(1)
    expect(valueOf({ kind: 'late-blight-hutton' }, day, air)).toBeUndefined()
  })

  it('soil water is followed from the first day of the season, and unknown after a day without ET0', () => {
    const soil = {
      ...{ kind: 'soil-water', since: '2026-07-15', depletion: 20, fieldCapacity: 0.3, wiltingPoint: 0.15 },
      ...{ rootDepth: 0.6, depletionShare: 0.5, kc: { initial: 1, mid: 1, end: 1 }, days: [9, 9, 9, 9] }
    }
    const et0 = column([6, 6, 6, 4, 6, 3].map((mm, i) => [day + i * dayMs, mm] as const))
    const rainfall = column([[day + 3 * dayMs + hourMs, 12]])
    const irrigation = column([[day + 4 * dayMs + hourMs, 40]])
    const after = (i: number) => valueOf(soil, day + i * dayMs, { et0, rainfall, irrigation })
    expect([0, 1, 2, 3, 4].map(after)).toEqual([26, 32, 38, 30, 0])
    expect(after(6)).toBeUndefined()
  })

  it('use of a meter counts from where it stood when the hour began', () => {
    const meter = { water_volume: column([10, 10.5, 11.5, 0.5].map((v, i) => [day + i * 30 * 60_000 - 60_000, v])) }
    const use = { kind: 'counter-use', of: 'water_volume', per: 'hour' }
    expect(valueOf(use, day, meter)).toBeCloseTo(1.5)
    expect(valueOf(use, day + hourMs, meter)).toBeCloseTo(0.5)
    expect(valueOf(use, day + 5 * hourMs, meter)).toBeUndefined()
  })

  it('rise of a river is that of the last hour, told of periods with a reading', () => {
    const level = { water_level: column(Array.from({ length: 12 }, (_, i) => [day + i * 10 * 60_000, 5 + i * 0.05])) }
    expect(valueOf({ kind: 'water-level-rise' }, day + 100 * 60_000, level)).toBeCloseTo(0.3)
    expect(valueOf({ kind: 'water-level-rise' }, day + 5 * hourMs, level)).toBeUndefined()
  })
})
