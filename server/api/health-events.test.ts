import { beforeEach, expect, it } from 'vitest'
import type { HealthEvent } from '../../model/health.ts'
import { idsIn, startedApi } from './api.fixture.ts'
import type { Api } from './api.fixture.ts'

const mast = '24e124fffef79101'

function event(position: number, changes: Partial<HealthEvent>): HealthEvent {
  return {
    ...{ id: `${position}-x-${changes.device ?? changes.gateway}`, kind: 'device-silent', position, device: undefined },
    ...{ gateway: undefined, metric: undefined, openedAt: position, since: position, endedAt: undefined },
    ...{ silentDevices: [], heardElsewhere: [], ...changes }
  }
}

let api: Api
beforeEach(async () => {
  api = await startedApi()
  const admin = await api.as('administrator')
  for (const id of ['xa', 'ho']) {
    await admin('POST', '/organisations', { id, name: id })
    await admin('POST', '/sites', { id: `site-${id}`, name: id, organisation: id })
    for (const n of [1, 2, 3])
      await admin('POST', '/devices', { id: `${id}-${n}`, name: id, site: `site-${id}`, profile: 'json-weather' })
  }
  await admin('POST', '/gateways', { id: mast, name: 'Trạm', owner: 'xa', sharedWith: ['ho'] })
  await api.state.health.addEvents([
    event(7, { device: 'xa-1' }),
    event(7, { device: 'ho-1' }),
    event(7, { device: 'xa-2', endedAt: 9 }),
    event(8, { kind: 'gateway-down', device: undefined, gateway: mast, silentDevices: ['xa-1', 'ho-2', 'gone'] })
  ])
})

it('are those of devices and gateways that one may see, and name no others', async () => {
  const home = await api.as('viewer', 'ho')
  const { body } = await home('GET', '/health-events')
  expect(body).toMatchObject({
    items: [{ kind: 'gateway-down', gateway: mast, silentDevices: ['ho-2'] }, { device: 'ho-1' }],
    cursor: null
  })
  expect(idsIn(await home('GET', '/health-events?device=xa-1'))).toEqual([])
})

it('come in pages that leave nothing out, though many begin at one moment', async () => {
  const admin = await api.as('viewer')
  const ids: string[] = []
  let cursor: unknown = ''
  while (cursor !== null) {
    const page = await admin('GET', `/health-events?limit=1${cursor === '' ? '' : `&cursor=${String(cursor)}`}`)
    ids.push(...idsIn(page))
    cursor = (page.body as { readonly cursor: unknown }).cursor
  }
  expect(ids).toEqual([`8-x-${mast}`, '7-x-ho-1', '7-x-xa-1', '7-x-xa-2'])
})

it('are found by kind, gateway, and whether they go on', async () => {
  const admin = await api.as('viewer')
  expect(idsIn(await admin('GET', '/health-events?open=false'))).toEqual(['7-x-xa-2'])
  expect(idsIn(await admin('GET', '/health-events?open=true&kind=device-silent'))).toEqual(['7-x-ho-1', '7-x-xa-1'])
  expect(idsIn(await admin('GET', `/health-events?gateway=${mast}`))).toEqual([`8-x-${mast}`])
  expect((await admin('GET', '/health-events?kind=nonsense')).status).toBe(400)
})

it('an event that ends replaces what was known of it', async () => {
  await api.state.health.addEvents([event(7, { device: 'xa-1', endedAt: 20 })])
  const admin = await api.as('viewer')
  expect(idsIn(await admin('GET', '/health-events?open=true'))).toEqual([`8-x-${mast}`, '7-x-ho-1'])
})

it('a device and a gateway that nobody has heard say so', async () => {
  const admin = await api.as('viewer')
  expect((await admin('GET', '/devices/xa-1')).body).toMatchObject({ health: { state: 'never', gateways: [] } })
  expect((await admin('GET', `/gateways/${mast}`)).body).toMatchObject({ linkInUse: null, health: { state: 'never' } })
})
