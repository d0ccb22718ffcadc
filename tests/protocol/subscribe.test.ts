import { describe, expect, it } from 'vitest'
import { doorOfEachTest, expectCut, site, status, telemetry } from './broker.fixture.ts'
import { field, packet, puback, subscribe, uint16, unsubscribe } from './packets.ts'

/* Sections 3.8 to 3.11. Sen's rule: a subscription lies wholly below the own topics; others are answered with 0x80. */
const door = doorOfEachTest()

/** A filter with this byte behind it. */
const asked = (filter: string, options: number) => Buffer.concat([field(filter), Buffer.from([options])])

describe('SUBSCRIBE', () => {
  it.each([0x80, 0x81, 0x83, 0x8f])('[MQTT-3.8.1-1] with first byte %i closes the connection', async first => {
    const wire = await door().login()
    wire.send(packet(first, uint16(1), asked(telemetry, 0)))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.8.3-2] with wildcards is supported', async () => {
    const wire = await door().login()
    wire.send(subscribe(1, ['site/s/d/#', 0], ['site/s/d/+', 1], ['site/s/d/+/reply', 2]))
    expect((await wire.next('suback')).codes).toEqual([0, 1, 2])
  })

  it('[MQTT-3.8.3-3] without a filter closes the connection', async () => {
    const wire = await door().login()
    wire.send(subscribe(1))
    await expectCut(door(), wire)
  })

  it.each([3, 4, 0x80, 0xff, 0x42])('[MQTT-3-8.3-4] with options %i closes the connection', async options => {
    const wire = await door().login()
    wire.send(packet(0x82, uint16(1), asked(status, 1), asked(telemetry, options)))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.8.4-1] [MQTT-3.8.4-2] is answered with a SUBACK of its id', async () => {
    const wire = await door().login()
    wire.send(subscribe(4711, [telemetry, 0]))
    expect(await wire.next('suback')).toEqual({ kind: 'suback', id: 4711, codes: [0] })
  })

  it('[MQTT-3.8.4-3] of a filter that is subscribed replaces the subscription', async () => {
    const onlooker = await door().onlooker(telemetry, 2)
    await onlooker.subscribe(telemetry, 0)
    const wire = await door().login()
    await wire.publish({ topic: telemetry, payload: 'once', qos: 2 })
    await wire.publish({ topic: telemetry, payload: 'then', qos: 1 })
    const messages = await onlooker.nextOf('publish', 2)
    expect(messages.map(({ payload, qos }) => [payload, qos])).toEqual([
      ['once', 0],
      ['then', 0]
    ])
  })

  it('[MQTT-3.8.4-4] of several filters is as several of one, with one answer', async () => {
    const wire = await door().login()
    await wire.publish({ topic: status, payload: 'on', qos: 1, isRetained: true })
    wire.send(subscribe(3, [telemetry, 1], ['site/s/e/#', 1], [status, 2]))
    expect(await wire.next('suback')).toEqual({ kind: 'suback', id: 3, codes: [1, 0x80, 2] })
    expect((await wire.message()).payload).toBe('on')
    await wire.publish({ topic: telemetry, payload: 'x', qos: 1 })
    expect((await wire.message()).payload).toBe('x')
    expect(wire.received.filter(({ kind }) => kind === 'suback')).toEqual([])
  })

  it.each([0, 1, 2])('[MQTT-3.8.4-5] is told the QoS that was granted: %i', async qos => {
    const wire = await door().login()
    wire.send(subscribe(1, [telemetry, qos]))
    expect((await wire.next('suback')).codes).toEqual([qos])
  })

  it.each([
    '#',
    '+',
    '+/#',
    '/#',
    'site/#',
    'site/+/d/telemetry',
    'site/s/#',
    'site/s/+/command',
    'site/s/e/#',
    'site/s/dd/#',
    'site/s/d',
    '$SYS/#',
    '$share/group/site/s/d/#',
    'out/#'
  ])('[MQTT-3.8.4-5] [MQTT-3.9.3-2] is told 0x80 for "%s", which is not below the own topics', async filter => {
    const wire = await door().login()
    wire.send(subscribe(1, [filter, 2]))
    expect((await wire.next('suback')).codes).toEqual([0x80])
    expect(door().refused).toEqual(['topic-not-allowed'])
    await wire.settle()
  })

  it('[MQTT-3.9.3-1] [MQTT-3.9.3-2] is answered in the order of its filters, with 0, 1, 2 or 0x80', async () => {
    const wire = await door().login()
    wire.send(subscribe(1, [status, 2], ['#', 2], [telemetry, 0], ['$SYS/#', 0], ['site/s/d/#', 1]))
    expect((await wire.next('suback')).codes).toEqual([2, 0x80, 0, 0x80, 1])
  })

  it('is told 0x80 beyond 64 filters of one connection', async () => {
    const wire = await door().login()
    const filters = Array.from({ length: 65 }, (_, i) => [`site/s/d/${i}`, 1] as const)
    wire.send(subscribe(1, ...filters))
    expect((await wire.next('suback')).codes).toEqual([...Array.from({ length: 64 }, () => 1), 0x80])
  })
})

describe('UNSUBSCRIBE', () => {
  it.each([0xa0, 0xa1, 0xa3, 0xaf])('[MQTT-3.10.1-1] with first byte %i closes the connection', async first => {
    const wire = await door().login()
    wire.send(packet(first, uint16(1), field(telemetry)))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.10.3-2] without a filter closes the connection', async () => {
    const wire = await door().login()
    wire.send(unsubscribe(1))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.10.4-1] ends the subscription of exactly this filter', async () => {
    const onlooker = await door().onlooker('site/s/+/telemetry', 1)
    onlooker.send(unsubscribe(7, telemetry, 'site/s/+/TELEMETRY', 'site/s/#', 'site/s/+/telemetry/'))
    await onlooker.next('unsuback')
    const wire = await door().login()
    await wire.publish({ topic: telemetry, payload: 'still', qos: 1 })
    expect((await onlooker.message()).payload).toBe('still')
  })

  it('[MQTT-3.10.4-2] ends the delivery of what comes afterwards', async () => {
    const onlooker = await door().onlooker(telemetry, 1)
    await onlooker.subscribe(status, 1)
    onlooker.send(unsubscribe(7, telemetry))
    await onlooker.next('unsuback')
    const wire = await door().login()
    await wire.publish({ topic: telemetry, payload: 'no more', qos: 1 })
    await wire.publish({ topic: status, payload: 'this', qos: 1 })
    expect((await onlooker.message()).payload).toBe('this')
  })

  it.each([1, 2] as const)('[MQTT-3.10.4-3] lets the QoS %i messages under way come to their end', async qos => {
    const onlooker = await door().onlooker(telemetry, qos)
    const wire = await door().login()
    await wire.publish({ topic: telemetry, payload: 'begun', qos })
    onlooker.send(unsubscribe(7, telemetry))
    await onlooker.next('unsuback')
    expect(await onlooker.message()).toMatchObject({ payload: 'begun', qos })
    await onlooker.settle()
    expect(onlooker.received).toEqual([])
  })

  it('[MQTT-3.10.4-4] is answered with an UNSUBACK of its id', async () => {
    const wire = await door().login()
    await wire.subscribe(telemetry)
    wire.send(unsubscribe(815, telemetry))
    expect(await wire.next('unsuback')).toEqual({ kind: 'unsuback', id: 815 })
  })

  it('[MQTT-3.10.4-5] is answered where nothing was subscribed', async () => {
    const wire = await door().login()
    wire.send(unsubscribe(816, 'site/s/d/never', 'somebody/elses/#'))
    expect((await wire.next('unsuback')).id).toBe(816)
  })

  it('[MQTT-3.10.4-6] of several filters ends them all, with one answer', async () => {
    const onlooker = await door().login({ ...site, clientId: 'onlooker' })
    onlooker.send(subscribe(1, [telemetry, 1], [status, 1], ['site/s/e/status', 1]))
    await onlooker.next('suback')
    onlooker.send(unsubscribe(2, telemetry, status))
    await onlooker.next('unsuback')
    const wire = await door().login()
    const other = await door().login({ username: 'e' })
    await wire.publish({ topic: telemetry, qos: 1 })
    await wire.publish({ topic: status, qos: 1 })
    await other.publish({ topic: 'site/s/e/status', payload: 'left', qos: 1 })
    const message = await onlooker.next('publish')
    onlooker.send(puback(message.id))
    await onlooker.settle()
    expect([message.payload, onlooker.received]).toEqual(['left', []])
  })
})
