import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scaledClock } from '../model/clock.ts'
import { MosquittoProcess } from '../tests/mosquitto-process.ts'
import { WatchingProxy } from '../tests/watching-proxy.ts'
import { readEm300Th, readLse01 } from './province/payload/payload-reading.fixture.ts'
import { provisioning } from './province/provisioning.ts'
import { simulate } from './simulate.ts'
import type { SimulationOptions, SimulationReport } from './simulate.ts'

let broker: MosquittoProcess
let subscriber: MqttClient
let received: { readonly topic: string; readonly payload: string }[]

beforeAll(async () => {
  broker = await MosquittoProcess.create(['max_inflight_messages 0'], 'anyone')
  await broker.start()
})
afterAll(() => broker.remove())

const nobody = { username: 'demo', password: 'demo' }
const credentials = {
  connector: nobody,
  sites: { 'nong-trai-nam-dan': nobody, 'nong-trai-quynh-luu': nobody }
}

async function subscribe(): Promise<void> {
  received = []
  subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 4 })
  subscriber.on('message', (topic, payload) => received.push({ topic, payload: payload.toString('utf8') }))
  await subscriber.subscribeAsync('#', { qos: 1 })
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise<void>(resolve => subscriber.once('message', () => resolve()))
}

/** Runs the simulation until `isDone`. */
async function simulateUntil(
  isDone: () => boolean,
  options: Partial<SimulationOptions> = {},
  meanwhile: () => Promise<void> = async () => undefined
): Promise<SimulationReport> {
  const stop = new AbortController()
  const url = `mqtt://127.0.0.1:${broker.port}`
  const running = simulate({ url, credentials, signal: stop.signal, ...options })
  await meanwhile()
  await until(isDone)
  stop.abort()
  return running
}

/** Device ids heard of, LoRaWAN and farms. */
const seen = (): Set<string | undefined> =>
  new Set(received.map(({ topic }) => (topic.startsWith('application/') ? topic.split('/')[3] : topic.split('/')[2])))

describe('the simulated province over a real broker', () => {
  test('every device of the registry is heard of, in messages that decode', async () => {
    await subscribe()
    const { devices } = provisioning({ devices: 60, seed: 3 })
    const report = await simulateUntil(() => seen().size === devices.length, { seed: 3 })
    expect(seen()).toEqual(new Set(devices.map(({ id }) => id)))
    expect(report.dropped).toBe(0)
    expect(report.acknowledged).toBe(report.published)
    for (const { topic, payload } of received) {
      const body = JSON.parse(payload)
      if (!topic.startsWith('application/')) {
        expect(body.ts ?? body[0].ts).toBeGreaterThan(1.7e12)
        continue
      }
      const profile = devices.find(({ id }) => id === body.deviceInfo.devEui)?.profile
      const bytes = Buffer.from(body.data, 'base64')
      if (profile === 'dragino-lse01') {
        expect(body.fPort).toBe(2)
        expect(readLse01(bytes).batteryMv).toBeGreaterThan(3_000)
        expect(readLse01(bytes).soilMoisture).toBeGreaterThan(5)
      } else {
        expect(body.fPort).toBe(85)
        expect(readEm300Th(bytes).humidity).toBeGreaterThan(20)
      }
    }
    await subscriber.endAsync()
  })

  test('goes on after cut connections, and nothing acknowledged is missing', async () => {
    await subscribe()
    const relay = new WatchingProxy(broker.port)
    const url = `mqtt://127.0.0.1:${await relay.start()}`
    const cuts = async (): Promise<void> => {
      for (const count of [100, 300, 500]) {
        await until(() => received.length > count)
        relay.cut()
      }
    }
    const report = await simulateUntil(() => received.length > 800, { url, rate: 400 }, cuts)
    await until(() => new Set(received.map(({ payload }) => payload)).size >= report.acknowledged)
    expect(report.acknowledged).toBe(report.published)
    // Sent twice where the acknowledgement was cut off, never less than once.
    expect(new Set(received.map(({ payload }) => payload)).size).toBe(report.published)
    await subscriber.endAsync()
    await relay.stop()
  })

  test('a farm that was offline uploads what it measured, as an array with times', async () => {
    await subscribe()
    const clock = scaledClock(400, Date.now())
    const isLate = ({ topic, payload }: { topic: string; payload: string }): boolean =>
      topic.startsWith('site/nong-trai-quynh-luu/') && payload.startsWith('[')
    await simulateUntil(() => received.filter(isLate).length >= 10, { clock, rate: 1 })
    for (const { payload } of received.filter(isLate)) {
      const times: number[] = JSON.parse(payload).map(({ ts }: { ts: number }) => ts)
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
    }
    await subscriber.endAsync()
  })
})
