import { setTimeout as delay } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { LoadRun, extent, startedSen } from '../durability/load-run.fixture.ts'
import { Wire } from '../protocol/wire.ts'
import type { Login } from '../protocol/mutations.ts'
import type { SenProcess } from '../sen-process.ts'
import { addSite, expectWithinTwice, mqttPortOf, refusedCount } from './overload.fixture.ts'
import { ResidentWatch, mib } from './resident.ts'
import { queuesOf } from './socket-queues.ts'

/* One subscriber stops reading: nobody else notices, it is closed, and its messages pile up nowhere. */
const seconds = extent(5, 15, 600)
const messageBytes = 16 * 1024
const closedWithinMs = 10_000
const mostBytesEach = 32 * mib

let sen: SenProcess | undefined

afterEach(async () => {
  await sen?.remove()
})

/** Publishes states of the site for `seconds` and until it is enough; each is a number and a filling. @returns the last number. */
async function publishStates(port: number, login: Login, first: number, isEnough = () => true): Promise<number> {
  const wire = await Wire.open(port)
  await wire.login({ clientId: 'busy', ...login })
  const filling = '.'.repeat(messageBytes)
  const until = performance.now() + seconds * 1000
  let number = first
  for (; performance.now() < until || !isEnough(); number++) {
    await wire.publish({ topic: 'site/s/busy/status', payload: `${number} ${filling}`, qos: 1 })
    await delay(10)
  }
  await wire.leave()
  return number - 1
}

/** Numbers of the messages that a subscriber which reads has got, in the order of arrival. */
async function listen(url: string, login: Login, qos: 0 | 1) {
  const client = await connectAsync(url, { ...login, protocolVersion: 4, reconnectPeriod: 0, clientId: `reads-${qos}` })
  const heard: number[] = []
  client.on('message', (_topic, payload) => heard.push(Number.parseInt(payload.toString('latin1', 0, 10), 10)))
  await client.subscribeAsync('site/s/#', { qos })
  return { client, heard }
}

/** Waits until the server has given up a client that does not read. @returns how long after the last byte was taken, ms. */
async function closedAfter(serverPort: number, clientPort: number): Promise<number> {
  let taken = 0
  let takenAt = performance.now()
  for (;;) {
    const server = queuesOf({ local: serverPort, remote: clientPort })
    if (!server?.isEstablished) return performance.now() - takenAt
    const client = queuesOf({ local: clientPort, remote: serverPort })
    const now = server.sendBytes + (client?.receiveBytes ?? 0)
    if (now > taken) takenAt = performance.now()
    taken = now
    await delay(50)
  }
}

/** Subscribes to the whole site, and reads nothing any more. */
async function freeze(port: number, login: Login, qos: 0 | 1): Promise<Wire> {
  const wire = await Wire.open(port)
  await wire.login({ clientId: `frozen-${qos}`, ...login })
  await wire.subscribe('site/s/#', qos)
  wire.socket.pause()
  return wire
}

it(
  'subscribers that stop reading are closed; the others get every message, as fast as before',
  {
    timeout: (seconds * 8 + 120) * 1000
  },
  async () => {
    const started = await startedSen()
    sen = started.sen
    const { token } = started
    const port = mqttPortOf(sen)
    const login = await addSite(sen, token, 's')
    const readers = [await listen(sen.ready.mqtt ?? '', login, 0), await listen(sen.ready.mqtt ?? '', login, 1)]

    let last = 0
    const calmRun = async (runId: string) => {
      const memory = new ResidentWatch(started.sen.ready.pid)
      const calm = await LoadRun.begin({ ...started, runId })
      last = await publishStates(port, login, last + 1)
      const { summary } = await calm.expectKept()
      return { p99: summary.latencyMs.p99, bytes: await memory.end() }
    }
    // A process that has just started gives its heap and its store room: until a run adds little to the one before.
    let before = await calmRun('calm1')
    for (let number = 2, grown = Infinity; grown > mostBytesEach; number++) {
      const next = await calmRun(`calm${number}`)
      grown = next.bytes - before.bytes
      before = next
    }

    const memory = new ResidentWatch(sen.ready.pid)
    const run = await LoadRun.begin({ ...started, runId: 'frozen' })
    const frozen = [await freeze(port, login, 0), await freeze(port, login, 1)]
    const closing = Promise.all(frozen.map(({ socket }) => closedAfter(port, socket.localPort ?? 0)))
    let isClosed = false
    void closing.then(() => (isClosed = true))
    const sent = await publishStates(port, login, last + 1, () => isClosed)
    const closedMs = await closing
    const during = await run.expectKept()
    const grownBytes = (await memory.end()) - before.bytes

    const dropped = await refusedCount(sen, token, 'slow-subscriber-qos0')
    console.log(
      `frozen at QoS 0 and 1: closed ${closedMs.map(Math.round).join(' and ')} ms after they blocked, ${dropped} messages of QoS 0 left out, memory +${Math.round(grownBytes / mib)} MiB`
    )
    const all = Array.from({ length: sent }, (_, i) => i + 1)
    for (const { client, heard } of readers) {
      while (heard.length < all.length) await delay(20)
      expect(heard).toEqual(all)
      await client.endAsync()
    }
    expect(Math.max(...closedMs)).toBeLessThanOrEqual(closedWithinMs)
    expect(await refusedCount(sen, token, 'slow-subscriber')).toBe(2)
    expect(dropped).toBeGreaterThan(0)
    expect(grownBytes).toBeLessThanOrEqual(frozen.length * mostBytesEach)
    expectWithinTwice('frozen subscribers', before.p99, during.summary.latencyMs.p99)
    for (const wire of frozen) await wire.drop()
  }
)
