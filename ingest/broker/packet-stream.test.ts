import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PacketStream } from './packet-stream.ts'

const limits = { beforeConnectBytes: 100, afterConnectBytes: 1000 }

/** Fixed header and body of a packet with this Remaining Length. */
function packet(length: number): Buffer {
  const header = [0x30]
  let rest = length
  do {
    header.push((rest % 128) | (rest >= 128 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, length)])
}

function fed(stream: PacketStream, bytes: Buffer): string {
  stream.feed(bytes)
  return stream.next()
}

describe('PacketStream', () => {
  it('gives every packet whole and in order, however the bytes are cut', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 20 })
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 50 }), (sizes, cut) => {
        const stream = new PacketStream(limits)
        stream.connected()
        const bytes = Buffer.concat(sizes.map(packet))
        const found: Buffer[] = []
        for (let at = 0; at < bytes.length; at += cut) {
          stream.feed(bytes.subarray(at, at + cut))
          while (stream.next() === 'packet') {
            expect(stream.body - stream.start).toBe(stream.end - stream.body >= 128 ? 3 : 2)
            found.push(Buffer.from(stream.bytes.subarray(stream.start, stream.end)))
          }
        }
        expect(Buffer.concat(found).equals(bytes)).toBe(true)
        expect(found.map(({ length }) => length)).toEqual(sizes.map(size => packet(size).length))
        expect(stream.isInsidePacket).toBe(false)
      })
    )
  })

  it('refuses a packet by its header, before its body has come', () => {
    const stream = new PacketStream(limits)
    expect(fed(stream, Buffer.from([0x10, 0xff]))).toBe('more')
    expect(fed(stream, Buffer.from([0xff, 0xff]))).toBe('more')
    expect(fed(stream, Buffer.from([0x7f]))).toBe('packet-too-large')
  })

  it('counts the fixed header into the limit', () => {
    expect(fed(new PacketStream(limits), packet(98))).toBe('packet')
    expect(fed(new PacketStream(limits), packet(99))).toBe('packet-too-large')
  })

  it('allows more once connected', () => {
    const stream = new PacketStream(limits)
    stream.connected()
    expect(fed(stream, packet(997))).toBe('packet')
    expect(fed(stream, packet(998))).toBe('packet-too-large')
  })

  it('refuses a Remaining Length of five bytes', () => {
    const stream = new PacketStream({ ...limits, beforeConnectBytes: 1e9 })
    expect(fed(stream, Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]))).toBe('length-malformed')
  })
})
