import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MosquittoProcess } from '../../tests/mosquitto-process.ts'
import { WatchingProxy } from '../../tests/watching-proxy.ts'
import { loadMetrics, loadValue } from './farm-message.ts'
import { readLedger } from './ledger.ts'
import { load } from './load.ts'
import type { LoadOptions } from './load.ts'
import type { LoadSummary } from './load-meter.ts'
import { loadDevice, loadProvisioning } from './provisioning.ts'

let broker: MosquittoProcess
let folder: string
let ledgerFile: string

beforeAll(async () => {
  broker = await MosquittoProcess.create(['max_inflight_messages 0'], 'anyone')
  await broker.start()
})
afterAll(() => broker.remove())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sen-load-'))
  ledgerFile = join(folder, 'ledger')
})
afterEach(() => rm(folder, { recursive: true }))

const plan = { runId: 'test', devices: 50, connections: 10, seed: 3 }
const credentials = Object.fromEntries(
  loadProvisioning({ ...plan, sites: 10 }).sites.map(({ id }) => [id, { username: id, password: 'secret' }])
)
const run = (options: Partial<LoadOptions> = {}): Promise<LoadSummary> =>
  load({ url: `mqtt://127.0.0.1:${broker.port}`, credentials, ledgerFile, ...plan, ...options })

/** What a subscriber got: device id → `seq` → payload. */
type Received = Map<string, Map<number, Record<string, number>>>

async function subscriber() {
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 4 })
  const received: Received = new Map()
  let count = 0
  client.on('message', (topic, payload) => {
    const [, , device = ''] = topic.split('/')
    const messages = received.get(device) ?? new Map()
    const body = JSON.parse(payload.toString('utf8'))
    if (!messages.has(body.seq)) count++
    received.set(device, messages.set(body.seq, body))
  })
  await client.subscribeAsync('site/+/+/telemetry', { qos: 1 })
  return {
    received,
    count: () => count,
    async until(messages: number): Promise<void> {
      while (count < messages) await new Promise<void>(resolve => client.once('message', () => resolve()))
    },
    end: () => client.endAsync()
  }
}

/** Every message of the ledger arrived as it can be recomputed, and none that is not in it. */
function expectAsInLedger(received: Received): void {
  const { head, devices } = readLedger(ledgerFile)
  devices.forEach((device, d) => {
    const messages = received.get(loadDevice(head.runId, d))
    expect(messages?.size).toBe(device.count)
    for (let n = 1; n <= device.count; n++) {
      const values = loadMetrics.map(({ name }, m) => [name, loadValue(head.seed, d, n, m)])
      expect(messages?.get(n)).toEqual({ ts: device.ts(n), seq: n, ...Object.fromEntries(values) })
    }
  })
}

describe('load on a real broker', () => {
  test('sends exactly the messages asked for, and the ledger says what arrived', async () => {
    const heard = await subscriber()
    const summary = await run({ messages: 5_003 })
    expect(summary).toMatchObject({ sent: 5_003, acknowledged: 5_003, resent: 0, reconnects: 0, connections: 10 })
    expect(summary.latencyMs.p50).toBeGreaterThan(0)
    expect(summary.latencyMs.max).toBeGreaterThanOrEqual(summary.latencyMs.p99)
    expect(readLedger(ledgerFile)).toMatchObject({ sent: 5_003, acknowledged: 5_003 })
    await heard.until(5_003)
    expectAsInLedger(heard.received)
    await heard.end()
  })

  test('spreads a paced load evenly over all devices', async () => {
    const summary = await run({ messages: 1_000, rate: 2_000 })
    expect(summary.sent).toBe(1_000)
    expect(readLedger(ledgerFile).devices.map(({ count }) => count)).toEqual(Array.from({ length: 50 }, () => 20))
  })

  test('sends again what a cut connection left unacknowledged, and counts it once', async () => {
    const heard = await subscriber()
    const relay = new WatchingProxy(broker.port)
    const running = run({ url: `mqtt://127.0.0.1:${await relay.start()}`, messages: 20_000 })
    for (const count of [2_000, 6_000, 12_000]) {
      await heard.until(count)
      relay.cut()
    }
    const summary = await running
    expect(summary).toMatchObject({ sent: 20_000, acknowledged: 20_000 })
    expect(summary.reconnects).toBeGreaterThanOrEqual(10)
    expect(readLedger(ledgerFile)).toMatchObject({ sent: 20_000, acknowledged: 20_000 })
    await heard.until(20_000)
    expectAsInLedger(heard.received)
    await heard.end()
    await relay.stop()
  })

  test('survives kill -9 of the broker', async () => {
    const stop = new AbortController()
    let kills = 0
    const killAndStart = async (): Promise<void> => {
      kills++
      await broker.kill()
      await broker.start()
      if (kills === 2) stop.abort()
    }
    const running = run({
      rate: 2_000,
      signal: stop.signal,
      onProgress: ({ acknowledged }) => {
        if (acknowledged > 0 && kills < 2) void killAndStart()
      }
    })
    const summary = await running
    expect(kills).toBe(2)
    expect(summary.acknowledged).toBe(summary.sent)
    expect(summary.reconnects).toBeGreaterThanOrEqual(10)
    expect(readLedger(ledgerFile)).toMatchObject({ sent: summary.sent, acknowledged: summary.sent })
  })

  test('at QoS 0 records what was sent, and waits for no answer', async () => {
    const summary = await run({ messages: 3_000, qos: 0 })
    expect(summary).toMatchObject({ sent: 3_000, acknowledged: 0 })
    expect(readLedger(ledgerFile)).toMatchObject({ sent: 3_000, acknowledged: 0 })
  })

  test('leaves what a broker does not answer unacknowledged in the ledger', async () => {
    // Accepts connections (CONNACK) and then reads without a word.
    const mute = createServer(socket => {
      socket.once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])))
      socket.on('error', () => socket.destroy())
      socket.resume()
    }).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const address = mute.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const url = `mqtt://127.0.0.1:${port}`
    const summary = await run({ url, unacknowledged: 5, seconds: 0.2, drainMs: 50 })
    expect(summary).toMatchObject({ sent: 250, acknowledged: 0 })
    expect(readLedger(ledgerFile)).toMatchObject({ sent: 250, acknowledged: 0 })
    mute.close()
  })
})

describe('load refuses', () => {
  test('a credential the broker refuses', async () => {
    const strict = createServer(socket => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => socket.end(Buffer.from([0x20, 2, 0, 5])))
    }).listen(0, '127.0.0.1')
    await once(strict, 'listening')
    const address = strict.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    await expect(run({ url: `mqtt://127.0.0.1:${port}` })).rejects.toMatchObject({ code: 'SEN_UNAUTHENTICATED' })
    strict.close()
  })

  test.each([
    ['url', { url: 'http://127.0.0.1' }],
    ['url', { url: 'nowhere' }],
    ['devices', { devices: 0 }],
    ['rate', { rate: -1 }],
    ['unacknowledged', { unacknowledged: 40_000 }],
    ['sites', { sites: 3 }],
    ['runId', { runId: 'a/b' }],
    ['credential', { credentials: {} }]
  ])('a wrong %s, before anything is sent', async (name, options) => {
    await expect(run(options)).rejects.toMatchObject({
      code: 'SEN_INPUT_INVALID',
      message: expect.stringContaining(name)
    })
  })

  test('a ledger that exists', async () => {
    await run({ messages: 1 })
    await expect(run({ messages: 1 })).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
  })
})
