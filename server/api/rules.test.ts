import { expect, test } from 'vitest'
import { startedApi } from './api.fixture.ts'

const temperature = { kind: 'threshold', metric: 'air_temperature', op: '>=', value: 35, clear: 34 }
const level = { name: { vi: 'Nóng' }, severity: 'medium', when: temperature }
const hot = { id: 'nong', name: { vi: 'Nóng', en: 'Heat' }, organisation: 'xa-1', per: 'device', levels: [level] }

async function commune() {
  const api = await startedApi()
  const { administration } = api.services
  for (const id of ['xa-1', 'xa-2']) {
    await administration.addOrganisation({ id, name: id, parent: 'root' })
    await administration.addSite({ id: `diem-${id}`, name: id, organisation: id })
    await administration.addDevice({ id: `may-${id}`, name: id, site: `diem-${id}`, profile: 'json-weather' })
  }
  return api
}

test('a rule is added, shown, changed as its next version, and removed with its history kept', async () => {
  const api = await commune()
  const admin = await api.as('administrator', 'xa-1')
  const added = await admin('POST', '/rules', hot)
  expect(added).toMatchObject({ status: 201, body: { ...hot, version: 1, isEnabled: true, scope: {} } })
  expect((await admin('POST', '/rules', hot)).status).toBe(409)
  const changed = await admin('PATCH', '/rules/nong', {
    isEnabled: false,
    source: 'QCVN',
    scope: { sites: ['diem-xa-1'] }
  })
  expect(changed.body).toMatchObject({
    version: 2,
    isEnabled: false,
    source: 'QCVN',
    author: expect.stringMatching(/^token:/)
  })
  expect((await admin('PATCH', '/rules/nong', { source: null })).body).not.toHaveProperty('source')
  expect(await admin('GET', '/rules?organisation=xa-1')).toMatchObject({
    body: { items: [{ id: 'nong', version: 3 }] }
  })
  expect(await admin('GET', '/rules/nong')).toMatchObject({ body: { version: 3, levels: [level] } })
  expect(await admin('GET', '/rules/nong/versions')).toMatchObject({
    body: { items: [{ rule: { version: 3 } }, { rule: { version: 2 } }, { rule: { version: 1 }, isRemoval: false }] }
  })
  const root = await api.as('administrator')
  expect(await root('DELETE', '/organisations/xa-1')).toMatchObject({ status: 409 })
  expect((await admin('DELETE', '/rules/nong')).status).toBe(204)
  expect((await admin('GET', '/rules/nong')).status).toBe(404)
  expect(api.services.registry.rules.size).toBe(0)
  const [removal] = await api.state.ruleVersions('nong')
  expect(removal).toMatchObject({ rule: undefined })
  const lines = await root('GET', '/audit?object=rule:nong')
  expect((lines.body as { items: { action: string }[] }).items.map(({ action }) => action)).toEqual([
    ...['rule.remove', 'rule.change', 'rule.change', 'rule.add']
  ])
})

test('an organisation that has rules is not removed', async () => {
  const api = await startedApi()
  await api.services.administration.addOrganisation({ id: 'htx', name: 'HTX', parent: 'root' })
  const root = await api.as('administrator')
  expect((await root('POST', '/rules', { ...hot, organisation: 'htx' })).status).toBe(201)
  expect(await root('DELETE', '/organisations/htx')).toMatchObject({ status: 409, body: { detail: /rule nong/ } })
  await root('DELETE', '/rules/nong')
  expect((await root('DELETE', '/organisations/htx')).status).toBe(204)
})

test('a rule that cannot mean what it says is refused with the reason', async () => {
  const api = await commune()
  const admin = await api.as('administrator', 'xa-1')
  const refusal = async (changes: object) => {
    const { status, body } = await admin('POST', '/rules', { ...hot, ...changes })
    return `${status} ${(body as { detail: string }).detail}`
  }
  const withCondition = (when: object) => refusal({ levels: [{ ...level, when }] })
  expect(await refusal({ scope: { sites: ['diem-xa-2'] } })).toBe('404 find site diem-xa-2: there is none')
  expect(await refusal({ scope: { devices: ['may-xa-2'] } })).toBe('404 find device may-xa-2: there is none')
  expect(await refusal({ scope: { profiles: ['khong-co'] } })).toBe('404 find profile khong-co: there is none')
  expect(await withCondition({ ...temperature, device: 'may-xa-2' })).toBe('404 find device may-xa-2: there is none')
  expect(await withCondition({ ...temperature, metric: 'nhiet_do' })).toMatch(/^400 .*nothing measures nhiet_do/)
  expect(await withCondition({ kind: 'all', of: [{ kind: 'health', event: 'battery-low' }] })).toMatch(/^400 .*alone/)
  expect(await withCondition({ kind: 'agree', atLeast: 2, of: temperature })).toMatch(/^400 .*needs "per": "site"/)
  expect(await withCondition({ kind: 'expression', when: 'm.nhiet_do > 3' })).toMatch(/^400 .*nhiet_do/)
  expect(await withCondition({ kind: 'gi-do' })).toMatch(/^400 .*levels.0.when.kind: /)
  const deep = { kind: 'not', of: { kind: 'lasting', forS: 60, of: { ...temperature, value: 'cao' } } }
  expect(await withCondition(deep)).toMatch(/^400 .*levels.0.when.of.of.value: /)
  expect(await refusal({ levels: [{ ...level, severity: 'high' }, level] })).toMatch(/^400 .*level 2 is less severe/)
  expect(await refusal({ organisation: 'xa-2' })).toMatch(/^404 /)
  const viewer = await api.as('operator', 'xa-1')
  expect((await viewer('POST', '/rules', hot)).status).toBe(403)
})

test('who may not change rules does not change them, or calculations, by way of the registry either', async () => {
  const api = await startedApi()
  const actions = ['read', 'manage-people', 'manage-devices']
  api.services.roles.put({ id: 'kho', name: { vi: 'Kho', en: 'Store' }, actions })
  const keeper = await api.as('kho')
  const formula = { kind: 'dew-point' }
  const calculation = { id: 'suong', name: { vi: 'Sương' }, organisation: 'root', version: 1, formula }
  const changes = [
    { kind: 'rule', rule: { ...hot, organisation: 'root', version: 1, isEnabled: true, scope: {} } },
    { kind: 'rule-removed', id: 'nong' },
    { kind: 'calculation', calculation: { ...calculation, isEnabled: true, scope: {} } },
    { kind: 'calculation-removed', id: 'suong' }
  ]
  for (const change of changes)
    expect([change.kind, (await keeper('POST', '/registry', { changes: [change] })).status]).toEqual([change.kind, 403])
})
