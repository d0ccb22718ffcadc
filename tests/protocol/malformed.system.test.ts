import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { Canary } from './canary.fixture.ts'
import { mutatedSession, special } from './mutations.ts'
import { connect } from './packets.ts'
import { RegisteredSen } from './registered-sen.fixture.ts'
import { Wire } from './wire.ts'

/*
 * Nonsense from all sides for a minute, from a seed: Sen lives on, keeps within its memory, and a client that behaves sees
 * nothing of it: each of its 10 messages a second is acknowledged and stored.
 */
const seconds = { long: 60, soak: 8 * 3600 }[process.env['SEN_TEST'] ?? ''] ?? 20
const seed = Number(process.env['SEN_SEED'] ?? Date.now() % 1_000_000)
/** Connections that send nonsense at the same time. */
const attackers = 8
const mostGrowthMiB = 96
let on: RegisteredSen

beforeAll(async () => {
  on = await RegisteredSen.start(['canary', 'd'])
}, 120_000)

afterAll(async () => {
  await on.sen.remove()
})

it(`survives ${seconds} s of malformed packets (seed ${seed})`, { timeout: (seconds + 120) * 1000 }, async () => {
  const login = on.login('d')
  const canary = await Canary.start(on.mqttPort, {
    ...on.login('canary'),
    topic: 'site/s/canary/telemetry',
    perSecond: 10
  })
  const end = performance.now() + seconds * 1000
  let sessions = 0
  const throwing = Promise.all(
    Array.from({ length: attackers }, async (_, attacker) => {
      for (let round = 0; performance.now() < end; round++) {
        await throwAt(mutatedSession(login, { seed, attacker, round }))
        sessions++
      }
    })
  )
  // What a process under load settles at (compiled code, heaps of five threads) is not what grows.
  await delay((seconds * 1000) / 2)
  const before = await on.residentMiB()
  await throwing
  for (const packets of special(login)) await throwAt(packets)
  const after = await on.residentMiB()
  const { sent, acknowledged } = await canary.stop()

  console.log(`seed ${seed}: ${sessions} mutated sessions, canary ${acknowledged}, ${before} → ${after} MiB`)
  expect(acknowledged).toBe(sent)
  expect(sent).toBeGreaterThan(seconds * 9)
  const { messages } = await on.sen.getUntil<Accounts>('/accounting', on.token, isAtRest)
  expect(messages.received).toBe(messages.stored + messages.event + messages.duplicate + messages.quarantined)
  expect(await on.stored('canary', 'seq')).toEqual(Array.from({ length: sent }, (_, i) => i + 1))
  expect(on.sen.starts).toBe(1)
  expect(on.sen.output).not.toMatch(/uncaughtException|unhandledRejection|SEN_THREAD_DIED|SEN_INTERNAL/)
  expect(after - before).toBeLessThan(mostGrowthMiB)
})

it(
  'takes no more than a mebibyte of what announces 256 MB, before CONNECT and after',
  { timeout: 60_000 },
  async () => {
    // The first ones make room in the process that it keeps.
    for (let i = 0; i < 3; i++) await floodBothWays(`warm-${i}`)
    const before = await on.residentMiB()
    for (let i = 0; i < 10; i++) await floodBothWays(`flood-${i}`)
    const after = await on.residentMiB()
    console.log(`oversize, twenty times: ${before} → ${after} MiB`)
    expect(after - before).toBeLessThanOrEqual(20)
  }
)

/** Opens a connection, says this in the pieces it comes in, and is gone a little later. */
async function throwAt(pieces: readonly Buffer[]): Promise<void> {
  const wire = await Wire.open(on.mqttPort)
  for (const piece of pieces) {
    if (wire.closedAt !== undefined) return
    wire.send(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.race([wire.closed().catch(() => undefined), delay(20)])
  wire.socket.destroy()
}

async function floodBothWays(clientId: string): Promise<void> {
  const before = await Wire.open(on.mqttPort)
  await flood(before, 0x10)
  const after = await Wire.open(on.mqttPort)
  after.send(connect({ ...on.login('d'), clientId }))
  await after.next('connack')
  await flood(after, 0x30)
}

/** Announces 256 MB and sends 64 of them, unless it is closed before. */
async function flood(wire: Wire, first: number): Promise<void> {
  const mebibyte = Buffer.alloc(1024 * 1024, 0x61)
  wire.send(Buffer.from([first, 0xff, 0xff, 0xff, 0x7f]))
  for (let i = 0; i < 64 && wire.closedAt === undefined; i++) {
    if (!wire.socket.write(mebibyte)) {
      await Promise.race([new Promise(resolve => wire.socket.once('drain', resolve)), wire.closed()])
    }
  }
  await wire.closed()
}
