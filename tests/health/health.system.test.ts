import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenProcess, freePort } from '../sen-process.ts'
import { chirpStackEvent, movedTo } from '../events/chirpstack-events.ts'

/*
 * A device with a will and a LoRaWAN device behind a gateway, over the real broker: what the API says of their health, what
 * its event stream tells, and that kill -9 changes nothing of it.
 */
const soil = 'a84041ffff1c2d01'
const gateway = '24e124fffef79114'
let sen: SenProcess
let token: string
let password: string
let connector: MqttClient

interface Health {
  readonly health: Readonly<Record<string, unknown>>
}
interface Events {
  readonly items: readonly Readonly<Record<string, unknown>>[]
  readonly cursor: string | null
}

const device = (id: string, fits: (health: Health['health']) => boolean) =>
  // Health follows within a second: until then it does not know a new device.
  sen.getUntil<Health>(`/devices/${id}`, token, ({ health }: Partial<Health>) => Boolean(health && fits(health)))

async function client(username: string, secret: string, will?: string): Promise<MqttClient> {
  const topic = 'site/nha/bom-01/status'
  return connectAsync(sen.ready.mqtt ?? '', {
    ...{ username, password: secret, protocolVersion: 4, reconnectPeriod: 200 },
    ...(will !== undefined && { will: { topic, payload: Buffer.from(will), qos: 1, retain: true } })
  })
}

beforeAll(async () => {
  sen = await SenProcess.create({ mqttPort: await freePort(), httpPort: await freePort() })
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await sen.sen('site', 'add', 'nha')
  await sen.sen('device', 'add', soil, '--site', 'nha', '--profile', 'dragino-lse01')
  password = await sen.sen('device', 'add', 'bom-01', '--site', 'nha', '--profile', 'json-weather')
  await sen.sen('gateway', 'add', gateway, '--name', 'Trạm', '--owner', 'root')
  const [username = '', secret = ''] = (await sen.sen('connector', 'add', 'chirpstack', 'cs')).split('\t')
  connector = await client(username, secret)
}, 120_000)

afterAll(async () => {
  await connector.endAsync(true)
  await sen.remove()
})

describe('the health of devices', { timeout: 60_000 }, () => {
  it('of one that was never heard, and of one that says online and leaves a will', async () => {
    expect(await device('bom-01', ({ state }) => state === 'never')).toMatchObject({ health: { lastSeenAt: null } })
    const heard = await fetch(`${sen.ready.http}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } })
    const stream = heard.body?.pipeThrough(new TextDecoderStream()).getReader()
    const bom = await client('bom-01', password, 'offline')
    await bom.publishAsync('site/nha/bom-01/status', 'online', { qos: 1 })
    await device('bom-01', ({ state }) => state === 'online')
    bom.stream.destroy()
    bom.end(true)
    await device('bom-01', ({ state }) => state === 'silent')
    const { items } = (await sen.get('/health-events', token)) as Events
    expect(items).toMatchObject([{ kind: 'device-silent', device: 'bom-01', endedAt: null }])
    let told = ''
    while (!told.includes('"state":"silent"')) told += (await stream?.read())?.value ?? ''
    expect(told).toContain('event: health')
    await stream?.cancel()
  })

  it('of a radio: who hears it and how well, its battery, its gateway’s link', async () => {
    const at = Date.now()
    const up = movedTo(chirpStackEvent('up'), at, { fCnt: 1 })
    const status = movedTo(chirpStackEvent('status'), at)
    await connector.publishAsync(up.topic, JSON.stringify(up.payload), { qos: 1 })
    await connector.publishAsync(status.topic, JSON.stringify(status.payload), { qos: 1 })
    const stats = { gatewayId: gateway, metadata: { link: 'lte' } }
    await connector.publishAsync(`as923_2/gateway/${gateway}/event/stats`, JSON.stringify(stats), { qos: 1 })
    const { health } = await device(soil, ({ battery }) => battery !== null)
    expect(health).toMatchObject({
      ...{ state: 'online', marginDb: 19.3, behindGateway: null, clock: 'right' },
      battery: { metric: 'battery_level', value: 88.19, daysLeft: null }
    })
    expect((health['gateways'] as readonly object[])[0]).toMatchObject({ gateway, share: 1 })
    const { items } = await sen.getUntil<{ readonly items: readonly Health[] }>(
      '/gateways',
      token,
      ({ items: [first] }) => first?.health['state'] === 'online'
    )
    expect(items).toMatchObject([{ id: gateway, linkInUse: '4g' }])
    const answer = await fetch(new URL('/metrics', sen.ready.http), { headers: { authorization: `Bearer ${token}` } })
    const metrics = await answer.text()
    expect(metrics).toContain('sen_devices{state="silent"} 1')
    expect(metrics).toContain('sen_devices{state="online"} 1')
  })

  it('is the same after kill -9', async () => {
    const before = (await sen.get('/health-events', token)) as Events
    const { health } = (await sen.get(`/devices/${soil}`, token)) as Health
    await sen.killAndRestart()
    const after = await device(soil, ({ battery }) => battery !== null)
    expect(after.health).toEqual(health)
    await device('bom-01', ({ state }) => state === 'silent')
    expect(await sen.get('/health-events', token)).toEqual(before)
    const bom = await client('bom-01', password)
    await bom.publishAsync('site/nha/bom-01/telemetry', JSON.stringify({ air_temperature: 20 }), { qos: 1 })
    await device('bom-01', ({ state }) => state === 'online')
    await bom.endAsync()
    const { items, cursor } = await sen.getUntil<Events>(
      '/health-events?open=false',
      token,
      one => one.items.length > 0
    )
    expect([items.length, cursor]).toEqual([1, null])
  })

  it('is not that of a removed one of the same id', async () => {
    await sen.sen('device', 'remove', 'bom-01')
    await sen.sen('device', 'add', 'bom-01', '--site', 'nha', '--profile', 'json-weather')
    const unheard = { health: { state: 'never', lastSeenAt: null } }
    expect(await device('bom-01', ({ state }) => state === 'never')).toMatchObject(unheard)
    const { items } = (await sen.get('/health-events?device=bom-01', token)) as Events
    expect(items).toEqual([])
    await sen.killAndRestart()
    expect(await device('bom-01', ({ state }) => state === 'never')).toMatchObject(unheard)
  })
})
