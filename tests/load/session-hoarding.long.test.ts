import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { extent, metricsOf, startedSen } from '../durability/load-run.fixture.ts'
import { publish, subscribe } from '../protocol/packets.ts'
import type { Login } from '../protocol/mutations.ts'
import { Wire } from '../protocol/wire.ts'
import type { SenProcess } from '../sen-process.ts'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { addDevice, addSite, mqttPortOf, refusedCount } from './overload.fixture.ts'
import { ResidentWatch, mib, residentBytes } from './resident.ts'

/* Clients that ask to keep their session, subscribe, and never come back. */
const clients = extent(1000, 5000)
const messages = extent(10_000, 50_000)
/** All of them together are more than may wait. */
const payloadBytes = Math.ceil((80 * mib) / messages)
const mostQueued = 1000
const mostQueuedBytes = 64 * mib

let sens: SenProcess[] = []

afterEach(async () => {
  for (const sen of sens) await sen.remove()
  sens = []
})

async function startSite(environment: Readonly<Record<string, string>> = {}) {
  const { sen, token } = await startedSen({ environment })
  sens.push(sen)
  return { sen, token, port: mqttPortOf(sen), gateway: await addSite(sen, token, 's') }
}

async function addDevices(sen: SenProcess, token: string, count: number): Promise<readonly Login[]> {
  const logins: Login[] = []
  for (let i = 0; i < count; i++) logins.push(await addDevice(sen, token, 's', `d${i}`))
  return logins
}

/** Leaves a session that wants everything below the device. */
async function hoard(port: number, login: Login): Promise<void> {
  const wire = await Wire.open(port)
  await wire.login({ clientId: 'hoard', isClean: false, ...login })
  await wire.subscribe(`site/s/${login.username}/#`, 1)
  await wire.leave()
}

/** Publishes states of these devices in turn, numbered. */
async function publishStates(port: number, gateway: Login, devices: readonly string[], bytes: number): Promise<void> {
  const wire = await Wire.open(port)
  await wire.login({ clientId: 'gateway', ...gateway })
  const atOnce = 50
  for (let i = 0; i < devices.length; i += atOnce) {
    const some = devices.slice(i, i + atOnce)
    wire.send(
      ...some.map((device, k) => {
        const payload = JSON.stringify({ n: i + k }).padEnd(bytes)
        return publish({ topic: `site/s/${device}/status`, payload, qos: 1, id: k + 1 })
      })
    )
    await wire.nextOf('puback', some.length)
  }
  await wire.leave()
}

/** Comes back, and takes what waits until there is no more. @returns the numbers. */
async function takeQueued(port: number, login: Login): Promise<readonly number[]> {
  const wire = await Wire.open(port)
  expect(await wire.login({ clientId: 'hoard', isClean: false, ...login })).toBe(true)
  const numbers: number[] = []
  // The first comes by itself; the others follow their acknowledgements.
  for (let idleMs = 0; idleMs < 500;) {
    if (wire.received.length === 0) {
      await delay(10)
      idleMs += 10
      continue
    }
    idleMs = 0
    numbers.push((JSON.parse((await wire.message()).payload) as { readonly n: number }).n)
  }
  await wire.leave()
  return numbers
}

describe('sessions whose clients do not come back', { timeout: extent(180_000, 400_000) }, () => {
  it(`of ${clients} devices keep what fits, count what does not, and give all that they kept`, async () => {
    const { sen, token, port, gateway } = await startSite()
    const logins = await addDevices(sen, token, clients)
    const baseBytes = residentBytes(sen.ready.pid)
    const memory = new ResidentWatch(sen.ready.pid)
    for (const login of logins) await hoard(port, login)
    expect((await metricsOf(sen, token)).get('sen_mqtt_sessions')).toBe(clients)

    // One gets more messages than may wait for one; then all get more bytes than may wait for all.
    const [first, ...others] = logins.map(({ username }) => username)
    await publishStates(port, gateway, Array<string>(mostQueued + 200).fill(first ?? ''), 20)
    expect(await refusedCount(sen, token, 'session-queue-full')).toBe(200)
    await publishStates(
      port,
      gateway,
      Array.from({ length: messages }, (_, i) => others[i % others.length] ?? ''),
      payloadBytes
    )
    const dropped = await refusedCount(sen, token, 'session-queue-full')
    const queuedBytes = (await metricsOf(sen, token)).get('sen_mqtt_queued_bytes') ?? NaN
    const grownBytes = (await memory.end()) - baseBytes
    console.log(
      `sessions: ${clients} left, ${messages} messages of ${payloadBytes} bytes: ${Math.round(queuedBytes / mib)} MiB wait, ${dropped} left out, memory +${Math.round(grownBytes / mib)} MiB`
    )
    expect(queuedBytes).toBeLessThanOrEqual(mostQueuedBytes)
    expect(queuedBytes).toBeGreaterThan(mostQueuedBytes - payloadBytes)
    expect(grownBytes).toBeLessThanOrEqual(4 * mostQueuedBytes)

    const returned = await takeQueued(port, logins[0] ?? { username: '', password: '' })
    expect(returned).toEqual(Array.from({ length: mostQueued }, (_, i) => i))
    let count = returned.length
    const sample = logins.slice(1, 21)
    for (const login of sample) {
      const numbers = await takeQueued(port, login)
      // Of the messages in turn, every one of this device until there was no room.
      const place = others.indexOf(login.username)
      expect(numbers).toEqual(numbers.map((_, i) => place + i * others.length))
      expect(numbers.length).toBeGreaterThan(0)
      count += numbers.length
    }
    const left = (await metricsOf(sen, token)).get('sen_mqtt_queued_bytes') ?? NaN
    const received = mostQueued + 200 + messages
    expect(left / payloadBytes).toBe(received - dropped - count)
    const { messages: accounts } = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    expect(accounts).toMatchObject({ received, event: received })
  })

  it('want nothing that is not below their own device', async () => {
    const { sen, token, port } = await startSite()
    const [login] = await addDevices(sen, token, 2)
    const wire = await Wire.open(port)
    await wire.login({ clientId: 'hoard', isClean: false, username: login?.username, password: login?.password })
    const foreign = ['#', 'site/#', 'site/s/#', 'site/+/d0/#', 'site/s/+/status', 'site/s/d1/#', '$SYS/#', 'site/s/d0']
    wire.send(subscribe(1, ...foreign.map(filter => [filter, 1] as const), ['site/s/d0/#', 1]))
    expect((await wire.next('suback')).codes).toEqual([...foreign.map(() => 0x80), 1])
    expect(await refusedCount(sen, token, 'topic-not-allowed')).toBe(foreign.length)
    await wire.leave()
  })

  it('end when their time is over, and with them what waited', async () => {
    const { sen, token, port, gateway } = await startSite({ SEN_SESSION_HOURS: '0.001' })
    const logins = await addDevices(sen, token, 50)
    const stays = await Wire.open(port)
    await stays.login({ clientId: 'stays', isClean: false, ...(logins[0] ?? {}) })
    for (const login of logins) await hoard(port, login)
    await publishStates(
      port,
      gateway,
      logins.map(({ username }) => username),
      1000
    )
    for (let sessions = NaN; sessions !== 1;) {
      await delay(500)
      sessions = (await metricsOf(sen, token)).get('sen_mqtt_sessions') ?? NaN
    }
    // Whose client is here has stayed.
    expect((await metricsOf(sen, token)).get('sen_mqtt_queued_bytes')).toBe(0)
    const again = await Wire.open(port)
    expect(await again.login({ clientId: 'hoard', isClean: false, ...(logins[1] ?? {}) })).toBe(false)
    await again.leave()
    await stays.leave()
  })
})
