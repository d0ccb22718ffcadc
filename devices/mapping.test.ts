import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { profile as profileSchema } from '../model/profile.ts'
import type { z } from 'zod'
import { mappedRows } from './mapped-rows.ts'
import { compileMapping } from './mapping.ts'

type Input = z.input<typeof profileSchema>

function mappingOf(rest: Partial<Input>) {
  return compileMapping(
    profileSchema.parse({
      id: 'test',
      vendor: 'v',
      model: 'm',
      name: { vi: 'Thử', en: 'Test' },
      payload: 'lorawan',
      source: 'test',
      fields: {},
      ...rest
    })
  )
}

const map = (rest: Partial<Input>, decoded: unknown) => mappedRows(mappingOf(rest), decoded)

describe('a number', () => {
  const fields = { t: 'air_temperature' }
  test.each<[unknown, number]>([
    [24.5, 24.5],
    ['24.59', 24.59],
    [' -3 ', -3],
    ['+.5', 0.5],
    ['1e3', 1000],
    ['-0', 0],
    [-0, 0],
    ['1e-400', 0],
    [2 ** 53 - 1, 2 ** 53 - 1],
    ['9007199254740991', 2 ** 53 - 1]
  ])('%j is a reading', (value, expected) => {
    expect(map({ fields }, { t: value }).rows).toEqual([{ metric: 'air_temperature', value: expected }])
  })

  test.each<[unknown, string]>([
    [Number.NaN, 'not-finite'],
    [Number.POSITIVE_INFINITY, 'not-finite'],
    ['1e400', 'not-finite'],
    ['9'.repeat(400), 'not-finite'],
    [2 ** 53, 'beyond-2^53'],
    ['9007199254740993', 'beyond-2^53'],
    [-1e300, 'beyond-2^53'],
    ['12,5', 'not-a-number'],
    ['0x10', 'not-a-number'],
    ['', 'not-a-number'],
    ['NaN', 'not-a-number'],
    [true, 'not-a-number'],
    [[1], 'not-a-number'],
    [{ valueOf: () => 1 }, 'not-a-number']
  ])('%j is refused', (value, reason) => {
    expect(map({ fields }, { t: value })).toEqual({ rows: [], refused: [{ field: 't', reason }], unmapped: [] })
  })

  test('null is no reading, and nothing to complain of', () => {
    expect(map({ fields }, { t: null })).toEqual({ rows: [], refused: [], unmapped: [] })
  })

  test('is scaled and shifted into the unit', () => {
    const rest = { fields: { f: { metric: 'air_temperature', scale: 0.5, offset: -16 } } }

    expect(map(rest, { f: '50' }).rows).toEqual([{ metric: 'air_temperature', value: 9 }])
  })

  test.each([327.67, '327.67', ' 327.670', 'n/a', 65535])('%j means that there is no sensor', value => {
    const rest = { fields: { t: { metric: 'air_temperature', missing: [327.67, 'n/a', '65535'] } } }

    expect(map(rest, { t: value })).toEqual({ rows: [], refused: [], unmapped: [] })
  })

  test.each([
    [202.4, []],
    ['-90.5', []],
    [-90, [{ metric: 'latitude', value: -90 }]],
    ['18.67', [{ metric: 'latitude', value: 18.67 }]]
  ])('%j, beyond or within what can be a value at all', (value, rows) => {
    const rest = { fields: { t: { metric: 'latitude', within: [-90, 90] as [number, number] } } }

    expect(map(rest, { t: value })).toEqual({ rows, refused: [], unmapped: [] })
  })

  test('is a finite number within ±(2^53 − 1), or refused, or absent, whatever is sent', () => {
    const mapping = mappingOf({ fields })
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.double().map(String)), t => {
        const { rows, refused } = mappedRows(mapping, { t })
        expect(rows.length + refused.length).toBe(t === null || t === undefined ? 0 : 1)
        for (const { value } of rows) expect(Math.abs(Number(value))).toBeLessThan(2 ** 53)
      }),
      { seed: 1 }
    )
  })
})

describe('a claim', () => {
  test.each<[unknown, boolean]>([
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    ['true', true],
    ['false', false]
  ])('%j', (value, expected) => {
    expect(map({ fields: { v: 'valve_open' } }, { v: value }).rows).toEqual([{ metric: 'valve_open', value: expected }])
  })

  test.each(['open', 2, {}])('%j is refused', value => {
    expect(map({ fields: { v: 'valve_open' } }, { v: value }).refused).toEqual([
      { field: 'v', reason: 'not-a-boolean' }
    ])
  })

  test('is true for the values that the profile lists, false for all others', () => {
    const rest = { fields: { v: { metric: 'valve_open', trueWhen: ['open', 2] } } }

    expect(['open', 2, 'shut', true].map(v => map(rest, { v }).rows[0]?.value)).toEqual([true, true, false, false])
  })
})

describe('words', () => {
  test('are kept as they are', () => {
    const text = 'Đang tưới \u200b\u202e 🌱'

    expect(map({ fields: { s: 'status_text' } }, { s: text }).rows).toEqual([{ metric: 'status_text', value: text }])
    expect(map({ fields: { s: 'firmware' } }, { s: 1.4 }).rows).toEqual([{ metric: 'firmware', value: '1.4' }])
  })

  test.each<[unknown, string]>([
    ['x'.repeat(1001), 'text-too-long'],
    ['\ud800', 'text-not-unicode'],
    [{}, 'not-a-text'],
    [Number.NaN, 'not-a-text'],
    [2 ** 53, 'beyond-2^53'],
    [-1e21, 'beyond-2^53']
  ])('%j is refused', (value, reason) => {
    expect(map({ fields: { s: 'status_text' } }, { s: value }).refused).toEqual([{ field: 's', reason }])
  })
})

describe('keys', () => {
  test('with dots reach into nested objects and lists, and unmapped ones are named in full', () => {
    const rest = { fields: { 'soil.t.value': 'soil_temperature', 'probes.0': 'soil_moisture' } }

    expect(map(rest, { soil: { t: { value: 21, unit: 'C' }, x: 1 }, probes: [30, 31], y: {} })).toEqual({
      rows: [
        { metric: 'soil_temperature', value: 21 },
        { metric: 'soil_moisture', value: 30 }
      ],
      refused: [],
      unmapped: ['soil.t.unit', 'soil.x', 'probes.1', 'y']
    })
  })

  test('that name metrics are all mapped by *, the profile’s own too; the others are counted, ts is not', () => {
    const rest: Partial<Input> = {
      payload: 'json',
      fields: { '*': '*', t: 'air_temperature' },
      metrics: { seq: { vi: 'Số', en: 'Number' } }
    }

    expect(map(rest, { ts: 1, t: 20, rainfall: 3, seq: 4, colour: 'red' })).toEqual({
      rows: [
        { metric: 'air_temperature', value: 20 },
        { metric: 'rainfall', value: 3 },
        { metric: 'seq', value: 4 }
      ],
      refused: [],
      unmapped: ['colour']
    })
  })

  test('that name parts of every object are ordinary', () => {
    const decoded: unknown = JSON.parse(
      '{"__proto__": {"rainfall": 1}, "constructor": 1, "prototype": 2, "toString": 3, "hasOwnProperty": 4}'
    )

    expect(map({ fields: { '*': '*', constructor: 'rainfall' } }, decoded)).toEqual({
      rows: [{ metric: 'rainfall', value: 1 }],
      refused: [],
      unmapped: ['__proto__', 'prototype', 'toString', 'hasOwnProperty']
    })
    expect(Object.hasOwn(Object.prototype, 'rainfall')).toBe(false)
  })

  test('of any length are cut to 100 characters when told', () => {
    expect(map({}, { ['k'.repeat(5000)]: 1 }).unmapped).toEqual(['k'.repeat(100)])
  })

  test.each([null, undefined, 1, 'x', true])('of %j are none: it is refused', decoded => {
    expect(map({}, decoded).refused).toEqual([{ field: '', reason: 'not-an-object' }])
  })

  test('that are ignored are neither stored nor named, at whatever depth; one that is mapped is stored', () => {
    const rest = {
      fields: { 'soil.t': 'soil_temperature', unit: 'status_text' },
      history: { path: 'old', time: 'at' },
      ignore: ['unit', 'serial']
    }
    const decoded = { serial: 1, unit: 'a', soil: { t: 20, unit: 'C', x: 1 }, old: [{ at: 1790000000, serial: 2 }] }

    expect(map(rest, decoded)).toEqual({
      rows: [
        { metric: 'status_text', value: 'a' },
        { metric: 'soil_temperature', value: 20 }
      ],
      refused: [],
      unmapped: ['soil.x']
    })
  })

  test('are each a reading, refused, unmapped or absent, whatever is sent', () => {
    const mapping = mappingOf({ fields: { '*': '*' }, payload: 'json' })
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constantFrom('rainfall', 'ph', 'ts', '__proto__'), fc.string()), fc.jsonValue()),
        decoded => {
          const { rows, refused, unmapped } = mappedRows(mapping, decoded)
          const silent = Object.entries(decoded).filter(
            ([key, value]) => key === 'ts' || (value === null && mapping.metrics.some(({ name }) => name === key))
          )
          expect(rows.length + refused.length + unmapped.length + silent.length).toBe(Object.keys(decoded).length)
        }
      ),
      { seed: 1 }
    )
  })
})

describe('a list of moments', () => {
  const rest: Partial<Input> = {
    fields: { temperature: 'air_temperature', humidity: 'air_humidity' },
    history: { path: 'log.history', time: 'timestamp' }
  }

  test('gives each entry’s values at its own time, beside those of the message', () => {
    const decoded = {
      temperature: 30,
      log: {
        history: [
          { timestamp: 1_790_000_000, temperature: 27, humidity: 60 },
          { timestamp: '2026-09-21T14:23:20Z', temperature: 28, x: 1 },
          { timestamp: 'soon', temperature: 29 },
          { temperature: 31 }
        ]
      }
    }

    expect(map(rest, decoded)).toEqual({
      rows: [
        { metric: 'air_temperature', value: 30 },
        { metric: 'air_temperature', value: 27, time: 1_790_000_000_000 },
        { metric: 'air_humidity', value: 60, time: 1_790_000_000_000 },
        { metric: 'air_temperature', value: 28, time: 1_790_000_600_000 },
        { metric: 'air_temperature', value: 29, time: Number.NaN },
        { metric: 'air_temperature', value: 31, time: Number.NaN }
      ],
      refused: [],
      unmapped: ['log.history.x']
    })
  })

  test('must be a list of objects', () => {
    expect(map(rest, { log: { history: {} } }).refused).toEqual([{ field: 'log.history', reason: 'not-a-list' }])
    expect(map(rest, { log: { history: [1] } }).refused).toEqual([{ field: 'log.history', reason: 'not-an-object' }])
  })
})

describe('the metric table', () => {
  test('has what the fields name, with units and plausible ranges', () => {
    const { metrics, min, max } = mappingOf({ fields: { a: 'air_temperature', b: 'status_text' } })

    expect(metrics.map(({ name, unit }) => [name, unit])).toEqual([
      ['air_temperature', 'Cel'],
      ['status_text', '']
    ])
    expect([...min]).toEqual([-20, Number.NEGATIVE_INFINITY])
    expect([...max]).toEqual([60, Number.POSITIVE_INFINITY])
  })
})

test.each<[string, Input['fields'], Partial<Input>, string]>([
  ['an unknown metric', { a: 'air_temprature' }, {}, 'fields.a: "air_temprature" is no metric'],
  ['a star for one field', { a: '*' }, {}, 'fields.a: only the key "*"'],
  ['a metric for the star', { '*': 'rainfall' }, {}, 'fields.*: only the key "*"'],
  ['a field below another', { a: 'rainfall', 'a.b': 'ph' }, {}, 'fields.a.b: another field stands above or below it'],
  ['a field above another', { 'a.b': 'rainfall', a: 'ph' }, {}, 'fields.a: another field stands above or below it'],
  ['a list below a field', { a: 'rainfall' }, { history: { path: 'a', time: 't' } }, 'history.path a']
])('%s is refused, with its name', (_title, fields, rest, message) => {
  expect(() => mappingOf({ fields, ...rest })).toThrow(message)
})
