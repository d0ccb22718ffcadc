import { describe, expect, it } from 'vitest'
import { doorOfEachTest, expectCut, status, telemetry } from './broker.fixture.ts'
import { field, packet, puback, publish, pubrel, subscribe } from './packets.ts'

/* Section 3.3: PUBLISH in and out. */
const door = doorOfEachTest()

describe('a PUBLISH that comes in', () => {
  it.each([0, 1, 2] as const)('[MQTT-3.3.4-1] of QoS %i is answered as the table says', async qos => {
    const wire = await door().login()
    wire.send(publish({ topic: telemetry, payload: 'x', qos, ...(qos > 0 ? { id: 7 } : {}) }))
    await wire.settle()
    if (qos === 1) expect(wire.received).toEqual([{ kind: 'puback', id: 7 }])
    else if (qos === 2) expect(wire.received).toEqual([{ kind: 'pubrec', id: 7 }])
    else expect(wire.received).toEqual([])
    expect(door().journal.payloads).toEqual(['x'])
  })

  it.each([0x36, 0x3e, 0x37])('[MQTT-3.3.1-4] of QoS 3 (first byte 0x%s) closes the connection', async first => {
    const wire = await door().login()
    wire.send(packet(first, field(telemetry), Buffer.from([0, 1]), Buffer.from('x')))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.3.1-2] of QoS 0 that is marked as sent again closes the connection', async () => {
    const wire = await door().login()
    wire.send(publish({ topic: telemetry, payload: 'x', isDup: true }))
    await expectCut(door(), wire)
  })

  it.each(['site/s/+/telemetry', 'site/s/d/#', '#', '+', 'site/s/d/telemetry+', 'site/s/d/tele#metry'])(
    '[MQTT-3.3.2-2] [MQTT-4.7.1-1] to "%s", which has a wildcard, closes the connection',
    async topic => {
      const wire = await door().login()
      wire.send(publish({ topic, payload: 'x', qos: 1, id: 1 }))
      await expectCut(door(), wire)
    }
  )

  it('[MQTT-3.3.2-1] whose topic is longer than the packet closes the connection', async () => {
    const wire = await door().login()
    wire.send(packet(0x30, Buffer.from([0xff, 0xff]), Buffer.from(telemetry)))
    await expectCut(door(), wire)
  })

  it('[MQTT-4.7.3-1] with an empty topic closes the connection', async () => {
    const wire = await door().login()
    wire.send(publish({ topic: '', payload: 'x', qos: 1, id: 1 }))
    await expectCut(door(), wire)
  })

  it.each([
    ['another device', 'site/s/e/telemetry'],
    ['another site', 'site/t/d/telemetry'],
    ['the device with another case', 'site/s/D/telemetry'],
    ['a command of its own', 'site/s/d/command'],
    ['no topic of Sen', 'anything'],
    ['the system', '$SYS/broker/uptime'],
    ['a shared subscription', `$share/group/${telemetry}`],
    ['a connector', 'application/1/device/a84041ffff1c2d01/event/up']
  ])('[MQTT-3.3.5-2] to the topic of %s closes the connection, is counted and not kept', async (_, topic) => {
    const onlooker = await door().onlooker()
    const wire = await door().login()
    wire.send(publish({ topic, payload: 'x', qos: 1, id: 1 }))
    await expectCut(door(), wire)
    await onlooker.settle()
    expect(onlooker.received).toEqual([])
    expect(door().refused).toHaveLength(1)
  })

  it('keeps a payload of any bytes as it came', async () => {
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 7) % 256))
    const wire = await door().login()
    for (const qos of [1, 2]) await wire.publish({ topic: telemetry, payload: bytes, qos })
    expect(door().journal.messages.map(({ payload }) => Buffer.from(payload).equals(bytes))).toEqual([true, true])
  })
})

describe('a PUBLISH that goes out', () => {
  it('[MQTT-3.3.1-1] is marked as sent again when it is', async () => {
    const lasting = { clientId: 'lasting', isClean: false }
    const first = await door().login(lasting)
    await first.subscribe(telemetry, 1)
    await first.publish({ topic: telemetry, payload: 'x', qos: 1 })
    expect((await first.next('publish')).isDup).toBe(false)
    await first.drop()
    const second = await door().login(lasting)
    expect(await second.next('publish')).toMatchObject({ payload: 'x', isDup: true })
  })

  it.each([1, 2] as const)('[MQTT-3.3.1-3] does not take DUP over from the one of QoS %i that came in', async qos => {
    const onlooker = await door().onlooker()
    const wire = await door().login()
    wire.send(publish({ topic: telemetry, payload: 'x', qos, id: 1, isDup: true }))
    await wire.next(qos === 1 ? 'puback' : 'pubrec')
    if (qos === 2) wire.send(pubrel(1))
    expect(await onlooker.next('publish')).toMatchObject({ payload: 'x', isDup: false })
  })

  it('[MQTT-3.3.1-2] [MQTT-4.3.1-1] of QoS 0 is never marked as sent again', async () => {
    const onlooker = await door().onlooker(telemetry, 0)
    const wire = await door().login()
    wire.send(publish({ topic: telemetry, payload: 'x', qos: 1, id: 1, isDup: true }))
    await wire.next('puback')
    expect(await onlooker.next('publish')).toMatchObject({ qos: 0, isDup: false })
  })

  it.each([
    [0, 2, 0],
    [1, 0, 0],
    [1, 1, 1],
    [1, 2, 1],
    [2, 0, 0],
    [2, 1, 1],
    [2, 2, 2]
  ] as const)(
    '[MQTT-3.8.4-6] of one published with QoS %i to a subscription of QoS %i has QoS %i',
    async (sent, granted, expected) => {
      const onlooker = await door().onlooker(telemetry, granted)
      const wire = await door().login()
      await wire.publish({ topic: telemetry, payload: 'x', qos: sent })
      expect(await onlooker.message()).toMatchObject({ payload: 'x', qos: expected })
    }
  )

  it('[MQTT-3.3.5-1] respects the highest QoS of the subscriptions that match', async () => {
    const onlooker = await door().onlooker(telemetry, 0)
    await onlooker.subscribe('site/s/+/telemetry', 2)
    await onlooker.subscribe('site/s/#', 1)
    const wire = await door().login()
    await wire.publish({ topic: telemetry, payload: 'x', qos: 2 })
    const first = await onlooker.message()
    await onlooker.settle()
    const rest = onlooker.received.filter(packet => packet.kind === 'publish')
    expect(Math.max(...[first, ...rest].map(({ qos }) => qos))).toBe(2)
    // One for all subscriptions, or one each: never more.
    expect(rest.length).toBeLessThanOrEqual(2)
  })

  it('[MQTT-3.3.2-3] is one that the filter matches', async () => {
    const onlooker = await door().login({ username: 'site:s', clientId: 'onlooker' })
    onlooker.send(subscribe(1, ['site/s/+/status', 1]))
    await onlooker.next('suback')
    const wire = await door().login()
    await wire.publish({ topic: telemetry, payload: 'no', qos: 1 })
    await wire.publish({ topic: status, payload: 'yes', qos: 1 })
    expect(await onlooker.message()).toMatchObject({ topic: status, payload: 'yes' })
  })

  it('goes to its own publisher too, if it is subscribed', async () => {
    const wire = await door().login()
    await wire.subscribe(telemetry, 1)
    wire.send(publish({ topic: telemetry, payload: 'x', qos: 1, id: 9 }))
    const message = await wire.next('publish')
    wire.send(puback(message.id))
    expect(message.payload).toBe('x')
    expect((await wire.next('puback')).id).toBe(9)
  })
})
