import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { device, doorOfEachTest, status, telemetry } from './broker.fixture.ts'
import { connect } from './packets.ts'
import { Wire } from './wire.ts'

/*
 * Two machines with one client id: each ends the other's connection, 100 times a second. Each lost session sends its will
 * once at most, none stays behind, and the fight is slowed down and counted.
 */
const seconds = { long: 10, soak: 600 }[process.env['SEN_TEST'] ?? ''] ?? 4
const perSecond = 100
const door = doorOfEachTest()

it(`survives ${seconds} s of takeovers, ${perSecond} a second`, { timeout: (seconds + 30) * 1000 }, async () => {
  const bystander = await door().login({ clientId: 'bystander', username: 'e' })
  const wires: Wire[] = []
  const accepted = new Set<Wire>()
  const refused = new Set<Wire>()
  const begin = performance.now()
  for (let i = 0; i < seconds * perSecond; i++) {
    const wire = await Wire.open(door().port)
    wires.push(wire)
    wire.send(
      connect({
        ...device,
        clientId: 'fought-over',
        isClean: i % 2 === 0,
        will: { topic: status, payload: `will ${i}` }
      })
    )
    const answer = wire.next('connack').then(
      ({ code }) => {
        ;(code === 0 ? accepted : refused).add(wire)
      },
      // Ended by the next one before it was answered.
      () => undefined
    )
    if (i % 10 === 0)
      await Promise.all([answer, bystander.publish({ topic: 'site/s/e/telemetry', payload: `${i}`, qos: 1 })])
    await delay(Math.max(0, begin + ((i + 1) * 1000) / perSecond - performance.now()))
  }
  // The others are closed; which one is left may still be taken at its word.
  const open = () => wires.filter(({ closedAt }) => closedAt === undefined)
  while (open().length > 1) await delay(10)
  expect(door().broker.connectedClients).toBe(1 + open().length)

  // One will for each connection that was lost, none for one that was refused or is still there.
  const wills = door().journal.payloads.filter(payload => payload.startsWith('will '))
  expect(new Set(wills).size).toBe(wills.length)
  const willsOf = (of: (wire: Wire) => boolean) => wires.flatMap((wire, i) => (of(wire) ? [`will ${i}`] : []))
  expect(wills).toEqual(expect.arrayContaining(willsOf(wire => accepted.has(wire) && wire.closedAt !== undefined)))
  const none = new Set(willsOf(wire => refused.has(wire) || wire.closedAt === undefined))
  expect(wills.filter(will => none.has(will))).toEqual([])
  expect(door().journal.payloads.length - wills.length).toBe((seconds * perSecond) / 10)

  expect(refused.size).toBeGreaterThan(wires.length / 2)
  expect(door().refused.filter(reason => reason === 'takeover-rate').length).toBe(refused.size)
  for (const wire of wires) wire.socket.destroy()
})

it('lets the client in again after a pause', { timeout: 60_000 }, async () => {
  for (let i = 0; i < 60; i++) {
    const wire = await door().wire()
    wire.send(connect({ ...device, clientId: 'fought-over' }))
    await wire.next('connack')
  }
  expect(door().refused).toContain('takeover-rate')
  for (;;) {
    await delay(500)
    const wire = await door().wire()
    wire.send(connect({ ...device, clientId: 'fought-over' }))
    if ((await wire.next('connack')).code !== 0) continue
    await wire.publish({ topic: telemetry, payload: 'back', qos: 1 })
    return
  }
})
