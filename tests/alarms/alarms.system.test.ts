import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { connectAsync } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SenProcess, freePort } from '../sen-process.ts'

/*
 * A rule made by API and a device over the real broker: what becomes of a value beyond its limit, and that kill -9 neither
 * loses an alarm nor tells one twice.
 */
let sen: SenProcess
let token: string
let device: MqttClient

interface Alarms {
  readonly items: readonly { readonly id: string; readonly state: string; readonly steps: number }[]
}

const api = async (method: string, path: string, body?: unknown) => {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': 'application/json' })
  }
  const sent = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  return fetch(`${sen.ready.http}/api/v1${path}`, sent)
}
const publish = (value: number) =>
  device.publishAsync('site/nha/tram-1/telemetry', JSON.stringify({ air_temperature: value }), { qos: 1 })
const alarmsIn = (state: string) =>
  sen.getUntil<Alarms>(`/alarms?state=${state}`, token, ({ items }) => items.length > 0)

beforeAll(async () => {
  sen = await SenProcess.create({ mqttPort: await freePort(), httpPort: await freePort() })
  await sen.start()
  token = await sen.sen('token', '--role', 'administrator')
  await sen.sen('site', 'add', 'nha')
  const password = await sen.sen('device', 'add', 'tram-1', '--site', 'nha', '--profile', 'json-weather')
  const login = { username: 'tram-1', password, protocolVersion: 4, reconnectPeriod: 200 } as const
  device = await connectAsync(sen.ready.mqtt ?? '', login)
}, 120_000)

afterAll(async () => {
  await device.endAsync(true)
  await sen.remove()
})

it(
  'a value beyond its limit is an alarm, told, acknowledged and over; its history is proof',
  { timeout: 120_000 },
  async () => {
    const when = { kind: 'threshold', metric: 'air_temperature', op: '>=', value: 35, clear: 34 }
    const levels = [{ name: { vi: 'Nóng' }, severity: 'high', when }]
    const rule = { id: 'nong', name: { vi: 'Nắng nóng' }, organisation: 'root', per: 'device', levels }
    expect((await api('POST', '/rules', rule)).status).toBe(201)
    const events = await api('GET', '/events')
    const stream = events.body?.pipeThrough(new TextDecoderStream()).getReader()
    await publish(36.5)
    const { items: found } = await alarmsIn('unacknowledged')
    expect(found).toMatchObject([
      { rule: 'nong', subject: { kind: 'device', id: 'tram-1' }, severity: 'high', level: 1 }
    ])
    const { id = '' } = found[0] ?? {}
    let told = ''
    while (!told.includes('event: alarms')) told += (await stream?.read())?.value ?? ''
    expect(told).toContain(id)
    await stream?.cancel()

    await sen.killAndRestart()
    expect((await alarmsIn('unacknowledged')).items).toMatchObject([{ id, steps: 1 }])
    expect((await api('POST', `/alarms/${id}/ack`)).status).toBe(200)
    await publish(33)
    expect((await alarmsIn('normal')).items).toMatchObject([{ id, steps: 3 }])

    const headers = { authorization: `Bearer ${token}`, 'last-event-id': '1' }
    const again = await fetch(`${sen.ready.http}/api/v1/events`, { headers })
    const missed = again.body?.pipeThrough(new TextDecoderStream()).getReader()
    let resumed = ''
    while (!resumed.includes('"cleared"')) resumed += (await missed?.read())?.value ?? ''
    expect(resumed.match(/"kind":"(raised|acknowledged|cleared)"/g)).toEqual([
      '"kind":"acknowledged"',
      '"kind":"cleared"'
    ])
    await missed?.cancel()

    const period = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 60_000) }
    const tried = { ...rule, levels: [{ ...levels[0], when: { ...when, value: 37 } }] }
    const begun = (await (await api('POST', '/rules/preview', { rule: tried, ...period })).json()) as { id: string }
    const trial = await sen.getUntil<{ state: string }>(
      `/rules/preview/${begun.id}`,
      token,
      one => one.state !== 'running'
    )
    expect(trial).toMatchObject({
      ...{ state: 'done', share: 1, readings: 4, rule: { id: 'nong', version: 2 } },
      outcome: {
        ...{ subjects: 1, alarms: { count: 0 }, inForce: { count: 1 } },
        differences: { items: [{ kind: 'gone', alarm: { subject: { id: 'tram-1' }, highestLevel: 1 } }] }
      }
    })
    const log = await sen.sen('replay', 'nong', '--from', period.from.toISOString())
    expect(log).toMatch(/^device:tram-1\t\S+Z\t\S+Z\t1\tsame$/)

    const evidence = await (await api('GET', `/alarms/${id}/evidence`)).json()
    expect(evidence).toMatchObject({ isIntact: true, evidence: [{ evidence: { rule: { id: 'nong', version: 1 } } }] })
    const [{ evidence: copied }] = (evidence as { evidence: [{ evidence: { messages: { payload: string }[] } }] })
      .evidence
    const payload = Buffer.from(copied.messages[0]?.payload ?? '', 'base64').toString()
    expect(JSON.parse(payload)).toEqual({ air_temperature: 36.5 })
    expect(await sen.sen('doctor')).toContain('alarms: 1 with 3 steps, each as it was written')

    const database = new DatabaseSync(join(sen.folder, 'state.sqlite'))
    database.exec("drop trigger alarm_step_unchanged; update alarm_step set body = replace(body, '36.5', '35.5')")
    database.close()
    await expect(sen.sen('doctor')).rejects.toThrow(/step 1 \(raised\) is not what was written|1 faults/)
  }
)
