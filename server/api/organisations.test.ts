import { beforeEach, describe, expect, it } from 'vitest'
import { idsIn, startedApi } from './api.fixture.ts'
import type { Api, Caller } from './api.fixture.ts'

/* root ─┬─ xa ── thon      sites: dinh (xa), ruong (thon, with a device), trong (thon)
 *       └─ so                                                                         */
let api: Api
let admin: Caller
let xa: Caller
let viewer: Caller
beforeEach(async () => {
  api = await startedApi()
  const { administration } = api.process
  await administration.addOrganisation({ id: 'xa', name: 'Xã', kind: 'commune', commune: '17971' })
  await administration.addOrganisation({ id: 'thon', name: 'Thôn', parent: 'xa' })
  await administration.addOrganisation({ id: 'so', name: 'Sở' })
  for (const [id, organisation] of [
    ['dinh', 'xa'],
    ['ruong', 'thon'],
    ['trong', 'thon']
  ] as const)
    await administration.addSite({ id, name: id, organisation })
  await administration.addDevice({ id: 'lua-01', name: 'Lúa', site: 'ruong', profile: 'json-weather' })
  admin = await api.as('administrator')
  xa = await api.as('administrator', 'xa')
  viewer = await api.as('viewer', 'xa')
})

describe('organisations', () => {
  it('say what they are', async () => {
    const { body } = await admin('GET', '/organisations')
    expect(body).toMatchObject({
      items: [
        { kind: 'province', nameEn: 'Nghệ An Province' },
        { kind: 'commune' },
        { kind: 'other' },
        { kind: 'other' }
      ]
    })
    const added = await admin('POST', '/organisations', { id: 'htx', name: 'HTX' })
    expect(added).toEqual({ status: 201, body: { id: 'htx', name: 'HTX', parent: 'root', kind: 'other' } })
  })

  it('are changed field by field', async () => {
    const change = { name: 'Thôn Mậu Tài', nameEn: 'Mậu Tài', kind: 'other', commune: '17971' }
    expect(await xa('PATCH', '/organisations/thon', change)).toMatchObject({ status: 200, body: change })
    const { body } = await xa('PATCH', '/organisations/thon', { nameEn: null, commune: null })
    expect(body).toEqual({ id: 'thon', name: 'Thôn Mậu Tài', kind: 'other', parent: 'xa' })
    expect((await xa('PATCH', '/organisations/xa', { name: 'Xã Kim Liên' })).status).toBe(200)
  })

  it('are moved by whoever administers both the old and the new place', async () => {
    expect((await xa('PATCH', '/organisations/thon', { parent: 'so' })).status).toBe(404)
    expect((await xa('PATCH', '/organisations/xa', { parent: 'thon' })).status).toBe(404)
    expect((await admin('PATCH', '/organisations/thon', { parent: 'nobody' })).status).toBe(404)
    expect(await admin('PATCH', '/organisations/thon', { parent: 'so' })).toMatchObject({ body: { parent: 'so' } })
    expect(idsIn(await xa('GET', '/sites'))).toEqual(['dinh'])
    expect((await xa('PATCH', '/organisations/thon', { parent: 'xa' })).status).toBe(404)
  })

  it.each([
    ['below themselves', 'xa', { parent: 'thon' }],
    ['below another, if they are the root', 'root', { parent: 'so' }],
    ['into a second province', 'so', { kind: 'province' }]
  ])('are not turned %s', async (_, id, change) => {
    expect((await admin('PATCH', `/organisations/${id}`, change)).status).toBe(409)
  })

  it('are removed when nothing belongs to them any more, by whoever administers what is above', async () => {
    const refused = await admin('DELETE', '/organisations/thon')
    expect(refused).toMatchObject({
      status: 409,
      body: { detail: 'remove organisation thon: it still has site ruong, site trong' }
    })
    for (const route of ['/devices/lua-01', '/sites/ruong', '/sites/trong', '/organisations/thon'])
      expect([route, (await xa('DELETE', route)).status]).toEqual([route, 204])
    expect(idsIn(await admin('GET', '/organisations'))).toEqual(['root', 'xa', 'so'])
    expect((await xa('DELETE', '/organisations/xa')).status).toBe(404)
    expect((await admin('DELETE', '/organisations/root')).status).toBe(409)
  })

  it('are not removed while a token opens them', async () => {
    await api.process.administration.addToken({ name: 'grafana', role: 'viewer', organisation: 'so' })
    const { status, body } = await admin('DELETE', '/organisations/so')
    expect([status, (body as { readonly detail: string }).detail]).toEqual([
      409,
      expect.stringMatching(/^remove organisation so: it still has token \d+ \(grafana\)$/)
    ])
  })

  it('that are foreign look like those that are not there, whatever the role', async () => {
    expect((await xa('DELETE', '/organisations/so')).status).toBe(404)
    for (const caller of [xa, viewer, await api.as('ingest', 'xa')]) {
      for (const [method, body] of [['PATCH', { name: 'x' }] as const, ['DELETE'] as const]) {
        const foreign = await caller(method, '/organisations/so', body)
        const unknown = await caller(method, '/organisations/zz', body)
        // Whose role may never do it is told so, of whatever id.
        expect([403, 404]).toContain(foreign.status)
        expect(foreign.status).toBe(unknown.status)
        expect(JSON.stringify(foreign.body).replaceAll('so:', 'zz:')).toBe(JSON.stringify(unknown.body))
      }
    }
    expect((await viewer('PATCH', '/organisations/xa', { name: 'x' })).status).toBe(403)
  })

  it('of the province are added once, by the province', async () => {
    const first = await admin('POST', '/organisations/import', { set: 'nghe-an' })
    expect(first).toEqual({ status: 200, body: { set: 'nghe-an', communes: 129, agencies: 56, present: 1 } })
    const again = await admin('POST', '/organisations/import', { set: 'nghe-an' })
    expect(again.body).toEqual({ set: 'nghe-an', communes: 0, agencies: 0, present: 186 })
    expect((await admin('POST', '/organisations/import', { set: 'ha-noi' })).status).toBe(400)
    expect((await xa('POST', '/organisations/import', { set: 'nghe-an' })).status).toBe(404)
    expect(idsIn(await admin('GET', '/organisations'))).toHaveLength(4 + 129 + 56)
  })
})

describe('sites', () => {
  it('are changed field by field, and given to another organisation by whoever administers both', async () => {
    const change = { name: 'Đình làng', commune: '17935', position: { latitude: 18.7, longitude: 105.5 } }
    expect(await xa('PATCH', '/sites/dinh', change)).toMatchObject({ status: 200, body: change })
    expect((await xa('PATCH', '/sites/dinh', { commune: null, position: null })).body).toEqual({
      id: 'dinh',
      name: 'Đình làng',
      organisation: 'xa',
      commune: '17971'
    })
    expect((await xa('PATCH', '/sites/dinh', { organisation: 'so' })).status).toBe(404)
    expect((await xa('PATCH', '/sites/dinh', { organisation: 'thon' })).status).toBe(200)
    expect(await admin('PATCH', '/sites/dinh', { organisation: 'so' })).toMatchObject({ body: { organisation: 'so' } })
  })

  it('are removed without devices, and with their logins', async () => {
    expect(await xa('DELETE', '/sites/ruong')).toMatchObject({
      status: 409,
      body: { detail: 'remove site ruong: it still has device lua-01' }
    })
    const login = (await xa('POST', '/sites/trong/credentials')).body as Readonly<
      Record<'username' | 'password', string>
    >
    expect((await xa('DELETE', '/sites/trong')).status).toBe(204)
    expect(api.process.credentials.identify(login.username, login.password)).toBeUndefined()
    expect((await xa('DELETE', '/sites/trong')).status).toBe(404)
  })

  it('that are foreign look like those that are not there, whatever the role', async () => {
    const so = await api.as('administrator', 'so')
    expect((await so('DELETE', '/sites/dinh')).status).toBe(404)
    for (const caller of [so, await api.as('viewer', 'so')]) {
      for (const [method, body] of [['PATCH', { name: 'x' }] as const, ['DELETE'] as const]) {
        const foreign = await caller(method, '/sites/dinh', body)
        const unknown = await caller(method, '/sites/zzzz', body)
        // Whose role may never do it is told so, of whatever id.
        expect([403, 404]).toContain(foreign.status)
        expect(foreign.status).toBe(unknown.status)
        expect(JSON.stringify(foreign.body).replaceAll('dinh:', 'zzzz:')).toBe(JSON.stringify(unknown.body))
      }
    }
    expect((await viewer('DELETE', '/sites/dinh')).status).toBe(403)
  })
})
