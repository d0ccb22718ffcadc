import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { doorOfEachTest, status, telemetry } from './broker.fixture.ts'
import { pingreq, publish } from './packets.ts'
import type { Wire } from './wire.ts'

/* Who falls silent is gone after one and a half times its keep-alive, give or take a second. */
const door = doorOfEachTest()
const will = { topic: status, payload: 'gone', qos: 1, isRetained: true }

/** Seconds from `since` until the server closed. */
async function secondsUntilClosed(wire: Wire, since: number): Promise<number> {
  await wire.closed(20_000)
  return ((wire.closedAt ?? 0) - since) / 1000
}

/** Its keep-alive passes; who looks on and who comes later see it offline. @returns seconds until it was closed, and until it was seen. */
async function fallSilent(id: string, keepAlive: number): Promise<{ readonly closed: number; readonly seen: number }> {
  const topic = `site/s/${id}/status`
  const onlooker = await door().login({ username: 'site:s', clientId: `onlooker-${id}` })
  await onlooker.subscribe(topic, 1)
  const wire = await door().login({ clientId: 'silent', username: id, keepAlive, will: { ...will, topic } })
  const since = performance.now()
  const seen = until(onlooker, since)
  const closed = await secondsUntilClosed(wire, since)
  const later = await door().login({ username: 'site:s', clientId: `later-${id}` })
  await later.subscribe(topic, 1)
  expect(await later.message()).toMatchObject({ payload: 'gone', isRetained: true })
  return { closed, seen: await seen }
}

async function until(onlooker: Wire, since: number): Promise<number> {
  // Every wait has a deadline of its own, shorter than the longest keep-alive here.
  const message = await onlooker.message().catch(() => onlooker.message())
  expect(message.payload).toBe('gone')
  return (performance.now() - since) / 1000
}

describe('keep-alive', () => {
  it(
    '[MQTT-3.1.2-24] of 1, 2 and 4 s closes after 1.5 times as long ± 1 s, and sends the will',
    { timeout: 30_000 },
    async () => {
      const keepAlives = [1, 2, 4]
      const all = await Promise.all(keepAlives.map((keepAlive, i) => fallSilent('def'[i] ?? '', keepAlive)))
      for (const [i, { closed, seen }] of all.entries()) {
        const keepAlive = keepAlives[i] ?? 0
        expect(Math.abs(closed - 1.5 * keepAlive)).toBeLessThanOrEqual(1)
        expect(seen).toBeLessThanOrEqual(Math.max(2 * keepAlive, 1.5 * keepAlive + 1))
      }
    }
  )

  it(
    '[MQTT-3.1.2-24] closes a peer that has vanished: nothing is read nor answered there',
    { timeout: 30_000 },
    async () => {
      const wire = await door().login({ keepAlive: 2, will })
      await wire.subscribe(telemetry, 0)
      const since = performance.now()
      wire.socket.pause()
      const onlooker = await door().onlooker(status)
      const other = await door().login({ clientId: 'other' })
      // What the server sends to it does not count as a sign of life.
      let isGone = false
      const sending = (async () => {
        while (!isGone) {
          await other.publish({ topic: telemetry, payload: 'are you there', qos: 1 })
          await delay(100)
        }
      })()
      expect((await onlooker.message()).payload).toBe('gone')
      isGone = true
      await sending
      expect(Math.abs((performance.now() - since) / 1000 - 3)).toBeLessThanOrEqual(1)
    }
  )

  it('[MQTT-3.1.2-24] counts from the last packet of any kind', { timeout: 30_000 }, async () => {
    const wire = await door().login({ keepAlive: 1 })
    for (let i = 0; i < 8; i++) {
      await delay(500)
      wire.send(i % 2 === 0 ? pingreq : publish({ topic: telemetry, payload: `${i}` }))
    }
    const since = performance.now()
    expect(wire.closedAt).toBeUndefined()
    expect(Math.abs((await secondsUntilClosed(wire, since)) - 1.5)).toBeLessThanOrEqual(1)
  })

  it('[MQTT-3.1.2-24] does not count bytes that make no packet', { timeout: 30_000 }, async () => {
    const wire = await door().login({ keepAlive: 1 })
    const packet = publish({ topic: telemetry, payload: 'x'.repeat(100) })
    const since = performance.now()
    for (const byte of packet) {
      if (wire.closedAt !== undefined) break
      wire.send(Buffer.from([byte]))
      await delay(200)
    }
    expect(Math.abs((await secondsUntilClosed(wire, since)) - 1.5)).toBeLessThanOrEqual(1)
    expect(door().journal.payloads).toEqual([])
  })

  it('of 0 is switched off', { timeout: 30_000 }, async () => {
    const wire = await door().login({ keepAlive: 0 })
    await delay(5000)
    await wire.settle()
  })
})
