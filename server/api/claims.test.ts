import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Quarantined } from '../../model/reading-batch.ts'
import { startedApi } from './api.fixture.ts'
import type { Api } from './api.fixture.ts'

const seenAt = Date.UTC(2026, 10, 20, 8)
const soil = 'a84041ffff1c2d09'

/** A message of a device that nobody registered, as decode sets it aside. */
function heard(position: number, changes: Partial<Quarantined> = {}): Quarantined {
  const device = changes.device ?? soil
  return {
    ...{ position, reason: 'unclaimed', device, site: undefined, receivedAt: seenAt + position, detail: '' },
    ...{ topic: `application/app/device/${device}/event/up`, credential: 'connector:cs-xa' },
    sample: chirpStackUp(device),
    ...changes
  }
}

const eventFile = new URL('../../tests/events/chirpstack-up.json', import.meta.url)
function chirpStackUp(device: string): string {
  const event = JSON.parse(readFileSync(eventFile, 'utf8')) as { payload?: object }
  const { deviceInfo, ...rest } = (event.payload ?? event) as { deviceInfo: object }
  return JSON.stringify({ ...rest, deviceInfo: { ...deviceInfo, devEui: device } })
}

/** Two communes, each with a site and a connector. */
async function communes(): Promise<Api> {
  const api = await startedApi()
  const { administration } = api.services
  for (const name of ['xa', 'phuong']) {
    await administration.addOrganisation({ id: name, name })
    await administration.addSite({ id: `ruong-${name}`, name, organisation: name })
    await administration.addConnector({ name: `cs-${name}`, type: 'chirpstack', url: undefined, organisation: name })
  }
  return api
}

interface Page {
  readonly items: readonly Readonly<Record<string, unknown>>[]
  readonly total: number
}
const claim = { site: 'ruong-xa', profile: 'dragino-lse01' }

describe('a device that nobody has registered', () => {
  test('is listed with its newest payload, who heard it, and a guess of its profile', async () => {
    const api = await communes()
    await api.state.quarantine([heard(1), heard(2), heard(3, { device: 'tram-9', ...farm })], 3)

    const { body } = await (await api.as('technician', 'xa'))('GET', '/devices/unclaimed')

    const [first, second] = (body as Page).items
    expect(second).toMatchObject({
      ...{ id: soil, organisation: 'xa', door: 'chirpstack', count: 2, application: 'nong-nghiep' },
      ...{ firstSeen: new Date(seenAt + 1).toISOString(), lastSeen: new Date(seenAt + 2).toISOString() },
      payload: { fPort: expect.any(Number), hex: expect.stringMatching(/^[0-9a-f]+$/) },
      gateways: expect.arrayContaining([expect.objectContaining({ snr: expect.any(Number) })]),
      guesses: expect.arrayContaining([])
    })
    const guesses = second?.['guesses'] as readonly { profile: string; score: number; reasons: readonly string[] }[]
    expect(guesses[0]).toMatchObject({ profile: 'dragino-lse01', reasons: expect.arrayContaining(['named', 'read']) })
    expect(first).toMatchObject({
      ...{ id: 'tram-9', site: 'ruong-xa', organisation: 'xa', door: 'mqtt' },
      payload: { json: { air_temperature: 31, wind_speed: 2, rainfall: 0 } },
      guesses: expect.arrayContaining([expect.objectContaining({ profile: 'json-weather' })])
    })
  })

  test('is seen and claimed only by whose site or connector brought it', async () => {
    const api = await communes()
    await api.state.quarantine([heard(1)], 1)
    const neighbour = await api.as('technician', 'phuong')

    expect((await neighbour('GET', '/devices/unclaimed')).body).toMatchObject({ items: [], total: 0 })
    expect((await neighbour('POST', `/devices/unclaimed/${soil}/refuse`)).status).toBe(404)
    const taken = { ...claim, site: 'ruong-phuong' }
    expect((await neighbour('POST', `/devices/${soil}/claim`, taken)).status).toBe(404)
    expect((await (await api.as('viewer', 'xa'))('GET', '/devices/unclaimed')).status).toBe(403)
  })

  test('is claimed once, with the same values as often as one likes', async () => {
    const api = await communes()
    await api.state.quarantine([heard(1)], 1)
    const technician = await api.as('technician', 'xa')

    const first = await technician('POST', `/devices/${soil}/claim`, claim)
    const again = await technician('POST', `/devices/${soil}/claim`, claim)
    const other = await technician('POST', `/devices/${soil}/claim`, { ...claim, name: 'Ruộng 2' })

    expect([first.status, again.status, other.status]).toEqual([201, 200, 409])
    expect(first.body).toMatchObject({ id: soil, name: soil, organisation: 'xa' })
    expect(first.body).not.toHaveProperty('mqtt')
    expect((await technician('GET', '/devices/unclaimed')).body).toMatchObject({ items: [], total: 0 })
  })

  test('gets a login if it sends JSON and no login of its site brought it', async () => {
    const api = await communes()
    await api.state.quarantine([heard(1, { device: 'tram-9', ...farm })], 1)
    const technician = await api.as('technician', 'xa')
    const station = { site: 'ruong-xa', profile: 'json-weather' }

    expect((await technician('POST', '/devices/tram-9/claim', station)).body).not.toHaveProperty('mqtt')
    expect((await technician('POST', '/devices/tram-8/claim', station)).body).toHaveProperty('mqtt.password')
  })

  test('is hidden once refused, goes on being counted, and comes back', async () => {
    const api = await communes()
    await api.state.quarantine([heard(1)], 1)
    const technician = await api.as('technician', 'xa')

    expect((await technician('POST', `/devices/unclaimed/${soil}/refuse`)).status).toBe(204)
    await api.state.quarantine([heard(2)], 2)

    expect((await technician('GET', '/devices/unclaimed')).body).toMatchObject({ total: 0 })
    const refused = (await technician('GET', '/devices/unclaimed?refused=true')).body as Page
    expect(refused.items[0]).toMatchObject({ id: soil, count: 2, refused: { by: 'technician' } })
    expect((await technician('DELETE', `/devices/unclaimed/${soil}/refuse`)).status).toBe(204)
    expect((await technician('GET', '/devices/unclaimed')).body).toMatchObject({ total: 1 })
  })

  test('that measures water levels is marked until it is levelled', async () => {
    const api = await communes()
    const technician = await api.as('technician', 'xa')
    const gauge = { site: 'ruong-xa', profile: 'milesight-em500-swl' }

    const claimed = await technician('POST', '/devices/24e124136b000009/claim', gauge)
    const levelled = await technician('PATCH', '/devices/24e124136b000009', { mounting: { datumOffset: 3.21 } })

    expect(claimed.body).toMatchObject({ marks: ['no-datum'] })
    expect(levelled.body).not.toHaveProperty('marks')
  })
})

const farm = {
  ...{ site: 'ruong-xa', topic: 'site/ruong-xa/tram-9/telemetry', credential: 'site:ruong-xa' },
  sample: JSON.stringify({ air_temperature: 31, wind_speed: 2, rainfall: 0 })
}

describe('a claimed device', () => {
  const other = 'a84041ffff1c2d10'

  test('is replaced: another radio speaks for it, and neither speaks for another device', async () => {
    const api = await communes()
    const technician = await api.as('technician', 'xa')
    await technician('POST', `/devices/${soil}/claim`, claim)

    const replaced = await technician('POST', `/devices/${soil}/replace`, { hardware: other, serial: 'S2' })

    expect(replaced.body).toMatchObject({ id: soil, hardware: other, formerHardware: [soil] })
    const { registry } = api.services
    expect(registry.deviceOf(other)).toMatchObject({ device: { id: soil }, isReplaced: false })
    expect(registry.deviceOf(soil)).toMatchObject({ device: { id: soil }, isReplaced: true })
    expect((await technician('POST', `/devices/${other}/claim`, claim)).status).toBe(409)
    const repaired = await technician('POST', `/devices/${soil}/claim`, { ...claim, as: 'du-phong' })
    expect(repaired.body).toMatchObject({ id: 'du-phong', hardware: soil })
    expect(registry.deviceOf(soil)).toMatchObject({ device: { id: 'du-phong' }, isReplaced: false })
  })

  test('that sends JSON loses its logins when it is replaced or taken out of service', async () => {
    const api = await communes()
    const technician = await api.as('technician', 'xa')
    const { body } = await technician('POST', '/devices/tram-8/claim', { site: 'ruong-xa', profile: 'json-weather' })
    const { password } = (body as { mqtt: { password: string } }).mqtt
    const isGood = (secret: string) => api.services.credentials.identify('tram-8', secret) !== undefined

    const replaced = await technician('POST', '/devices/tram-8/replace', { serial: 'S2' })
    const next = (replaced.body as { mqtt: { password: string } }).mqtt.password
    expect([isGood(password), isGood(next)]).toEqual([false, true])
    await technician('POST', '/devices/tram-8/decommission')
    expect(isGood(next)).toBe(false)
  })

  test('has a life that is told, and what was done last is undone', async () => {
    const api = await communes()
    const administrator = await api.as('administrator')
    await administrator('POST', `/devices/${soil}/claim`, claim)
    await administrator('POST', `/devices/${soil}/move`, { site: 'ruong-phuong' })
    await administrator('POST', `/devices/${soil}/replace`, { hardware: other })
    await administrator('POST', `/devices/${soil}/decommission`)

    expect((await administrator('POST', `/devices/${soil}/undo`)).body).toMatchObject({ undone: 'decommissioned' })
    const { items } = (await administrator('GET', `/devices/${soil}/history`)).body as Page
    expect(items.map(({ kind, site, hardware }) => [kind, site, hardware])).toEqual([
      ['recommissioned', 'ruong-phuong', other],
      ['decommissioned', 'ruong-phuong', other],
      ['replaced', 'ruong-phuong', other],
      ['moved', 'ruong-phuong', soil],
      ['registered', 'ruong-xa', soil]
    ])
    // Who came by it tells nobody where it stood before.
    const owner = (await (await api.as('viewer', 'phuong'))('GET', `/devices/${soil}/history`)).body as Page
    expect(owner.items.at(-1)).not.toHaveProperty('site')
  })

  test('is unclaimed again when its claim is undone', async () => {
    const api = await communes()
    await api.state.quarantine([heard(1)], 1)
    const technician = await api.as('technician', 'xa')
    await technician('POST', `/devices/${soil}/claim`, claim)

    expect((await technician('POST', `/devices/${soil}/undo`)).body).toEqual({ undone: 'registered' })
    expect((await technician('GET', `/devices/${soil}`)).status).toBe(404)
    expect((await technician('GET', '/devices/unclaimed')).body).toMatchObject({ total: 1 })
  })

  test('is moved only by who manages both places, and each step stands in the audit log', async () => {
    const api = await communes()
    const technician = await api.as('technician', 'xa')
    await technician('POST', `/devices/${soil}/claim`, claim)

    expect((await technician('POST', `/devices/${soil}/move`, { site: 'ruong-phuong' })).status).toBe(404)
    const { body } = await (await api.as('auditor'))('GET', `/audit?object=device:${soil}`)
    expect((body as Page).items).toEqual([expect.objectContaining({ action: 'device.add', detail: 'claim' })])
  })
})
