import { execFile } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenProcess, freePort, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/*
 * A farmer's own sensor: registered by the command line, publishing with mosquitto_pub, read back by the API; through
 * kill -9, a stop, and the loss of the series store.
 */
const run = promisify(execFile)
let sen: SenProcess
let token: string
let password: string

interface Rows {
  readonly metric: string | null
  readonly unit: string | null
  readonly t: readonly string[]
  readonly value: readonly unknown[]
  readonly quality: readonly string[]
}

async function publish(payload: string, options: { readonly topic?: string; readonly login?: readonly string[] } = {}) {
  const { port } = new URL(sen.ready.mqtt ?? '')
  const [username = 'lua-01', secret = password] = options.login ?? []
  const topic = options.topic ?? 'site/ruong-nha/lua-01/telemetry'
  await run('mosquitto_pub', [
    '-h',
    '127.0.0.1',
    '-p',
    port,
    '-u',
    username,
    '-P',
    secret,
    '-q',
    '1',
    '-t',
    topic,
    '-m',
    payload
  ])
}

const accounts = () => sen.getUntil<Accounts>('/accounting', token, isAtRest)
const rows = (metric: string, more = '') =>
  sen.get(`/readings?device=lua-01&metric=${metric}&from=2020-01-01T00:00:00Z${more}`, token) as Promise<Rows>

beforeAll(async () => {
  sen = await SenProcess.create({ mqttPort: await freePort(), httpPort: await freePort() })
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await sen.sen('site', 'add', 'ruong-nha', '--name', 'Ruộng nhà')
  password = await sen.sen(
    'device',
    'add',
    'lua-01',
    '--site',
    'ruong-nha',
    '--profile',
    'json-weather',
    '--name',
    'Lúa 01'
  )
}, 120_000)

afterAll(async () => {
  await sen.remove()
})

describe('from a published message to a reading', { timeout: 60_000 }, () => {
  it('keeps, decodes and stores one object with its own time', async () => {
    const at = new Date(Date.now() - 60_000)
    await publish(
      JSON.stringify({ ts: at.toISOString(), air_temperature: 31.5, door_open: true, status_text: 'tốt', other: 1 })
    )
    await accounts()
    expect(await rows('air_temperature')).toMatchObject({
      metric: 'air_temperature',
      unit: 'Cel',
      t: [at.toISOString()],
      value: [31.5],
      quality: ['good']
    })
    expect(await rows('door_open')).toMatchObject({ value: [true] })
    expect(await rows('status_text')).toMatchObject({ value: ['tốt'] })
  })

  it('takes an array of late samples, and the same upload again changes nothing', async () => {
    const begin = Date.now() - 3 * 86_400_000
    const samples = Array.from({ length: 100 }, (_, i) => ({ ts: begin + i * 60_000, soil_moisture: 20 + i / 10 }))
    await publish(JSON.stringify(samples))
    await publish(JSON.stringify(samples))
    const { readings } = await accounts()
    const { value } = await rows('soil_moisture')
    expect(value).toEqual(samples.map(({ soil_moisture }) => soil_moisture))
    expect(readings.duplicate).toBe(100)
  })

  it('lets the later of two values at one time stand, and counts the other', async () => {
    const ts = Date.now() - 120_000
    await publish(JSON.stringify({ ts, water_level: 1.5 }))
    await publish(JSON.stringify({ ts, water_level: 1.6 }))
    const { readings } = await accounts()
    expect((await rows('water_level')).value).toEqual([1.6])
    expect(readings.superseded).toBe(1)
  })

  it('uses the time of receipt, marked, for a time outside the window, and that hides no newest value', async () => {
    await publish(JSON.stringify({ ts: '2106-01-01T00:00:00Z', ph: 7.1 }))
    await publish(JSON.stringify({ ts: 0, ph: 7.2 }))
    await publish(JSON.stringify({ ph: 7.3 }))
    await accounts()
    expect((await rows('ph')).quality).toEqual(['receive-time', 'receive-time', 'good'])
    const { items } = (await sen.get('/readings/latest?device=lua-01&metric=ph', token)) as {
      readonly items: readonly { readonly value: number }[]
    }
    expect(items.map(({ value }) => value)).toEqual([7.3])
  })

  it.each([
    ['json-invalid', '{"air_temperature":'],
    ['json-invalid', '[1,2]'],
    ['no-mapped-value', '{"nothing_known":1}'],
    ['value-invalid', '{"air_temperature":1e400}'],
    ['json-too-deep', '['.repeat(1000)]
  ])('sets what cannot be read aside as %s', async (reason, payload) => {
    await publish(payload)
    await accounts()
    const { items } = await sen.getUntil<{
      readonly items: readonly { readonly reason: string; readonly device: string }[]
    }>('/ingest/quarantine?limit=1', token, ({ items: [newest] }) => newest?.reason === reason)
    expect(items[0]).toMatchObject({ reason, device: 'lua-01' })
  })

  it('marks an implausible value and stores it', async () => {
    await publish(JSON.stringify({ air_humidity: 150 }))
    await accounts()
    expect(await rows('air_humidity')).toMatchObject({ value: [150], quality: ['implausible'] })
  })

  it('answers buckets in columns, null where empty', async () => {
    const hour = 3_600_000
    const begin = Math.floor((Date.now() - 10 * hour) / hour) * hour
    await publish(JSON.stringify([0, 1, 2].map(i => ({ ts: begin + i * 60_000, co2: 400 + i * 10 }))))
    await accounts()
    const from = new Date(begin).toISOString()
    const to = new Date(begin + 2 * hour).toISOString()
    expect(
      await sen.get(
        `/readings?device=lua-01&metric=co2&from=${from}&to=${to}&every=1h&fn=mean,min,max,first,last,count,sum`,
        token
      )
    ).toEqual({
      device: 'lua-01',
      metric: 'co2',
      unit: 'ppm',
      t: [from, new Date(begin + hour).toISOString()],
      mean: [410, null],
      min: [400, null],
      max: [420, null],
      first: [400, null],
      last: [420, null],
      count: [3, 0],
      sum: [1230, null]
    })
  })

  it('streams CSV', async () => {
    const answer = await fetch(
      `${sen.ready.http}/api/v1/readings/export?device=lua-01&metric=soil_moisture&from=2020-01-01T00:00:00Z`,
      {
        headers: { authorization: `Bearer ${token}` }
      }
    )
    const lines = (await answer.text()).trim().split('\r\n')
    expect(lines[0]?.replace(/^\ufeff/, '')).toBe('device,metric,unit,time,value,quality')
    expect(lines).toHaveLength(101)
  })
})

/** Where somebody who is not known yet may ask: whether Sen is well, to be let in, and gateways by the secret in their address. */
const openRoutes = [
  'delete /api/v1/session',
  'get /api/v1/displays/pairings/{pairing}',
  'get /api/v1/notify/{channel}/report/{secret}',
  'get /api/v1/session',
  'get /api/v1/setup',
  'get /healthz',
  'get /readyz',
  'post /api/v1/displays/pairings',
  'post /api/v1/enrolment/console',
  'post /api/v1/enrolment/open',
  'post /api/v1/enrolment/phone',
  'post /api/v1/notify/{channel}/report/{secret}',
  'post /api/v1/session',
  'post /api/v1/session/device',
  'post /api/v1/session/device/challenge',
  'post /api/v1/session/passkey',
  'post /api/v1/session/passkey/options',
  'post /api/v1/session/password',
  'post /api/v1/setup'
]

describe('who may do what', { timeout: 60_000 }, () => {
  it('answers 401 without a token, but at health and where people come in', async () => {
    const document = (await fetch(`${sen.ready.http}/api/openapi.json`, {
      headers: { authorization: `Bearer ${token}` }
    }).then(answer => answer.json())) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security?: readonly unknown[] }>>>>
    }
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => [method, path] as const)
    )
    expect(routes.length).toBeGreaterThan(60)
    const open = routes.filter(([method, path]) => document.paths[path]?.[method]?.security?.length === 0)
    expect(open.map(([method, path]) => `${method} ${path}`).sort()).toEqual(openRoutes)
    for (const [method, path] of routes) {
      if (openRoutes.includes(`${method} ${path}`)) continue
      const url = `${sen.ready.http}${path.replaceAll(/\{[^}]+\}/g, 'x')}`
      const body =
        method === 'get' || method === 'delete' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }
      const answer = await fetch(url, { method: method.toUpperCase(), ...body })
      expect([method, path, [400, 401].includes(answer.status)]).toEqual([method, path, true])
      if (answer.status === 400) expect(((await answer.json()) as { code: string }).code).toBe('SEN_INPUT_INVALID')
    }
  })

  it('lets a viewer look and change nothing', async () => {
    const viewer = await sen.sen('token', '--role', 'viewer')
    await sen.get('/devices', viewer)
    const answer = await fetch(`${sen.ready.http}/api/v1/sites`, {
      method: 'POST',
      headers: { authorization: `Bearer ${viewer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'x', name: 'x' })
    })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'SEN_FORBIDDEN' })
  })

  it('makes a write with an Idempotency-Key once', async () => {
    const add = () =>
      fetch(`${sen.ready.http}/api/v1/sites`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k1' },
        body: JSON.stringify({ id: 'mot-lan', name: 'Một lần' })
      })
    const [first, second] = [await add(), await add()]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(await second.json()).toEqual(await first.json())
    expect(second.headers.get('idempotent-replayed')).toBe('true')
  })

  it('shows an organisation nothing of another one', async () => {
    await sen.sen('organisation', 'add', 'xa-khac')
    const foreign = await sen.sen('token', '--role', 'administrator', '--organisation', 'xa-khac')
    expect(await sen.get('/devices', foreign)).toMatchObject({ items: [] })
    expect(await sen.get('/readings/latest', foreign)).toMatchObject({ items: [] })
    await expect(sen.get('/devices/lua-01', foreign)).rejects.toThrow(/404/)
    await expect(sen.get('/readings/latest?device=lua-01', foreign)).rejects.toThrow(/404/)
  })

  it('opens one site to a site credential, and keeps the messages of a device nobody knows', async () => {
    const [username = '', secret = ''] = (await sen.sen('site', 'credential', 'ruong-nha')).split('\t')
    await publish('{"air_temperature":1}', { topic: 'site/ruong-nha/moi-01/telemetry', login: [username, secret] })
    await sen.getUntil<{ readonly items: readonly { readonly reason: string; readonly device: string }[] }>(
      '/ingest/quarantine?device=moi-01',
      token,
      ({ items }) => items[0]?.reason === 'unclaimed'
    )
    await expect(publish('{}', { topic: 'site/other/lua-01/telemetry', login: [username, secret] })).rejects.toThrow()
  })

  it('takes telemetry by HTTP with the device login, and answers once it is on disk', async () => {
    const at = new Date(Date.now() - 5000).toISOString()
    const answer = await fetch(`${sen.ready.http}/api/v1/ingest/telemetry?device=lua-01`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`lua-01:${password}`).toString('base64')}` },
      body: JSON.stringify({ ts: at, turbidity: 12 })
    })
    expect(answer.status).toBe(202)
    await accounts()
    expect(await rows('turbidity')).toMatchObject({ t: [at], value: [12] })
  })
})

describe('what ends Sen', { timeout: 120_000 }, () => {
  it('goes on after kill -9, with everything it acknowledged', async () => {
    const ts = Date.now() - 1000
    await publish(JSON.stringify({ ts, noise_level: 55 }))
    await sen.killAndRestart()
    await accounts()
    expect((await rows('noise_level')).value).toEqual([55])
  })

  it('stops cleanly and continues at the second start', async () => {
    const before = await accounts()
    expect(await sen.stop('SIGINT')).toBe(0)
    expect((await readdir(sen.folder)).filter(name => name.endsWith('.sock') || name.endsWith('.wal'))).toEqual([])
    await sen.start()
    const after = await accounts()
    expect(after).toEqual(before)
  })

  it('rebuilds a series store that was deleted, exactly', async () => {
    const before = await accounts()
    const readings = await Promise.all(
      ['soil_moisture', 'water_level', 'ph', 'status_text'].map(metric => rows(metric))
    )
    await sen.stop()
    for (const name of await readdir(sen.folder)) {
      if (name.startsWith('series.duckdb')) await rm(join(sen.folder, name))
    }
    await sen.start()
    const after = await accounts()
    expect(after).toEqual(before)
    expect(
      await Promise.all(['soil_moisture', 'water_level', 'ph', 'status_text'].map(metric => rows(metric)))
    ).toEqual(readings)
  })

  it('refuses a second Sen on the same data, naming the folder', async () => {
    const second = sen.sen('run')
    await expect(second).rejects.toThrow(/SEN_DATA_LOCKED/)
  })
})
