import { expect, test } from 'vitest'
import { clearedAt, exampleNames, raisedAt } from '../../alarms/lifecycle/alarm-examples.ts'
import { startedApi } from './api.fixture.ts'

const { alarm: id } = raisedAt(1)

async function station() {
  const api = await startedApi()
  const { administration } = api.services
  await administration.addSite({ id: 'cau-rong', name: 'Cầu Rồng', organisation: 'root' })
  await administration.addDevice({ id: 'muc-nuoc-1', name: 'Mực nước', site: 'cau-rong', profile: 'json-weather' })
  const evidence = { rule: undefined, profile: undefined, messages: [] }
  await api.state.alarms.take([{ change: raisedAt(1), names: exampleNames, evidence }], [], 1)
  return api
}

test('an alarm is listed, acknowledged once, told of, and proves its history', async () => {
  const api = await station()
  const operator = await api.as('operator')
  const told: unknown[] = []
  api.services.alarmFeed.listen(written => told.push(...written.map(({ step }) => step.body.kind)))
  expect(await operator('GET', '/alarms?state=unacknowledged&site=cau-rong')).toMatchObject({
    body: { items: [{ id, state: 'unacknowledged', severity: 'medium', raisedAt: '1970-01-01T01:01:00.000Z' }] }
  })
  expect(await operator('POST', `/alarms/${id}/ack`)).toMatchObject({ status: 200, body: { state: 'acknowledged' } })
  expect((await operator('POST', `/alarms/${id}/ack`)).status).toBe(409)
  expect((await operator('POST', `/alarms/${id}/comment`, { text: 'Đã gọi' })).status).toBe(200)
  await api.state.alarms.take([{ change: clearedAt(2, 1), names: exampleNames }], [], 2)
  expect(told).toEqual(['acknowledged', 'commented', 'cleared'])
  expect(await operator('GET', '/alarms/counts')).toMatchObject({ body: { normal: 1, unacknowledged: 0 } })
  expect(await operator('GET', `/alarms/${id}/evidence`)).toMatchObject({
    body: { isIntact: true, faults: [], steps: [{ step: 1 }, { step: 2 }, { step: 3 }, { step: 4 }], evidence: [{}] }
  })
  const report = '/alarms/report?from=1970-01-01T00:00:00Z&to=1970-01-01T08:00:00Z'
  expect(await operator('GET', report)).toMatchObject({ body: { alarms: 1, perOperatorHour: 0.125, nuisanceShare: 0 } })
  const viewer = await api.as('viewer')
  expect((await viewer('POST', `/alarms/${id}/comment`, { text: 'x' })).status).toBe(403)
  expect((await (await api.as('administrator'))('GET', '/alarms/verdict')).body).toMatchObject({ faults: [] })
  const lines = await (await api.as('auditor'))('GET', `/audit?object=alarm:${id}`)
  expect(lines).toMatchObject({ body: { items: [{ action: 'alarm.comment' }, { action: 'alarm.acknowledge' }] } })
})

test('an alarm is shelved for a week at most, and closed by hand', async () => {
  const api = await station()
  const operator = await api.as('operator')
  const until = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  expect((await operator('POST', `/alarms/${id}/shelve`, { until: until(8), reason: 'x' })).status).toBe(400)
  expect(await operator('POST', `/alarms/${id}/shelve`, { until: until(1), reason: 'x' })).toMatchObject({
    body: { state: 'shelved' }
  })
  expect((await operator('POST', `/alarms/${id}/unshelve`)).status).toBe(200)
  expect((await operator('POST', `/alarms/${id}/assign`, { person: 99 })).status).toBe(404)
  expect(await operator('POST', `/alarms/${id}/clear`, { reason: 'hỏng' })).toMatchObject({ body: { state: 'normal' } })
})

test('maintenance is planned, seen and taken back', async () => {
  const api = await station()
  const technician = await api.as('technician')
  const body = {
    site: 'cau-rong',
    from: new Date().toISOString(),
    to: new Date(Date.now() + 9e6).toISOString(),
    reason: 'x'
  }
  const added = await technician('POST', '/maintenance', body)
  expect(added).toMatchObject({ status: 201, body: { id: 1, site: 'cau-rong', device: null } })
  expect((await technician('POST', '/maintenance', { ...body, device: 'muc-nuoc-1' })).status).toBe(400)
  expect(await technician('GET', '/maintenance')).toMatchObject({ body: { items: [{ id: 1 }] } })
  expect((await technician('DELETE', '/maintenance/1')).status).toBe(204)
  expect((await technician('DELETE', '/maintenance/1')).status).toBe(404)
})
