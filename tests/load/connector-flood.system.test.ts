import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { LoadRun, extent, metricsOf, post, startedSen } from '../durability/load-run.fixture.ts'
import { MosquittoProcess } from '../mosquitto-process.ts'
import { publish } from '../protocol/packets.ts'
import { Wire } from '../protocol/wire.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts, SenProcess } from '../sen-process.ts'
import { addDevice, addSite, expectWithinTwice } from './overload.fixture.ts'
import { storedNumbers } from './stored-numbers.ts'

/*
 * What comes through connections, from one real broker: two connections and one device in a third bring fifty times what they
 * may, a fourth names devices that nobody knows; beside them calm connections, a calm device in the third, and 50 devices at
 * Sen's own door.
 */
const quota = 20
const deviceBurst = quota * 60
const connectorBurst = quota * 10
const floodPerSecond = quota * 50
const calmPerSecond = 10
const seconds = extent(5, 12, 60)
/** A connection that floods has many devices, none of which sends more than it may. */
const devices = Array.from({ length: (seconds * floodPerSecond * 1.2) / deviceBurst + 1 }, (_, i) => i)

let sen: SenProcess | undefined
let broker: MosquittoProcess | undefined

afterEach(async () => {
  await sen?.remove()
  await broker?.remove()
})

interface Sender {
  readonly name: string
  /** Takes turns. */
  readonly topics: readonly string[]
  readonly perSecond: number
  readonly qos: 0 | 1
}

/** Publishes to the broker for `seconds`, each with a connection of its own. @returns how many each sent. */
async function send(port: number, senders: readonly Sender[]): Promise<readonly number[]> {
  const firstTs = Date.now() - 3_600_000
  return Promise.all(
    senders.map(async ({ name, topics, perSecond, qos }) => {
      const wire = await Wire.open(port)
      await wire.login({ clientId: name })
      const begin = performance.now()
      let sent = 0
      for (let tookS = 0; tookS < seconds; tookS = (performance.now() - begin) / 1000) {
        await delay(10)
        const due = Math.floor(tookS * perSecond) - sent
        const packets = Array.from({ length: due }, () => {
          const n = ++sent
          const topic = topics[n % topics.length] ?? ''
          const payload = JSON.stringify({ ts: firstTs + n, seq: n })
          return publish({ topic, payload, qos, ...(qos === 1 && { id: n % 65_535 || 1 }) })
        })
        if (due > 0) wire.send(...packets)
      }
      await wire.settle()
      await wire.drop()
      return sent
    })
  )
}

/** Sends what one device would, or several in turn, through a connection. */
function sender(name: string, devicesOf: readonly string[], perSecond: number, qos: 0 | 1): Sender {
  return { name: devicesOf.join(), topics: devicesOf.map(device => `${name}/${device}/data`), perSecond, qos }
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

interface Offender {
  readonly holder: string
  readonly rule: string
  readonly slowed: number
  readonly turnedAway: number
}

it(
  'a connection that floods, and a device in one, do so at their own cost; other connections and devices lose nothing',
  { timeout: (seconds * 5 + 180) * 1000 },
  async () => {
    broker = await MosquittoProcess.create([], 'anyone')
    await broker.start()
    const started = await startedSen({ environment: { SEN_DEVICE_RATE: String(quota) } })
    sen = started.sen
    const { token } = started
    const here = sen
    await addSite(here, token, 's')
    const [noisy, stubborn] = [devices.map(i => `on-${i}`), devices.map(i => `kien-tri-${i}`)]
    for (const id of [...noisy, ...stubborn, 'loud', 'quiet-0', 'quiet-1', 'em-0', 'em-1', 'quen'])
      await addDevice(here, token, 's', id)
    const connect = (name: string, own?: object) =>
      post(here, token, '/connectors', {
        ...{
          type: 'mqtt',
          name,
          url: broker?.url(),
          topics: [`${name}/{device}/data`],
          mapping: { device: '{device}' }
        },
        ...(own && { quota: own })
      })
    const state = async (name: string) =>
      here.getUntil<{ readonly state: string }>(`/connectors/${name}`, token, one => one.state === 'connected')
    const change = async (name: string, body: object) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const options = { method: 'PATCH', headers, body: JSON.stringify(body) }
      expect((await fetch(`${here.ready.http}/api/v1/connectors/${name}`, options)).status).toBe(200)
    }
    const offenders = async (holder: string, rule: string) => {
      const { items } = (await here.get('/ingest/offenders', token)) as { readonly items: readonly Offender[] }
      return items.find(one => one.holder === holder && one.rule === rule)
    }
    const numbersOf = async (many: readonly string[]) => {
      const each = await Promise.all(many.map(device => storedNumbers(here, token, device)))
      return each.flat().toSorted((a, b) => a - b)
    }
    await connect('on', { perSecond: quota })
    await connect('kien-tri', { perSecond: quota })
    await connect('la', { newDevicesPerHour: 5 })
    for (const name of ['lan', 'em-0', 'em-1']) await connect(name)
    for (const name of ['on', 'kien-tri', 'la', 'lan', 'em-0', 'em-1']) await state(name)

    const calm = await LoadRun.begin({ ...started, runId: 'calm' })
    await delay(seconds * 1000)
    const before = await calm.expectKept()

    const run = await LoadRun.begin({ ...started, runId: 'flooded' })
    const begin = performance.now()
    const [atQos0 = 0, atQos1 = 0, byDevice = 0, ...calmly] = await send(broker.port, [
      sender('on', noisy, floodPerSecond, 0),
      sender('kien-tri', stubborn, floodPerSecond, 1),
      sender('lan', ['loud'], floodPerSecond, 0),
      sender('lan', ['quiet-0'], calmPerSecond, 0),
      sender('lan', ['quiet-1'], calmPerSecond, 1),
      sender('em-0', ['em-0'], calmPerSecond, 0),
      sender('em-1', ['em-1'], calmPerSecond, 1)
    ])
    for (let i = 0; i < 40; i++) await broker.publish(`la/chua-biet-${i % 20}/data`, [`{"seq":${i}}`], 0)
    await broker.publish('la/quen/data', ['{"seq":1}'], 0)

    // Those who did nothing wrong: each message is there, whoever floods beside them.
    for (const [i, device] of ['quiet-0', 'quiet-1', 'em-0', 'em-1'].entries()) {
      const path = `/readings/latest?device=${device}`
      await here.getUntil(path, token, answer => JSON.stringify(answer).includes(`"value":${calmly[i]},`))
      expect(await storedNumbers(here, token, device)).toEqual(upTo(calmly[i] ?? 0))
    }
    await here.getUntil('/readings/latest?device=quen', token, answer => JSON.stringify(answer).includes('"value":1,'))

    // Nothing comes any more: what was read up to now is kept or counted, and the rest is still the broker's.
    await change('on', { isPaused: true })
    await change('kien-tri', { isPaused: true })
    const tookS = (performance.now() - begin) / 1000
    const during = await run.expectKept()
    await here.getUntil<Accounts>('/accounting', token, isAtRest)
    const most = connectorBurst + quota * (tookS + 2)
    const kept = await numbersOf(noisy)
    const dropped = (await offenders('connector:on', 'rate'))?.turnedAway ?? 0
    const keptSlowly = await numbersOf(stubborn)
    const slowed = await offenders('connector:kien-tri', 'rate')
    const keptOfDevice = (await storedNumbers(here, token, 'loud')).length
    console.log(
      `connections: of ${atQos0} at QoS 0 kept ${kept.length}, dropped ${dropped}; of ${atQos1} at QoS 1 ${keptSlowly.length} so far; of one device's ${byDevice} kept ${keptOfDevice}`
    )

    expect(kept.length).toBeGreaterThanOrEqual(connectorBurst)
    expect(kept.length).toBeLessThanOrEqual(most)
    expect(dropped).toBeGreaterThan(0)
    expect(kept.at(-1)).toBeLessThanOrEqual(kept.length + dropped)
    expect(kept.length + dropped).toBeLessThanOrEqual(atQos0)

    expect(keptSlowly).toEqual(upTo(keptSlowly.length))
    expect(keptSlowly.length).toBeGreaterThanOrEqual(connectorBurst)
    expect(keptSlowly.length).toBeLessThanOrEqual(most)
    expect(slowed).toMatchObject({ turnedAway: 0 })
    expect(slowed?.slowed).toBeGreaterThan(0)

    // The device's own quota, and not its connection's: all was read, at QoS 0, and each message is kept or counted.
    expect(keptOfDevice + ((await offenders('loud', 'rate'))?.turnedAway ?? 0)).toBe(byDevice)
    expect(keptOfDevice).toBeGreaterThanOrEqual(deviceBurst)
    expect(keptOfDevice).toBeLessThanOrEqual(deviceBurst + quota * (tookS + 2))
    expect(await offenders('connector:lan', 'rate')).toBeUndefined()

    expect(await offenders('connector:la', 'new-devices')).toMatchObject({ turnedAway: 30, slowed: 0 })
    expect((await metricsOf(here, token)).get('sen_messages_total{outcome="quarantined"}')).toBe(10)
    expectWithinTwice('flood of connections', before.summary.latencyMs.p99, during.summary.latencyMs.p99)

    // At QoS 1 nothing is lost: once it may, the broker brings the rest, in order.
    const { stored } = ((await here.get('/accounting', token)) as Accounts).messages
    await change('kien-tri', { isPaused: false, quota: { perSecond: 100_000 } })
    await here.getUntil<Accounts>(
      '/accounting',
      token,
      accounts => isAtRest(accounts) && accounts.messages.stored >= stored + atQos1 - keptSlowly.length
    )
    expect(await numbersOf(stubborn)).toEqual(upTo(atQos1))
  }
)
