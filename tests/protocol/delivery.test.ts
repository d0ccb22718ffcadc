import { describe, expect, it } from 'vitest'
import { doorOfEachTest, expectCut, telemetry } from './broker.fixture.ts'
import { disconnect, packet, pingreq, puback, pubcomp, publish, pubrec, pubrel, uint16 } from './packets.ts'

/* Sections 3.4 to 3.7, 3.12 to 3.14, 4.3 to 4.5 and 4.8. */
const door = doorOfEachTest()

const qos1 = (payload: string, id: number, isDup = false) => publish({ topic: telemetry, payload, qos: 1, id, isDup })
const qos2 = (payload: string, id: number, isDup = false) => publish({ topic: telemetry, payload, qos: 2, id, isDup })

describe('QoS 1 in', () => {
  it('[MQTT-4.3.2-2] is acknowledged only once it is owned: when the journal has it', async () => {
    door().journal.isHeld = true
    const wire = await door().login()
    wire.send(qos1('x', 5), pingreq)
    await wire.next('pingresp')
    await wire.settle()
    expect(wire.received).toEqual([])
    door().journal.release()
    expect((await wire.next('puback')).id).toBe(5)
  })

  it('[MQTT-4.3.2-2] under the same id after its PUBACK is a new message, whatever its DUP says', async () => {
    const wire = await door().login()
    wire.send(qos1('one', 5))
    await wire.next('puback')
    wire.send(qos1('two', 5, true))
    await wire.next('puback')
    expect(door().journal.payloads).toEqual(['one', 'two'])
  })
})

describe('QoS 1 out', () => {
  it('[MQTT-4.3.2-1] is sent once under an id of its own, until PUBACK comes', async () => {
    const lasting = { clientId: 'lasting', isClean: false }
    const first = await door().login(lasting)
    await first.subscribe(telemetry, 1)
    await first.publish({ topic: telemetry, payload: 'one', qos: 1 })
    await first.publish({ topic: telemetry, payload: 'two', qos: 1 })
    const [one, two] = await first.nextOf('publish', 2)
    expect([one, two]).toMatchObject([
      { payload: 'one', qos: 1, isDup: false },
      { payload: 'two', qos: 1, isDup: false }
    ])
    first.send(puback(one?.id ?? 0))
    await first.settle()
    await first.drop()
    const second = await door().login(lasting)
    expect(await second.next('publish')).toMatchObject({ payload: 'two', id: two?.id })
    await second.settle()
    expect(second.received).toEqual([])
  })
})

describe('QoS 2 in', () => {
  it('[MQTT-4.3.3-2] is answered with PUBREC only once it is owned, then PUBREL with PUBCOMP', async () => {
    door().journal.isHeld = true
    const wire = await door().login()
    wire.send(qos2('x', 5))
    await wire.settle()
    expect(wire.received).toEqual([])
    door().journal.release()
    expect((await wire.next('pubrec')).id).toBe(5)
    wire.send(pubrel(5))
    expect((await wire.next('pubcomp')).id).toBe(5)
  })

  it('[MQTT-4.3.3-2] reaches each subscriber once, however often it is sent before PUBREL', async () => {
    const onlooker = await door().onlooker()
    const wire = await door().login()
    for (const isDup of [false, true, true]) {
      wire.send(qos2('x', 5, isDup))
      expect((await wire.next('pubrec')).id).toBe(5)
    }
    wire.send(pubrel(5))
    await wire.next('pubcomp')
    await wire.publish({ topic: telemetry, payload: 'end', qos: 2 })
    expect((await onlooker.message()).payload).toBe('x')
    expect((await onlooker.message()).payload).toBe('end')
    expect(door().journal.payloads).toEqual(['x', 'end'])
  })

  it('[MQTT-4.3.3-2] under the same id after PUBCOMP is a new message', async () => {
    const wire = await door().login()
    for (const payload of ['one', 'two']) {
      wire.send(qos2(payload, 5))
      await wire.next('pubrec')
      wire.send(pubrel(5))
      await wire.next('pubcomp')
    }
    expect(door().journal.payloads).toEqual(['one', 'two'])
  })
})

describe('QoS 2 out', () => {
  it('[MQTT-4.3.3-1] is sent once under an id, and goes from PUBREC to PUBREL to PUBCOMP', async () => {
    const lasting = { clientId: 'lasting', isClean: false }
    const first = await door().login(lasting)
    await first.subscribe(telemetry, 2)
    await first.publish({ topic: telemetry, payload: 'one', qos: 2 })
    const { id } = await first.next('publish')
    first.send(pubrec(id))
    expect((await first.next('pubrel')).id).toBe(id)
    await first.drop()
    // PUBREL is sent again, the message is not.
    const second = await door().login(lasting)
    expect((await second.next('pubrel')).id).toBe(id)
    second.send(pubcomp(id))
    await second.settle()
    expect(second.received).toEqual([])
    await second.leave()
    const third = await door().login(lasting)
    await third.settle()
    expect(third.received).toEqual([])
  })
})

describe('subscribers', () => {
  it('[MQTT-4.5.0-1] have every message that matches added to their session', async () => {
    const onlookers = []
    for (const clientId of ['one', 'two', 'three']) {
      const onlooker = await door().login({ username: 'site:s', clientId })
      await onlooker.subscribe('site/s/#', 1)
      onlookers.push(onlooker)
    }
    const wire = await door().login()
    for (let i = 0; i < 50; i++) wire.send(qos1(`${i}`, i + 1))
    for (const onlooker of onlookers) {
      const payloads: string[] = []
      for (let i = 0; i < 50; i++) payloads.push((await onlooker.message()).payload)
      expect(payloads).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`))
    }
  })
})

describe('PUBREL', () => {
  it.each([0x60, 0x61, 0x63, 0x66, 0x6a])('[MQTT-3.6.1-1] with first byte %i closes the connection', async first => {
    const wire = await door().login()
    wire.send(qos2('x', 1))
    await wire.next('pubrec')
    wire.send(packet(first, uint16(1)))
    await wire.closed()
    expect(wire.received).toEqual([])
  })
})

describe('PINGREQ', () => {
  it('[MQTT-3.12.4-1] is answered with PINGRESP, each one', async () => {
    const wire = await door().login()
    wire.send(pingreq, pingreq, pingreq)
    expect(await wire.nextOf('pingresp', 3)).toHaveLength(3)
  })
})

describe('DISCONNECT', () => {
  it.each([0xe1, 0xe2, 0xe8, 0xef])(
    '[MQTT-3.14.1-1] with first byte %i is a violation: the will is sent',
    async first => {
      const onlooker = await door().onlooker('site/s/d/status')
      const wire = await door().login({ will: { topic: 'site/s/d/status', payload: 'gone', qos: 1 } })
      wire.send(packet(first))
      await wire.closed()
      expect((await onlooker.message()).payload).toBe('gone')
    }
  )

  it('[MQTT-3.14.4-3] discards the will', async () => {
    const wire = await door().login({ will: { topic: 'site/s/d/status', payload: 'gone', qos: 1 } })
    await wire.leave()
    const other = await door().login({ clientId: 'other' })
    await other.publish({ topic: telemetry, payload: 'later', qos: 1 })
    expect(door().journal.payloads).toEqual(['later'])
  })

  it('[MQTT-3.14.4-2] is the end: what comes behind it is not processed', async () => {
    const wire = await door().login()
    wire.send(disconnect, qos1('late', 1), pingreq)
    await expectCut(door(), wire)
  })
})

describe('trouble', () => {
  it.each([1, 2] as const)(
    '[MQTT-4.8.0-2] of the journal closes the connection: QoS %i is not acknowledged',
    async qos => {
      door().journal.isHeld = true
      const wire = await door().login()
      wire.send(publish({ topic: telemetry, payload: 'x', qos, id: 1 }), pingreq)
      await wire.next('pingresp')
      for (const { reject } of door().journal.waiting.splice(0)) reject(new Error('disk full'))
      await wire.closed()
      expect(wire.received).toEqual([])
    }
  )

  it('[MQTT-4.8.0-1] on one connection leaves the others alone', async () => {
    const onlooker = await door().onlooker()
    const wire = await door().login({ clientId: 'good' })
    const bad = await door().login({ clientId: 'bad' })
    bad.send(packet(0xff, Buffer.from('nonsense')))
    await bad.closed()
    await wire.publish({ topic: telemetry, payload: 'on', qos: 2 })
    expect((await onlooker.message()).payload).toBe('on')
  })
})
