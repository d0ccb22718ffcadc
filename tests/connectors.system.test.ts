import { createHmac } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MosquittoProcess } from './mosquitto-process.ts'
import { tlsListener } from './mosquitto-tls.ts'
import type { TlsListener } from './mosquitto-tls.ts'
import { SenProcess, freePort, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/*
 * A dozen connections at once: to real Mosquittos, one of which is not there, one of which shows a certificate that nobody
 * trusts; and webhooks.
 */
let tls: TlsListener
let farm: MosquittoProcess
let sen: SenProcess
let token: string

interface Item {
  readonly name: string
  readonly state: string
  readonly lastError?: string
  readonly nextTryAt?: string
  readonly received?: number
  readonly lastMessageAt?: string
  readonly usualEveryMs?: number
  readonly certificate?: { readonly expiresAt: string }
  readonly certificateWarning?: string
}

const fields = { temp: 'air_temperature', ph: 'ph', 'soil.moisture': 'soil_moisture' }
/** Twelve: each hears its own part of the farm. */
const many = Array.from({ length: 12 }, (_, i) => `trai-${i}`)

async function call(
  method: string,
  path: string,
  body?: unknown
): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(`${sen.ready.http}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
}

const connectors = (fits: (items: readonly Item[]) => boolean): Promise<{ readonly items: readonly Item[] }> =>
  sen.getUntil<{ readonly items: readonly Item[] }>('/connectors', token, ({ items }) => fits(items))

const stateOf = (name: string, state: string) =>
  connectors(items => items.find(item => item.name === name)?.state === state)

const stored = (count: number): Promise<Accounts> =>
  sen.getUntil<Accounts>('/accounting', token, accounts => isAtRest(accounts) && accounts.messages.stored >= count)

async function latest(device: string): Promise<Readonly<Record<string, unknown>>> {
  const { items } = (await sen.get(`/readings/latest?device=${device}`, token)) as {
    readonly items: readonly { readonly metric: string; readonly value: unknown }[]
  }
  return Object.fromEntries(items.map(({ metric, value }) => [metric, value]))
}

beforeAll(async () => {
  tls = await tlsListener()
  farm = await MosquittoProcess.create(tls.settings)
  await farm.start()
  sen = await SenProcess.create()
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  const ids = ['a', 'b', ...many.map(name => `${name}-1`)]
  const changes = [
    { kind: 'site', site: { id: 'trai', name: 'Trại', organisation: 'root' } },
    ...ids.map(id => ({ kind: 'device', device: { id, name: id, site: 'trai', profile: 'json-weather' } }))
  ]
  await call('POST', '/registry', { changes })
}, 120_000)

afterAll(async () => {
  await sen.remove()
  await farm.remove()
  await tls.remove()
})

describe('many connections at once', { timeout: 90_000 }, () => {
  it('come up, each by itself, though some of their brokers are away or cannot be trusted', async () => {
    const add = (name: string, url: string, more: object = {}) =>
      call('POST', '/connectors', {
        ...{ type: 'mqtt', name, url },
        ...{ topics: [`${name}/{device}/data`], mapping: { device: '{device}', fields } },
        ...more
      })
    const away = `mqtt://127.0.0.1:${await freePort()}`
    const answers = await Promise.all([
      ...many.map(name => add(name, farm.url())),
      add('xa', away),
      add('la', farm.url(tls.port, 'mqtts')),
      add('tin', farm.url(tls.port, 'mqtts'), { tls: { ca: await readFile(tls.certificateFile, 'utf8') } })
    ])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    const { items } = await connectors(all =>
      all.every(({ name, state }) => state === (name === 'xa' || name === 'la' ? 'failed' : 'connected'))
    )
    const told = (name: string) => items.find(item => item.name === name)
    expect(told('xa')?.lastError).toMatch(/ECONNREFUSED/)
    expect(Date.parse(told('xa')?.nextTryAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(told('la')?.lastError).toMatch(/certificate is signed by itself: give it as the authority/)
    expect(told('tin')?.certificate?.expiresAt).toMatch(/^\d{4}-/)
    expect(told('tin')?.certificateWarning).toMatch(/certificate of 127.0.0.1 ends in \d days/)

    for (const name of many) await farm.publish(`${name}/${name}-1/data`, ['{"temp":"21.5","soil":{"moisture":30}}'])
    await stored(many.length)
    expect(await latest('trai-7-1')).toEqual({ air_temperature: 21.5, soil_moisture: 30 })
    expect(JSON.stringify(items) + sen.output).not.toContain('khẩu')
    const metrics = await fetch(`${sen.ready.http}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    const figures = await metrics.text()
    expect(figures).toMatch(/sen_connector_up\{connector="xa"\} 0/)
    expect(figures).toMatch(/sen_connector_up\{connector="tin"\} 1/)
    expect(figures).toMatch(/sen_connector_messages_total\{connector="trai-7"\} 1/)
  })

  it('change, pause and go on while the others run, and lose nothing of a pause', async () => {
    await call('PATCH', '/connectors/trai-0', { isPaused: true })
    await stateOf('trai-0', 'paused')
    await farm.publish('trai-0/a/data', ['{"temp":1}'])
    await farm.publish('trai-1/b/data', ['{"temp":2}'])
    await sen.getUntil(`/readings/latest?device=b`, token, answer => JSON.stringify(answer).includes('"value":2'))
    expect(await latest('a')).toEqual({})
    await sen.sen('connector', 'resume', 'trai-0')
    await sen.getUntil(`/readings/latest?device=a`, token, answer => JSON.stringify(answer).includes('"value":1'))

    const file = join(sen.folder, 'mapping.yaml')
    await writeFile(file, 'payload: value\ndevice: "{device}"\nfield: "{what}"\nfields:\n  nhiet: air_temperature\n')
    await sen.sen('connector', 'set', 'trai-0', '--mapping', file, '--topic', 'khac/{device}/{what}')
    const tried = await sen.sen(
      'connector',
      'try',
      'khac/a/nhiet',
      '23.5',
      '--mapping',
      file,
      '--topic',
      'khac/{device}/{what}'
    )
    expect(JSON.parse(tried)).toMatchObject({ samples: [{ device: 'a', readings: [{ value: 23.5 }] }], problem: null })
    await stateOf('trai-0', 'connected')
    await farm.publish('khac/a/nhiet', ['23.5'])
    await sen.getUntil(`/readings/latest?device=a`, token, answer => JSON.stringify(answer).includes('23.5'))
    // What was subscribed to before is not: nothing of it comes any more.
    const before = (await call('GET', '/connectors/trai-0')).body as Item
    await farm.publish('trai-0/a/data', ['{"temp":5}'])
    await farm.publish('khac/a/nhiet', ['24.5'])
    await sen.getUntil(`/readings/latest?device=a`, token, answer => JSON.stringify(answer).includes('24.5'))
    const after = (await call('GET', '/connectors/trai-0')).body as Item
    expect((after.received ?? 0) - (before.received ?? 0)).toBe(1)
  })

  it('know after a restart how often they hear something, and when they did the last time', async () => {
    for (let i = 0; i < 6; i++) {
      if (i > 0) await delay(1050)
      await farm.publish('trai-4/b/data', [`{"ph":${7 + i / 10}}`])
    }
    const told = async () => {
      const { lastMessageAt, usualEveryMs } = (await call('GET', '/connectors/trai-4')).body as Item
      return { lastMessageAt, usualEveryMs }
    }
    await connectors(items => items.find(({ name }) => name === 'trai-4')?.usualEveryMs !== undefined)
    const before = await told()
    await call('PATCH', '/connectors/trai-4', { isPaused: true })
    expect(await told()).toEqual({ lastMessageAt: before.lastMessageAt })
    await sen.stop()
    await sen.start()
    expect(await told()).toEqual({ lastMessageAt: before.lastMessageAt })
    await call('PATCH', '/connectors/trai-4', { isPaused: false })
    await stateOf('trai-4', 'connected')
    expect(await told()).toEqual(before)
    const { items } = await connectors(all => all.some(({ name, state }) => name === 'trai-7' && state === 'connected'))
    expect(items.find(({ name }) => name === 'trai-7')?.lastMessageAt).toMatch(/^\d{4}-/)
  })

  it('go on after kill -9 as they were, and what their brokers kept meanwhile comes', async () => {
    const count = (await stored(0)).messages.stored
    await sen.kill()
    await farm.publish('trai-2/b/data', ['{"ph":7.1}'])
    await sen.start()
    await stored(count + 1)
    expect(await latest('b')).toMatchObject({ ph: 7.1 })
    const { items } = await connectors(all => all.some(({ name, state }) => name === 'trai-3' && state === 'connected'))
    expect(items).toHaveLength(15)
  })
})

describe('a webhook', { timeout: 60_000 }, () => {
  it('brings the readings of many devices, signed, and its token can be revoked', async () => {
    const [secretFile, mappingFile] = [join(sen.folder, 'secret'), join(sen.folder, 'webhook.yaml')]
    await writeFile(secretFile, 'bi-mat-chung\n')
    await writeFile(mappingFile, 'each: $.data\ndevice: "{@.dev}"\nvalues: "@.v"\nfields: { temp: air_temperature }\n')
    const [url = '', secret = ''] = (
      await sen.sen(
        'connector',
        'add',
        'webhook',
        'ngoai',
        '--mapping',
        mappingFile,
        '--signature-header',
        'x-signature',
        '--signature-secret-file',
        secretFile
      )
    ).split('\t')
    const body = JSON.stringify({
      data: [
        { dev: 'a', v: { temp: 11 } },
        { dev: 'b', v: { temp: 12 } },
        { dev: 'la', v: {} }
      ]
    })
    const signature = createHmac('sha256', 'bi-mat-chung').update(body).digest('hex')
    const send = (headers: Readonly<Record<string, string>>) =>
      fetch(url, { method: 'POST', body, headers: { authorization: `Bearer ${secret}`, ...headers } })
    const { quarantined } = (await stored(0)).messages
    expect((await send({ 'x-signature': `sha256=${signature}` })).status).toBe(202)
    expect((await send({ 'x-signature': 'sha256=00' })).status).toBe(401)
    // Set aside because of one device that nobody knows; the readings of the others are kept.
    await sen.getUntil<Accounts>('/accounting', token, one => isAtRest(one) && one.messages.quarantined > quarantined)
    expect([await latest('a'), await latest('b')]).toMatchObject([{ air_temperature: 11 }, { air_temperature: 12 }])
    // The list of what is set aside is written a moment after the counts.
    const { items: aside } = await sen.getUntil<{ readonly items: readonly Readonly<Record<string, unknown>>[] }>(
      '/ingest/quarantine?limit=1',
      token,
      page => page.items.length > 0
    )
    expect(aside).toMatchObject([{ reason: 'unclaimed', device: 'la', topic: 'webhook/ngoai' }])
    const [, again] = (await sen.sen('connector', 'token', 'ngoai')).split('\t')
    const { body: logins } = await call('GET', '/connectors/ngoai/credentials')
    const { items } = logins as { readonly items: readonly { readonly id: string }[] }
    await call('DELETE', `/connectors/ngoai/credentials/${items[0]?.id}`)
    expect((await send({ 'x-signature': signature })).status).toBe(401)
    expect((await send({ 'x-signature': signature, authorization: `Bearer ${again}` })).status).toBe(202)
  })
})
