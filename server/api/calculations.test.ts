import { expect, test } from 'vitest'
import { startedApi } from './api.fixture.ts'

const dew = { id: 'diem-suong', name: { vi: 'Điểm sương' }, organisation: 'xa-1', formula: { kind: 'dew-point' } }
const own = (name: string, value: string) => ({
  ...{ id: name, name: { vi: name }, organisation: 'xa-1', formula: { kind: 'expression', value } },
  metric: { name, vi: 'Chênh lệch', unit: 'Cel' }
})

async function commune() {
  const api = await startedApi()
  const { administration } = api.services
  for (const id of ['xa-1', 'xa-2']) {
    await administration.addOrganisation({ id, name: id, parent: 'root' })
    await administration.addSite({ id: `diem-${id}`, name: id, organisation: id })
    await administration.addDevice({ id: `may-${id}`, name: id, site: `diem-${id}`, profile: 'json-weather' })
  }
  return { api, admin: await api.as('administrator', 'xa-1') }
}

test('a calculation is added, shown, changed as its next version, and removed', async () => {
  const { api, admin } = await commune()
  expect(await admin('POST', '/calculations', dew)).toMatchObject({
    status: 201,
    body: { ...dew, version: 1, isEnabled: true, scope: {}, gives: { metric: 'dew_point', unit: 'Cel' } }
  })
  expect((await admin('POST', '/calculations', dew)).status).toBe(409)
  const changed = await admin('PATCH', '/calculations/diem-suong', {
    isEnabled: false,
    scope: { devices: ['may-xa-1'] }
  })
  expect(changed.body).toMatchObject({ version: 2, isEnabled: false, author: expect.stringMatching(/^token:/) })
  expect(await admin('GET', '/calculations?organisation=xa-1')).toMatchObject({ body: { items: [{ version: 2 }] } })
  const neighbour = await api.as('administrator', 'xa-2')
  expect((await neighbour('GET', '/calculations/diem-suong')).status).toBe(404)
  const viewer = await api.as('viewer', 'xa-1')
  expect((await viewer('DELETE', '/calculations/diem-suong')).status).toBe(403)
  expect((await admin('DELETE', '/calculations/diem-suong')).status).toBe(204)
  expect((await admin('GET', '/calculations/diem-suong')).status).toBe(404)
  const root = await api.as('administrator')
  const lines = await root('GET', '/audit?object=calculation:diem-suong')
  expect((lines.body as { items: { action: string }[] }).items.map(({ action }) => action)).toEqual([
    ...['calculation.remove', 'calculation.change', 'calculation.add']
  ])
})

test('a metric of one’s own is given by an expression, and refused where it is taken, unreadable or feeds on itself', async () => {
  const { admin } = await commune()
  const refusal = async (body: object) => {
    const answer = await admin('POST', '/calculations', body)
    return [answer.status, (answer.body as { detail: string }).detail]
  }
  expect((await admin('POST', '/calculations', own('a', 'm.air_temperature - m.dew_point'))).status).toBe(201)
  expect(await refusal(own('air_temperature', 'm.dew_point'))).toEqual([400, expect.stringMatching(/choose another/)])
  expect(await refusal({ ...own('b', 'm.dew_point'), metric: undefined })).toEqual([
    400,
    expect.stringMatching(/needs a "metric"/)
  ])
  expect(await refusal(own('b', 'm.air_temperature +'))).toEqual([400, expect.stringMatching(/read expression/)])
  expect(await refusal(own('b', 'm.air_temperatur'))).toEqual([400, expect.stringMatching(/there is no metric/)])
  expect(await refusal(own('b', 'm.status_text'))).toEqual([400, expect.stringMatching(/takes a number/)])
  expect(await refusal(own('b', 'm.air_temperature > 3.0'))).toEqual([400, expect.stringMatching(/takes a number/)])
  expect(await refusal({ ...dew, metric: { name: 'suong', vi: 'Sương', unit: 'K' } })).toEqual([
    400,
    expect.stringMatching(/is in "Cel"/)
  ])
  expect((await refusal({ ...dew, scope: { devices: ['may-xa-2'] } }))[0]).toBe(404)
  expect((await refusal({ ...dew, scope: { sites: ['diem-xa-2'] } }))[0]).toBe(404)
  expect((await refusal({ ...dew, formula: { kind: 'rain-sum', hours: 5 } }))[0]).toBe(400)
})
