import { expect, test } from 'vitest'
import { readings } from './resources.ts'
import { list, number, object, optional, text } from './shape.ts'

const reading = {
  device: 'd1',
  metric: 'ph',
  t: '2025-11-22T18:30:05.250Z',
  value: 6.8,
  unit: '[pH]',
  quality: 'good'
}

test('reads times as ms since the epoch and leaves out what it does not know', () => {
  const { items } = readings({ items: [{ ...reading, added: 'later' }] }, 'readings')
  expect(items).toEqual([{ ...reading, t: Date.UTC(2025, 10, 22, 18, 30, 5, 250) }])
})

test.each([
  [{ items: [{ ...reading, t: 'soon' }] }, 'read readings.items[0].t: expected an ISO 8601 time, found "soon"'],
  [
    { items: [reading, { ...reading, value: null }] },
    'read readings.items[1].value: expected a number, true, false or text, found null'
  ],
  [{ items: 3 }, 'read readings.items: expected a list, found 3'],
  [null, 'read readings: expected an object, found null']
])('refuses %j and names the place', (answer, message) => {
  expect(() => readings(answer, 'readings')).toThrow(message)
})

test('null and missing are both absent where a field is optional', () => {
  const thing = object({ id: text, size: optional(number), tags: optional(list(text)) })
  expect(thing({ id: 'a', size: null }, 'thing')).toEqual({ id: 'a', size: undefined, tags: undefined })
})
