import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { metricCatalogue } from '../../model/metric.ts'
import { qualityBits } from '../../model/quality.ts'
import { numberOfCell, timeOfCell, valueOfCell } from './cells.ts'
import { Gather } from './gather.ts'
import type { BadCell } from './gather.ts'
import { checkMapping, importMapping, mappingOfOwnExport } from './mapping.ts'

const vietnam = '+07:00'
const at = (iso: string): number => Date.parse(iso)

describe('a time', () => {
  test.each([
    ['17/10/2019 06:30', '2019-10-17T06:30:00+07:00'],
    ['7/1/1998 6:05:09', '1998-01-07T06:05:09+07:00'],
    ['17-10-2019 6h30', '2019-10-17T06:30:00+07:00'],
    ['17.10.2019', '2019-10-17T00:00:00+07:00'],
    ['2019-10-17 06:30:00.250', '2019-10-17T06:30:00.250+07:00'],
    ['2019-10-17T06:30:00Z', '2019-10-17T06:30:00Z'],
    ['2019-10-17T06:30:00-05:00', '2019-10-17T06:30:00-05:00'],
    ['1571268600', '2019-10-17T06:30:00+07:00'],
    ['1571268600123', '2019-10-17T06:30:00.123+07:00']
  ])('%s is read', (text, iso) => {
    expect(timeOfCell(text, vietnam)).toEqual({ ok: true, value: at(iso) })
  })

  test.each(['', 'hôm qua', '31/02/2020 00:00', '10/17/2019 06:30', '17/10/19 06:30', '1/1/1899 00:00', '25:00'])(
    '"%s" is refused',
    text => {
      expect(timeOfCell(text, vietnam).ok).toBe(false)
    }
  )
})

describe('a number', () => {
  test.each([
    ['7,62', 'comma', 7.62],
    ['1.234,5', 'comma', 1234.5],
    ['1 234,5', 'comma', 1234.5],
    ['-0,5', 'comma', -0.5],
    ['12', 'comma', 12],
    ['7.62', 'point', 7.62],
    ['.5', 'point', 0.5],
    ['1e3', 'point', 1000]
  ] as const)('%s with a decimal %s is %f', (text, decimal, value) => {
    expect(numberOfCell(text, decimal)).toEqual({ ok: true, value })
  })

  test.each([
    ['7,62', 'point'],
    ['1.234', 'comma'],
    ['1,2,3', 'comma'],
    ['0x10', 'point'],
    ['cao', 'comma'],
    ['99999999999999999999', 'point']
  ] as const)('%s with a decimal %s is refused, not guessed', (text, decimal) => {
    expect(numberOfCell(text, decimal).ok).toBe(false)
  })

  test('that Sen writes is read again to the last bit, with either sign', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), value => {
        expect(numberOfCell(String(value), 'point')).toEqual({ ok: true, value: Number(String(value)) })
        const comma = String(value).replace('.', ',')
        expect(numberOfCell(comma, 'comma')).toEqual({ ok: true, value: Number(String(value)) })
      }),
      { seed: 7 }
    )
  })
})

describe('a value', () => {
  const read = (text: string, name: string, unit = '') => {
    const metric = metricCatalogue.get(name)
    if (!metric) throw new Error(`no metric ${name}`)
    return valueOfCell(text, metric, { unit, decimal: 'point' })
  }

  test('comes in the metric’s unit; claims are 1 and 0; words lose the apostrophe that an export put before them', () => {
    expect(read('762', 'water_level', 'cm')).toEqual({ ok: true, value: 7.62 })
    expect(read('Mở', 'valve_open')).toEqual({ ok: true, value: 1 })
    expect(read("'=1+1", 'status_text')).toEqual({ ok: true, value: '=1+1' })
    expect(read("'quoted", 'status_text')).toEqual({ ok: true, value: "'quoted" })
    expect(read('1', 'water_level', 'kg').ok).toBe(false)
  })
})

function gathered(heading: readonly string[], mapping: object, rows: readonly (readonly string[])[]) {
  const bad: BadCell[] = []
  const gather = new Gather({
    heading,
    mapping: importMapping.parse(mapping),
    decimal: 'comma',
    metrics: metricCatalogue,
    hasDevice: id => id !== 'lạ',
    latest: at('2026-01-01T00:00:00Z'),
    onBad: one => bad.push(one)
  })
  for (const row of rows) gather.add(row)
  for (const series of gather.series) series.order()
  const all = gather.series.map(series =>
    [...series.portions(100)].map(({ t, value }) => t.map((one, i) => [one, value[i]]))
  )
  return { bad, gather, all: all.map(portions => portions.flat()) }
}

describe('a file', () => {
  const heading = ['Ngày', 'Giờ', 'Mực nước (cm)', 'Mưa']
  const wide = {
    device: 'cau',
    time: ['Ngày', 'Giờ'],
    columns: { 'Mực nước (cm)': { metric: 'water_level', unit: 'cm' }, Mưa: { metric: 'rainfall' } },
    missing: ['-999']
  }

  test('with several values a row is put in order, the last of two rows at one time counts, and every bad cell is named', () => {
    const { all, bad, gather } = gathered(heading, wide, [
      ['02/01/2015', '06:00', '520,5', '0'],
      ['01/01/2015', '06:00', '500', '-999'],
      ['02/01/2015', '06:00', '521', '1,5'],
      ['hôm qua', '06:00', '1', '1'],
      ['03/01/2015', '06:00', 'cao', '2'],
      ['03/01/2030', '06:00', '1', '2']
    ])
    expect(all).toEqual([
      [
        [at('2015-01-01T06:00:00+07:00'), 5],
        [at('2015-01-02T06:00:00+07:00'), 5.21]
      ],
      [
        [at('2015-01-02T06:00:00+07:00'), 1.5],
        [at('2015-01-03T06:00:00+07:00'), 2]
      ]
    ])
    expect(bad.map(({ row, column, value }) => [row, column, value])).toEqual([
      [5, 'Ngày+Giờ', 'hôm qua 06:00'],
      [6, 'Mực nước (cm)', 'cao'],
      [7, 'Ngày+Giờ', '03/01/2030 06:00']
    ])
    expect(gather).toMatchObject({ rows: 6, bad: 3, empty: 1 })
    expect(gather.series[0]?.summary).toMatchObject({ rows: 2, repeated: 1, least: 5, most: 5.21, unit: 'm' })
  })

  test('with one value a row names device and metric in columns', () => {
    const long = {
      ...{ deviceColumn: 'trạm', time: ['t'], metricColumn: 'tên', valueColumn: 'giá trị' },
      metrics: { H: { metric: 'water_level', unit: 'cm' } }
    }
    const { all, bad } = gathered(['trạm', 't', 'tên', 'giá trị'], long, [
      ['a', '2015-01-01T00:00:00Z', 'H', '100'],
      ['b', '2015-01-01T00:00:00Z', 'ph', '7,1'],
      ['lạ', '2015-01-01T00:00:00Z', 'ph', '7'],
      ['a', '2015-01-01T00:00:00Z', 'Q', '7']
    ])
    expect(all).toEqual([[[at('2015-01-01T00:00:00Z'), 1]], [[at('2015-01-01T00:00:00Z'), 7.1]]])
    expect(bad.map(({ rule }) => rule)).toEqual(['is no registered device', 'is no metric'])
  })

  test('that Sen exported needs no mapping, and keeps its marks', () => {
    const own = ['device', 'metric', 'unit', 'time', 'value', 'quality']
    const mapping = mappingOfOwnExport(own)
    expect(mapping).toBeDefined()
    expect(mappingOfOwnExport(heading)).toBeUndefined()
    const { gather, bad } = gathered(own, { ...mapping }, [
      ['a', 'ph', '[pH]', '2015-01-01T00:00:00.000Z', '7', 'good'],
      ['a', 'ph', '[pH]', '2015-01-01T00:01:00.000Z', '8', 'implausible,manual'],
      ['a', 'ph', '[pH]', '2015-01-01T00:02:00.000Z', '9', 'magic']
    ])
    expect([...(gather.series[0]?.portions(10) ?? [])][0]?.quality).toEqual([
      0,
      qualityBits.manual | qualityBits.implausible
    ])
    expect(bad).toHaveLength(1)
  })

  test.each([
    ['a column that is not there', { ...wide, columns: { Lạ: { metric: 'ph' } } }, 'no column "Lạ"'],
    ['no device', { ...wide, device: undefined }, '--device'],
    ['no values', { ...wide, columns: {} }, '--column'],
    ['both layouts', { ...wide, metricColumn: 'Mưa', valueColumn: 'Mưa' }, '--column']
  ])('with %s is refused, and the columns are named', (_, mapping, words) => {
    expect(() => checkMapping(importMapping.parse(mapping), heading)).toThrow(words)
  })

  test('finds a heading whatever way its letters are composed', () => {
    expect(() =>
      checkMapping(
        importMapping.parse(wide),
        heading.map(name => name.normalize('NFD'))
      )
    ).not.toThrow()
  })
})
