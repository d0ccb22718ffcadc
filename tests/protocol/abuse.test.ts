import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { isNextConnection } from '../../ingest/connection-number.ts'
import { device, doorOfEachTest, site, status, telemetry } from './broker.fixture.ts'
import { connect, disconnect, publish, pubrel, subscribe, unsubscribe } from './packets.ts'
import { Wire } from './wire.ts'

/* What was once found by attacking the broker, each as small as it can be told. */
const door = doorOfEachTest()

describe('a subscription that was refused', () => {
  it('is not kept in the session beside one that was granted', async () => {
    const lasting = { clientId: 'lasting', isClean: false }
    const wire = await door().login(lasting)
    wire.send(subscribe(1, ['site/s/d/command', 1], ['#', 1], ['site/s/e/#', 1]))
    expect((await wire.next('suback')).codes).toEqual([1, 0x80, 0x80])
    await wire.leave()
    const other = await door().login({ username: 'e', clientId: 'other' })
    await other.publish({ topic: 'site/s/e/telemetry', payload: 'secret', qos: 1 })
    const back = await door().login(lasting)
    await other.publish({ topic: 'site/s/e/telemetry', payload: 'secret too', qos: 1 })
    await back.settle()
    expect(back.received.filter(({ kind }) => kind === 'publish')).toEqual([])
  })

  it('does not come thousands at a time', async () => {
    const wire = await door().login()
    wire.send(subscribe(1, ...Array.from({ length: 129 }, (_, i) => [`site/s/d/${i}`, 1] as const)))
    await wire.closed()
    expect(door().refused).toEqual(['malformed'])
  })
})

describe('strangers', () => {
  it('who send nonsense take no place from those who come after', async () => {
    for (let i = 0; i < 5000; i += 100) {
      const wires = await Promise.all(Array.from({ length: 100 }, () => Wire.open(door().port)))
      for (const wire of wires) wire.send(Buffer.from([0x47, 0]))
      await Promise.all(wires.map(wire => wire.closed()))
    }
    await expect(door().login()).resolves.toBeInstanceOf(Wire)
  })
})

describe('who sends and does not read', () => {
  it('is read no further, and leaves nobody waiting when gone', async () => {
    const wire = await door().login()
    const { socket } = wire
    socket.removeAllListeners('data')
    socket.pause()
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => pubrel(9)))
    // Until nothing more is taken: its answers fill what lies between, and then it is read no further.
    let isTaken = true
    while (isTaken) {
      isTaken = socket.write(many) || (await Promise.race([once(socket, 'drain').then(() => true), delay(500, false)]))
    }
    const other = await door().login({ username: 'e', clientId: 'other' })
    await other.settle()
    socket.resetAndDestroy()
    await other.publish({ topic: 'site/s/e/telemetry', payload: '1', qos: 1 })
    expect(door().journal.messages).toMatchObject([{ topic: 'site/s/e/telemetry' }])
  })
})

describe('messages of several kinds in one read', () => {
  it('all reach a subscriber, each kind in its order', async () => {
    const onlooker = await door().onlooker('site/s/#', 1)
    const wire = await door().login()
    wire.send(
      Buffer.concat([
        publish({ topic: telemetry, payload: 'a', qos: 1, id: 1 }),
        publish({ topic: telemetry, payload: 'b' }),
        publish({ topic: status, payload: 'c', qos: 1, id: 2, isRetained: true }),
        publish({ topic: telemetry, payload: 'd' }),
        publish({ topic: telemetry, payload: 'e', qos: 1, id: 3 })
      ])
    )
    const heard: string[] = []
    while (heard.length < 5) heard.push((await onlooker.message()).payload.toString())
    expect(heard).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
})

describe('who says everything and goes', () => {
  it('is heard to the end, and its will is not sent', async () => {
    const wire = await door().login({ will: { topic: status, payload: 'will' } })
    for (let i = 0; i < 600; i++) wire.send(publish({ topic: telemetry, payload: `${i}` }))
    wire.send(disconnect)
    wire.socket.end()
    await wire.closed()
    expect(door().journal.payloads).toEqual(Array.from({ length: 600 }, (_, i) => `${i}`))
  })
})

describe('a client that comes back', () => {
  it('several times before it sends again is known by its next message', async () => {
    const first = await door().login({ clientId: 'restless' })
    await first.publish({ topic: telemetry, payload: '1', qos: 1 })
    await first.drop()
    for (let i = 0; i < 3; i++) await (await door().login({ clientId: 'restless' })).drop()
    await (await door().login({ clientId: 'restless' })).publish({ topic: telemetry, payload: '2', qos: 1 })
    const [one, two] = door().journal.messages.map(({ connection }) => connection)
    expect(isNextConnection(one ?? 0, two ?? 0)).toBe(true)
  })

  it('is answered on its new connection what the old one brought', async () => {
    const lasting = { clientId: 'lasting', isClean: false }
    door().journal.isHeld = true
    const old = await door().login(lasting)
    old.send(publish({ topic: telemetry, payload: '1', qos: 2, id: 5 }))
    while (door().journal.messages.length === 0) await delay(5)
    await old.drop()
    const back = await door().login(lasting)
    back.send(publish({ topic: telemetry, payload: '1', qos: 2, id: 5, isDup: true }))
    await back.settle()
    door().journal.release()
    expect((await back.next('pubrec')).id).toBe(5)
    expect(door().journal.payloads).toEqual(['1'])
  })

  it('is not sent what it has unsubscribed from', async () => {
    const lasting = { ...site, clientId: 'lasting', isClean: false }
    const wire = await door().login(lasting)
    await wire.subscribe('site/s/#', 1)
    const sender = await door().login()
    await sender.publish({ topic: telemetry, payload: '1', qos: 1 })
    await wire.message()
    wire.send(unsubscribe(7, 'site/s/#'))
    await wire.next('unsuback')
    await wire.leave()
    const back = await door().login(lasting)
    await back.settle()
    expect(back.received.filter(({ kind }) => kind === 'publish')).toEqual([])
  })
})

describe('a credential', () => {
  it('that is revoked ends the connections that wait to join, too', async () => {
    const wires = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const wire = await door().wire()
        wire.send(connect({ ...device, clientId: 'same' }))
        return wire
      })
    )
    door().broker.disconnect('d')
    await delay(50)
    door().broker.disconnect('d')
    await Promise.all(wires.map(wire => wire.closed()))
    await vi.waitFor(() => expect(door().broker.connectedClients).toBe(0))
  })

  it('of one device does not take every place', async () => {
    for (let i = 0; i < 32; i++) await door().login({ clientId: `c${i}` })
    const wire = await door().wire()
    wire.send(connect({ ...device, clientId: 'one too many' }))
    expect((await wire.next('connack')).code).toBe(3)
    await door().login({ username: 'e', clientId: 'e' })
    expect(door().refused).toEqual(['credential-limit'])
  })
})
