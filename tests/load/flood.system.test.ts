import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { LoadRun, extent, metricsOf, startedSen } from '../durability/load-run.fixture.ts'
import { publish } from '../protocol/packets.ts'
import type { Login } from '../protocol/mutations.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { addDevice, addSite, expectWithinTwice, mqttPortOf, refusedCount } from './overload.fixture.ts'
import { storedNumbers } from './stored-numbers.ts'

/* Every device may send 20 messages a second, and a minute's worth at once; two send fifty times as much. */
const quota = 20
const burst = quota * 60
const floodPerSecond = quota * 50
const seconds = extent(5, 12, 1200)

let sen: SenProcess | undefined

afterEach(async () => {
  await sen?.remove()
})

interface Flood {
  readonly wire: Wire
  readonly sent: number
  readonly tookS: number
}

/** Sends for `seconds`, whatever is answered. */
async function flood(port: number, device: string, login: Login, qos: 0 | 1): Promise<Flood> {
  const wire = await Wire.open(port)
  await wire.login({ clientId: device, ...login })
  const begin = performance.now()
  const firstTs = Date.now()
  let sent = 0
  let tookS = 0
  while (tookS < seconds) {
    await delay(10)
    tookS = (performance.now() - begin) / 1000
    const due = Math.floor(tookS * floodPerSecond) - sent
    wire.send(
      ...Array.from({ length: due }, () => {
        const n = ++sent
        const payload = JSON.stringify({ ts: firstTs + n, seq: n })
        return publish({ topic: `site/s/${device}/telemetry`, payload, qos, ...(qos === 1 && { id: n % 65_535 || 1 }) })
      })
    )
  }
  return { wire, sent, tookS }
}

/** Posts as fast as it is answered, which is faster than the quota. @returns the first answer that is no 2xx, and how many were sent. */
async function postUntilRefused(server: SenProcess, login: Login, firstTs: number) {
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  for (let sent = 1; ; sent++) {
    const refusal = await fetch(`${server.ready.http}/api/v1/ingest/telemetry?device=${login.username}`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ ts: firstTs + sent, seq: 1_000_000 + sent })
    })
    await refusal.arrayBuffer()
    if (!refusal.ok) return { sent, refusal }
  }
}

it(
  'a device that floods is held to its quota; the others lose nothing and wait no longer',
  {
    timeout: (seconds * 5 + 120) * 1000
  },
  async () => {
    const started = await startedSen({ environment: { SEN_DEVICE_RATE: String(quota) } })
    sen = started.sen
    const { token } = started
    const port = mqttPortOf(sen)
    await addSite(sen, token, 's')
    const loud = await addDevice(sen, token, 's', 'loud')
    const stubborn = await addDevice(sen, token, 's', 'stubborn')

    const calm = await LoadRun.begin({ ...started, runId: 'calm' })
    await delay(seconds * 1000)
    const before = await calm.expectKept()

    const run = await LoadRun.begin({ ...started, runId: 'flooded' })
    const begin = performance.now()
    const atQos0 = await flood(port, 'loud', loud, 0)
    await atQos0.wire.settle()
    const byHttp = await postUntilRefused(sen, loud, Date.now() + 1000)
    const tookS = (performance.now() - begin) / 1000
    const atQos1 = await flood(port, 'stubborn', stubborn, 1)
    const acknowledged = atQos1.wire.received.filter(({ kind }) => kind === 'puback').length
    const isOpen = atQos1.wire.closedAt === undefined
    await atQos1.wire.drop()
    const during = await run.expectKept()
    await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    const kept = (await storedNumbers(sen, token, 'loud')).length
    const dropped = await refusedCount(sen, token, 'quota')
    console.log(
      `flood: of ${atQos0.sent} at QoS 0 kept ${kept}, dropped ${dropped}; of ${atQos1.sent} at QoS 1 acknowledged ${acknowledged}`
    )

    // QoS 0 and HTTP: kept or counted, each one.
    expect(kept + dropped).toBe(atQos0.sent + byHttp.sent)
    expect(kept).toBeGreaterThanOrEqual(burst)
    expect(kept).toBeLessThanOrEqual(burst + quota * (tookS + 2))
    expect(byHttp.refusal.status).toBe(429)
    expect(Number(byHttp.refusal.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)

    // QoS 1: slower, not closed; what was acknowledged is there, and the rest was not even read.
    expect(isOpen).toBe(true)
    expect(acknowledged).toBeGreaterThanOrEqual(burst)
    expect(acknowledged).toBeLessThanOrEqual(burst + quota * (atQos1.tookS + 2))
    expect(await refusedCount(sen, token, 'quota-paused')).toBeGreaterThan(0)
    const stored = await storedNumbers(sen, token, 'stubborn')
    expect(stored.slice(0, acknowledged)).toEqual(Array.from({ length: acknowledged }, (_, i) => i + 1))
    expect(stored.length - acknowledged).toBeLessThanOrEqual(quota)

    expectWithinTwice('flood', before.summary.latencyMs.p99, during.summary.latencyMs.p99)
    expect((await metricsOf(sen, token)).get('sen_messages_total{outcome="quarantined"}')).toBe(0)
  }
)
