import { describe, expect, it } from 'vitest'
import { device, doorOfEachTest, status, telemetry } from './broker.fixture.ts'
import { connect, puback, subscribe } from './packets.ts'
import type { Wire } from './wire.ts'

/* Sections 3.1.2.4, 3.1.4, 3.2 and 4.1: sessions, and what CONNACK says of them. */
const door = doorOfEachTest()
const lasting = { clientId: 'lasting', isClean: false }

/** A session that lasts, subscribed to the device's own topics, with nobody on it. */
async function leaveSession(): Promise<void> {
  const wire = await door().login(lasting)
  await wire.subscribe('site/s/d/#', 2)
  await wire.leave()
}

/** Comes back to it. */
async function comeBack(fields = {}): Promise<{ readonly wire: Wire; readonly isSessionPresent: boolean }> {
  const wire = await door().wire()
  const isSessionPresent = await wire.login({ ...device, ...lasting, ...fields })
  return { wire, isSessionPresent }
}

describe('a session that lasts (CleanSession 0)', () => {
  it('[MQTT-3.1.2-4] is resumed: its subscriptions still stand', async () => {
    await leaveSession()
    const { wire } = await comeBack()
    const other = await door().login({ clientId: 'other' })
    await other.publish({ topic: telemetry, payload: 'again', qos: 1 })
    expect(await wire.message()).toMatchObject({ payload: 'again', qos: 1 })
  })

  it('[MQTT-3.1.2-5] [MQTT-4.1.0-1] is given the QoS 1 and 2 messages that came while nobody was on it', async () => {
    await leaveSession()
    const other = await door().login({ clientId: 'other' })
    await other.publish({ topic: telemetry, payload: 'one', qos: 1 })
    await other.publish({ topic: telemetry, payload: 'two', qos: 2 })
    const { wire } = await comeBack()
    expect(await wire.message()).toMatchObject({ payload: 'one', qos: 1 })
    expect(await wire.message()).toMatchObject({ payload: 'two', qos: 2 })
  })

  it('[MQTT-3.1.2-5] is given each of them once', async () => {
    await leaveSession()
    const other = await door().login({ clientId: 'other' })
    for (let i = 0; i < 20; i++) await other.publish({ topic: telemetry, payload: `${i}`, qos: 1 })
    const first = await comeBack()
    const payloads: string[] = []
    for (let i = 0; i < 20; i++) payloads.push((await first.wire.message()).payload)
    await first.wire.settle()
    await first.wire.leave()
    const { wire } = await comeBack()
    await wire.settle()
    expect(payloads).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
    expect(wire.received).toEqual([])
  })

  it('[MQTT-3.1.3-2] is found by its client id: another one has a session of its own', async () => {
    await leaveSession()
    const { isSessionPresent } = await comeBack({ clientId: 'another' })
    expect(isSessionPresent).toBe(false)
  })

  it('belongs to its credential: who has another one does not find it', async () => {
    await leaveSession()
    const { isSessionPresent } = await comeBack({ username: 'e' })
    expect(isSessionPresent).toBe(false)
  })
})

describe('a clean session (CleanSession 1)', () => {
  it('[MQTT-3.1.2-6] [MQTT-3.1.4-3] discards the one before, with its subscriptions and messages', async () => {
    await leaveSession()
    const other = await door().login({ clientId: 'other' })
    await other.publish({ topic: telemetry, payload: 'missed', qos: 1 })
    const clean = await comeBack({ isClean: true })
    await other.publish({ topic: telemetry, payload: 'not subscribed', qos: 1 })
    await clean.wire.settle()
    expect([clean.isSessionPresent, clean.wire.received]).toEqual([false, []])
    await clean.wire.leave()
    const { wire, isSessionPresent } = await comeBack()
    await wire.settle()
    expect([isSessionPresent, wire.received]).toEqual([false, []])
  })

  it('[MQTT-3.1.2-7] leaves retained messages alone when it ends', async () => {
    const wire = await door().login()
    await wire.publish({ topic: status, payload: 'on', qos: 1, isRetained: true })
    await wire.leave()
    const onlooker = await door().onlooker()
    expect(await onlooker.message()).toMatchObject({ payload: 'on', isRetained: true })
  })

  it('[MQTT-4.1.0-2] lasts while its connection does', async () => {
    const wire = await door().login()
    await wire.subscribe('site/s/d/#', 1)
    for (let i = 0; i < 3; i++) {
      const other = await door().login({ clientId: `other-${i}` })
      await other.publish({ topic: telemetry, payload: `${i}`, qos: 1 })
      await other.leave()
      expect((await wire.message()).payload).toBe(`${i}`)
    }
  })
})

describe('the same client again', () => {
  it('[MQTT-3.1.4-2] ends the connection it had', async () => {
    const first = await door().login({ clientId: 'same' })
    const second = await door().login({ clientId: 'same' })
    await first.closed()
    await second.settle()
    expect(door().broker.connectedClients).toBe(1)
  })
})

describe('CONNACK', () => {
  it('[MQTT-3.2.0-1] comes first, before what waits in the session and what is retained', async () => {
    await leaveSession()
    const other = await door().login({ clientId: 'other' })
    await other.publish({ topic: status, payload: 'waits', qos: 1, isRetained: true })
    const wire = await door().wire()
    wire.send(connect({ ...device, ...lasting }), subscribe(1, [status, 1]))
    await wire.next('suback')
    await wire.settle()
    expect(wire.received[0]).toMatchObject({ kind: 'connack', isSessionPresent: true })
  })

  it('[MQTT-3.2.2-1] says "no session" to a clean one, whatever was there', async () => {
    await leaveSession()
    expect((await comeBack({ isClean: true })).isSessionPresent).toBe(false)
  })

  it('[MQTT-3.2.2-2] says "session present" to who comes back to one', async () => {
    await leaveSession()
    expect((await comeBack()).isSessionPresent).toBe(true)
  })

  it('[MQTT-3.2.2-2] says so of a session without subscriptions too', async () => {
    await (await door().login(lasting)).leave()
    expect((await comeBack()).isSessionPresent).toBe(true)
  })

  it('[MQTT-3.2.2-2] says so to who takes over', async () => {
    const first = await door().login(lasting)
    await first.subscribe('site/s/d/#', 1)
    expect((await comeBack()).isSessionPresent).toBe(true)
  })

  it('[MQTT-3.2.2-3] says "no session" to who is new', async () => {
    expect((await comeBack()).isSessionPresent).toBe(false)
  })

  it('[MQTT-3.2.2-4] [MQTT-3.2.2-5] says "no session" with a refusal, and the connection is closed', async () => {
    await leaveSession()
    const wire = await door().wire()
    wire.send(connect({ ...lasting, username: 'd', password: 'wrong' }))
    const { isSessionPresent, code } = await wire.next('connack')
    expect(isSessionPresent).toBe(false)
    expect([4, 5]).toContain(code)
    await wire.closed()
  })

  it('[MQTT-3.2.2-6] does not come where none of its codes applies', async () => {
    const wire = await door().wire()
    wire.send(connect({ ...device, protocol: 'none' }))
    await wire.closed()
    expect(wire.received).toEqual([])
  })
})

describe('coming back', () => {
  it('[MQTT-4.4.0-1] is sent what was not acknowledged, under its id, marked as sent again', async () => {
    const first = await door().login(lasting)
    await first.subscribe('site/s/d/#', 2)
    const other = await door().login({ clientId: 'other' })
    await other.publish({ topic: telemetry, payload: 'one', qos: 1 })
    const { id } = await first.next('publish')
    await first.drop()
    const { wire } = await comeBack()
    expect(await wire.next('publish')).toMatchObject({ payload: 'one', id, isDup: true })
    wire.send(puback(id))
    await wire.settle()
    expect(wire.received).toEqual([])
  })
})
