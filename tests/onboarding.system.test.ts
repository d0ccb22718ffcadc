import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chirpStackEvent, movedTo } from './events/chirpstack-events.ts'
import { SenProcess } from './sen-process.ts'

/* A sensor from the first frame that nobody expected to its replacement, through the doors of a real Sen. */

const [first, second] = ['a84041ffff1c2d01', 'a84041ffff1c2d02']
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
  await sen.sen('site', 'add', 'dong-lua')
  const [username, password] = (await sen.sen('connector', 'add', 'chirpstack', 'cs-tinh')).split('\t')
  connector = `${username}:${password}`
}, 120_000)
afterAll(() => sen.remove())

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
