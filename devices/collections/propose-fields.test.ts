import { expect, test } from 'vitest'
import { proposeFields } from './propose-fields.ts'

const sample = (data: unknown, normalised?: unknown) => ({ data, normalised })

test.each([
  [
    'a normalised value, also where it came as text',
    [sample({ a: '21.5', b: 3 }, { air: { temperature: 21.5 } })],
    { a: 'air_temperature' }
  ],
  [
    'the first of several moments',
    [sample({ a: 7 }, [{ air: { temperature: 7 } }, { air: { temperature: 8 } }])],
    { a: 'air_temperature' }
  ],
  ['the same value in another unit', [sample({ ec: 1234 }, { soil: { ec: 1.234 } })], { ec: 'soil_conductivity' }],
  [
    'a value to be scaled',
    [sample({ mv: 3312 }, { battery: 3.312 })],
    { mv: { metric: 'battery_voltage', scale: 0.001 } }
  ],
  ['nested fields', [sample({ soil: { t: 20 } }, { soil: { temperature: 20 } })], { 'soil.t': 'soil_temperature' }],
  [
    'a name that says quantity and unit',
    [sample({ TempC_SHT: '24.5', BatV: 3.1 })],
    { TempC_SHT: 'air_temperature', BatV: 'battery_voltage' }
  ],
  ['nothing for two fields of one value', [sample({ a: 5, b: 5 }, { air: { temperature: 5 } })], {}],
  [
    'nothing where one sample disagrees',
    [sample({ a: 5 }, { air: { temperature: 5 } }), sample({ a: 5 }, { air: { temperature: 6 } })],
    {}
  ],
  ['nothing by zeros alone', [sample({ a: 0 }, { air: { temperature: 0 } })], {}],
  ['nothing for a value that the metric cannot have', [sample({ BatV: 3600 })], {}],
  ['nothing for names that do not say of what', [sample({ temperature: 20, humidity: 50, battery: 90 })], {}],
  ['one field a metric', [sample({ latitude: 18.6, gps: { latitude: 18.6 } })], { latitude: 'latitude' }]
])('proposes %s', (_title, samples, fields) => {
  expect(proposeFields(samples).fields).toEqual(fields)
})

test('lists every field that it does not propose', () => {
  const data = { BatV: 3.1, mode: 'a', list: [1], 'a.b': 1, deep: { x: 1 }, nothing: null }

  expect(proposeFields([sample(data)]).unknown).toEqual(['"a.b"', 'deep.x', 'list[]', 'mode'])
})

test('fields with names that mean something to JavaScript are fields like others', () => {
  const data: unknown = JSON.parse('{"__proto__": {"co2": 400}, "constructor": 1, "toString": 2, "co2": 500}')
  const { fields, unknown } = proposeFields([sample(data)])
  expect(Object.entries(fields)).toEqual([['__proto__.co2', 'co2']])
  expect(unknown).toEqual(['co2', 'constructor', 'toString'])
  expect(proposeFields([sample(JSON.parse('{"__proto__": 1}'))]).unknown).toEqual(['__proto__'])
})
