import { describe, expect, test } from 'vitest'
import { climateAt, localDay, localHour, startOfLocalDay } from './climate.ts'
import { Weather } from './weather.ts'

const hourMs = 3_600_000
const july = Date.parse('2026-07-10T00:00:00+07:00')
const january = Date.parse('2026-01-10T00:00:00+07:00')
const october = Date.parse('2026-10-01T00:00:00+07:00')
const hoursFrom = (start: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => start + i * hourMs)
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('local time', () => {
  test('days begin at 17:00 UTC', () => {
    expect(localHour(Date.parse('2026-03-01T17:00:00Z'))).toBe(0)
    expect(localHour(Date.parse('2026-03-01T16:30:00Z'))).toBe(23.5)
    expect(startOfLocalDay(localDay(july + 5 * hourMs))).toBe(july)
  })
})

describe('weather of Nghệ An', () => {
  const weather = new Weather(1)

  test('is the same whatever was asked before', () => {
    const other = new Weather(1)
    for (const at of hoursFrom(october, 500)) other.ground('x', at)
    expect(other.air('lang-sen', july)).toEqual(weather.air('lang-sen', july))
    expect(new Weather(2).air('lang-sen', july)).not.toEqual(weather.air('lang-sen', july))
  })

  test('is hotter in July than in January, near the normals', () => {
    const celsius = (start: number): number => mean(hoursFrom(start, 20 * 24).map(at => weather.air('x', at).celsius))
    expect(Math.abs(celsius(july) - climateAt(july).celsius)).toBeLessThan(2.5)
    expect(Math.abs(celsius(january) - climateAt(january).celsius)).toBeLessThan(2.5)
  })

  test('is coolest before sunrise and warmest in the early afternoon, with humidity the other way round', () => {
    const byHour = (hour: number): number[] => hoursFrom(july, 30).map((_, day) => july + (day * 24 + hour) * hourMs)
    const celsius = [5, 9, 14].map(hour => mean(byHour(hour).map(at => weather.air('x', at).celsius)))
    const humidity = [5, 9, 14].map(hour => mean(byHour(hour).map(at => weather.air('x', at).humidity)))
    expect(celsius).toEqual([...celsius].sort((a, b) => a - b))
    expect(humidity).toEqual([...humidity].sort((a, b) => b - a))
  })

  test('stays within what sensors and the metric catalogue accept, all year', () => {
    for (const at of hoursFrom(january, 365 * 24).filter((_, i) => i % 7 === 0)) {
      const air = weather.air('x', at)
      const ground = weather.ground('x', at)
      expect(air.celsius).toBeGreaterThan(5)
      expect(air.celsius).toBeLessThan(45)
      expect(air.humidity).toBeGreaterThanOrEqual(28)
      expect(air.humidity).toBeLessThanOrEqual(99.5)
      expect(air.pressureHpa).toBeGreaterThan(980)
      expect(air.pressureHpa).toBeLessThan(1040)
      expect(air.windMs).toBeGreaterThanOrEqual(0)
      expect(air.windDeg).toBeGreaterThanOrEqual(0)
      expect(air.windDeg).toBeLessThan(360)
      expect(air.radiation).toBeLessThan(1_100)
      expect(ground.moisture).toBeGreaterThan(5)
      expect(ground.moisture).toBeLessThan(50)
      expect(ground.celsius).toBeGreaterThan(10)
      expect(ground.conductivity).toBeLessThan(2_000)
    }
  })

  test('has no sun at night', () => {
    expect(weather.air('x', july + hourMs).radiation).toBe(0)
    expect(weather.air('x', july + 12 * hourMs).radiation).toBeGreaterThan(100)
  })

  test('changes little within a minute', () => {
    for (const at of hoursFrom(july, 24 * 60)) {
      const change = weather.air('x', at + 30_000).celsius - weather.air('x', at - 30_000).celsius
      expect(Math.abs(change)).toBeLessThan(0.5)
    }
  })
})

describe('rain and soil', () => {
  const { rain } = new Weather(1)
  const weather = new Weather(1)

  test('rain adds up over periods that meet', () => {
    const parts = hoursFrom(october, 240).map(at => rain.fallenMm(at, at + hourMs))
    expect(parts.reduce((sum, mm) => sum + mm, 0)).toBeCloseTo(rain.fallenMm(october, october + 240 * hourMs), 6)
  })

  test('falls in autumn above all, about as much as the normals say', () => {
    const month = (start: number): number =>
      mean([1, 2, 3, 4, 5, 6].map(seed => new Weather(seed).rain.fallenMm(start, start + 30 * 24 * hourMs)))
    expect(month(october)).toBeGreaterThan(2 * month(january))
    expect(month(october)).toBeGreaterThan(250)
    expect(month(october)).toBeLessThan(700)
  })

  test('wets the soil, which dries again', () => {
    const day = Array.from({ length: 200 }, (_, i) => localDay(july) + i).find(d => (rain.ofDay(d)[0]?.mm ?? 0) > 25)
    const event = rain.ofDay(day ?? 0)[0]
    if (event === undefined) throw new Error('no heavy rain with this seed')
    const before = weather.ground('x', event.beginsAt).moisture
    expect(weather.ground('x', event.endsAt).moisture).toBeGreaterThan(before + 2)
    expect(rain.rememberedMm(event.endsAt + 1, 1e3 * hourMs)).toBeGreaterThan(event.mm * 0.99)
    expect(rain.rememberedMm(event.endsAt, 24 * hourMs)).toBeGreaterThan(
      rain.rememberedMm(event.endsAt + 48 * hourMs, 24 * hourMs) -
        rain.fallenMm(event.endsAt, event.endsAt + 48 * hourMs)
    )
  })
})
