import { describe, expect, it } from 'vitest'
import { doorOfEachTest, status, telemetry } from './broker.fixture.ts'
import { packet } from './packets.ts'
import type { Wire } from './wire.ts'

/* Sections 3.1.2.5 to 3.1.2.7: wills. A will is a message like others: kept in the journal, and only on the own topics. */
const door = doorOfEachTest()
const will = { topic: status, payload: 'gone', qos: 1 }

/** After this every will of who is gone has been published: others have come, published and left. */
async function othersCome(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const other = await door().login({ clientId: 'other', username: 'e' })
    await other.publish({ topic: 'site/s/e/telemetry', payload: 'other', qos: 1 })
    await other.leave()
  }
}

function wills(): number {
  return door().journal.payloads.filter(payload => payload === 'gone').length
}

const endings: readonly (readonly [name: string, end: (wire: Wire) => Promise<void>])[] = [
  ['it breaks off', wire => wire.drop()],
  [
    'the server closes it for a violation',
    async wire => {
      wire.send(packet(0xf0))
      await wire.closed()
    }
  ],
  [
    'it is taken over',
    async wire => {
      await door().login({ clientId: 'leaver' })
      await wire.closed()
    }
  ],
  [
    'it publishes where it may not',
    async wire => {
      wire.send(packet(0x30, Buffer.from([0, 1, 0x78])))
      await wire.closed()
    }
  ]
]

describe('a will', () => {
  it.each(endings)('[MQTT-3.1.2-8] is published when %s', async (_, end) => {
    const onlooker = await door().onlooker(status)
    const wire = await door().login({ clientId: 'leaver', will })
    await end(wire)
    expect(await onlooker.message()).toMatchObject({ topic: status, payload: 'gone', qos: 1, isRetained: false })
    await othersCome()
    expect(wills()).toBe(1)
  })

  it('[MQTT-3.1.2-10] [MQTT-3.14.4-3] is not published after DISCONNECT', async () => {
    const wire = await door().login({ clientId: 'leaver', will })
    await wire.leave()
    await othersCome()
    expect(wills()).toBe(0)
  })

  it('[MQTT-3.1.2-10] is published once: the next connection of the session has its own or none', async () => {
    const lasting = { clientId: 'leaver', isClean: false }
    await (await door().login({ ...lasting, will })).drop()
    await othersCome()
    await (await door().login(lasting)).drop()
    await othersCome()
    expect(wills()).toBe(1)
  })

  it('[MQTT-3.1.2-12] is not published where none was given', async () => {
    const wire = await door().login({ clientId: 'leaver' })
    await wire.drop()
    await othersCome()
    expect(door().journal.payloads.filter(payload => payload !== 'other')).toEqual([])
  })

  it('[MQTT-3.1.2-16] without retain is no retained message', async () => {
    await (await door().login({ clientId: 'leaver', will })).drop()
    await othersCome()
    const onlooker = await door().onlooker(status)
    await onlooker.settle()
    expect(wills()).toBe(1)
    expect(onlooker.received).toEqual([])
  })

  it('[MQTT-3.1.2-17] with retain is the retained message', async () => {
    await (await door().login({ clientId: 'leaver', will: { ...will, isRetained: true } })).drop()
    await othersCome()
    const onlooker = await door().onlooker(status)
    expect(await onlooker.message()).toMatchObject({ payload: 'gone', isRetained: true })
  })

  it.each([0, 1, 2] as const)('of QoS %i is kept and delivered with it', async qos => {
    const onlooker = await door().onlooker(status)
    await (await door().login({ clientId: 'leaver', will: { ...will, qos } })).drop()
    expect(await onlooker.message()).toMatchObject({ payload: 'gone', qos })
    expect(door().journal.messages[0]).toMatchObject({ topic: status, qos, credential: 'd' })
  })

  it.each(['site/s/e/status', 'site/t/d/status', '$SYS/x', 'x', 'site/s/d/#', 'site/s/+/status', ''])(
    'to %s, where the device may not publish, is not kept, and counted',
    async topic => {
      const onlooker = await door().onlooker()
      const wire = await door().wire()
      const accepted = wire.login({ username: 'd', password: 'secret', will: { ...will, topic } })
      await accepted.then(
        () => wire.drop(),
        () => wire.closed()
      )
      await othersCome()
      expect(wills()).toBe(0)
      expect(door().refused).toHaveLength(1)
      expect((await onlooker.message()).payload).toBe('other')
    }
  )

  it('is kept with what was published before it, in order', async () => {
    const wire = await door().login({ clientId: 'leaver', will })
    await wire.publish({ topic: telemetry, payload: 'last words', qos: 1 })
    await wire.drop()
    await othersCome()
    expect(door().journal.payloads.slice(0, 2)).toEqual(['last words', 'gone'])
  })
})
