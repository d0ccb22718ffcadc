import { describe, expect, test } from 'vitest'
import { metricCatalogue } from './metric.ts'
import { converted, unitOf, unitsFor } from './unit.ts'

describe('units', () => {
  test.each([
    [762, 'cm', 'm', 7.62],
    [7620, 'mm', 'm', 7.62],
    [1.2, 'cm', 'mm', 12],
    [36, 'km/h', 'm/s', 10],
    [1, 'm³/s', 'L/min', 60_000],
    [1013.2, 'mbar', 'hPa', 1013.2],
    [101_320, 'Pa', 'hPa', 1013.2],
    [212, '°F', 'Cel', 100],
    [0, 'K', 'Cel', -273.15],
    [4.2, '‰', 'g/kg', 4.2],
    [5, '', 'm', 5],
    [5, '°C', 'Cel', 5]
  ])('%f %s are so many %s: %f', (value, from, to, expected) => {
    expect(converted(value, from, to)).toBeCloseTo(expected, 9)
  })

  test('a staff gauge in centimetres gives metres without a stray digit', () => {
    for (let cm = 0; cm <= 2000; cm++) expect(String(converted(cm, 'cm', 'm'))).toBe(String(cm / 100))
  })

  test('a unit of another quantity is not converted', () => {
    expect(converted(1, 'kg', 'm')).toBeUndefined()
    expect(converted(1, 'cm', '%')).toBeUndefined()
  })

  test('every unit that is offered can be converted, and every canonical unit is its own', () => {
    for (const { unit } of metricCatalogue.values()) {
      expect(unitOf(unit)).toBe(unit)
      for (const one of unitsFor(unit)) expect(converted(1, one, unit)).toBeTypeOf('number')
    }
  })
})
