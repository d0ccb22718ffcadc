import { describe, expect, it } from 'vitest'
import { device, doorOfEachTest, telemetry } from './broker.fixture.ts'
import type { Door } from './broker.fixture.ts'
import { connect, field, packet, publish, uint16 } from './packets.ts'
import type { Wire } from './wire.ts'

/* Packets that announce more than Sen takes: 8 KiB before CONNECT is accepted, 256 KiB after. */
const door = doorOfEachTest()
const mebibyte = Buffer.alloc(1024 * 1024, 0x61)
/** Remaining Length 268,435,455, the most that four bytes can say. */
const most = Buffer.from([0xff, 0xff, 0xff, 0x7f])

/** Goes on sending until it is closed, at most 64 MiB. @returns bytes that left this side before it was. */
async function flood(wire: Wire): Promise<number> {
  const before = wire.socket.bytesWritten
  for (let i = 0; i < 64 && wire.closedAt === undefined; i++) {
    if (!wire.socket.write(mebibyte)) {
      await Promise.race([new Promise(resolve => wire.socket.once('drain', resolve)), wire.closed()])
    }
  }
  await wire.closed()
  return wire.socket.bytesWritten - before
}

async function expectCutOff(on: Door, wire: Wire): Promise<void> {
  await wire.closed()
  expect(on.refused).toEqual(['packet-too-large'])
  expect(on.journal.payloads).toEqual([])
}

describe('before CONNECT is accepted', () => {
  it('a CONNECT of 256 MB is cut off after its fixed header, whatever follows', async () => {
    const wire = await door().wire()
    wire.send(Buffer.from([0x10]), most)
    await expectCutOff(door(), wire)
  })

  it('who goes on sending is cut off too', async () => {
    const wire = await door().wire()
    wire.send(Buffer.from([0x10]), most, field('MQTT'))
    expect(await flood(wire)).toBeLessThan(64 * mebibyte.length)
    await expectCutOff(door(), wire)
  })

  it('8 KiB are taken, a byte more is not', async () => {
    const header = 3
    const rest = connect({ ...device, will: { topic: 'site/s/d/status', payload: '' } }).length - 2
    const fits = 8 * 1024 - header - rest
    const wire = await door().wire()
    wire.send(connect({ ...device, will: { topic: 'site/s/d/status', payload: 'w'.repeat(fits) } }))
    expect((await wire.next('connack')).code).toBe(0)
    const other = await door().wire()
    other.send(connect({ ...device, will: { topic: 'site/s/d/status', payload: 'w'.repeat(fits + 1) } }))
    await expectCutOff(door(), other)
  })

  it('a PUBLISH that hides behind a CONNECT that is refused is cut off by the small limit or not read', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...device, password: 'wrong' }), publish({ topic: telemetry, payload: mebibyte }))
    await wire.closed()
    expect(door().journal.payloads).toEqual([])
  })
})

describe('after CONNECT is accepted', () => {
  it.each([0x30, 0x32, 0x34, 0x82, 0xa2])('first byte %i with 256 MB is cut off after its header', async first => {
    const wire = await door().login()
    wire.send(Buffer.from([first]), most)
    await expectCutOff(door(), wire)
  })

  it('who goes on sending is cut off too', async () => {
    const wire = await door().login()
    wire.send(Buffer.from([0x32]), most, field(telemetry), uint16(1))
    expect(await flood(wire)).toBeLessThan(64 * mebibyte.length)
    await expectCutOff(door(), wire)
  })

  it('256 KiB are taken, a byte more is not', async () => {
    const header = 4
    const around = field(telemetry).length + 2
    const fits = 256 * 1024 - header - around
    const wire = await door().login()
    wire.send(publish({ topic: telemetry, payload: mebibyte.subarray(0, fits), qos: 1, id: 1 }))
    await wire.next('puback')
    wire.send(publish({ topic: telemetry, payload: mebibyte.subarray(0, fits + 1), qos: 1, id: 2 }))
    await wire.closed()
    expect(door().refused).toEqual(['packet-too-large'])
    expect(door().journal.messages).toHaveLength(1)
  })

  it('what came whole before it in the same write is acknowledged or not, but kept once at most', async () => {
    const wire = await door().login()
    wire.send(publish({ topic: telemetry, payload: 'before', qos: 1, id: 1 }), Buffer.from([0x30]), most)
    await wire.closed()
    expect(door().journal.payloads.length).toBeLessThanOrEqual(1)
  })

  it('a packet that never ends is not a reason to hold others up', async () => {
    const slow = await door().login({ clientId: 'slow' })
    slow.send(packet(0x30, Buffer.alloc(1000)).subarray(0, 500))
    const wire = await door().login({ clientId: 'fast' })
    await wire.publish({ topic: telemetry, payload: 'x', qos: 1 })
    expect(door().journal.payloads).toEqual(['x'])
  })
})
