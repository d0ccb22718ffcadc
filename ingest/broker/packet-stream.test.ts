import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PacketGuard } from './packet-guard.ts'

const limits = { beforeConnectBytes: 100, afterConnectBytes: 1000 }

/** Fixed header and body of a packet with this Remaining Length. */
function packet(length: number): Buffer {
  const header = [0x30]
  let rest = length
  do {
    header.push((rest % 128) | (rest >= 128 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)])
}

describe('PacketGuard', () => {
  it('lets packets within the limit pass, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 })), fc.integer({ min: 1, max: 50 }), (lengths, cut) => {
        const guard = new PacketGuard(limits)
        guard.connected()
        const stream = Buffer.concat(lengths.map(packet))
        for (let at = 0; at < stream.length; at += cut) {
          const chunk = stream.subarray(at, at + cut)
          expect(guard.inspect(chunk)).toBe(chunk.length)
        }
      })
    )
  })

  it('refuses a packet by its header, before its body has come', () => {
    const guard = new PacketGuard(limits)
    expect(guard.inspect(Buffer.from([0x10, 0xff]))).toBe(2)
    expect(guard.inspect(Buffer.from([0xff, 0xff]))).toBe(2)
    expect(guard.inspect(Buffer.from([0x7f]))).toBe('packet-too-large')
  })

  it('counts the fixed header into the limit', () => {
    expect(new PacketGuard(limits).inspect(packet(98))).toBe(100)
    expect(new PacketGuard(limits).inspect(packet(99))).toBe('packet-too-large')
  })

  it('allows more once connected', () => {
    const guard = new PacketGuard(limits)
    guard.connected()
    expect(guard.inspect(packet(997))).toBe(1000)
    expect(guard.inspect(packet(998))).toBe('packet-too-large')
  })

  it('stops at the end of the packet asked for, and goes on from there', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 3 }), lengths => {
        const guard = new PacketGuard(limits)
        const packets = lengths.map(packet)
        const stream = Buffer.concat(packets)
        const two = (packets[0]?.length ?? 0) + (packets[1]?.length ?? 0)
        expect(guard.inspect(stream, 2)).toBe(two)
        expect(guard.inspect(stream.subarray(two))).toBe(stream.length - two)
      })
    )
  })

  it('refuses a Remaining Length of five bytes', () => {
    expect(
      new PacketGuard({ ...limits, beforeConnectBytes: 1e9 }).inspect(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]))
    ).toBe('length-malformed')
  })
})
