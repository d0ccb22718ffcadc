import { describe, expect, it } from 'vitest'
import { doorOfEachTest, site, status, telemetry } from './broker.fixture.ts'
import { publish, subscribe } from './packets.ts'
import type { Wire } from './wire.ts'

/*
 * Section 3.3.1.3. Sen's rule: retained is the state of a registered device, on its `status`, up to 4 KiB. Everything else
 * is kept in the log and delivered, and the mark is dropped: the history of readings is the series store's.
 */
const door = doorOfEachTest()
const retain = { topic: status, qos: 1, isRetained: true }

let subscribers = 0

/** What a new subscriber is given at once. */
async function retainedFor(filter: string): Promise<readonly (readonly [string, string, number])[]> {
  const wire = await door().login({ ...site, clientId: `new-${++subscribers}` })
  await wire.subscribe(filter, 2)
  await wire.settle()
  await new Promise(resolve => setImmediate(resolve))
  await wire.settle()
  return messagesOf(wire).map(({ topic, payload, qos }) => [topic, payload, qos] as const)
}

function messagesOf(wire: Wire) {
  return wire.received.filter(packet => packet.kind === 'publish')
}

describe('a retained status', () => {
  it.each([0, 1, 2])('[MQTT-3.3.1-5] is stored with its QoS %i for later subscribers', async qos => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'on', qos })
    await wire.settle()
    expect(await retainedFor(status)).toEqual([[status, 'on', qos]])
  })

  it('[MQTT-3.3.1-6] is sent to a new subscription: the last one of each topic that matches', async () => {
    const d = await door().login()
    const e = await door().login({ username: 'e' })
    await d.publish({ ...retain, payload: 'old' })
    await d.publish({ ...retain, payload: 'new' })
    await e.publish({ ...retain, topic: 'site/s/e/status', payload: 'other' })
    const found = await retainedFor('site/s/+/status')
    expect(found.toSorted()).toEqual([
      [status, 'new', 1],
      ['site/s/e/status', 'other', 1]
    ])
    expect(await retainedFor('site/s/f/#')).toEqual([])
  })

  it('[MQTT-3.3.1-7] of QoS 0 replaces the one before', async () => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'old', qos: 2 })
    await wire.publish({ ...retain, payload: 'new', qos: 0 })
    await wire.settle()
    expect(await retainedFor(status)).toEqual([[status, 'new', 0]])
  })

  it('[MQTT-3.3.1-8] is marked as retained where a new subscription brings it', async () => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'on' })
    const onlooker = await door().onlooker(status)
    expect(await onlooker.message()).toMatchObject({ payload: 'on', isRetained: true })
  })

  it('[MQTT-3.3.1-9] is not marked where a subscription that stood brings it', async () => {
    const onlooker = await door().onlooker(status)
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'on' })
    expect(await onlooker.message()).toMatchObject({ payload: 'on', isRetained: false })
  })

  it('[MQTT-3.3.1-10] that is empty is delivered, and takes the one before away', async () => {
    const onlooker = await door().onlooker(status)
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'on' })
    await wire.publish({ ...retain, payload: '' })
    expect((await onlooker.message()).payload).toBe('on')
    expect(await onlooker.message()).toMatchObject({ payload: '', isRetained: false })
    expect(await retainedFor('site/s/#')).toEqual([])
  })

  it('[MQTT-3.3.1-11] that is empty is not stored', async () => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: '' })
    expect(await retainedFor('site/s/#')).toEqual([])
  })

  it('[MQTT-3.3.1-12] is left alone by a message that is not to be retained', async () => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'kept' })
    await wire.publish({ topic: status, payload: 'passing', qos: 1 })
    await wire.publish({ topic: status, payload: '', qos: 1 })
    expect(await retainedFor(status)).toEqual([[status, 'kept', 1]])
  })

  it('[MQTT-3.8.4-3] is sent again when the same subscription is made again', async () => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'on' })
    const onlooker = await door().onlooker(status, 1)
    await onlooker.message()
    await onlooker.subscribe(status, 1)
    expect(await onlooker.message()).toMatchObject({ payload: 'on', isRetained: true })
  })

  it('comes to its own publisher too, with what asks for it', async () => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'on' })
    wire.send(subscribe(5, [status, 1]))
    await wire.next('suback')
    expect((await wire.next('publish')).payload).toBe('on')
  })
})

describe('what Sen does not retain', () => {
  it('is telemetry: kept and delivered, but nothing for later subscribers', async () => {
    const onlooker = await door().onlooker(telemetry)
    const wire = await door().login()
    await wire.publish({ ...retain, topic: telemetry, payload: '{"a":1}' })
    expect(await onlooker.message()).toMatchObject({ payload: '{"a":1}', isRetained: false })
    expect(door().journal.messages[0]).toMatchObject({ retain: true })
    expect(await retainedFor('site/s/#')).toEqual([])
  })

  it('is a status of more than 4 KiB, and the one before stands', async () => {
    const wire = await door().login()
    await wire.publish({ ...retain, payload: 'small' })
    await wire.publish({ ...retain, payload: 'x'.repeat(4097) })
    expect(await retainedFor(status)).toEqual([[status, 'small', 1]])
  })

  it('is the status of a device that is not registered', async () => {
    const wire = await door().login({ ...site, clientId: 'gateway' })
    wire.send(publish({ ...retain, topic: 'site/s/unknown/status', payload: 'on', id: 1 }))
    await wire.next('puback')
    expect(await retainedFor('site/s/#')).toEqual([])
  })
})
