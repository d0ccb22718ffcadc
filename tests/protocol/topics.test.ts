import { describe, expect, it } from 'vitest'
import { doorOfEachTest, site, status } from './broker.fixture.ts'
import { subscribe } from './packets.ts'

/* Section 4.7: which filters are right, and which topics they match. */
const door = doorOfEachTest()

const topics = ['site/s/d/telemetry', 'site/s/d/status', 'site/s/d/command/reply', 'site/s/e/status'] as const

/** Publishes to every topic and looks which ones the filter brings. */
async function matchedBy(filter: string): Promise<readonly string[]> {
  const onlooker = await door().login({ ...site, clientId: 'matching' })
  await onlooker.subscribe(filter, 1)
  await onlooker.subscribe('site/s/f/status', 1)
  const gateway = await door().login({ ...site, clientId: 'gateway' })
  for (const topic of topics) await gateway.publish({ topic, payload: 'x', qos: 1 })
  await gateway.publish({ topic: 'site/s/f/status', payload: 'end', qos: 1 })
  const matched: string[] = []
  for (;;) {
    const message = await onlooker.message()
    if (message.payload === 'end') return matched
    matched.push(message.topic)
  }
}

describe('filters', () => {
  it.each([
    ['site/s/d/telemetry', [topics[0]]],
    ['site/s/d/+', [topics[0], topics[1]]],
    ['site/s/d/#', [topics[0], topics[1], topics[2]]],
    ['site/s/+/status', [topics[1], topics[3]]],
    ['site/s/+/+/reply', [topics[2]]],
    ['site/s/d/+/#', [topics[0], topics[1], topics[2]]],
    ['site/s/d/command/#', [topics[2]]],
    ['site/s/d/command/reply/#', [topics[2]]],
    ['site/s/d/telemetry/+', []],
    ['site/s/d/Telemetry', []],
    ['site/s//status', []],
    ['site/s/d/telemetry/', []]
  ])('[MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-4] "%s" match as the standard says', async (filter, expected) => {
    expect(await matchedBy(filter)).toEqual(expected)
  })

  it.each(['site/s/d/tele#', 'site/s/d/#/status', 'site/s/d#', 'site/s/d/##'])(
    '[MQTT-4.7.1-2] "%s" is none: refused with 0x80 or by closing, and brings nothing',
    async filter => {
      const wire = await door().login()
      wire.send(subscribe(1, [filter, 0]))
      const answer = await Promise.race([wire.next('suback').catch(() => undefined), wire.closed()])
      expect(answer?.codes ?? [0x80]).toEqual([0x80])
      expect(door().refused).toHaveLength(1)
    }
  )

  it.each(['site/s/d/tele+', 'site/s/d/+x', 'site/s/d/x+y/#', 'site/s/d/++'])(
    '[MQTT-4.7.1-3] "%s" is none: refused with 0x80 or by closing, and brings nothing',
    async filter => {
      const wire = await door().login()
      wire.send(subscribe(1, [filter, 0]))
      const answer = await Promise.race([wire.next('suback').catch(() => undefined), wire.closed()])
      expect(answer?.codes ?? [0x80]).toEqual([0x80])
      expect(door().refused).toHaveLength(1)
    }
  )

  it('[MQTT-4.7.3-1] that are empty are none', async () => {
    const wire = await door().login()
    wire.send(subscribe(1, ['', 0]))
    const answer = await Promise.race([wire.next('suback').catch(() => undefined), wire.closed()])
    expect(answer?.codes ?? [0x80]).toEqual([0x80])
  })

  it.each(['#', '+/#', '$SYS/#', '+/broker/#'])(
    '[MQTT-4.7.2-1] "%s" is granted to nobody, so that no wildcard meets a topic with a $',
    async filter => {
      for (const fields of [{ username: 'd' }, { username: 'site:s' }]) {
        const wire = await door().login({ ...fields, clientId: 'asks' })
        wire.send(subscribe(1, [filter, 0]))
        expect((await wire.next('suback')).codes).toEqual([0x80])
      }
    }
  )

  it('[MQTT-4.7.3-4] are compared as they are: two forms of one character are two topics', async () => {
    const wire = await door().login()
    await wire.subscribe('site/s/d/\u00e9/#', 1)
    await wire.subscribe('site/s/d/e\u0301/#', 2)
    await wire.subscribe(status, 0)
    wire.send(subscribe(9, ['site/s/d/\u00e9/#', 0]))
    expect((await wire.next('suback')).codes).toEqual([0])
  })
})
