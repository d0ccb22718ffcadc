import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventStreamParser } from './event-stream.ts'

function parse(...pieces: readonly string[]) {
  const parser = new EventStreamParser()
  return pieces.flatMap(piece => parser.push(piece))
}

test.each([
  ['event: readings\ndata: {"a":1}\n\n', [{ event: 'readings', data: '{"a":1}' }]],
  ['data: one\ndata: two\n\n', [{ event: 'message', data: 'one\ntwo' }]],
  [': heartbeat\n\n: again\n\n', []],
  ['event: empty\n\n', []],
  ['data:no space\r\n\r\n', [{ event: 'message', data: 'no space' }]],
  ['id: 7\nretry: 10\ndata\n\n', [{ event: 'message', data: '' }]],
  ['data: unfinished\n', []]
])('%j gives its events', (stream, events) => expect(parse(stream)).toEqual(events))

test('however the stream is cut into pieces, the events are the same', () => {
  const whole = 'event: readings\r\ndata: {"tên":"Kim Liên"}\r\n\r\n: beat\n\ndata: 1\rdata: 2\r\revent: x\ndata: y\n\n'
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length)), cuts => {
      const at = [0, ...cuts, whole.length].sort((a, b) => a - b)
      const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end))
      expect(parse(...pieces)).toEqual(parse(whole))
    }),
    { seed: 11 }
  )
})
