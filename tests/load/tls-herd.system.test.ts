import { afterEach, expect, it } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { TestCertificates } from '../../server/tls/certificate.fixture.ts'
import { extent, startedSen } from '../durability/load-run.fixture.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { HealthWatch } from './health-watch.ts'
import { Herd, registeredHerd } from './herd.ts'
import { mqttPortOf } from './overload.fixture.ts'

const clients = extent(300, 1000, 10_000)
const longestMs = 60_000
/** What connected devices may wait for their acknowledgement meanwhile, 99 of 100, ms. */
const mostPubackMs = 500
const everyMs = 10

let sen: SenProcess | undefined
let herd: Herd | undefined
let certificates: TestCertificates | undefined

afterEach(async () => {
  await herd?.end()
  await sen?.remove()
  await certificates?.remove()
})

it(
  `lets ${clients} devices in over TLS, each with its own login, and holds up nobody who is in`,
  { timeout: 300_000 },
  async () => {
    certificates = await TestCertificates.create()
    await certificates.place(await certificates.issue())
    const started = await startedSen({ environment: certificates.settings })
    sen = started.sen
    const { login, passwords } = await registeredHerd(sen, started.token, clients)
    const port = Number(new URL((sen.ready as { readonly mqtts?: string }).mqtts ?? '').port)
    const addresses = Array.from({ length: 5 }, (_, i) => `127.0.0.${i + 1}`)

    const gateway = await Wire.open(mqttPortOf(sen))
    await gateway.login({ clientId: 'gateway', ...login })
    const waits: number[] = []
    let isOver = false
    const publishing = (async () => {
      for (let n = 1; !isOver; n++) {
        const began = performance.now()
        await gateway.publish({ topic: 'site/s/h0/telemetry', payload: JSON.stringify({ seq: n }), qos: 1 })
        waits.push(performance.now() - began)
        await delay(everyMs)
      }
    })()

    const health = new HealthWatch(sen.ready.http)
    const began = performance.now()
    herd = new Herd({ port, addresses, site: 's', passwords, isTls: true, clients })
    const { broken, refusals } = await herd.until(({ subscribed }) => subscribed === clients)
    const allMs = performance.now() - began
    isOver = true
    await publishing
    const seen = await health.end()
    const p99 = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0
    console.log(
      `${clients} TLS clients: all subscribed after ${Math.round(allMs)} ms (${Math.round((clients / allMs) * 1000)} handshakes a second), ` +
        `PUBACK p99 ${p99.toFixed(1)} ms of ${waits.length}, /healthz at most ${Math.round(seen.slowestMs)} ms; broken off ${broken}, refused ${refusals}`
    )
    expect(allMs).toBeLessThanOrEqual(longestMs)
    expect(p99).toBeLessThanOrEqual(mostPubackMs)
    expect(seen.slowestMs).toBeLessThanOrEqual(1000)
    expect(seen.failures).toBe(0)
  }
)
