import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { application, NetworkServerFixture, rightKey } from '../../ingest/network-servers/network-server.fixture.ts'
import { startedApi } from './api.fixture.ts'
import type { Api, Caller } from './api.fixture.ts'

const eui = (i: number): string => `a84041ffff${i.toString(16).padStart(6, '0')}`
const profileId = '7a0f3b66-2d0e-4b57-8f0c-2f2b1d7e9c01'
const keys = { joinEui: 'a840410000000101', appKey: '00112233445566778899aabbccddeeff' }
const device = eui(1)

let server: NetworkServerFixture
let url: string
let api: Api
let technician: Caller
beforeEach(async () => {
  server = new NetworkServerFixture()
  url = await server.start()
  api = await startedApi()
  const { administration } = api.services
  await administration.addOrganisation({ id: 'xa', name: 'Xã' })
  await administration.addSite({ id: 'ruong', name: 'Ruộng', organisation: 'xa' })
  for (const type of ['chirpstack', 'tts'] as const)
    await administration.addConnector({ name: type, type, url: undefined, organisation: 'root' })
  technician = await api.as('technician', 'xa')
})
afterEach(() => server.stop())

async function connected(key: string = rightKey): Promise<void> {
  const administrator = await api.as('administrator')
  const settings = { application, deviceProfiles: { '*': profileId } }
  await putApi(administrator, 'chirpstack', { kind: 'chirpstack', url, key, settings })
  const tts = { application: 'nong-nghiep', frequencyPlan: 'AS_923_2' }
  await putApi(administrator, 'tts', { kind: 'tts', url, key, settings: tts })
}

async function putApi(caller: Caller, name: string, body: object): Promise<void> {
  const answer = await caller('PUT', `/connectors/${name}/api`, body)
  expect(answer.status).toBe(204)
}

const claim = (connector: string, changes: object = {}) => ({
  ...{ site: 'ruong', profile: 'dragino-lse01', name: 'Ruộng 1', networkServer: { connector, ...keys } },
  ...changes
})
const isRegistered = () => api.services.registry.devices.has(device)

describe('a device made at its network server', () => {
  test('stands in ChirpStack with its keys, which Sen keeps nowhere', async () => {
    await connected()

    const { status, body } = await technician('POST', `/devices/${device}/claim`, claim('chirpstack'))

    expect([status, body]).toEqual([201, expect.objectContaining({ networkServer: 'made' })])
    expect(server.devices.get(`chirpstack ${device}`)).toEqual({
      ...{ '1': device, '2': 'Ruộng 1', '4': application, '5': profileId, '10': keys.joinEui, nwkKey: keys.appKey }
    })
    const audit = await (await api.as('auditor'))('GET', '/audit')
    expect(JSON.stringify(audit.body)).not.toMatch(new RegExp(`${keys.appKey}|${rightKey}`))
    expect((await technician('GET', '/network-servers')).body).toMatchObject({
      items: [{ connector: 'chirpstack', hasKey: true }, { connector: 'tts' }]
    })
    expect(JSON.stringify((await technician('GET', '/network-servers')).body)).not.toContain(rightKey)
  })

  test('stands in all four registries of The Things Stack, the key in one of them alone', async () => {
    await connected()

    expect((await technician('POST', `/devices/${device}/claim`, claim('tts'))).status).toBe(201)

    expect([...server.devices.keys()]).toEqual(['is', 'js', 'ns', 'as'].map(one => `${one} eui-${device}`))
    expect(server.devices.get(`js eui-${device}`)).toMatchObject({
      root_keys: { app_key: { key: keys.appKey.toUpperCase() } },
      ids: { dev_eui: device.toUpperCase(), join_eui: keys.joinEui.toUpperCase() }
    })
    expect(server.devices.get(`ns eui-${device}`)).toMatchObject({ frequency_plan_id: 'AS_923_2', supports_join: true })
    const withKey = [...server.devices].filter(([, one]) => JSON.stringify(one).includes(keys.appKey.toUpperCase()))
    expect(withKey.length).toBe(1)
  })

  test.each([
    ['chirpstack', 'chirpstack CreateKeys'],
    ['tts', 'PUT js'],
    ['tts', 'PUT ns'],
    ['tts', 'PUT as']
  ])('leaves nothing behind, there or here, if %s fails at "%s"', async (connector, call) => {
    await connected()
    server.broken.add(call)

    const { status, body } = await technician('POST', `/devices/${device}/claim`, claim(connector))

    expect([status, body]).toEqual([
      502,
      expect.objectContaining({ hint: expect.stringContaining('nothing was changed') })
    ])
    expect([server.devices.size, isRegistered()]).toEqual([0, false])
  })

  test('says what is left where even that fails', async () => {
    await connected()
    for (const call of ['PUT ns', 'DELETE js']) server.broken.add(call)

    const { body } = await technician('POST', `/devices/${device}/claim`, claim('tts'))

    expect(body).toMatchObject({
      detail: expect.stringMatching(/half-done: device eui-\w+ is left in js of The Things/)
    })
    expect(isRegistered()).toBe(false)
  })

  test.each([
    ['a wrong key', 'not-permitted', async () => connected('a-wrong-key')],
    [
      'nobody answering',
      'unreachable',
      async () => {
        await connected()
        await server.stop()
      }
    ]
  ])('is not registered with %s', async (_name, reason, prepare) => {
    await prepare()

    for (const connector of ['chirpstack', 'tts']) {
      const { status, body } = await technician('POST', `/devices/${device}/claim`, claim(connector))
      expect([status, body]).toEqual([502, expect.objectContaining({ detail: expect.stringContaining(reason) })])
    }
    expect(isRegistered()).toBe(false)
  })

  test('that is there already is left as it is, and claimed', async () => {
    await connected()
    server.devices.set(`chirpstack ${device}`, { mine: true })

    const { body } = await technician('POST', `/devices/${device}/claim`, claim('chirpstack'))

    expect(body).toMatchObject({ networkServer: 'was-there' })
    expect(server.devices.get(`chirpstack ${device}`)).toEqual({ mine: true })
  })

  test('is taken away with it when it goes out of service, if that is asked', async () => {
    await connected()
    await technician('POST', `/devices/${device}/claim`, claim('tts'))

    const gone = await technician('POST', `/devices/${device}/decommission`, { atNetworkServer: true })

    expect([gone.status, gone.body]).toEqual([200, expect.objectContaining({ networkServer: 'removed' })])
    expect(server.devices.size).toBe(0)
  })

  test('does not send the key to another address', async () => {
    await connected()
    const administrator = await api.as('administrator')
    const settings = { application, deviceProfiles: {} }
    const body = { kind: 'chirpstack', url: 'http://127.0.0.1:9', settings }

    expect((await administrator('PUT', '/connectors/chirpstack/api', body)).status).toBe(400)
  })
})

describe('a delivery of 500 devices', () => {
  const csv = (bad: readonly number[] = []) => {
    const rows = Array.from(
      { length: 500 },
      (_, i) => `${bad.includes(i) ? 'hỏng' : eui(i)};Ruộng ${i};ruong;LSE01;${keys.joinEui};${keys.appKey}`
    )
    return Buffer.from(`\ufeff${['DevEUI;Tên;Điểm đo;Hồ sơ;JoinEUI;AppKey', ...rows].join('\r\n')}`).toString('base64')
  }

  async function registered(body: object) {
    const begun = await technician('POST', '/devices/deliveries', body)
    if (begun.status !== 202) return begun
    const { id } = begun.body as { id: string }
    for (;;) {
      const answer = await technician('GET', `/devices/deliveries/${id}`)
      if ((answer.body as { state: string }).state !== 'running') return answer
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  test('is checked, then registered as a whole, and the same file again changes nothing', async () => {
    const check = await technician('POST', '/devices/deliveries/check', { file: csv() })
    const first = await registered({ file: csv(), mode: 'all', delivery: 'Lô 3' })
    const again = await registered({ file: csv(), mode: 'all', delivery: 'Lô 3' })

    expect(check.body).toMatchObject({ total: 500, good: 500, bad: 0, faults: [] })
    expect(first.body).toMatchObject({ state: 'done', total: 500, done: 500, claimed: 500, unchanged: 0 })
    expect(again.body).toMatchObject({ state: 'done', claimed: 0, unchanged: 500 })
    expect(api.services.registry.devices.size).toBe(500)
  })

  test('with two bad rows is refused whole, or its good rows are taken where that is chosen', async () => {
    const file = csv([3, 401])

    const whole = await registered({ file, mode: 'all' })
    expect([whole.status, api.services.registry.devices.size]).toEqual([400, 0])
    const check = await technician('POST', '/devices/deliveries/check', { file })
    expect(check.body).toMatchObject({
      ...{ good: 498, bad: 2 },
      faults: [{ line: 5, column: 'DevEUI', value: 'hỏng', rule: 'not-an-eui' }, { line: 403 }]
    })
    expect((await registered({ file, mode: 'good' })).body).toMatchObject({ state: 'done', claimed: 498 })
  })

  test('is made at the network server too, and nothing of it stays if one of them is not taken', async () => {
    await connected()
    expect((await registered({ file: csv(), mode: 'all', connector: 'chirpstack' })).body).toMatchObject({
      ...{ state: 'done', claimed: 500, made: 500 }
    })
    expect(server.devices.size).toBe(500)
  })

  test('leaves nothing at the network server if the whole was asked and it fails half way', async () => {
    await connected()
    server.broken.add('chirpstack CreateKeys')

    const { body } = await registered({ file: csv(), mode: 'all', connector: 'chirpstack' })

    expect(body).toMatchObject({ state: 'failed', claimed: 0, made: 0 })
    expect([server.devices.size, api.services.registry.devices.size]).toEqual([0, 0])
  })
})
