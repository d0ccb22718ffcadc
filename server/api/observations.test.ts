import { describe, expect, test } from 'vitest'
import type { StoredRecord } from '../../journal/journal.ts'
import { observationRecord } from '../../model/observation.ts'
import type { Observed } from '../../model/observation.ts'
import { startedApi } from './api.fixture.ts'
import type { Answer, Api } from './api.fixture.ts'

/** A site with a staff gauge, a commune beside it, and what was appended to the raw log. */
async function river(): Promise<Api> {
  const api = await startedApi()
  const { administration } = api.services
  await administration.addOrganisation({ id: 'xa-a', name: 'Xã A', parent: 'root' })
  await administration.addOrganisation({ id: 'xa-b', name: 'Xã B', parent: 'root' })
  await administration.addSite({ id: 'cau', name: 'Cầu Nam Đàn', organisation: 'xa-a' })
  await administration.addDevice({ id: 'thuoc', name: 'Thước nước', site: 'cau', profile: 'manual-station' })
  return api
}

const level = { device: 'thuoc', metric: 'water_level', value: 762, unit: 'cm', method: 'staff-gauge' }
const code = ({ body }: Answer) => (body as { readonly code?: string }).code

async function lastRecord({ process }: Api) {
  const ending = new AbortController()
  const { last: end } = process.raw.status()
  let last: StoredRecord | undefined
  for await (const { records } of process.raw.reader('test').read(0, ending.signal)) {
    last = records.at(-1)
    if ((last?.position ?? 0) >= end) ending.abort()
  }
  if (last?.kind !== 'message') throw new Error('the newest record is no message')
  const { door, credential, topic, payload } = last
  return { door, credential, topic, ...observationRecord.parse(JSON.parse(Buffer.from(payload).toString())) }
}

describe('entering a reading', () => {
  test('puts it into the raw log in the metric’s unit, with what was typed and who typed it', async () => {
    const api = await river()
    const operator = await api.as('operator', 'xa-a')
    const t = new Date(Date.now() - 60_000).toISOString()
    const answer = await operator('POST', '/observations', { ...level, t, note: 'mất điện' })
    expect(answer).toMatchObject({ status: 201, body: { value: 7.62, unit: 'm', quality: 'manual', t, site: 'cau' } })
    expect(await lastRecord(api)).toMatchObject({
      ...{ door: 'manual', topic: 'site/cau/thuoc/observation', value: 7.62, entered: { value: 762, unit: 'cm' } },
      ...{ t: Date.parse(t), method: 'staff-gauge', note: 'mất điện', author: { name: 'operator' }, isConfirmed: false }
    })
    const lines = await api.state.people.auditRecords({ limit: 5, action: 'observation' })
    expect(lines[0]).toMatchObject({ action: 'observation.enter', object: 'device:thuoc', organisation: 'xa-a' })
  })

  test('that is not plausible, or long ago, is asked about first', async () => {
    const api = await river()
    const operator = await api.as('operator', 'xa-a')
    const wrong = { ...level, unit: 'm' }
    const refused = await operator('POST', '/observations', wrong)
    expect([refused.status, code(refused)]).toEqual([422, 'SEN_IMPLAUSIBLE'])
    const kept = await operator('POST', '/observations', { ...wrong, confirm: true })
    expect(kept).toMatchObject({ status: 201, body: { quality: 'implausible,manual' } })
    const old = { ...level, t: '2019-10-17T06:00:00+07:00' }
    expect(code(await operator('POST', '/observations', old))).toBe('SEN_IMPLAUSIBLE')
    expect((await operator('POST', '/observations', { ...old, confirm: true })).status).toBe(201)
  })

  test('that cannot be is refused', async () => {
    const api = await river()
    const operator = await api.as('operator', 'xa-a')
    for (const changes of [
      { t: '2199-01-01T00:00:00Z' },
      { unit: 'kg' },
      { value: 'cao' },
      { metric: 'beauty' },
      { device: undefined }
    ]) {
      const { status } = await operator('POST', '/observations', { ...level, ...changes })
      expect([changes, status]).toEqual([changes, 400])
    }
  })

  test('for a site without a device makes its manual station, once', async () => {
    const api = await river()
    const farmer = await api.as('farmer', 'xa-a')
    const rain = { site: 'cau', metric: 'rainfall', value: 1.2, unit: 'cm', method: 'rain-bucket' }
    for (const t of ['06', '07']) {
      const answer = await farmer('POST', '/observations', {
        ...rain,
        t: new Date(Date.now() - Number(t)).toISOString()
      })
      expect(answer).toMatchObject({ status: 201, body: { device: 'cau-manual', value: 12, unit: 'mm' } })
    }
    expect(api.services.registry.devices.get('cau-manual')).toMatchObject({ site: 'cau', profile: 'manual-station' })
  })
})

describe('changing a reading', () => {
  const t = new Date(Date.now() - 3_600_000).toISOString()
  const moment = { device: 'thuoc', metric: 'water_level', t }

  test('is for who entered it, and for who runs the system there', async () => {
    const api = await river()
    const [author, other, technician] = await Promise.all(
      ['farmer', 'farmer', 'technician'].map(role => api.as(role, 'xa-a'))
    )
    if (!author || !other || !technician) throw new Error('nobody asks')
    expect((await author('POST', '/observations', { ...level, t })).status).toBe(201)
    expect((await other('POST', '/observations', { ...level, t, value: 700 })).status).toBe(403)
    expect((await other('POST', '/observations/withdrawals', moment)).status).toBe(403)
    expect((await author('POST', '/observations', { ...level, t, value: 761 })).status).toBe(201)
    expect(await technician('POST', '/observations/withdrawals', { ...moment, note: 'nhầm thước' })).toMatchObject({
      status: 201,
      body: { quality: 'manual,withdrawn', value: 7.61 }
    })
    expect(await lastRecord(api)).toMatchObject({ kind: 'withdrawal', value: 7.61, author: { name: 'technician' } })
    // Nothing is left to take back.
    expect((await technician('POST', '/observations/withdrawals', moment)).status).toBe(404)
  })

  test('is not for who may not enter readings there, and unknown and forbidden look the same', async () => {
    const api = await river()
    const stranger = await api.as('operator', 'xa-b')
    const viewer = await api.as('viewer', 'xa-a')
    expect((await stranger('POST', '/observations', level)).status).toBe(404)
    expect((await stranger('POST', '/observations', { ...level, device: 'none' })).status).toBe(404)
    expect((await viewer('POST', '/observations', level)).status).toBe(403)
  })
})

describe('the list', () => {
  test('says who entered what, when, how, and what became of it, to who may read there', async () => {
    const api = await river()
    const t = Date.now() - 60_000
    const base: Omit<Observed, 'position'> = {
      ...{ device: 'thuoc', site: 'cau', receivedAt: t, kind: 'entry', metric: 'water_level', t, value: 7.6 },
      ...{ entered: { value: 760, unit: 'cm' }, method: 'phone-call', isConfirmed: false },
      author: { id: 'person:1', name: 'Bà Sáu' }
    }
    await api.state.observe([
      { ...base, position: 1 },
      { ...base, position: 2, value: 7.7 },
      { ...base, position: 3, t: t - 1 }
    ])
    const viewer = await api.as('viewer', 'xa-a')
    const { body } = await viewer('GET', '/observations?device=thuoc&limit=2')
    expect(body).toMatchObject({
      items: [
        { id: 3, state: 'standing', mayChange: false },
        { id: 2, state: 'standing', value: 7.7, unit: 'm', author: { name: 'Bà Sáu' }, method: 'phone-call' }
      ],
      cursor: 2
    })
    expect((await viewer('GET', '/observations?cursor=2')).body).toMatchObject({
      items: [{ id: 1, state: 'corrected' }]
    })
    const stranger = await api.as('operator', 'xa-b')
    expect((await stranger('GET', '/observations')).body).toEqual({ items: [], cursor: null })
  })
})
