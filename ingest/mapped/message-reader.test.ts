import { describe, expect, it } from 'vitest'
import { connectorMapping } from '../../model/connector-mapping.ts'
import { compilePattern } from './topic-pattern.ts'
import { MessageReader } from './message-reader.ts'

const whole = (changes: Readonly<Record<string, unknown>>) => ({
  id: 'mua',
  organisation: 'root',
  topics: ['farm/{device}'],
  mapping: { device: '{device}', ...changes }
})
const readerOf = (mapping: unknown) => new MessageReader(connectorMapping.parse(mapping))

describe('a topic pattern', () => {
  it.each([
    ['farm/{site}/{device}/data', 'farm/+/+/data', 'farm/a/b/data', { site: 'a', device: 'b' }],
    ['farm/{device}/#', 'farm/+/#', 'farm/a', { device: 'a' }],
    ['farm/{device}/#', 'farm/+/#', 'farm/a/b/c', { device: 'a' }],
    ['+/{device}', '+/+', '/x', { device: 'x' }],
    ['#', '#', 'a/b', {}],
    ['#', '#', '$SYS/broker', undefined],
    ['{a}/b', '+/b', '$SYS/b', undefined],
    ['farm/{device}', 'farm/+', 'farm/a/b', undefined],
    ['farm/{device}', 'farm/+', 'Farm/a', undefined]
  ])('%s asks for %s, and finds in %s', (pattern, filter, topic, names) => {
    const compiled = compilePattern(pattern)
    expect(compiled.filter).toBe(filter)
    const found = compiled.match(topic)
    expect(found && Object.fromEntries(found)).toEqual(names)
  })
})

describe('a mapping that contradicts itself', () => {
  it.each([
    [{ topics: ['farm/#/x'] }, /must be a word, .*at the end/],
    [{ topics: ['farm/a+'] }, /must be a word/],
    [{ topics: ['{a}/{a}'] }, /name each level once/],
    [{ topics: ['$share/g/x'] }, /shared/],
    [{ mapping: { device: '{device' } }, /topic levels or places in braces/],
    [{ mapping: { device: '{device}', each: 'sensors' } }, /must be a place/],
    [{ mapping: { device: '{device}', time: { at: '@.t', offset: '7' } } }, /must be an offset/],
    [{ mapping: { device: '{device}', khac: 1 } }, /khac/]
  ])('%j is refused by its schema', (changes, rule) => {
    const parsed = connectorMapping.safeParse({ ...whole({}), ...changes })
    expect(parsed.success).toBe(false)
    expect(parsed.error?.message).toMatch(rule)
  })

  it.each([
    [whole({ device: '{dev}' }), 'device is "{dev}": topic "farm/{device}" names no level {dev}'],
    [{ ...whole({}), topics: [] }, 'device is "{device}": a webhook has no topic'],
    [whole({ payload: 'value' }), 'field is "": must say what the value is called'],
    [whole({ payload: 'value', field: 't', each: '$.x' }), 'payload is "value"'],
    [whole({ fields: { t: 'khong_co' } }), 'fields.t: "khong_co" is no metric'],
    [whole({ fields: { a: 'ph', 'a.b': 'ph' } }), 'fields.a.b: another field stands above or below it']
  ])('is refused with value and rule (%#)', (mapping, rule) => {
    expect(() => readerOf(mapping)).toThrow(
      expect.objectContaining({ code: 'SEN_INPUT_INVALID', message: expect.stringContaining(rule) })
    )
  })
})

it('knows from the topic alone which device a message is of, where the topic names it', () => {
  expect(readerOf(whole({})).deviceOf('farm/a')).toBe('a')
  expect(readerOf(whole({ device: '{@.id}' })).deviceOf('farm/a')).toBeUndefined()
  expect(readerOf(whole({})).deviceOf('khac')).toBeUndefined()
})

describe('a small message that means much', () => {
  const bytes = (message: unknown) => Buffer.from(JSON.stringify(message))
  const list = Array.from({ length: 4900 }, (_, i) => ({ n: `n${i}`, v: i }))
  const shared = (changes: Readonly<Record<string, unknown>>) =>
    readerOf({ ...whole({}), topics: [], mapping: { device: 'a', each: '$.list', values: '$.of', ...changes } })

  it.each([
    ['values that each of its entries has', {}, Object.fromEntries(list.slice(0, 900).map(({ n, v }) => [n, v]))],
    ['pairs that each of its entries has', { pairs: { name: 'n', value: 'v' } }, list],
    ['values that are none, for each of its entries', {}, list.map(({ v }) => v)]
  ])('of %s, is refused', (_title, changes, of) => {
    expect(shared(changes).read('', bytes({ list, of }))).toMatchObject({ ok: false, reason: 'json-too-wide' })
  })

  it('of values that a few of its entries have, is read', () => {
    const read = shared({}).read('', bytes({ list: [1, 2, 3], of: { ph: 7 } }))
    expect(read.ok && read.samples.map(({ values }) => values)).toEqual([{ ph: 7 }, { ph: 7 }, { ph: 7 }])
  })

  it('whose many entries all name no device, says so once', () => {
    const long = 'x'.repeat(100_000)
    const reader = readerOf({ ...whole({}), topics: [], mapping: { device: '{$.d}{$.d}{$.d}', each: '$.list' } })
    const read = reader.read('', bytes({ d: long, list: Array.from({ length: 49_000 }, () => 1) }))
    expect(read).toMatchObject({ ok: false, reason: 'event-invalid' })
  })
})
