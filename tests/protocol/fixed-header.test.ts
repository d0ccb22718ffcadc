import { describe, expect, it } from 'vitest'
import { device, doorOfEachTest, expectCut, status, telemetry } from './broker.fixture.ts'
import {
  connect,
  field,
  packet,
  pingreq,
  puback,
  publish,
  pubrec,
  pubrel,
  subscribe,
  uint16,
  unsubscribe
} from './packets.ts'

/* Chapter 2: the fixed header and packet identifiers. */
const door = doorOfEachTest()

const filter = Buffer.concat([field('site/s/d/#'), Buffer.from([0])])
/** First nibble, the flags that are right, and a body that is right. */
const bodies: readonly (readonly [name: string, type: number, flags: number, body: Buffer])[] = [
  ['PUBACK', 4, 0, uint16(1)],
  ['PUBREC', 5, 0, uint16(1)],
  ['PUBREL', 6, 2, uint16(1)],
  ['PUBCOMP', 7, 0, uint16(1)],
  ['SUBSCRIBE', 8, 2, Buffer.concat([uint16(1), filter])],
  ['UNSUBSCRIBE', 10, 2, Buffer.concat([uint16(1), field('site/s/d/#')])],
  ['PINGREQ', 12, 0, Buffer.alloc(0)],
  ['DISCONNECT', 14, 0, Buffer.alloc(0)]
]
const wrongFlags = bodies.flatMap(([name, type, right, body]) =>
  Array.from({ length: 16 }, (_, flags) => flags)
    .filter(flags => flags !== right)
    .map(flags => [name, flags, packet((type << 4) | flags, body)] as const)
)

describe('reserved flags', () => {
  it.each(wrongFlags)('[MQTT-2.2.2-2] %s with flags %i closes the connection', async (_name, _flags, bytes) => {
    const wire = await door().login()
    wire.send(bytes)
    await expectCut(door(), wire)
  })

  it.each([1, 2, 4, 8, 15])('[MQTT-2.2.2-2] CONNECT with flags %i is closed without an answer', async reserved => {
    const wire = await door().wire()
    wire.send(connect({ ...device, reserved }))
    await expectCut(door(), wire)
  })

  it('[MQTT-2.2.2-1] are as the table lists them in everything the server sends', async () => {
    // The parser of these tests refuses any other first byte.
    const wire = await door().login()
    await wire.subscribe('site/s/d/#', 2)
    for (const qos of [0, 1, 2]) {
      await wire.publish({ topic: telemetry, payload: `${qos}`, qos })
      expect(await wire.message()).toMatchObject({ payload: `${qos}`, qos })
    }
    wire.send(unsubscribe(9, 'site/s/d/#'))
    await wire.next('unsuback')
    await wire.settle()
  })
})

describe('packet types', () => {
  it.each([
    ['0', 0x00],
    ['15', 0xf0]
  ])('[MQTT-4.8.0-1] type %s, which is reserved, closes the connection', async (_, first) => {
    const wire = await door().login()
    wire.send(packet(first))
    await expectCut(door(), wire)
  })

  it.each([
    ['CONNACK', packet(0x20, Buffer.from([0, 0]))],
    ['SUBACK', packet(0x90, Buffer.from([0, 1, 0]))],
    ['UNSUBACK', packet(0xb0, uint16(1))],
    ['PINGRESP', packet(0xd0)]
  ])('[MQTT-4.8.0-1] %s, which only servers send, closes the connection', async (_, bytes) => {
    const wire = await door().login()
    wire.send(bytes)
    await expectCut(door(), wire)
  })

  it.each([
    ['PUBACK', packet(0x40, Buffer.from([0]))],
    ['PUBREL', packet(0x62)],
    ['PUBREL with bytes behind it', packet(0x62, Buffer.from([0, 1, 0]))],
    ['PUBLISH that ends within its topic', packet(0x30, uint16(40), Buffer.from(telemetry))],
    ['PUBLISH that ends before its packet id', packet(0x32, field(telemetry))],
    ['PUBLISH that is empty', packet(0x30)],
    ['SUBSCRIBE that ends within its filter', packet(0x82, uint16(1), uint16(99), Buffer.from('site'))],
    ['SUBSCRIBE without the QoS', packet(0x82, uint16(1), field('site/s/d/#'))],
    ['UNSUBSCRIBE that ends within its filter', packet(0xa2, uint16(1), uint16(99), Buffer.from('site'))],
    ['PINGREQ with a body', packet(0xc0, uint16(1))],
    ['DISCONNECT with a body', packet(0xe0, uint16(1))]
  ])('[MQTT-4.8.0-1] a %s of the wrong length closes the connection', async (_, bytes) => {
    const wire = await door().login()
    wire.send(bytes)
    await expectCut(door(), wire)
  })

  it('[MQTT-4.8.0-1] a Remaining Length of five bytes closes the connection', async () => {
    const wire = await door().login()
    wire.send(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))
    await expectCut(door(), wire)
  })

  it('[MQTT-7.1.1-1] are read from a stream of bytes, however it is cut', async () => {
    const wire = await door().login()
    for (const byte of publish({ topic: telemetry, payload: 'slow', qos: 1, id: 300 })) {
      wire.send(Buffer.from([byte]))
      await new Promise(resolve => setImmediate(resolve))
    }
    expect((await wire.next('puback')).id).toBe(300)
    expect(door().journal.payloads).toEqual(['slow'])
  })
})

describe('packet identifiers', () => {
  it.each([
    ['SUBSCRIBE', subscribe(0, ['site/s/d/#', 0])],
    ['UNSUBSCRIBE', unsubscribe(0, 'site/s/d/#')],
    ['PUBLISH QoS 1', publish({ topic: telemetry, qos: 1, id: 0 })],
    ['PUBLISH QoS 2', publish({ topic: telemetry, qos: 2, id: 0 })]
  ])('[MQTT-2.3.1-1] %s with packet id 0 closes the connection', async (_, bytes) => {
    const wire = await door().login()
    wire.send(bytes)
    await expectCut(door(), wire)
  })

  it('[MQTT-2.3.1-4] of the server are not zero, and unused while their messages are unacknowledged', async () => {
    const onlooker = await door().onlooker('site/s/#', 1)
    const wire = await door().login()
    for (let i = 0; i < 20; i++) await wire.publish({ topic: telemetry, payload: `${i}`, qos: 1 })
    const first = await onlooker.nextOf('publish', 20)
    const ids = first.map(({ id }) => id)
    expect(ids).not.toContain(0)
    expect(new Set(ids).size).toBe(20)
  })

  it('[MQTT-2.3.1-5] are not part of a QoS 0 message', async () => {
    const onlooker = await door().onlooker()
    const wire = await door().login()
    await wire.publish({ topic: telemetry, payload: 'exactly this' })
    expect((await onlooker.next('publish')).payload).toBe('exactly this')
    expect(door().journal.payloads).toEqual(['exactly this'])
  })

  it.each([1, 255, 256, 65_535])(
    '[MQTT-2.3.1-6] PUBACK, PUBREC and PUBCOMP carry the id %i of the message',
    async id => {
      const wire = await door().login()
      wire.send(publish({ topic: telemetry, qos: 1, id }))
      expect((await wire.next('puback')).id).toBe(id)
      wire.send(publish({ topic: telemetry, qos: 2, id }))
      expect((await wire.next('pubrec')).id).toBe(id)
      wire.send(pubrel(id))
      expect((await wire.next('pubcomp')).id).toBe(id)
    }
  )

  it('[MQTT-2.3.1-6] PUBREL carries the id of the message', async () => {
    const wire = await door().login()
    await wire.subscribe(status, 2)
    await wire.publish({ topic: status, qos: 2 })
    const { id } = await wire.next('publish')
    wire.send(pubrec(id))
    expect((await wire.next('pubrel')).id).toBe(id)
  })

  it.each([1, 256, 65_535])('[MQTT-2.3.1-7] SUBACK and UNSUBACK carry the id %i of the request', async id => {
    const wire = await door().login()
    wire.send(subscribe(id, ['site/s/d/#', 0]))
    expect((await wire.next('suback')).id).toBe(id)
    wire.send(unsubscribe(id, 'site/s/d/#'))
    expect((await wire.next('unsuback')).id).toBe(id)
  })

  it('an acknowledgement of what was never sent does no harm', async () => {
    const wire = await door().login()
    wire.send(puback(77), pubrec(78), pingreq)
    await wire.next('pingresp')
    expect(door().refused).toEqual([])
  })
})
