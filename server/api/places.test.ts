import { beforeEach, describe, expect, it } from 'vitest'
import type { RegistryChange } from '../../model/registry.ts'
import { idsIn, startedApi } from './api.fixture.ts'
import type { Api, Caller } from './api.fixture.ts'

/*
 * root ─┬─ xa-kim-lien (commune 17971)   sites: lang-sen (says nothing: 17971), bai (17935), each with a device
 *       ├─ htx (commune 17935)           site: ruong (17971) with two devices
 *       └─ so-y-te                       site: tram (18999, in another province)
 */
const changes: readonly RegistryChange[] = [
  {
    kind: 'organisation',
    organisation: { id: 'xa-kim-lien', name: 'Xã Kim Liên', kind: 'commune', parent: 'root', commune: '17971' }
  },
  {
    kind: 'organisation',
    organisation: { id: 'htx', name: 'HTX', kind: 'cooperative', parent: 'root', commune: '17935' }
  },
  { kind: 'organisation', organisation: { id: 'so-y-te', name: 'Sở Y tế', kind: 'agency', parent: 'root' } },
  { kind: 'site', site: { id: 'lang-sen', name: 'Làng Sen', organisation: 'xa-kim-lien' } },
  { kind: 'site', site: { id: 'bai', name: 'Bãi', organisation: 'xa-kim-lien', commune: '17935' } },
  { kind: 'site', site: { id: 'ruong', name: 'Ruộng', organisation: 'htx', commune: '17971' } },
  { kind: 'site', site: { id: 'tram', name: 'Trạm', organisation: 'so-y-te', commune: '18999' } },
  ...['lang-sen', 'bai', 'ruong', 'ruong', 'tram'].map((site, i): RegistryChange => {
    return { kind: 'device', device: { id: `d-${i}`, name: `d-${i}`, site, profile: 'json-weather' } }
  })
]

let api: Api
let admin: Caller
let commune: Caller
beforeEach(async () => {
  api = await startedApi()
  await api.process.administration.change(changes)
  admin = await api.as('administrator')
  commune = await api.as('administrator', 'xa-kim-lien')
  const group = { id: 'nam-dan-cu', name: 'Huyện Nam Đàn (cũ)', communes: ['17935', '17944', '17971'] }
  expect((await admin('POST', '/place-groups', group)).status).toBe(201)
})

interface Item {
  readonly id: string
  readonly sites: number
  readonly devices: number
}

async function itemOf(caller: Caller, id: string): Promise<Item | undefined> {
  const { body } = await caller('GET', '/places')
  return (body as { readonly items: readonly Item[] }).items.find(one => one.id === id)
}

describe('places', () => {
  it('are 130 communes and wards, and the groups of them', async () => {
    const { body } = await admin('GET', '/places')
    const kinds = (body as { readonly items: readonly { readonly kind: string }[] }).items.map(({ kind }) => kind)
    const count = (kind: string) => kinds.filter(one => one === kind).length
    expect([count('commune'), count('ward'), count('group')]).toEqual([119, 11, 1])
  })

  it('say of a commune what is known of it, and what stands there', async () => {
    expect(await itemOf(admin, '17971')).toEqual({
      id: '17971',
      kind: 'commune',
      commune: '17971',
      name: 'Kim Liên',
      fullName: 'Xã Kim Liên',
      position: { latitude: 18.6681, longitude: 105.56242 },
      areaKm2: 61.08,
      organisation: 'xa-kim-lien',
      sites: 2,
      devices: 3
    })
    expect(await itemOf(admin, '16732')).toMatchObject({ kind: 'ward', fullName: 'Phường Cửa Lò', sites: 0 })
  })

  it('count for each what it may see, and name every commune to everybody', async () => {
    expect(await itemOf(commune, '17971')).toMatchObject({ sites: 1, devices: 1 })
    expect(await itemOf(await api.as('viewer', 'htx'), '17971')).toMatchObject({ sites: 1, devices: 2 })
    const meter = await api.as('ingest', 'so-y-te')
    expect(await itemOf(meter, '17971')).toMatchObject({ name: 'Kim Liên', sites: 0, devices: 0 })
    expect(await itemOf(meter, '17971')).not.toHaveProperty('organisation')
    expect((await (await api.as())('GET', '/places')).status).toBe(401)
  })

  it('say of a group its communes, its middle, its area, and what stands there', async () => {
    const group = await itemOf(admin, 'nam-dan-cu')
    expect(group).toMatchObject({ kind: 'group', communes: ['17935', '17944', '17971'], sites: 3, devices: 4 })
    expect((await admin('GET', '/place-groups/nam-dan-cu')).body).toEqual(group)
    expect((await admin('GET', '/place-groups')).body).toEqual({ items: [group], cursor: null })
    const { position, areaKm2 } = group as unknown as {
      readonly position: { readonly latitude: number }
      readonly areaKm2: number
    }
    expect(areaKm2).toBeGreaterThan(61.08)
    expect(position.latitude > 18.6 && position.latitude < 18.8).toBe(true)
  })
})

describe('what stands in a place', () => {
  it.each([
    ['a commune', '17971', ['lang-sen', 'ruong'], ['d-0', 'd-2', 'd-3']],
    ['a group of communes', 'nam-dan-cu', ['lang-sen', 'bai', 'ruong'], ['d-0', 'd-1', 'd-2', 'd-3']],
    ['a commune without sites', '16732', [], []],
    ['a commune of another province, where there is a site', '18999', ['tram'], ['d-4']]
  ])('is listed by %s', async (_, place, sites, devices) => {
    expect(idsIn(await admin('GET', `/sites?place=${place}`))).toEqual(sites)
    expect(idsIn(await admin('GET', `/devices?place=${place}`))).toEqual(devices)
  })

  it('is listed as far as one may see, and together with an organisation or a site', async () => {
    expect(idsIn(await commune('GET', '/devices?place=nam-dan-cu'))).toEqual(['d-0', 'd-1'])
    expect(idsIn(await admin('GET', '/sites?place=17971&organisation=htx'))).toEqual(['ruong'])
    expect(idsIn(await admin('GET', '/devices?place=17971&site=bai'))).toEqual([])
    expect(idsIn(await admin('GET', '/devices?organisation=xa-kim-lien'))).toEqual(['d-0', 'd-1'])
  })

  it('carries its commune, also where it says none itself', async () => {
    const { body } = await admin('GET', '/devices/d-0')
    expect(body).toMatchObject({ site: 'lang-sen', organisation: 'xa-kim-lien', commune: '17971' })
    const { body: sites } = await admin('GET', '/sites?place=17971')
    expect(sites).toMatchObject({ items: [{ id: 'lang-sen', commune: '17971' }, { commune: '17971' }] })
  })

  it.each(['/sites', '/devices', '/gateways', '/readings', '/readings/latest', '/readings/export'])(
    'is not found by %s in a place that is none, or where only others have sites',
    async route => {
      for (const place of ['nowhere', '99999']) {
        const { status, body } = await admin('GET', `${route}?place=${place}`)
        expect([status, body]).toMatchObject([404, { detail: `find place ${place}: there is none` }])
      }
      expect((await commune('GET', `${route}?place=18999`)).status).toBe(404)
    }
  )
})

describe('groups of communes', () => {
  const basin = { id: 'song-lam', name: 'Sông Lam', communes: ['17971', '18040'] }

  it('are made, changed and removed by the province', async () => {
    expect(await admin('POST', '/place-groups', basin)).toMatchObject({ status: 201, body: { ...basin, sites: 2 } })
    expect((await admin('POST', '/place-groups', basin)).status).toBe(409)
    const patch = { nameEn: 'Lam River', communes: ['18040'] }
    expect(await admin('PATCH', '/place-groups/song-lam', patch)).toMatchObject({
      status: 200,
      body: { name: 'Sông Lam', ...patch, sites: 0 }
    })
    const { body } = await admin('PATCH', '/place-groups/song-lam', { nameEn: null })
    expect(body).not.toHaveProperty('nameEn')
    expect((await admin('DELETE', '/place-groups/song-lam')).status).toBe(204)
    expect((await admin('GET', '/place-groups/song-lam')).status).toBe(404)
    expect((await admin('DELETE', '/place-groups/song-lam')).status).toBe(404)
  })

  it.each([
    ['a commune that nobody knows', { ...basin, communes: ['99999'] }, 404],
    ['an id like a code', { ...basin, id: '17971' }, 400],
    ['no commune', { ...basin, communes: [] }, 400]
  ])('with %s are refused', async (_, body, status) => {
    expect((await admin('POST', '/place-groups', body)).status).toBe(status)
  })

  it('are nobody else’s to change', async () => {
    for (const caller of [commune, await api.as('viewer')]) {
      expect((await caller('POST', '/place-groups', basin)).status).toBe(403)
      expect((await caller('PATCH', '/place-groups/nam-dan-cu', { name: 'x' })).status).toBe(403)
      expect((await caller('DELETE', '/place-groups/nam-dan-cu')).status).toBe(403)
    }
    expect((await admin('GET', '/place-groups/nam-dan-cu')).body).toMatchObject({ name: 'Huyện Nam Đàn (cũ)' })
  })
})
