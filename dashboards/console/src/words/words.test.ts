import { describe, expect, test } from 'vitest'
import { metricCatalogue } from '../../../../model/metric.ts'
import { fold } from './fold.ts'
import { formatsOf } from './formats.ts'
import { unitText } from '../../../../model/unit-text.ts'

describe('fold', () => {
  test.each([
    ['Xã Kim Liên', 'xa kim lien'],
    ['Đô Lương, đồng LỚN', 'do luong, dong lon'],
    ['Kim Lie\u0302n', 'kim lien'],
    ['a84041000181D100', 'a84041000181d100']
  ])('%s is found as %s', (words, folded) => expect(fold(words)).toBe(folded))
})

describe('unitText', () => {
  test.each([
    ['Cel', '°C'],
    ['%', '%'],
    ['uS/cm', 'µS/cm'],
    ['m3', 'm³'],
    ['W/m2', 'W/m²'],
    ['ug/m3', 'µg/m³'],
    ['m/s', 'm/s'],
    ['deg', '°'],
    ['[pH]', ''],
    ['kW.h', 'kWh'],
    ['L/min', 'L/phút'],
    ['mol.m-2.s-1', 'mol·m⁻²·s⁻¹'],
    ['mm', 'mm'],
    ['', '']
  ])('%s is written %s', (code, written) => expect(unitText(code, 'phút')).toBe(written))

  test('no unit of the metric catalogue shows its code where people write it otherwise', () => {
    const shown = [...metricCatalogue.values()].map(({ unit }) => unitText(unit))
    expect(shown.filter(text => /[[\].]|Cel|deg|^u|\/u|[a-z]\d/.test(text))).toEqual([])
  })
})

describe('formatsOf', () => {
  const vi = formatsOf('vi')
  const en = formatsOf('en')
  const at = Date.UTC(2025, 10, 22, 18, 30, 5)

  test('shows times of Vietnam with their offset, whatever the zone of the machine', () => {
    expect(vi.exact(at)).toBe('01:30:05 23/11/2025 (+07:00)')
    expect(en.exact(at)).toBe('01:30:05 23/11/2025 (+07:00)')
  })

  test.each([
    [0, 'vừa xong'],
    [-900, 'vừa xong'],
    [3_400, '3 giây trước'],
    [59_999, '59 giây trước'],
    [60_000, '1 phút trước'],
    [3 * 3_600_000, '3 giờ trước'],
    [47 * 3_600_000, '47 giờ trước'],
    [72 * 3_600_000, '3 ngày trước']
  ])('an age of %d ms reads %s', (ms, text) => expect(vi.age(ms, 'vừa xong')).toBe(text))

  test('a time ahead of now is said to be ahead', () => {
    expect(vi.age(-125_000, 'vừa xong')).toBe('sau 2 phút nữa')
    expect(en.age(-125_000, 'just now')).toBe('in 2 minutes')
  })

  test.each([
    [12_345, 'water_volume', '12.345'],
    [24.59, 'air_temperature', '24,59'],
    [1006.25, 'air_pressure', '1.006,3'],
    [0.034, 'rainfall', '0,034'],
    [18.67183, 'latitude', '18,67183'],
    [-97.4, 'rssi', '-97']
  ])('%d of %s reads %s in Vietnamese', (value, metric, text) => expect(vi.measured(value, metric)).toBe(text))

  test('sorts names as Vietnamese do, and numbers by value', () => {
    expect(['Trạm 10', 'Đồng Sen', 'Trạm 9', 'Đất', 'Cầu'].sort(vi.order)).toEqual([
      'Cầu',
      'Đất',
      'Đồng Sen',
      'Trạm 9',
      'Trạm 10'
    ])
  })
})
