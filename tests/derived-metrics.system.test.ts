import { setTimeout as delay } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SenProcess, freePort, isAtRest } from './sen-process.ts'
import type { Accounts } from './sen-process.ts'

/* A weather station whose dew point, a metric of one's own and hourly rain are calculated: through kill -9, and a late reading. */
const minute = 60_000
const hour = 60 * minute
const count = 60
/** The last hour but one that is over: whatever is calculated of it is due. */
const begin = Math.floor(Date.now() / hour) * hour - 2 * hour
let sen: SenProcess
let token: string
let password: string

interface Rows {
  readonly t: readonly string[]
  readonly value: readonly number[]
  readonly quality: readonly string[]
}

const path = (metric: string) => `/readings?device=tram&metric=${metric}&from=2020-01-01T00:00:00Z`
/** Asks until the answer fits; a metric that was never given is not known yet. */
async function rowsUntil(metric: string, fits: (rows: Rows) => boolean): Promise<Rows> {
  for (;;) {
    const rows = (await sen.get(path(metric), token).catch(() => undefined)) as Rows | undefined
    if (rows?.value && fits(rows)) return rows
    await delay(50)
  }
}

const whole = (metric: string) => rowsUntil(metric, ({ value }) => value.length === count)

async function publish(reports: readonly object[]): Promise<void> {
  const client = await connectAsync(sen.ready.mqtt ?? '', { username: 'tram', password })
  await Promise.all(
    reports.map(report => client.publishAsync('site/diem/tram/telemetry', JSON.stringify(report), { qos: 1 }))
  )
  await client.endAsync()
}

async function calculate(id: string, formula: object, more: object = {}): Promise<void> {
  const answer = await fetch(`${sen.ready.http}/api/v1/calculations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id, name: { vi: id }, organisation: 'root', formula, ...more })
  })
  expect([answer.status, answer.ok ? '' : await answer.text()]).toEqual([201, ''])
}

beforeAll(async () => {
  sen = await SenProcess.create({ mqttPort: await freePort(), httpPort: await freePort() })
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await sen.sen('site', 'add', 'diem', '--name', 'Điểm đo')
  password = await sen.sen('device', 'add', 'tram', '--site', 'diem', '--profile', 'json-weather', '--name', 'Trạm')
}, 120_000)

afterAll(async () => {
  await sen.remove()
})

it('gives what is calculated as readings: no gap and nothing twice through kill -9, and corrected by what comes late', async () => {
  await calculate('diem-suong', { kind: 'dew-point' })
  await calculate('mua-gio', { kind: 'rain-sum', hours: 1 })
  const metric = { name: 'chenh_diem_suong', vi: 'Chênh lệch điểm sương', unit: 'Cel', min: 0 }
  await calculate('chenh', { kind: 'expression', value: 'm.air_temperature - m.dew_point' }, { metric })

  const reports = Array.from({ length: count }, (_, i) => ({
    ...{ ts: begin + (i + 1) * minute, air_temperature: 20 + i / 10, air_humidity: 70, rainfall: 0.5 }
  }))
  await publish(reports.slice(0, 30))
  await rowsUntil('dew_point', ({ value }) => value.length > 0)
  await sen.killAndRestart()
  await publish(reports.slice(30))

  const times = reports.map(({ ts }) => new Date(ts).toISOString())
  const dew = await whole('dew_point')
  expect(dew.t).toEqual(times)
  expect(dew.value.every((value, i) => value < 20 + i / 10)).toBe(true)
  expect(new Set(dew.quality)).toEqual(new Set(['derived']))
  const gap = await whole(metric.name)
  expect(gap.value.map((value, i) => (value + (dew.value[i] ?? 0)).toFixed(3))).toEqual(
    reports.map(report => report.air_temperature.toFixed(3))
  )

  const label = new Date(begin + hour).toISOString()
  const sumAt = ({ t, value }: Rows) => value[t.indexOf(label)]
  await rowsUntil('rainfall_1h', rows => sumAt(rows) === 30)
  await publish([{ ts: begin + 30.5 * minute, rainfall: 7 }])
  await rowsUntil('rainfall_1h', rows => sumAt(rows) === 37)

  const { messages, readings } = await sen.getUntil<Accounts>('/accounting', token, isAtRest)
  expect(messages).toMatchObject({ quarantined: 0, received: messages.stored + messages.event + messages.duplicate })
  expect(readings.decoded).toBe(readings.stored + readings.duplicate + readings.superseded)
  // The sum of the hour, once corrected; what was calculated again after the crash is the same, and counted as duplicate.
  expect(readings.superseded).toBeGreaterThanOrEqual(1)
  const { items } = (await sen.get('/metrics', token)) as { readonly items: readonly { readonly name: string }[] }
  expect(items.find(({ name }) => name === metric.name)).toMatchObject({ unit: 'Cel' })
}, 120_000)
