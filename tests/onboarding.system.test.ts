import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chirpStackEvent, movedTo } from './events/chirpstack-events.ts'
import { MosquittoProcess } from './mosquitto-process.ts'
import { SenProcess } from './sen-process.ts'

/* A sensor from the first frame that nobody expected to its replacement, through the doors of a real Sen. */

const [first, second] = ['a84041ffff1c2d01', 'a84041ffff1c2d02']
/** Installed before they were ever heard. */
const [third, fourth] = ['a84041ffff1c2d03', 'a84041ffff1c2d04']
let broker: MosquittoProcess
let sen: SenProcess
let token: string
let connector: string
let frames = 0

/** A frame of a Dragino LSE01, as ChirpStack's HTTP integration posts it. */
async function frame(devEui: string, minutesAgo: number): Promise<void> {
  const event = movedTo(chirpStackEvent('up'), Date.now() - minutesAgo * 60_000, { fCnt: ++frames })
  const payload = event.payload as { readonly deviceInfo: object }
  const response = await fetch(`${sen.ready.http}/api/v1/ingest/chirpstack?event=up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(connector)}` },
    body: JSON.stringify({ ...payload, deviceInfo: { ...payload.deviceInfo, devEui } })
  })
  expect(response.ok).toBe(true)
}

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${sen.ready.http}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body)
  })
  return response.json()
}

interface Rows {
  readonly t: readonly string[]
}
const moisture = () => {
  const from = new Date(Date.now() - 86_400_000).toISOString()
  const to = new Date(Date.now() + 3_600_000).toISOString()
  return `/readings?device=${first}&metric=soil_moisture&from=${from}&to=${to}`
}
const rowsUntil = (count: number) => sen.getUntil<Rows>(moisture(), token, ({ t }) => t.length === count)

beforeAll(async () => {
  sen = await SenProcess.create()
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await post('/sites', { id: 'dong-lua', name: 'Đồng lúa' })
  const login = await post('/connectors', { type: 'chirpstack', name: 'cs-tinh' })
  const { username, password } = login as { readonly username: string; readonly password: string }
  connector = `${username}:${password}`
  broker = await MosquittoProcess.create()
  await broker.start()
  await post('/connectors', { type: 'chirpstack', name: 'cs-xa', url: broker.url() })
  await sen.getUntil<{ readonly items: readonly { readonly name: string; readonly state: string }[] }>(
    '/connectors',
    token,
    ({ items }) => items.find(({ name }) => name === 'cs-xa')?.state === 'connected'
  )
}, 120_000)
afterAll(async () => {
  await sen.remove()
  await broker.remove()
})

describe('a sensor that nobody registered', { timeout: 60_000 }, () => {
  it('is found with a guess, claimed, and what it had sent is read; a new one goes on in its series', async () => {
    for (const minutesAgo of [30, 20, 10]) await frame(first, minutesAgo)
    const { items } = await sen.getUntil<{
      readonly items: readonly { readonly count: number; readonly guesses: readonly { readonly profile: string }[] }[]
    }>('/devices/unclaimed', token, page => page.items[0]?.count === 3)
    const profile = items[0]?.guesses[0]?.profile
    expect(profile).toBe('dragino-lse01')

    await post(`/devices/${first}/claim`, { site: 'dong-lua', profile, name: 'Ruộng 1' })
    await rowsUntil(3)

    await post(`/devices/${first}/replace`, { hardware: second })
    await frame(second, 5)
    await frame(first, 4)
    await rowsUntil(4)
    await sen.getUntil<{ readonly items: readonly { readonly reason: string }[] }>(
      '/ingest/quarantine?limit=1',
      token,
      page => page.items[0]?.reason === 'replaced'
    )

    const acceptance = await sen.get(`/devices/${first}/acceptance`, token)
    // Of its own hardware one frame has come: the three before were the other's.
    expect(acceptance).toMatchObject({
      isPassed: false,
      results: [{ criterion: 'heard', result: 'failed' }, {}, {}, {}, {}]
    })
  })
})

interface Join {
  /** `null` until health has read of its registration. */
  readonly health: null | { readonly joinedAt: string | null; readonly isJoinAwaited: boolean; readonly state: string }
}

/** ChirpStack tells that the device has joined. */
async function join(devEui: string): Promise<void> {
  const { topic, payload } = movedTo(chirpStackEvent('join'), Date.now())
  const { deviceInfo } = payload as { readonly deviceInfo: object }
  const body = { ...payload, deviceInfo: { ...deviceInfo, devEui } }
  await broker.publish(topic.replace(/device\/[^/]+/, `device/${devEui}`), [JSON.stringify(body)])
}

describe('a sensor that is registered before it joins', { timeout: 60_000 }, () => {
  it('is waited for; its join arrives over MQTT and is told with its time; a new one is waited for again', async () => {
    await post(`/devices/${third}/claim`, { site: 'dong-lua', profile: 'dragino-lse01', name: 'Ruộng 3' })
    const joined = (isJoinAwaited: boolean) =>
      sen.getUntil<Join>(`/devices/${third}`, token, ({ health }) => health?.isJoinAwaited === isJoinAwaited)
    expect((await joined(true)).health).toMatchObject({ joinedAt: null, state: 'never' })

    const before = Date.now()
    await join(third)
    const { health } = await joined(false)
    expect(health?.state).toBe('online')
    expect(Date.parse(health?.joinedAt ?? '')).toBeGreaterThanOrEqual(before)
    expect(await sen.get(`/devices/${third}/acceptance`, token)).toMatchObject({
      ...{ joinedAt: health?.joinedAt, isJoinAwaited: false },
      results: [{ criterion: 'heard', result: 'failed', found: 0 }, {}, {}, {}, {}]
    })

    await post(`/devices/${third}/replace`, { hardware: fourth })
    expect((await joined(true)).health?.joinedAt).toBeNull()
    // The one that was taken down says nothing of the one that hangs there now.
    await join(third)
    await join(fourth)
    const { health: now } = await joined(false)
    expect(Date.parse(now?.joinedAt ?? '')).toBeGreaterThan(Date.parse(health?.joinedAt ?? ''))
  })
})
