import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnswerReader, connectPacket } from './mqtt-packets.ts'

function readerOf() {
  const seen: string[] = []
  const reader = new AnswerReader({
    connected: code => seen.push(`connected ${code}`),
    acknowledged: id => seen.push(`acknowledged ${id}`),
    unexpected: first => seen.push(`unexpected ${first}`)
  })
  return { reader, seen }
}

describe('answers of a broker', () => {
  const bytes = Uint8Array.from([0x20, 2, 0, 0, 0x40, 2, 0, 1, 0xd0, 0, 0x40, 2, 0xff, 0xff, 0x40, 2, 0, 2])
  const expected = ['connected 0', 'acknowledged 1', 'acknowledged 65535', 'acknowledged 2']

  test('are read however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), cuts => {
        const { reader, seen } = readerOf()
        const ends = [...cuts, bytes.length].sort((a, b) => a - b)
        ends.forEach((end, i) => {
          const part = bytes.slice(ends[i - 1] ?? 0, end)
          reader.read(part, part.length)
        })
        expect(seen).toEqual(expected)
      }),
      { seed: 1 }
    )
  })

  test('that make no sense to a publisher are told', () => {
    for (const first of [0x30, 0x00, 0x90]) {
      const { reader, seen } = readerOf()
      reader.read(Uint8Array.from([first, 20, 1, 2, 3, 4]), 6)
      expect(seen).toEqual([`unexpected ${first}`])
    }
  })

  test('a CONNECT is of 3.1.1, with session, user name and password', () => {
    const credential = { username: 'u', password: 'pw' }
    const packet = connectPacket({ clientId: 'c', credential, clean: false, keepAliveS: 60 })
    expect(packet.toString('hex')).toBe('1014' + '00044d51545404' + 'c0003c' + '000163' + '000175' + '00027077')
  })
})
