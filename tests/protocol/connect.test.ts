import { describe, expect, it } from 'vitest'
import { device, doorOfEachTest, expectCut, status, telemetry } from './broker.fixture.ts'
import {
  connect,
  disconnect,
  field,
  packet,
  pingreq,
  puback,
  publish,
  pubrel,
  subscribe,
  uint16,
  unsubscribe
} from './packets.ts'

/* Section 3.1: what a CONNECT must be, and who is let in. */
const door = doorOfEachTest()

const will = { topic: status, payload: 'gone' }

/** A CONNECT whose payload and flags are given apart, right or wrong. */
function connectOf(flags: number, ...payload: readonly Uint8Array[]): Buffer {
  return packet(0x10, field('MQTT'), Buffer.from([4, flags]), uint16(0), ...payload)
}

const [id, user, secret] = [field('c'), field('d'), field('secret')]

describe('the first packet', () => {
  it.each([
    ['PUBLISH QoS 0', publish({ topic: telemetry, payload: 'early' })],
    ['PUBLISH QoS 1', publish({ topic: telemetry, payload: 'early', qos: 1, id: 1 })],
    ['SUBSCRIBE', subscribe(1, ['site/s/d/#', 0])],
    ['UNSUBSCRIBE', unsubscribe(1, 'site/s/d/#')],
    ['PUBACK', puback(1)],
    ['PUBREL', pubrel(1)],
    ['PINGREQ', pingreq],
    ['DISCONNECT', disconnect]
  ])('[MQTT-3.1.0-1] is not %s: closed, and nothing behind it counts', async (_, bytes) => {
    const wire = await door().wire()
    wire.send(bytes, connect(device), publish({ topic: telemetry, payload: 'late', qos: 1, id: 1 }))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.1.0-2] is the only CONNECT: a second one closes the connection', async () => {
    const wire = await door().login()
    wire.send(connect(device))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.1.0-2] is the only CONNECT, in one write too', async () => {
    const wire = await door().wire()
    wire.send(connect(device), connect(device), publish({ topic: telemetry, qos: 1, id: 1 }))
    await wire.closed()
    expect(door().journal.payloads).toEqual([])
    expect(wire.received.filter(({ kind }) => kind === 'connack').length).toBeLessThanOrEqual(1)
  })
})

describe('protocol', () => {
  it.each(['MQTX', 'mqtt', '', 'MQTTT', 'HTTP'])('[MQTT-3.1.2-1] name "%s" closes the connection', async protocol => {
    const wire = await door().wire()
    wire.send(connect({ ...device, protocol }), publish({ topic: telemetry, qos: 1, id: 1 }))
    await expectCut(door(), wire)
  })

  it.each([0, 1, 2, 3, 6, 127, 255])('[MQTT-3.1.2-2] level %i is answered with code 1, then closed', async level => {
    const wire = await door().wire()
    wire.send(connect({ ...device, level }))
    expect(await wire.next('connack')).toMatchObject({ code: 1, isSessionPresent: false })
    await wire.closed()
  })
})

const malformed: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['[MQTT-3.1.2-3] with the reserved flag set', connect({ ...device, flags: 0xc3 })],
  ['[MQTT-3.1.2-9] with a will flag and no will', connectOf(0xc6, id, user, secret)],
  ['[MQTT-3.1.2-9] with a will topic and no will message', connectOf(0x06, id, field(status))],
  ['[MQTT-3.1.2-11] with a will and no will flag', connectOf(0xc2, id, field(status), field('x'), user, secret)],
  ['[MQTT-3.1.2-13] with a will QoS and no will flag', connectOf(0xc2 | 0x08, id, user, secret)],
  ['[MQTT-3.1.2-14] with will QoS 3', connect({ ...device, will: { ...will, qos: 3 } })],
  ['[MQTT-3.1.2-15] with will retain and no will flag', connectOf(0xc2 | 0x20, id, user, secret)],
  ['[MQTT-3.1.2-18] with a user name and no flag for it', connectOf(0x02, id, user)],
  ['[MQTT-3.1.2-19] with a flag for the user name and none', connectOf(0x82, id)],
  ['[MQTT-3.1.2-20] with a password and no flag for it', connectOf(0x82, id, user, secret)],
  ['[MQTT-3.1.2-21] with a flag for the password and none', connectOf(0xc2, id, user)],
  ['[MQTT-3.1.2-22] with a password and no user name', connectOf(0x42, id, secret)],
  ['[MQTT-3.1.3-3] without a client id', connectOf(0x02)],
  ['[MQTT-3.1.3-3] with a client id longer than the packet', connectOf(0x02, uint16(90), Buffer.from('c'))],
  ['[MQTT-3.1.4-1] with bytes behind its end', connectOf(0xc2, id, user, secret, Buffer.from('more'))],
  ['[MQTT-3.1.4-1] that ends within its header', packet(0x10, field('MQTT'), Buffer.from([4]))],
  ['[MQTT-3.1.4-1] that is empty', packet(0x10)],
  ['[MQTT-3.1.4-1] that ends within its protocol name', packet(0x10, uint16(4), Buffer.from('MQ'))]
]

describe('a CONNECT', () => {
  it.each(malformed)('%s is closed without a CONNACK', async (_, bytes) => {
    const wire = await door().wire()
    wire.send(bytes, publish({ topic: telemetry, qos: 1, id: 1 }))
    await expectCut(door(), wire)
  })

  it('[MQTT-3.1.3-1] has its fields in this order: client id, will topic, will message, user name, password', async () => {
    const onlooker = await door().onlooker(status)
    const wire = await door().login({ clientId: 'all', will: { ...will, qos: 1 } })
    await wire.drop()
    expect(await onlooker.message()).toMatchObject({ topic: status, payload: 'gone' })
    expect(door().journal.messages[0]).toMatchObject({ topic: status, credential: 'd' })
    expect(door().journal.messages[0]?.clientId).toContain('all')
  })

  it('[MQTT-3.1.4-4] that is right is answered with code 0', async () => {
    const wire = await door().wire()
    wire.send(connect(device))
    expect((await wire.next('connack')).code).toBe(0)
  })

  it.each([
    ['a wrong password', { username: 'd', password: 'wrong' }],
    ['no password', { username: 'd' }],
    ['an unknown user', { username: 'nobody', password: 'secret' }],
    ['no user at all', {}]
  ])('[MQTT-3.1.4-5] with %s is refused, and what comes behind it is not processed', async (_, fields) => {
    const wire = await door().wire()
    wire.send(connect(fields), subscribe(1, ['site/s/d/#', 0]), publish({ topic: telemetry, qos: 1, id: 2 }), pingreq)
    expect([4, 5]).toContain((await wire.next('connack')).code)
    await expectCut(door(), wire)
    expect(door().refused).toEqual(['credentials'])
  })
})

describe('client ids', () => {
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

  it('[MQTT-3.1.3-5] of 1 to 23 letters and digits are accepted', async () => {
    for (let length = 1; length <= 23; length++) await door().login({ clientId: alphabet.slice(0, length) })
    await door().login({ clientId: alphabet.slice(23, 46) })
    await door().login({ clientId: alphabet.slice(39) })
    expect(door().refused).toEqual([])
  })

  it('[MQTT-3.1.3-6] that are empty are each given one of their own', async () => {
    const first = await door().login({ clientId: '' })
    const second = await door().login({ clientId: '' })
    await first.publish({ topic: telemetry, qos: 1 })
    await second.publish({ topic: telemetry, qos: 1 })
    const [one, two] = door().journal.messages.map(({ clientId }) => clientId)
    expect(one).not.toBe(two)
  })

  it('[MQTT-3.1.3-7] [MQTT-3.1.3-8] that are empty need a clean session: else code 2, then closed', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...device, clientId: '', isClean: false }))
    expect(await wire.next('connack')).toMatchObject({ code: 2, isSessionPresent: false })
    await wire.closed()
  })

  it.each([
    ['holds a control character', 'a\u0007b'],
    ['is longer than 256 bytes', 'c'.repeat(300)]
  ])('[MQTT-3.1.3-9] are answered with code 2, then closed, if one %s', async (_, clientId) => {
    const wire = await door().wire()
    wire.send(connect({ ...device, clientId }))
    expect(await wire.next('connack')).toMatchObject({ code: 2, isSessionPresent: false })
    await wire.closed()
    expect(door().refused).toEqual(['client-id'])
  })
})
