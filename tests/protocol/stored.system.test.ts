import { afterAll, beforeAll, expect, it } from 'vitest'
import { isAtRest } from '../sen-process.ts'
import type { Accounts } from '../sen-process.ts'
import { connect, publish, pubrel } from './packets.ts'
import type { ConnectFields } from './packets.ts'
import { RegisteredSen } from './registered-sen.fixture.ts'
import { Wire } from './wire.ts'

/* What the protocol's oddities leave in the store, and in the counters that an operator sees. */
const lasting = { clientId: 'lasting', isClean: false }
let on: RegisteredSen

beforeAll(async () => {
  on = await RegisteredSen.start(['qos1', 'qos2', 'clean', 'd'])
}, 120_000)

afterAll(async () => {
  await on.sen.remove()
})

async function join(device: string, fields: ConnectFields): Promise<Wire> {
  const wire = await Wire.open(on.mqttPort)
  await wire.login({ ...on.login(device), ...fields })
  return wire
}

it.each([
  ['qos1', 1],
  ['qos2', 2]
] as const)(
  'stores a message without a time once when %s sends it again after a lost connection',
  async (device, qos) => {
    const topic = `site/s/${device}/telemetry`
    const before = await on.sen.getUntil<Accounts>('/accounting', on.token, isAtRest)
    const first = await join(device, lasting)
    first.send(publish({ topic, payload: '{"seq":7}', qos, id: 11 }))
    await first.next(qos === 1 ? 'puback' : 'pubrec')
    await first.drop()
    const second = await join(device, lasting)
    second.send(publish({ topic, payload: '{"seq":7}', qos, id: 11, isDup: true }))
    await second.next(qos === 1 ? 'puback' : 'pubrec')
    if (qos === 2) {
      second.send(pubrel(11))
      await second.next('pubcomp')
    }
    await second.leave()
    const after = await on.sen.getUntil<Accounts>('/accounting', on.token, isAtRest)
    expect(await on.stored(device, 'seq')).toEqual([7])
    expect(after.messages.stored - before.messages.stored).toBe(1)
    // QoS 2 is recognised by its packet id before the log, QoS 1 behind it.
    expect(after.messages.duplicate - before.messages.duplicate).toBe(qos === 1 ? 1 : 0)
  }
)

it('stores two messages of one packet id that were both acknowledged on one connection', async () => {
  const wire = await join('clean', {})
  const begin = Date.now() - 10_000
  for (const seq of [1, 2]) {
    const payload = JSON.stringify({ seq, ts: begin + seq * 1000 })
    wire.send(publish({ topic: 'site/s/clean/telemetry', payload, qos: 1, id: 5 }))
    await wire.next('puback')
  }
  await wire.leave()
  await on.sen.getUntil<Accounts>('/accounting', on.token, isAtRest)
  expect((await on.stored('clean', 'seq')).toSorted((a, b) => a - b)).toEqual([1, 2])
})

it('counts an MQTT 5 client under its reason', async () => {
  const wire = await Wire.open(on.mqttPort)
  wire.send(connect({ ...on.login('d'), level: 5 }))
  expect((await wire.next('connack')).code).toBe(1)
  await wire.closed()
  expect(await on.metric('sen_refused_total{reason="protocol-version"}')).toBe(1)
})

it.each(['+', '#', 'a/b', '$SYS', 'a\u0000b', 'a\nb', '', 'x'.repeat(65), 'a b', 'd\u00e9'])(
  'refuses to register a device or site "%s"',
  async id => {
    const site = await on.post('/sites', { id, name: 'x', organisation: 'root', commune: '16681' })
    expect(site.status).toBe(400)
    const device = await on.post('/devices', { id, name: 'x', site: 's', profile: 'load' })
    expect(device.status).toBe(400)
  }
)
