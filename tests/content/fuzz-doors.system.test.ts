import { setTimeout as delay } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { begin, soil } from '../../ingest/decode/decoder.fixture.ts'
import type { MessageRecord } from '../../journal/journal.ts'
import type { Accounts } from '../sen-process.ts'
import { ContentSen, basic } from './content-sen.ts'
import { deliveryFiles, labelTexts, wrongText } from './fuzz-files.ts'
import { extent } from '../durability/load-run.fixture.ts'
import { messageFormats } from './fuzz-messages.ts'
import { Mutations } from './mutations.ts'
import { ThreadDebugger, debuggable } from './thread-debugger.ts'

/*
 * Each format comes wrong through the door that it has in life, while a calm device sends a reading every 20 ms: every one of
 * these arrives, the accounts balance, no thread's prototypes change, and the process is the same afterwards.
 */
const seed = Number(process.env['SEN_SEED'] ?? 20_261)
const formatMs = extent(700, 3000, 60_000)
const canaryEveryMs = 20
/** Larger ones end the connection, and the client would send them again and again; `oversize.test.ts` has those. */
const largestPacket = 200 * 1024
const threads = ['work', 'store', 'state', 'alarm', 'codec']
let sen: ContentSen
let watcher: ThreadDebugger
let networkServer: MqttClient
let networkServerLogin: { readonly username: string; readonly password: string }
let webhook: { readonly url: string; readonly token: string }
let pid: number

beforeAll(async () => {
  const environment = { ...debuggable, SEN_DEVICE_RATE: '5000' }
  sen = await ContentSen.start(
    { canary: 'load', 'tram-1': 'json-weather', a: 'json-weather', trong: 'json-weather', [soil]: 'dragino-lse01' },
    { environment }
  )
  pid = sen.process.ready.pid
  watcher = await ThreadDebugger.attach(sen.process, threads)
  const [username = '', password = ''] = (await sen.process.sen('connector', 'add', 'chirpstack', 'cs')).split('\t')
  networkServerLogin = { username, password }
  networkServer = await connectAsync(sen.process.ready.mqtt ?? '', { ...networkServerLogin, protocolVersion: 4 })
  const mapping = { device: '{$.dev}', devices: { 'Nhà ông Tư': 'trong' }, each: '$.list', values: '@.v' }
  webhook = (await sen.postJson('/connectors', { type: 'webhook', name: 'w3', mapping })) as typeof webhook
}, 90_000)

afterAll(async () => {
  watcher.close()
  await networkServer.endAsync(true)
  await sen.remove()
})

const asked = (path: string, body: string | Buffer, headers: Readonly<Record<string, string>>) =>
  fetch(`${sen.http}/api/v1${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : new Uint8Array(body)
  })
const asAdministrator = (path: string, body: unknown) =>
  asked(path, JSON.stringify(body), { authorization: `Bearer ${sen.token}`, 'content-type': 'application/json' })

/** Sends one wrong message by the door that its topic stands for. @returns the status, where the door answers one. */
async function send(message: MessageRecord, mutations: Mutations): Promise<number | undefined> {
  const { door, topic, payload } = message
  const bytes = Buffer.from(payload)
  const isOfServer = !topic.startsWith('site/')
  const isByHttp = isOfServer && mutations.below(2) === 0
  if (door === 'webhook' || door === 'broker')
    return (await asked('/ingest/webhook/w3', bytes, { authorization: `Bearer ${webhook.token}` })).status
  if (isByHttp && !topic.includes('gateway/')) {
    const event = topic.split('/event/')[1] ?? 'up'
    const path = topic.startsWith('v3/') ? '/ingest/tts' : `/ingest/chirpstack?event=${event}`
    return (await asked(path, bytes, { authorization: basic(networkServerLogin), 'content-type': 'application/json' }))
      .status
  }
  if (isOfServer) await networkServer.publishAsync(topic, bytes, { qos: 1 })
  else await sen.publish('', bytes, topic)
  return undefined
}

/** What the doors of people are asked, each with something wrong. */
async function askAsPerson(mutations: Mutations): Promise<number> {
  const text = wrongText(mutations.pick(labelTexts), mutations).toString()
  const wrong = () =>
    mutations.json({ mapping: { device: '{$.id}', values: '@.v' }, payload: { id: 'a', v: { ph: 7 } } })
  const observation = { device: 'tram-1', metric: 'ph', value: 7, t: new Date(begin).toISOString(), method: 'other' }
  switch (mutations.below(5)) {
    case 0:
      return (
        await asAdministrator('/devices/deliveries/check', {
          file: wrongText(mutations.pick(deliveryFiles), mutations).toString('base64')
        })
      ).status
    case 1: {
      const query = new URLSearchParams({ text: text.toWellFormed() || 'x' })
      const answer = await fetch(`${sen.http}/api/v1/devices/label?${query}`, {
        headers: { authorization: `Bearer ${sen.token}` }
      })
      return answer.status
    }
    case 2:
      return (await asAdministrator('/connectors/trial', wrong())).status
    case 3:
      return (await asAdministrator('/observations', mutations.json(observation))).status
    default:
      return (
        await asAdministrator(
          '/readings/import',
          mutations.json({ device: 'tram-1', import: 'x', series: [{ metric: 'ph', t: [begin], value: [7] }] })
        )
      ).status
  }
}

/** Codecs of strangers, tried beside the one in place: broken text, and text that means harm. */
const sources = [
  'function decodeUplink(input) { return { data: { a: input.bytes[0] } } }',
  'function decodeUplink() { while (1); }',
  'function decodeUplink() { return { data: JSON.parse(\'{"__proto__":{"polluted":1}}\') } }',
  'Object.prototype.polluted = 1; function Decoder() { return {} }',
  `function decodeUplink() { return { data: ${'['.repeat(5000)}${']'.repeat(5000)} } }`,
  'module.exports = { decodeUplink() { throw { toString() { throw 1 } } } }'
]

let canarySent = 0

/** Runs attacks one after the other for the time, the canary beside them. @returns how often each answer came. */
async function underAttack(attack: () => Promise<number | undefined>): Promise<Readonly<Record<string, number>>> {
  const answers: Record<string, number> = {}
  const until = performance.now() + formatMs
  const canary = async (): Promise<void> => {
    while (performance.now() < until) {
      await sen.publish('canary', { seq: ++canarySent })
      await delay(canaryEveryMs)
    }
  }
  const attacks = async (): Promise<void> => {
    do {
      const status = String((await attack()) ?? 'taken')
      answers[status] = (answers[status] ?? 0) + 1
    } while (performance.now() < until)
  }
  await Promise.all([canary(), attacks()])
  return answers
}

async function expectUnharmed(answers: Readonly<Record<string, number>>): Promise<void> {
  expect(Object.keys(answers).filter(status => !/^(?:taken|20[0-2]|40[0-9]|41[35]|422|429)$/.test(status))).toEqual([])
  const { messages, readings } = await sen.accounts()
  expect(sumOf(messages)).toBe(messages.received)
  expect(sumOf(readings)).toBe(readings.decoded)
  const { items } = await sen.process.getUntil<{ readonly items: readonly { readonly value: unknown }[] }>(
    '/readings/latest?device=canary&metric=seq',
    sen.token,
    answer => answer.items[0]?.value === canarySent
  )
  expect(items).toHaveLength(1)
  expect(sen.process.ready.pid).toBe(pid)
  expect(await watcher.everywhere('String(({}).polluted)')).toEqual(
    Object.fromEntries(['main', ...threads].map(thread => [thread, 'undefined']))
  )
}

/** All outcomes, without what they are the sum of. */
function sumOf(accounts: Accounts['messages'] | Accounts['readings']): number {
  return Object.entries(accounts).reduce(
    (sum, [name, n]) => (name === 'received' || name === 'decoded' ? sum : sum + n),
    0
  )
}

describe(`while wrong input comes (seed ${seed})`, { timeout: 120_000 }, () => {
  const formats = messageFormats.filter(({ name }) => !name.startsWith('entered'))

  it.each(formats)('in $name, nobody else notices', async ({ name, wrong }) => {
    const mutations = new Mutations(seed)
    const answers = await underAttack(async () => {
      const message = wrong(mutations)
      return message.payload.length > largestPacket ? undefined : send(message, mutations)
    })
    console.log(`${name}:`, answers)
    await expectUnharmed(answers)
  })

  it('at the doors of people, nobody else notices', async () => {
    const mutations = new Mutations(seed)
    const answers = await underAttack(() => askAsPerson(mutations))
    console.log('people:', answers)
    await expectUnharmed(answers)
  })

  it('in codecs to be tried, nobody else notices', async () => {
    const mutations = new Mutations(seed)
    const answers = await underAttack(async () => {
      const codec =
        mutations.below(2) === 0
          ? mutations.pick(sources)
          : mutations.bytes(Buffer.from(mutations.pick(sources))).toString()
      return (await asAdministrator('/profiles/dragino-lse01/codec?dryRun=true', { codec: codec || 'x' })).status
    })
    console.log('codecs:', answers)
    await expectUnharmed(answers)
  })

  it('every reading of the calm device is there, once', async () => {
    const { value } = await sen.rows('canary', 'seq')
    const expected = Array.from({ length: canarySent }, (_, i) => i + 1)
    const all = value.length < 20_000 ? expected : expected.slice(0, 20_000)
    expect([...value].sort((one, other) => Number(one) - Number(other))).toEqual(all)
  })
})
