import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MosquittoProcess } from './mosquitto-process.ts'
import { chirpStackEvent, movedTo } from './events/chirpstack-events.ts'
import type { ChirpStackEvent } from './events/chirpstack-events.ts'
import { SenProcess, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/*
 * ChirpStack's own broker is a real Mosquitto, its events are those its makers document, published at QoS 1; Sen is its
 * client, with a persistent session.
 */
const device = 'a84041ffff1c2d01'
let broker: MosquittoProcess
let sen: SenProcess
let token: string

async function publish(event: ChirpStackEvent): Promise<void> {
  await broker.publish(event.topic, [JSON.stringify(event.payload)])
}

const atRest = (received: number) =>
  sen.getUntil<Accounts>(
    '/accounting',
    token,
    accounts => accounts.messages.received === received && isAtRest(accounts)
  )

async function latest(metric: string) {
  const { items } = (await sen.get(`/readings/latest?device=${device}&metric=${metric}`, token)) as {
    readonly items: readonly { readonly t: string; readonly value: number; readonly quality: string }[]
  }
  return items[0]
}

interface Quarantine {
  readonly items: readonly { readonly reason: string; readonly detail: string }[]
}

/** Waits until the newest message in quarantine has this reason. @returns its detail. */
async function quarantinedAs(reason: string): Promise<string> {
  const { items } = await sen.getUntil<Quarantine>(
    '/ingest/quarantine?limit=1',
    token,
    ({ items: [newest] }) => newest?.reason === reason
  )
  return items[0]?.detail ?? ''
}

beforeAll(async () => {
  broker = await MosquittoProcess.create()
  await broker.start()
  sen = await SenProcess.create()
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await sen.sen('site', 'add', 'dong-lua')
  await sen.sen('device', 'add', device, '--site', 'dong-lua', '--profile', 'dragino-lse01')
  await sen.sen('connector', 'add', 'chirpstack', 'cs-tinh', '--url', broker.url())
  await sen.getUntil<{ readonly items: readonly { readonly state: string }[] }>(
    '/connectors',
    token,
    ({ items }) => items[0]?.state === 'connected'
  )
}, 120_000)

afterAll(async () => {
  await sen.remove()
  await broker.remove()
})

describe('ChirpStack events', { timeout: 60_000 }, () => {
  let received = 0

  it('become readings: Sen decodes `data` itself and ignores `object`', async () => {
    const at = Date.now() - 10_000
    await publish(movedTo(chirpStackEvent('up'), at, { object: { water_SOIL: '99.99' } }))
    await atRest(++received)
    const time = new Date(at).toISOString()
    expect(await latest('soil_moisture')).toEqual({
      device,
      metric: 'soil_moisture',
      unit: '%',
      t: time,
      value: 19.57,
      quality: 'good'
    })
    expect(await latest('battery_voltage')).toMatchObject({ value: 3.625 })
    // Of three gateways, the one that heard it best.
    expect(await latest('rssi')).toMatchObject({ value: -97 })
    expect(await latest('snr')).toMatchObject({ value: 6.8 })
  })

  it('of v4.0 leave defaults out: an absent snr is 0 dB, an absent fCnt 0', async () => {
    await publish(movedTo(chirpStackEvent('up-defaults-omitted'), Date.now() - 9000))
    await atRest(++received)
    expect(await latest('snr')).toMatchObject({ value: 0 })
  })

  it('that come again with another deduplicationId are one message', async () => {
    const again = movedTo(chirpStackEvent('up'), Date.now() - 10_000, {
      deduplicationId: 'd0000000-0000-4000-8000-000000000009'
    })
    await publish(again)
    const { messages } = await atRest(++received)
    expect(messages.duplicate).toBe(1)
  })

  it('of an old time fall back to the time of receipt, marked', async () => {
    const before = Date.now()
    await publish({ ...chirpStackEvent('up'), payload: { ...chirpStackEvent('up').payload, fCnt: 5000 } })
    await atRest(++received)
    const row = await latest('soil_moisture')
    expect(row?.quality).toBe('receive-time')
    expect(Date.parse(row?.t ?? '')).toBeGreaterThanOrEqual(before)
  })

  it('without a time of their own take the gateway’s', async () => {
    const at = new Date(Date.now() + 60_000).toISOString()
    await publish(
      movedTo(chirpStackEvent('up'), 0, {
        fCnt: 5001,
        time: null,
        rxInfo: [{ gatewayId: '24e124fffef79114', uplinkId: 4217106255, nsTime: at, rssi: -80, snr: -3 }]
      })
    )
    await atRest(++received)
    expect(await latest('soil_moisture')).toMatchObject({ t: at, quality: 'good' })
  })

  it('without application data, joins and logs are events', async () => {
    await publish(movedTo(chirpStackEvent('up-mac-only'), Date.now()))
    await publish(chirpStackEvent('join'))
    await publish(chirpStackEvent('log-retransmission'))
    received += 3
    const { messages } = await atRest(received)
    expect(messages.event).toBe(3)
  })

  it('of v3 are recognised, and set aside with the reason', async () => {
    await publish(chirpStackEvent('v3-up'))
    await atRest(++received)
    expect(await quarantinedAs('chirpstack-v3')).toContain('v4')
  })

  it('whose codec fails are set aside with what the codec said', async () => {
    await publish(movedTo(chirpStackEvent('up-codec-error'), Date.now(), { fPort: 42, fCnt: 5002 }))
    await atRest(++received)
    expect(await quarantinedAs('codec-error')).toContain('FPort')
  })

  it('published while Sen is dead come once it lives, each once', async () => {
    await sen.kill()
    const event = movedTo(chirpStackEvent('up'), Date.now())
    const lines = Array.from({ length: 200 }, (_, i) =>
      JSON.stringify({
        ...event.payload,
        fCnt: 6000 + i,
        time: new Date(Date.now() - 200_000 + i * 1000).toISOString()
      })
    )
    await broker.publish(event.topic, lines.slice(0, 100))
    await sen.start()
    await broker.publish(event.topic, lines.slice(100))
    await sen.getUntil<Accounts>('/accounting', token, a => isAtRest(a) && a.messages.stored >= received - 6 + 200)
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const { t } = (await sen.get(`/readings?device=${device}&metric=soil_temperature&from=${from}`, token)) as {
      readonly t: readonly string[]
    }
    const times = new Set(lines.map(line => (JSON.parse(line) as { readonly time: string }).time))
    expect(t.filter(time => times.has(time))).toHaveLength(200)
  })

  it('by HTTP end in the same place', async () => {
    const ingest = await sen.sen('token', '--role', 'ingest')
    const at = Date.now() + 120_000
    const answer = await fetch(`${sen.ready.http}/api/v1/ingest/chirpstack?event=up`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ingest}`, 'content-type': 'application/json' },
      body: JSON.stringify(movedTo(chirpStackEvent('up'), at, { fCnt: 9000 }).payload)
    })
    expect(answer.status).toBe(202)
    await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    expect(await latest('soil_moisture')).toMatchObject({ t: new Date(at).toISOString() })
  })

  it('come to our own broker by a connector login too', async () => {
    const [username = '', password = ''] = (await sen.sen('connector', 'add', 'chirpstack', 'bridge')).split('\t')
    const { connectAsync } = await import('mqtt')
    const client = await connectAsync(sen.ready.mqtt ?? '', { username, password, protocolVersion: 4 })
    const at = Date.now() + 180_000
    const event = movedTo(chirpStackEvent('up'), at, { fCnt: 9001 })
    await client.publishAsync(event.topic, JSON.stringify(event.payload), { qos: 1 })
    await client.endAsync()
    await sen.getUntil<Accounts>('/accounting', token, isAtRest)
    expect(await latest('soil_moisture')).toMatchObject({ t: new Date(at).toISOString() })
  })
})
