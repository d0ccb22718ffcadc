import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SenProcess, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/* Messages that came too early, before their device was registered, are decoded again: counts and values are exact. */
let sen: SenProcess
let token: string
let login: string
const count = 1700
const early = 'som-01'

/** A job as `GET /ingest/redecodes/{id}` answers it. */
interface Job {
  readonly id: number
  readonly state: string
  readonly counts: Readonly<Record<string, number>>
  readonly progress: { readonly total: number; readonly done: number }
}

beforeAll(async () => {
  sen = await SenProcess.create({ command: ['run'] })
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await post('/registry', { changes: [{ kind: 'site', site: { id: 'ruong', name: 'Ruộng', organisation: 'root' } }] })
  const { username, password } = (await post('/sites/ruong/credentials', {})) as Record<string, string>
  login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}, 60_000)

afterAll(() => sen.remove())

async function post(path: string, body: unknown, authorization = `Bearer ${token}`): Promise<unknown> {
  const answer = await fetch(`${sen.ready.http}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  const text = await answer.text()
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}

/** One measurement every 50 s of a day. */
const measured = (i: number): number => Date.parse('2026-11-20T00:00:00Z') + i * 50_000

async function send(device: string): Promise<void> {
  for (let i = 0; i < count; i += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, k) =>
        post(`/ingest/telemetry?site=ruong&device=${device}`, { ts: measured(i + k), ph: (i + k) / 1000 }, login)
      )
    )
  }
}

const accounts = (): Promise<Accounts> => sen.getUntil<Accounts>('/accounting', token, isAtRest)
const ended = (id: number): Promise<Job> =>
  sen.getUntil<Job>(`/ingest/redecodes/${id}`, token, ({ state }) => state === 'done')

async function everything(): Promise<string> {
  const answer = await fetch(`${sen.ready.http}/api/v1/readings/export?from=2000-01-01T00:00:00Z`, {
    headers: { authorization: `Bearer ${token}` }
  })
  expect(answer.status).toBe(200)
  return answer.text()
}

describe('messages that came before their device was registered', { timeout: 60_000 }, () => {
  let rows: string

  it('are counted by a dry run, each with its reason', async () => {
    await send(early)
    expect(await accounts()).toMatchObject({ messages: { received: count, quarantined: count, stored: 0 } })
    await sen.getUntil<{ readonly reasons: readonly unknown[] }>('/ingest/quarantine?limit=1', token, ({ reasons }) =>
      JSON.stringify(reasons).includes(`"count":${count}`)
    )
    await post('/registry', {
      changes: [{ kind: 'device', device: { id: early, name: 'Sớm', site: 'ruong', profile: 'json-weather' } }]
    })
    expect(await post('/ingest/quarantine/redecode', { device: early, dryRun: true })).toMatchObject({
      ...{ messages: count, quarantined: count, unregistered: 0, isComplete: true, outside: null }
    })
    expect(await accounts()).toMatchObject({ messages: { quarantined: count } })
  })

  it('can be looked at whole', async () => {
    const { items } = (await sen.get('/ingest/quarantine?limit=1&reason=unclaimed', token)) as {
      readonly items: readonly { readonly position: number }[]
    }
    expect(await sen.get(`/ingest/quarantine/${items[0]?.position}`, token)).toMatchObject({
      ...{ device: early, reason: 'unclaimed' },
      message: { door: 'http', text: expect.stringContaining('"ph"') as string, hex: null }
    })
  })

  it('are stored once, though Sen is killed in the middle', async () => {
    expect(await sen.stop()).toBe(0)
    // Two parts: it dies in the second.
    await sen.start({ SEN_FAILPOINT: 'redecoded:2' })
    const { id } = (await post('/ingest/quarantine/redecode', { device: early })) as Job
    expect(await sen.ended()).toEqual({ code: null, signal: 'SIGKILL' })
    await sen.start()
    const { counts, progress } = await ended(id)
    expect(counts).toMatchObject({ messages: count, stored: count, released: count, lost: 0, left: 0, readings: count })
    expect(progress.done).toBe(progress.total)
    expect(await accounts()).toEqual({
      unmapped: 0,
      messages: { received: count, stored: count, event: 0, duplicate: 0, quarantined: 0, pending: 0 },
      readings: { decoded: count, stored: count, duplicate: 0, superseded: 0, refused: 0, pending: 0 }
    })
    expect(await sen.get('/ingest/quarantine', token)).toMatchObject({ items: [], reasons: [] })
    rows = await everything()
    expect(rows.trimEnd().split('\n').slice(1).length).toBe(count)
  })

  it('and once more when it is repeated: the readings stay as they are', async () => {
    const { id } = (await post('/ingest/quarantine/redecode', { device: early })) as Job
    expect((await ended(id)).counts).toMatchObject({ messages: count, stored: count, released: 0 })
    const isStored = (now: Accounts): boolean => isAtRest(now) && now.readings.decoded === 2 * count
    expect(await sen.getUntil<Accounts>('/accounting', token, isStored)).toMatchObject({
      messages: { stored: count, quarantined: 0 },
      readings: { decoded: 2 * count, stored: count, superseded: count }
    })
    expect(await everything()).toBe(rows)
  })

  it('are there again, with the same accounts, when the series store is made anew from the raw log', async () => {
    const before = await accounts()
    expect(await sen.stop()).toBe(0)
    for (const name of ['series.duckdb', 'series.duckdb.wal'])
      await rm(join(sen.folder, name), { force: true, recursive: true })
    await sen.start()
    expect(await accounts()).toEqual(before)
    expect(await everything()).toBe(rows)
  })
})

describe('a codec that is wrong', { timeout: 60_000 }, () => {
  const soil = 'a84041ffff1c2d01'
  const frames = 120

  async function sendFrames(from: number): Promise<void> {
    for (let i = from; i < from + frames; i++) {
      const time = new Date(Date.parse('2026-11-21T00:00:00Z') + i * 600_000).toISOString()
      const event = {
        time,
        deviceInfo: { devEui: soil },
        devAddr: '01a2b3c4',
        fCnt: i,
        fPort: 2,
        data: 'zikA8QelCZtuKJA='
      }
      await post('/ingest/chirpstack?event=up', event)
    }
  }

  async function moisture(): Promise<readonly number[]> {
    const path = `/readings?device=${soil}&metric=soil_moisture&from=2026-11-20T00:00:00Z&to=2026-11-30T00:00:00Z`
    return ((await sen.get(path, token)) as { readonly value: readonly number[] }).value
  }

  const broken = 'function decodeUplink() { throw new Error("lenh sai") }'
  /** Ten times too much, and a value that is not there. */
  const wrong =
    'function decodeUplink(input) { return { data: { water_SOIL: 19.57 * 10, temp_SOIL: 1, conduct_SOIL: 1, TempC_DS18B20: 99 } } }'

  it('is put in place only with consent, and then sets its frames aside', async () => {
    await post('/registry', {
      changes: [{ kind: 'device', device: { id: soil, name: 'Đất', site: 'ruong', profile: 'dragino-lse01' } }]
    })
    const path = '/profiles/dragino-lse01/codec'
    expect(await post(path, { codec: broken })).toMatchObject({ isInPlace: false })
    expect(await post(path, { codec: broken, accept: true })).toMatchObject({ isInPlace: true })
    await sendFrames(0)
    await post(path, { codec: wrong, accept: true })
    await sendFrames(frames)
    const isTaken = (now: Accounts): boolean => isAtRest(now) && now.messages.received === count + 2 * frames
    const { messages } = await sen.getUntil<Accounts>('/accounting', token, isTaken)
    expect(messages).toMatchObject({ stored: count + frames, quarantined: frames })
    expect(new Set(await moisture())).toEqual(new Set([195.7]))
  })

  it('stays in effect over kill -9', async () => {
    process.kill(sen.ready.pid, 'SIGKILL')
    await sen.ended()
    await sen.start()
    expect(await sen.get('/profiles/dragino-lse01/versions', token)).toMatchObject({ items: [{}, {}] })
  })

  it('is mended, and a period decoded again: every value right, none counted twice', async () => {
    const answer = await fetch(`${sen.ready.http}/api/v1/profiles/dragino-lse01`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` }
    })
    expect(answer.status).toBe(204)
    const before = await accounts()
    const said = await sen.sen('redecode', '--profile', 'dragino-lse01')
    expect(said).toContain(`${2 * frames} messages decoded again: ${2 * frames} stored`)
    expect(said).toContain(`${frames} left quarantine, 0 went into it`)
    const isStored = (now: Accounts): boolean => isAtRest(now) && now.readings.decoded > before.readings.decoded
    const { messages, readings } = await sen.getUntil<Accounts>('/accounting', token, isStored)
    expect(messages).toMatchObject({ received: count + 2 * frames, stored: count + 2 * frames, quarantined: 0 })
    const values = await moisture()
    expect(values.length).toBe(2 * frames)
    expect(new Set(values).size).toBe(1)
    expect(values[0]).not.toBe(195.7)
    const { decoded, stored, duplicate, superseded, refused } = readings
    expect(decoded).toBe(stored + duplicate + superseded + refused)
  })
})
