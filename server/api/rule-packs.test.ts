import { expect, test } from 'vitest'
import { startedApi } from './api.fixture.ts'

interface Applied {
  readonly rules: readonly { readonly id: string; readonly sentences: { readonly vi: { readonly levels: string[] } } }[]
  readonly open: readonly object[]
  readonly withoutDatum: readonly string[]
}

async function river() {
  const api = await startedApi()
  const { administration } = api.services
  for (const id of ['xa-1', 'xa-2']) await administration.addOrganisation({ id, name: id, parent: 'root' })
  await administration.addSite({ id: 'nam-dan', name: 'Nam Đàn', organisation: 'xa-1' })
  await administration.addDevice({ id: 'do', name: 'Thước đo', site: 'nam-dan', profile: 'json-water-quality' })
  return api
}

const apply = { organisation: 'xa-1', scope: { sites: ['nam-dan'] }, rules: ['nam-dan', 'muong-xen'] }

test('a pack is shown with its sentences and sources, and makes rules of a place', async () => {
  const api = await river()
  const admin = await api.as('administrator', 'xa-1')
  const { items } = (await admin('GET', '/rule-packs')).body as { items: readonly { readonly id: string }[] }
  expect(items.map(({ id }) => id)).toContain('hydrology')
  const shown = await admin('GET', '/rule-packs/hydrology')
  expect(shown).toMatchObject({
    status: 200,
    body: {
      id: 'hydrology',
      rules: expect.arrayContaining([
        expect.objectContaining({
          id: 'nam-dan',
          source: expect.stringContaining('05/2020/QĐ-TTg'),
          parameters: expect.objectContaining({ bd1: expect.objectContaining({ value: 5.4, unit: 'm' }) }),
          open: []
        }),
        expect.objectContaining({ id: 'muong-xen', sentences: null })
      ])
    }
  })
  expect((await admin('GET', '/rule-packs/nothing')).status).toBe(404)

  const tried = await admin('POST', '/rule-packs/hydrology/apply', { ...apply, dryRun: true })
  expect(tried.status).toBe(200)
  expect(api.services.registry.rules.size).toBe(0)
  const made = await admin('POST', '/rule-packs/hydrology/apply', apply)
  expect(made.status).toBe(201)
  const { rules, open, withoutDatum } = made.body as Applied
  expect(rules.map(({ id }) => id)).toEqual([expect.stringMatching(/^hydrology\.nam-dan\.[0-9a-f]{12}$/)])
  expect(rules[0]?.sentences.vi.levels[0]).toBe(
    'Tại Nam Đàn, khi mực nước (theo cao trình trạm) từ 5,40 m trở lên suốt 10 phút: Mực nước đạt báo động I (trung bình); hết khi xuống dưới 5,30 m.'
  )
  expect(open).toHaveLength(3)
  expect(withoutDatum).toEqual(['do'])
  expect([...api.services.registry.rules.values()]).toMatchObject([
    { pack: 'hydrology/nam-dan', organisation: 'xa-1', version: 1, scope: { sites: ['nam-dan'] } }
  ])
  const lines = await (await api.as('administrator'))('GET', `/audit?object=rule:${rules[0]?.id ?? ''}`)
  expect(lines.body).toMatchObject({ items: [{ action: 'rule.add' }] })

  const typed = await admin('POST', '/rule-packs/hydrology/apply', {
    ...{ ...apply, rules: ['muong-xen'] },
    parameters: { 'muong-xen.bd3': 142.5 }
  })
  expect(typed).toMatchObject({ status: 201, body: { rules: [{ source: expect.any(String) }], open: [{}, {}] } })
})

test('a pack is not applied to what is not there, not one’s own, or said badly', async () => {
  const api = await river()
  const other = await api.as('administrator', 'xa-2')
  expect((await other('POST', '/rule-packs/hydrology/apply', apply)).status).toBe(404)
  expect((await other('POST', '/rule-packs/hydrology/apply', { ...apply, organisation: 'xa-2' })).status).toBe(404)
  const admin = await api.as('administrator', 'xa-1')
  const wrong = await admin('POST', '/rule-packs/hydrology/apply', { ...apply, parameters: { bd1: 9999 } })
  expect(wrong).toMatchObject({ status: 400, body: { detail: expect.stringContaining('bd1 is 9999') } })
  const nowhere = await admin('POST', '/rule-packs/hydrology/apply', { ...apply, scope: {} })
  expect(nowhere).toMatchObject({ status: 400, body: { detail: expect.stringContaining('scope must name sites') } })
  expect(api.services.registry.rules.size).toBe(0)
})
