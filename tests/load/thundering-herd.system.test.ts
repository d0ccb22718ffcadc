import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { extent, metricsOf, startedSen } from '../durability/load-run.fixture.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { HealthWatch } from './health-watch.ts'
import { Herd, registeredHerd } from './herd.ts'
import { mib, residentBytes } from './resident.ts'

const clients = extent(1500, 5000, 10_000)
const restarts = extent(1, 2, 10)
const longestMs = 60_000
const mostBytesEach = 40_000
/** What the first connections cost once: V8 doubles the room for young objects, from 64 to 128 MiB. */
const onceBytes = 64 * mib

let sen: SenProcess | undefined
let herd: Herd | undefined

afterEach(async () => {
  await herd?.end()
  await sen?.remove()
})

it(`lets ${clients} clients in again that connect all at once after a crash`, { timeout: 240_000 }, async () => {
  const started = await startedSen()
  const { token } = started
  sen = started.sen
  const { login, passwords } = await registeredHerd(sen, token, clients)
  const port = Number(new URL(sen.ready.mqtt ?? '').port)
  const addresses = Array.from({ length: 5 }, (_, i) => `127.0.0.${i + 1}`)
  const plan = { port, addresses, site: 's', passwords, isTls: false }

  await settledMemory(sen)
  const bytesBefore = residentBytes(sen.ready.pid)

  herd = new Herd({ ...plan, clients })
  await herd.until(({ subscribed }) => subscribed === clients)
  await settledMemory(sen)
  const grownBytes = residentBytes(sen.ready.pid) - bytesBefore

  for (let i = 0; i < restarts; i++) {
    const begin = performance.now()
    const isBack = sen.killAndRestart()
    await herd.until(({ subscribed }) => subscribed === 0)
    const health = new HealthWatch(sen.ready.http)
    await isBack
    const readyMs = performance.now() - begin
    const { broken, refusals } = await herd.until(({ subscribed }) => subscribed === clients)
    const allMs = performance.now() - begin
    const seen = await health.end()
    console.log(
      `${clients} clients: ready after ${Math.round(readyMs)} ms, all subscribed after ${Math.round(allMs)} ms, ` +
        `/healthz at most ${Math.round(seen.slowestMs)} ms; broken off ${broken}, refused ${refusals}; memory +${Math.round(grownBytes / mib)} MiB, ${Math.round(grownBytes / clients)} bytes a connection`
    )
    expect(allMs).toBeLessThanOrEqual(longestMs)
    expect(seen.failures).toBe(0)
    expect(seen.answers).toBeGreaterThan(0)
    expect(seen.slowestMs).toBeLessThanOrEqual(1000)
    expect(sen.starts).toBe(i + 2)
  }
  expect((await metricsOf(sen, token)).get('sen_mqtt_connections')).toBe(clients)
  expect((grownBytes - onceBytes) / clients).toBeLessThanOrEqual(mostBytesEach)

  // They are not only connected: each gets what it subscribed to, once.
  const gateway = await Wire.open(port)
  await gateway.login({ clientId: 'gateway', ...login })
  for (let i = 0; i < clients; i++) await gateway.publish({ topic: `site/s/h${i}/status`, payload: 'online', qos: 1 })
  const state = await herd.until(({ messages }) => messages >= clients)
  expect(state).toMatchObject({ messages: clients, reached: clients })
  const { messages } = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
  expect(messages).toMatchObject({ received: clients, event: clients })
})

/** Until the memory of Sen stands still. */
async function settledMemory({ ready: { pid } }: SenProcess): Promise<void> {
  for (let before = 0, now = residentBytes(pid); Math.abs(now - before) > 256 * 1024; now = residentBytes(pid)) {
    before = now
    await delay(1000)
  }
}
