import { beforeEach, describe, expect, it } from 'vitest'
import { idsIn, startedApi } from './api.fixture.ts'
import type { Api, Caller } from './api.fixture.ts'

/* The commune owns `mast`, and shares it with the cooperative and the department; `roof` is the stranger's own. */
const mast = '24e124fffef79101'
const roof = 'a84041ffff27e403'
const organisations = [
  { id: 'xa', name: 'Xã Kim Liên', kind: 'commune', commune: '17971' },
  { id: 'thon', name: 'Thôn', parent: 'xa' },
  { id: 'htx', name: 'HTX', kind: 'cooperative' },
  { id: 'so', name: 'Sở', kind: 'agency' },
  { id: 'ho', name: 'Hộ', kind: 'household' }
]
const whole = {
  id: mast,
  name: 'Trụ sở xã',
  owner: 'xa',
  sharedWith: ['htx', 'so'],
  commune: '17971',
  position: { latitude: 18.668, longitude: 105.562, altitude: 34 },
  antenna: { heightM: 27, gainDbi: 3 },
  link: '4g'
}

let api: Api
let admin: Caller
let owner: Caller
let partner: Caller
let stranger: Caller
beforeEach(async () => {
  api = await startedApi()
  admin = await api.as('administrator')
  for (const one of organisations) expect((await admin('POST', '/organisations', one)).status).toBe(201)
  expect(await admin('POST', '/gateways', whole)).toMatchObject({ status: 201, body: whole })
  expect((await admin('POST', '/gateways', { id: roof, name: 'Mái nhà', owner: 'ho' })).status).toBe(201)
  owner = await api.as('administrator', 'xa')
  partner = await api.as('administrator', 'htx')
  stranger = await api.as('administrator', 'ho')
})

const path = `/gateways/${mast}`

describe('gateways', () => {
  it('are seen by their owner, those they are shared with, and whoever stands above', async () => {
    expect(idsIn(await admin('GET', '/gateways'))).toEqual([mast, roof])
    for (const caller of [owner, partner, await api.as('viewer', 'so')]) {
      expect(idsIn(await caller('GET', '/gateways'))).toEqual([mast])
      expect((await caller('GET', path)).status).toBe(200)
    }
    expect((await admin('GET', `/gateways/${roof}`)).body).toMatchObject({
      owner: 'ho',
      ownerName: 'Hộ',
      sharedWith: []
    })
  })

  it('are not there for others, whatever they ask', async () => {
    const below = await api.as('administrator', 'thon')
    const nowhere = '/gateways/0000000000000000'
    for (const caller of [stranger, below, await api.as('viewer', 'ho'), await api.as('ingest', 'xa')]) {
      const list = await caller('GET', '/gateways')
      if (list.status === 200) expect(idsIn(list)).not.toContain(mast)
      for (const [method, change] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const) {
        const seen = await caller(method, path, change)
        const unknown = await caller(method, nowhere, change)
        // Whose role may never do it is told so, of whatever id.
        expect([403, 404]).toContain(seen.status)
        expect(seen.status).toBe(unknown.status)
        expect(JSON.stringify(seen.body).replaceAll(mast, '0000000000000000')).toBe(JSON.stringify(unknown.body))
      }
    }
    expect((await below('DELETE', path)).status).toBe(404)
  })

  it('tell those they are shared with whose they are, and of the others only whom they know', async () => {
    expect((await owner('GET', path)).body).toMatchObject({ sharedWith: ['htx', 'so'] })
    const health = { devices: 0, lastSeenAt: null, since: null, state: 'never' }
    const shown = { ...whole, ownerName: 'Xã Kim Liên', sharedWith: ['htx'], linkInUse: '4g', health }
    expect((await partner('GET', path)).body).toEqual(shown)
  })

  it('are listed by organisation and by place', async () => {
    expect(idsIn(await admin('GET', '/gateways?organisation=ho'))).toEqual([roof])
    expect(idsIn(await admin('GET', '/gateways?organisation=htx'))).toEqual([mast])
    expect(idsIn(await admin('GET', '/gateways?place=17971'))).toEqual([mast])
    expect((await partner('GET', '/gateways?organisation=ho')).status).toBe(404)
  })

  it('are changed by whoever administers their owner, and by nobody else', async () => {
    const { status, body } = await owner('PATCH', path, { name: 'Nhà văn hóa', antenna: null, link: 'fibre' })
    expect([status, body]).toMatchObject([200, { name: 'Nhà văn hóa', link: 'fibre', position: whole.position }])
    expect(body).not.toHaveProperty('antenna')
    const shared = await partner('PATCH', path, { name: 'x' })
    expect(shared).toMatchObject({ status: 403, body: { detail: `change gateway ${mast}: it belongs to xa` } })
    expect((await partner('DELETE', path)).status).toBe(403)
    expect((await (await api.as('viewer', 'xa'))('PATCH', path, { name: 'x' })).status).toBe(403)
    expect((await owner('GET', path)).body).toMatchObject({ name: 'Nhà văn hóa' })
  })

  it('are shared with public bodies by anybody, with others by whoever knows them', async () => {
    expect((await owner('PATCH', path, { sharedWith: ['htx', 'so', 'root'] })).status).toBe(200)
    for (const foreign of ['ho', 'nobody']) {
      const { status, body } = await owner('PATCH', path, { sharedWith: ['htx', foreign] })
      expect([status, body]).toMatchObject([404, { detail: `find organisation ${foreign}: there is none` }])
    }
    expect((await owner('PATCH', path, { sharedWith: ['thon'] })).body).toMatchObject({ sharedWith: ['thon'] })
    expect((await partner('GET', path)).status).toBe(404)
  })

  it('go to another owner only by whoever administers both', async () => {
    expect((await owner('PATCH', path, { owner: 'so' })).status).toBe(404)
    expect((await owner('PATCH', path, { owner: 'thon' })).status).toBe(200)
    expect((await admin('PATCH', path, { owner: 'htx' })).status).toBe(409)
    expect((await admin('PATCH', path, { owner: 'htx', sharedWith: ['so'] })).body).toMatchObject({ owner: 'htx' })
    expect((await owner('GET', path)).status).toBe(404)
  })

  it('have an EUI each, and an owner that is there', async () => {
    const other = { ...whole, id: '24e124fffef79102', sharedWith: [] }
    expect((await owner('POST', '/gateways', { ...other, id: mast })).status).toBe(409)
    expect((await owner('POST', '/gateways', { ...other, owner: 'so' })).status).toBe(404)
    expect((await owner('POST', '/gateways', { ...other, owner: 'nobody' })).status).toBe(404)
    expect((await owner('POST', '/gateways', { ...other, id: 'x' })).status).toBe(400)
    expect((await owner('POST', '/gateways', { ...other, sharedWith: ['ho'] })).status).toBe(404)
    expect((await owner('POST', '/gateways', { ...other, sharedWith: ['so'] })).status).toBe(201)
  })

  it('are forgotten, once', async () => {
    expect((await owner('DELETE', path)).status).toBe(204)
    expect((await owner('DELETE', path)).status).toBe(404)
    expect(api.process.registry.gateways.has(mast)).toBe(false)
  })
})
