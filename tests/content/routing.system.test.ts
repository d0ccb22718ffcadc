import { gzipSync } from 'node:zlib'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContentSen, site } from './content-sen.ts'
import type { Login } from './content-sen.ts'

/* What a payload says never decides where it goes: the credential and the topic do. */
let sen: ContentSen
let other: Login
const foreign = 'a84041ffff1c2d02'
const own = 'a84041ffff1c2d01'

beforeAll(async () => {
  sen = await ContentSen.start({ 'lua-01': 'json-weather', [own]: 'dragino-lse01' })
  const device = (id: string, profile: string) => ({
    kind: 'device',
    device: { id, name: id, site: 'nha-khac', profile }
  })
  await sen.postJson('/registry', {
    changes: [
      { kind: 'organisation', organisation: { id: 'xa-khac', name: 'Xã khác', parent: 'root' } },
      { kind: 'site', site: { id: 'nha-khac', name: 'Nhà khác', organisation: 'xa-khac' } },
      device('cua-nguoi-khac', 'json-weather'),
      device(foreign, 'dragino-lse01')
    ]
  })
  other = (await sen.postJson('/sites/nha-khac/credentials', {})) as Login
}, 60_000)

afterAll(() => sen.remove())

const [telemetry, status, reply] = ['telemetry', 'status', 'command/reply'].map(leaf => `site/${site}/lua-01/${leaf}`)
const command = 'site/nha-khac/cua-nguoi-khac/command'
const order = { id: '1', name: 'open', args: {}, expiresAt: '2099-01-01T00:00:00Z' }
const topics = [
  command,
  'site/nha-khac/cua-nguoi-khac/telemetry',
  '$SYS/broker/x',
  '#',
  'out/1/nha-khac/cua-nguoi-khac/ph'
]

/** Payloads that speak of other places, in every dress. */
function payloads(): readonly (string | Buffer | object)[] {
  const packet = (topic: string) => {
    const body = JSON.stringify(order)
    return Buffer.concat([
      Buffer.from([0x30, topic.length + body.length + 2, 0, topic.length]),
      Buffer.from(topic + body)
    ])
  }
  return topics.flatMap(topic => [
    { topic, payload: order, ph: 7, site: 'nha-khac', device: 'cua-nguoi-khac', organisation: 'xa-khac' },
    {
      deviceInfo: { devEui: foreign, tenantId: 'xa-khac' },
      topic,
      data: Buffer.from(JSON.stringify(order)).toString('base64')
    },
    [{ topic, device: 'cua-nguoi-khac', ph: 7 }, { '../../nha-khac/cua-nguoi-khac/command': order }],
    { ph: 7, status_text: Buffer.from(packet(topic)).toString('base64') },
    Buffer.from(packet(topic)).toString('base64'),
    packet(topic),
    gzipSync(packet(topic)),
    JSON.stringify(JSON.stringify({ topic, payload: order })),
    `${topic}\n${JSON.stringify(order)}`
  ])
}

describe('a payload that speaks of somewhere else', { timeout: 60_000 }, () => {
  it('reaches no subscriber, device, site or organisation but its own', async () => {
    const heard: string[] = []
    const listener = await connectAsync(sen.process.ready.mqtt ?? '', {
      ...other,
      protocolVersion: 4,
      reconnectPeriod: 0
    })
    listener.on('message', topic => heard.push(topic))
    await listener.subscribeAsync('site/nha-khac/#', { qos: 1 })
    const before = await sen.accounts()
    const all = payloads()
    for (const payload of all) {
      await sen.publish('lua-01', payload)
      const body = Buffer.isBuffer(payload) || typeof payload === 'string' ? payload : JSON.stringify(payload)
      expect((await sen.post('lua-01', body)).status).toBe(202)
      await sen.publish('lua-01', payload, status)
      await sen.publish('lua-01', payload, reply)
    }
    const { messages } = await sen.accounts()
    expect(messages.received - before.messages.received).toBe(4 * all.length)
    const items = await sen.quarantine(messages.quarantined)
    const notUnderstood = items.filter(({ topic }) => topic !== telemetry).length
    expect(messages.event - before.messages.event + notUnderstood).toBe(2 * all.length)

    // The listener hears what is meant for it: silence before that was no deafness.
    await listener.publishAsync('site/nha-khac/cua-nguoi-khac/status', '{}', { qos: 1 })
    while (heard.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
    await listener.endAsync()
    expect(heard).toEqual(['site/nha-khac/cua-nguoi-khac/status'])
    expect(await sen.get('/readings/latest?site=nha-khac')).toMatchObject({ items: [] })
    expect(await sen.get('/readings/latest?organisation=xa-khac')).toMatchObject({ items: [] })
    for (const { device, topic } of items) {
      expect(device).toBe('lua-01')
      expect([telemetry, status, reply]).toContain(topic)
    }
    const stored = (await sen.get('/readings/latest')) as { readonly items: readonly { readonly device: string }[] }
    expect(new Set(stored.items.map(({ device }) => device))).toEqual(new Set(['lua-01']))
  })

  it('of a LoRaWAN event does not move it to the device that it names', async () => {
    const [username = '', password = ''] = (await sen.process.sen('connector', 'add', 'chirpstack', 'cs')).split('\t')
    const gateway = await connectAsync(sen.process.ready.mqtt ?? '', {
      username,
      password,
      protocolVersion: 4,
      reconnectPeriod: 0
    })
    const event = { deviceInfo: { devEui: foreign }, devAddr: '01a2b3c4', fCnt: 1, fPort: 2, data: 'zikA8QelCZtuKJA=' }
    await gateway.publishAsync(`application/1/device/${own}/event/up`, JSON.stringify(event), { qos: 1 })
    await gateway.endAsync()
    const { messages } = await sen.accounts()
    const [newest] = await sen.quarantine(messages.quarantined)
    expect(newest?.reason).toBe('event-invalid')
    expect(await sen.get(`/readings/latest?device=${foreign}`)).toMatchObject({ items: [] })
    expect(await sen.get(`/readings/latest?device=${own}`)).toMatchObject({ items: [] })
  })

  it('by HTTP is taken for no device that its credential does not open', async () => {
    const login = {
      authorization: `Basic ${Buffer.from(`${sen.login.username}:${sen.login.password}`).toString('base64')}`
    }
    const post = (path: string, body: unknown) =>
      fetch(`${sen.http}/api/v1${path}`, { method: 'POST', headers: login, body: JSON.stringify(body) })
    // Without a site it is like one that nobody registered.
    expect((await post('/ingest/telemetry?device=cua-nguoi-khac', { ph: 7 })).status).toBe(400)
    expect((await post('/ingest/telemetry?device=cua-nguoi-khac&site=ruong', { ph: 7 })).status).toBe(202)
    const chirpstack = { deviceInfo: { devEui: own }, fPort: 2, data: 'zikA8QelCZtuKJA=' }
    expect((await post('/ingest/chirpstack?event=up', chirpstack)).status).toBe(403)
    const { messages } = await sen.accounts()
    const [newest] = await sen.quarantine(messages.quarantined)
    expect(newest?.reason).toBe('unclaimed')
    expect(await sen.get('/readings/latest?device=cua-nguoi-khac')).toMatchObject({ items: [] })
  })
})
