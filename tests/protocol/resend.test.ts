import { describe, expect, it } from 'vitest'
import { doorOfEachTest, telemetry } from './broker.fixture.ts'
import { publish, pubrel } from './packets.ts'

/* The same packet again: after a lost connection, before its PUBREL, in one read. */
const door = doorOfEachTest()
const lasting = { clientId: 'lasting', isClean: false }
const qos2 = (id: number, isDup = false, payload = 'x') => publish({ topic: telemetry, payload, qos: 2, id, isDup })

describe('a QoS 2 message that is sent again', () => {
  it.each([2, 3, 20])('in one read, %i times, is kept once and answered each time', async times => {
    const onlooker = await door().onlooker()
    const wire = await door().login()
    wire.send(...Array.from({ length: times }, (_, i) => qos2(7, i > 0)))
    expect((await wire.nextOf('pubrec', times)).map(({ id }) => id)).toEqual(Array.from({ length: times }, () => 7))
    wire.send(pubrel(7))
    await wire.next('pubcomp')
    await wire.publish({ topic: telemetry, payload: 'end', qos: 2 })
    expect(door().journal.payloads).toEqual(['x', 'end'])
    expect([(await onlooker.message()).payload, (await onlooker.message()).payload]).toEqual(['x', 'end'])
  })

  it('while the journal has not synced it is kept once', async () => {
    door().journal.isHeld = true
    const wire = await door().login()
    wire.send(qos2(7))
    await wire.settle()
    wire.send(qos2(7, true))
    await wire.settle()
    door().journal.release()
    await wire.next('pubrec')
    await wire.next('pubrec')
    expect(door().journal.payloads).toEqual(['x'])
  })

  it('with its PUBREL in the same read, before any PUBREC, is kept once at most', async () => {
    const wire = await door().login()
    wire.send(qos2(7), qos2(7, true), pubrel(7))
    await Promise.race([wire.next('pubcomp').catch(() => undefined), wire.closed()])
    expect(door().journal.payloads).toEqual(['x'])
  })

  it('after its session came back is kept once', async () => {
    const first = await door().login(lasting)
    first.send(qos2(7))
    await first.next('pubrec')
    await first.drop()
    const second = await door().login(lasting)
    second.send(qos2(7, true))
    expect((await second.next('pubrec')).id).toBe(7)
    second.send(pubrel(7))
    await second.next('pubcomp')
    expect(door().journal.payloads).toEqual(['x'])
  })

  it('after its connection broke before PUBREC is kept once', async () => {
    door().journal.isHeld = true
    const first = await door().login(lasting)
    first.send(qos2(7))
    await first.settle()
    await first.drop()
    door().journal.release()
    const second = await door().login(lasting)
    second.send(qos2(7, true))
    expect((await second.next('pubrec')).id).toBe(7)
    expect(door().journal.payloads).toEqual(['x'])
  })
})

describe('PUBREL', () => {
  it('twice is answered with PUBCOMP twice, and the message is delivered once', async () => {
    const onlooker = await door().onlooker()
    const wire = await door().login()
    wire.send(qos2(7))
    await wire.next('pubrec')
    wire.send(pubrel(7), pubrel(7))
    expect((await wire.nextOf('pubcomp', 2)).map(({ id }) => id)).toEqual([7, 7])
    await wire.publish({ topic: telemetry, payload: 'end', qos: 1 })
    expect([(await onlooker.message()).payload, (await onlooker.message()).payload]).toEqual(['x', 'end'])
  })

  it('of what was never sent is answered with PUBCOMP, so that a client gets on', async () => {
    const wire = await door().login()
    wire.send(pubrel(99))
    expect((await wire.next('pubcomp')).id).toBe(99)
  })

  it('after the session came back is answered', async () => {
    const first = await door().login(lasting)
    first.send(qos2(7))
    await first.next('pubrec')
    first.send(pubrel(7))
    await first.drop()
    const second = await door().login(lasting)
    second.send(pubrel(7))
    expect((await second.next('pubcomp')).id).toBe(7)
    expect(door().journal.payloads).toEqual(['x'])
  })
})

describe('half-open QoS 2', () => {
  it('is cut off at its limit: each message is kept once, memory is bounded', async () => {
    const wire = await door().login()
    for (let id = 1; id <= 2000 && wire.closedAt === undefined; id++) {
      wire.send(qos2(id, false, `${id}`))
      if (id % 50 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await wire.closed()
    const { payloads } = door().journal
    expect(payloads.length).toBeLessThan(300)
    expect(new Set(payloads).size).toBe(payloads.length)
    const acknowledged = wire.received.flatMap(packet => (packet.kind === 'pubrec' ? [`${packet.id}`] : []))
    expect(payloads).toEqual(expect.arrayContaining(acknowledged))
  })
})
