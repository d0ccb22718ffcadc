import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ttsEvent, ttsEventNames, ttsUplinkAt } from './events/tts-events.ts'
import type { TtsEvent } from './events/tts-events.ts'
import { MosquittoProcess } from './mosquitto-process.ts'
import { tlsListener } from './mosquitto-tls.ts'
import type { TlsListener } from './mosquitto-tls.ts'
import { SenProcess, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/*
 * The Things Stack's MQTT server is a real Mosquitto behind TLS: Sen's subscriptions are at QoS 0 and its session is not
 * kept, so it behaves as the original does. The events are those its makers document.
 */
const device = 'a84041ffff1c2d01'
const up = ttsEvent('up')
/** An hour ago: every frame here gets a minute or second of its own after it. */
const begin = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
let tls: TlsListener
let network: MosquittoProcess
let sen: SenProcess
let token: string
/** Of an incoming connector: for webhook and broker. */
let login: { readonly username: string; readonly password: string }

interface ConnectorItem {
  readonly name: string
  readonly type: string
  readonly state: string
  readonly notKeptWhileDown: boolean
  readonly warning?: string
}
interface Connectors {
  readonly items: readonly ConnectorItem[]
}

const frame = (fCnt: number, at: number, changes: Readonly<Record<string, unknown>> = {}): TtsEvent =>
  ttsUplinkAt(up, at, { f_cnt: fCnt, ...changes })
const frames = (from: number, count: number, at: number): readonly TtsEvent[] =>
  Array.from({ length: count }, (_, i) => frame(from + i, at + i * 1000))

async function publish(...events: readonly TtsEvent[]): Promise<void> {
  for (const { topic, payload } of events) await network.publish(topic, [JSON.stringify(payload)], 0)
}

/** As The Things Stack posts: JSON, with the headers that its operator set. */
function post(body: string, path = '', authorization = basic(login)): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-tts-domain': 'au1.cloud.thethings.network' }
  return fetch(`${sen.ready.http}/api/v1/ingest/tts${path}`, {
    method: 'POST',
    headers: authorization === '' ? headers : { ...headers, authorization },
    body
  })
}

const basic = ({ username, password }: typeof login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

const atRest = (fits: (messages: Accounts['messages']) => boolean = () => true): Promise<Accounts> =>
  sen.getUntil<Accounts>('/accounting', token, accounts => isAtRest(accounts) && fits(accounts.messages))

const connected = (): Promise<Connectors> =>
  sen.getUntil<Connectors>('/connectors', token, ({ items }) => items[0]?.state === 'connected')

/** Stored rows of one metric, from `from` on. */
async function rows(metric: string, from: number) {
  const query = `device=${device}&metric=${metric}&from=${new Date(from).toISOString()}`
  return (await sen.get(`/readings?${query}`, token)) as {
    readonly t: readonly string[]
    readonly value: readonly number[]
    readonly quality: readonly string[]
  }
}

const timesOf = (events: readonly TtsEvent[]): readonly unknown[] => events.map(({ payload }) => payload['received_at'])

async function refusedFor(reason: string): Promise<number> {
  const answer = await fetch(`${sen.ready.http}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  return Number(new RegExp(`sen_refused_total\\{reason="${reason}"\\} (\\d+)`).exec(await answer.text())?.[1] ?? 0)
}

beforeAll(async () => {
  tls = await tlsListener()
  network = await MosquittoProcess.create(tls.settings, { username: 'nong-nghiep@ttn', password: 'NNSXS.KEY.SECRET' })
  await network.start()
  sen = await SenProcess.create({ environment: { NODE_EXTRA_CA_CERTS: tls.certificateFile } })
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await sen.sen('site', 'add', 'dong-lua')
  await sen.sen('device', 'add', device, '--site', 'dong-lua', '--profile', 'dragino-lse01')
  const [username = '', password = ''] = (await sen.sen('connector', 'add', 'tts', 'webhook')).split('\t')
  login = { username, password }
}, 120_000)

afterAll(async () => {
  await sen.remove()
  await network.remove()
  await tls.remove()
})

describe('a connector to The Things Stack', { timeout: 60_000 }, () => {
  it('says when it is added, and in lists, that nothing is kept for Sen while it is down', async () => {
    const program = fileURLToPath(new URL('../server/cli/main.ts', import.meta.url))
    const url = network.url(tls.port, 'mqtts')
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [program, 'connector', 'add', 'tts', 'ttn', '--url', url],
      { env: { ...process.env, SEN_DATA: sen.folder } }
    )
    expect([stdout, stderr]).toEqual(['', expect.stringMatching(/QoS 0.*not kept.*webhook/)])
    const told = { name: 'ttn', type: 'tts', notKeptWhileDown: true, warning: stderr.trim() }
    expect((await connected()).items).toMatchObject([told])
    expect(JSON.parse(await sen.sen('connector', 'list'))).toMatchObject({ ...told, state: 'connected' })
    expect(sen.output + (await sen.sen('connector', 'list'))).not.toContain('NNSXS')
  })

  it('brings frames over TLS: Sen decodes frm_payload itself and ignores decoded_payload', async () => {
    await publish(frame(1, begin, { decoded_payload: { water_SOIL: '99.99' } }))
    await atRest(({ stored }) => stored === 1)
    expect(await rows('soil_moisture', begin)).toMatchObject({
      t: [new Date(begin).toISOString()],
      value: [19.57],
      quality: ['good']
    })
    expect(await rows('rssi', begin)).toMatchObject({ value: [-97] })
    expect(await rows('snr', begin)).toMatchObject({ value: [6.8] })
  })

  it('brings the first frame of a session, which leaves out what is 0', async () => {
    const at = begin + 60_000
    await publish(ttsUplinkAt(ttsEvent('up-first-minimal'), at))
    await atRest(({ stored }) => stored === 2)
    expect(await rows('snr', at)).toMatchObject({ value: [7.8] })
  })

  it('marks what was simulated', async () => {
    const at = begin + 120_000
    await publish(ttsUplinkAt(ttsEvent('up-simulated'), at))
    await atRest(({ stored }) => stored === 3)
    expect((await rows('soil_moisture', at)).quality).toEqual(['simulated'])
  })

  it('counts a frame without data, joins, locations and downlinks as events', async () => {
    const names = ttsEventNames.filter(name => !name.startsWith('up'))
    await publish(ttsUplinkAt(ttsEvent('up-empty'), begin + 180_000), ...names.map(ttsEvent))
    const { messages } = await atRest(({ event }) => event === 1 + names.length)
    expect(messages).toMatchObject({ stored: 3, quarantined: 0, duplicate: 0 })
  })

  it('brings again, after kill -9, what is sent from then on; what was sent meanwhile is not kept', async () => {
    const at = begin + 240_000
    const [before, meanwhile, after] = [10, 20, 30].map((from, i) => frames(from, 10, at + i * 60_000))
    await publish(...(before ?? []))
    await atRest(({ stored }) => stored === 13)
    await sen.kill()
    await publish(...(meanwhile ?? []))
    await sen.start()
    await connected()
    await publish(...(after ?? []))
    await atRest(({ stored }) => stored === 23)
    expect((await rows('soil_moisture', at)).t).toEqual(timesOf([...(before ?? []), ...(after ?? [])]))
  })
})

describe('the webhook of The Things Stack', { timeout: 60_000 }, () => {
  it('takes every type of message at one address, or at addresses of their own', async () => {
    const { messages } = await atRest()
    const at = begin + 600_000
    const bodies = ttsEventNames.map((name, i) =>
      ttsEvent(name).payload.uplink_message
        ? ttsUplinkAt(ttsEvent(name), at + i * 1000, { f_cnt: 100 + i })
        : ttsEvent(name)
    )
    for (const { payload } of bodies) expect((await post(JSON.stringify(payload))).status).toBe(202)
    const join = JSON.stringify(ttsEvent('join').payload)
    expect((await post(join, '/join')).status).toBe(202)
    expect((await post(join, '?event=join')).status).toBe(202)
    const after = await atRest(({ received }) => received === messages.received + bodies.length + 2)
    expect(after.messages).toMatchObject({
      stored: messages.stored + 4,
      event: messages.event + 11,
      quarantined: messages.quarantined
    })
    expect((await rows('soil_moisture', at)).t).toHaveLength(4)
  })

  it('takes a token of role ingest too', async () => {
    const at = begin + 700_000
    const ingest = await sen.sen('token', '--role', 'ingest')
    const answer = await post(JSON.stringify(frame(200, at).payload), '', `Bearer ${ingest}`)
    expect(answer.status).toBe(202)
    await atRest()
    expect((await rows('soil_moisture', at)).t).toHaveLength(1)
  })

  it.each([
    ['no JSON', '{', '', 400, 'request-invalid', /json-invalid/],
    ['no event', '{}', '', 400, 'request-invalid', /end_device_ids/],
    [
      'an event that is not expected',
      JSON.stringify(up.payload),
      '?event=join',
      400,
      'request-invalid',
      /expects join/
    ],
    ['an event that nobody knows', JSON.stringify(up.payload), '?event=x', 400, 'request-invalid', /event/],
    ['more than 256 KiB', 'x'.repeat(256 * 1024 + 1), '', 413, 'body-too-large', /large/]
  ])('refuses %s, says why, and counts it', async (_, body, path, status, reason, detail) => {
    const { messages } = await atRest()
    const before = await refusedFor(reason)
    const answer = await post(body, path)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(((await answer.json()) as { readonly detail: string }).detail).toMatch(detail)
    expect(await refusedFor(reason)).toBe(before + 1)
    expect((await atRest()).messages.received).toBe(messages.received)
  })

  it('refuses strangers, and devices with a login of their own', async () => {
    const body = JSON.stringify(frame(300, begin).payload)
    const password = await sen.sen('device', 'add', 'lua-01', '--site', 'dong-lua', '--profile', 'json-weather')
    expect((await post(body, '', '')).status).toBe(401)
    expect((await post(body, '', basic({ ...login, password: 'x' }))).status).toBe(401)
    expect((await post(body, '', basic({ username: 'lua-01', password }))).status).toBe(403)
  })

  it('loses nothing that it acknowledged to kill -9, and a retry is no second reading', async () => {
    const at = begin + 900_000
    const sent = frames(1000, 60, at)
    const { messages } = await atRest()
    const kill = Promise.withResolvers<undefined>()
    const killed = kill.promise.then(() => sen.killAndRestart())
    const acknowledged = async ({ payload }: TtsEvent): Promise<boolean> => {
      const answer = await post(JSON.stringify(payload)).catch(() => undefined)
      return answer?.status === 202
    }
    const answers: boolean[] = []
    for (const [i, event] of sent.entries()) {
      if (i === 20) kill.resolve(undefined)
      answers.push(await acknowledged(event))
    }
    await killed
    // The Things Stack tries again what was not answered; here also every fifth that was.
    const again = sent.filter((_, i) => answers[i] !== true || i % 5 === 0)
    for (const event of again) expect(await acknowledged(event)).toBe(true)
    const after = await atRest(({ stored }) => stored === messages.stored + sent.length)
    expect((await rows('soil_moisture', at)).t).toEqual(timesOf(sent))
    expect(after.messages.duplicate).toBe(
      after.messages.received - messages.received - sent.length + messages.duplicate
    )
  })
})

describe('our own broker', { timeout: 60_000 }, () => {
  it('takes the topics of The Things Stack from a connector, and loses nothing acknowledged to kill -9', async () => {
    const at = begin + 1_200_000
    const sent = frames(2000, 20, at)
    const client = await connectAsync(sen.ready.mqtt ?? '', { ...login, protocolVersion: 4, reconnectPeriod: 0 })
    for (const { topic, payload } of sent) await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 })
    client.on('error', () => undefined)
    await sen.killAndRestart()
    client.end(true)
    await atRest()
    expect((await rows('soil_moisture', at)).t).toEqual(timesOf(sent))
  })

  it('takes them from nobody else', async () => {
    const password = await sen.sen('device', 'add', 'lua-02', '--site', 'dong-lua', '--profile', 'json-weather')
    const { messages } = await atRest()
    const client = await connectAsync(sen.ready.mqtt ?? '', {
      username: 'lua-02',
      password,
      protocolVersion: 4,
      reconnectPeriod: 0
    })
    const closed = new Promise<void>(resolve => {
      client.once('close', () => {
        resolve()
      })
    })
    client.publish(up.topic, JSON.stringify(up.payload), { qos: 1 }, () => undefined)
    await closed
    expect((await atRest()).messages.received).toBe(messages.received)
  })
})
