import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, publish, subscribe } from '../protocol/packets.ts'
import { Wire } from '../protocol/wire.ts'
import { SenProcess } from '../sen-process.ts'
import { EventStream } from './event-stream.ts'

/*
 * What cannot be tried without a real server (X6): MQTT subscriptions and publishes, and live streams.
 *
 *   A: site a-site with a1, a2      B: site b-site with b1, whose state is retained      connector cau
 */
interface Login {
  readonly username: string
  readonly password: string
}

let sen: SenProcess
let port: number
const logins = new Map<string, Login>()
const tokens = new Map<string, string>()
const wires: Wire[] = []

beforeAll(async () => {
  sen = await SenProcess.create()
  await sen.start()
  port = Number(new URL(sen.ready.mqtt ?? '').port)
  for (const [organisation, site, devices] of [
    ['xa-a', 'a-site', ['a1', 'a2']],
    ['xa-b', 'b-site', ['b1']]
  ] as const) {
    await sen.sen('organisation', 'add', organisation, '--kind', 'commune')
    await sen.sen('site', 'add', site, '--organisation', organisation)
    for (const id of devices) {
      const password = await sen.sen('device', 'add', id, '--site', site, '--profile', 'json-weather')
      logins.set(id, { username: id, password })
    }
    logins.set(site, loginOf(await sen.sen('site', 'credential', site)))
    tokens.set(organisation, await sen.sen('token', '--role', 'viewer', '--organisation', organisation))
  }
  tokens.set('root', await sen.sen('token', '--role', 'administrator'))
  logins.set('cau', loginOf(await sen.sen('connector', 'add', 'chirpstack', 'cau')))
}, 120_000)

afterAll(async () => {
  for (const { socket } of wires) socket.destroy()
  await sen.remove()
})

function loginOf(line: string): Login {
  const [username = '', password = ''] = line.split('\t')
  return { username, password }
}

async function login(name: string, clientId = `${name}-${wires.length}`): Promise<Wire> {
  const wire = await Wire.open(port)
  wires.push(wire)
  await wire.login({ ...logins.get(name), clientId })
  return wire
}

const everywhere = [
  ...[
    '#',
    '+',
    '+/#',
    '/#',
    'site/#',
    'site/+/#',
    'site/+/+/telemetry',
    'site/+/b1/#',
    'SITE/a-site/a1/#',
    '/site/a-site/#'
  ],
  ...['$SYS/#', '$SYS/broker/clients/connected', '$share/g/#', '$share/g/site/a-site/a1/#', '$share/g/site/b-site/#'],
  ...['site/b-site/#', 'site/b-site/b1/#', 'site/b-site/b1/status', 'site/b-site/+/status', 'site/b-site/b1/command'],
  ...['application/#', 'application/+/device/+/event/up', 'v3/#', 'v3/+/devices/+/up', '$queue/site/b-site/#']
]
const beyond: Readonly<Record<string, readonly string[]>> = {
  a1: [
    ...everywhere,
    'site/a-site/#',
    'site/a-site/+/command',
    'site/a-site/a2/#',
    'site/a-site/a2/status',
    'site/a-site/a1'
  ],
  'a-site': [...everywhere, 'site/+/a1/telemetry', 'site/a-site', 'site/a-site2/#'],
  cau: [...everywhere, 'site/a-site/#', 'application/+/device/+/command/#', 'v3/+/devices/+/down/#']
}
const own: Readonly<Record<string, string>> = {
  a1: 'site/a-site/a1/#',
  'a-site': 'site/a-site/#',
  cau: 'application/+/device/+/command/down'
}

describe('an MQTT login', { timeout: 60_000 }, () => {
  it('is granted no filter beyond its own, and hears nothing of others, retained or new', async () => {
    const sender = await login('b1')
    await sender.publish({ topic: 'site/b-site/b1/status', payload: 'on', qos: 1, isRetained: true })
    const listeners = await Promise.all(Object.keys(beyond).map(async name => [name, await login(name)] as const))
    for (const [name, wire] of listeners) {
      await wire.subscribe(own[name] ?? '', 1)
      for (const [index, filter] of (beyond[name] ?? []).entries()) {
        wire.send(subscribe(100 + index, [filter, 1]))
        expect([name, filter, (await wire.next('suback')).codes]).toEqual([name, filter, [0x80]])
      }
    }
    const witness = await login('b-site')
    await witness.subscribe('site/b-site/#', 1)
    await witness.message()
    const neighbour = await login('a2')
    await neighbour.publish({ topic: 'site/a-site/a2/telemetry', payload: '{"air_temperature":20}', qos: 1 })
    await sender.publish({ topic: 'site/b-site/b1/status', payload: 'off', qos: 1, isRetained: true })
    await sender.publish({ topic: 'site/b-site/b1/telemetry', payload: '{"air_temperature":30}', qos: 1 })
    for (const topic of ['site/b-site/b1/status', 'site/b-site/b1/telemetry'])
      expect((await witness.message()).topic).toBe(topic)
    for (const [name, wire] of listeners) {
      await wire.settle()
      const topics = wire.received.flatMap(packet => (packet.kind === 'publish' ? [packet.topic] : []))
      expect([name, topics]).toEqual([name, name === 'a-site' ? ['site/a-site/a2/telemetry'] : []])
    }
  })

  it('publishes nothing in the name of others: the connection ends, and nothing is kept', async () => {
    const before = await sen.get('/accounting', tokens.get('root') ?? '')
    for (const [name, topics] of Object.entries({
      a1: [
        'site/b-site/b1/telemetry',
        'site/a-site/a2/telemetry',
        'site/b-site/a1/telemetry',
        'application/1/device/00/event/up'
      ],
      'a-site': ['site/b-site/b1/telemetry', 'site/b-site/a1/status', '$SYS/broker/version'],
      cau: ['site/b-site/b1/telemetry', 'site/a-site/a1/command', 'v3/a@t/devices/d/down/push']
    })) {
      for (const topic of topics) {
        const wire = await login(name)
        wire.send(publish({ topic, payload: '{"air_temperature":-40}', qos: 1, id: 1 }))
        await wire.closed()
        expect([topic, wire.received]).toEqual([topic, []])
        const willing = await Wire.open(port)
        wires.push(willing)
        willing.send(connect({ ...logins.get(name), clientId: 'w', will: { topic, payload: 'x' } }))
        expect([topic, (await willing.next('connack')).code]).toEqual([topic, 5])
      }
    }
    expect(await sen.get('/accounting', tokens.get('root') ?? '')).toMatchObject({
      messages: { received: (before as { messages: { received: number } }).messages.received }
    })
  })

  it('takes over nobody’s session by the name of its client', async () => {
    const victim = await login('b1', 'the-same')
    const other = await login('a1', 'the-same')
    await other.settle()
    await victim.settle()
    expect(victim.closedAt).toBeUndefined()
  })
})

describe('a live stream', { timeout: 60_000 }, () => {
  it('says nothing of readings of others, not even that there are some', async () => {
    const open = (who: string) => EventStream.open(sen.ready.http, { authorization: `Bearer ${tokens.get(who) ?? ''}` })
    const [a, b, root] = await Promise.all(['xa-a', 'xa-b', 'root'].map(open))
    if (!a || !b || !root) throw new Error('open streams: one is missing')
    const [ofA, ofB] = [await login('a1'), await login('b1')]
    for (let value = 0; value < 5; value++) {
      await ofB.publish({ topic: 'site/b-site/b1/telemetry', payload: `{"air_temperature":3${value}}`, qos: 1 })
      await b.until(text => text.includes(`"value":3${value}`))
    }
    await ofA.publish({ topic: 'site/a-site/a1/telemetry', payload: '{"air_temperature":21}', qos: 1 })
    await a.until(text => text.includes('"value":21'))
    await root.until(text => text.includes('"value":21') && text.includes('"value":34'))
    expect(a.text).not.toMatch(/b1|b-site|xa-b|"items":\[\]|event: accounting/)
    expect(b.text).not.toMatch(/a1|a-site|xa-a|event: accounting/)
    expect(root.text).toMatch(/event: accounting/)
    for (const stream of [a, b, root]) stream.close()
  })

  it('is not opened by who may not read', async () => {
    const token = await sen.sen('token', '--role', 'ingest', '--organisation', 'xa-a')
    await expect(EventStream.open(sen.ready.http, { authorization: `Bearer ${token}` })).rejects.toThrow(/403/)
    await expect(EventStream.open(sen.ready.http, {})).rejects.toThrow(/401/)
  })
})
