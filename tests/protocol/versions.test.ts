import { describe, expect, it } from 'vitest'
import { device, doorOfEachTest, telemetry } from './broker.fixture.ts'
import { connect, field, packet, publish, uint16 } from './packets.ts'

/* Clients of other versions of the protocol. */
const door = doorOfEachTest()

/** As MQTT 5 has it: properties behind the keep-alive (here a session expiry) and before the client id is not 3.1.1's. */
function connect5(clientId: string): Buffer {
  const properties = Buffer.from([5, 0x11, 0, 0, 0, 60])
  return packet(
    0x10,
    field('MQTT'),
    Buffer.from([5, 0xc2]),
    uint16(60),
    properties,
    field(clientId),
    field('d'),
    field('secret')
  )
}

describe('MQTT 5', () => {
  it.each(['', 'five', 'x'.repeat(200)])(
    'with client id "%s" is answered with code 1, counted and closed',
    async id => {
      const wire = await door().wire()
      wire.send(connect5(id), publish({ topic: telemetry, qos: 1, id: 1 }))
      // Two bytes as 3.1.1 has them: a client of MQTT 5 reads them as "unacceptable protocol version" and falls back.
      expect(await wire.next('connack')).toEqual({ kind: 'connack', isSessionPresent: false, code: 1 })
      await wire.closed()
      expect(wire.received).toEqual([])
      expect(door().refused).toEqual(['protocol-version'])
      expect(door().journal.payloads).toEqual([])
    }
  )

  it('is refused by its level alone: what stands behind it may be wrong', async () => {
    const wire = await door().wire()
    wire.send(packet(0x10, field('MQTT'), Buffer.from([5, 0xff, 0, 0, 0xff, 0xff])))
    expect((await wire.next('connack')).code).toBe(1)
    await wire.closed()
  })
})

describe('MQTT 3.1 (MQIsdp, level 3)', () => {
  it('is served like 3.1.1', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...device, protocol: 'MQIsdp', level: 3 }))
    expect((await wire.next('connack')).code).toBe(0)
    await wire.subscribe(telemetry, 1)
    await wire.publish({ topic: telemetry, payload: 'old', qos: 1 })
    expect((await wire.message()).payload).toBe('old')
    expect(door().journal.payloads).toEqual(['old'])
  })

  it.each([4, 5])('with level %i is none', async level => {
    const wire = await door().wire()
    wire.send(connect({ ...device, protocol: 'MQIsdp', level }))
    await wire.closed()
    expect(wire.received.filter(packet => packet.kind === 'connack' && packet.code === 0)).toEqual([])
  })
})
