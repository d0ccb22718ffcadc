import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { idsIn, startedApi } from '../../server/api/api.fixture.ts'
import type { Api, Caller } from '../../server/api/api.fixture.ts'
import { communeIn } from './commune.fixture.ts'
import type { Things } from './commune.fixture.ts'

/* Ways to come to more than one has: by other people's accounts and tokens, by roles, by ids that are taken. */
let api: Api
let a: Things
let b: Things
/** May manage people and tokens of A, and nothing else. */
let clerk: Caller
let administrator: Caller
beforeEach(async () => {
  api = await startedApi()
  a = await communeIn(api, 'aax3', 'root')
  b = await communeIn(api, 'bbq7', 'root')
  api.services.roles.put({
    id: 'clerk',
    name: { vi: 'Văn thư', en: 'Clerk' },
    actions: ['read', 'manage-people', 'manage-tokens']
  })
  clerk = await api.as('clerk', a.organisation)
  administrator = await api.as('administrator', a.organisation)
})

describe('who may not do something', () => {
  it('by a screen that sees more than who lets it in', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x, y } = publicKey.export({ format: 'jwk' })
    const stranger = await api.as()
    const shown = await stranger('POST', '/displays/pairings', { publicKey: { kty: 'EC', crv: 'P-256', x, y } })
    const { code } = shown.body as { readonly code: string }
    const screen = { code, name: 'Màn hình', organisation: a.organisation }
    expect((await clerk('POST', '/displays', screen)).status).toBe(403)
  })

  it('is not given the secret of a token that may', async () => {
    const { id } = await api.services.administration.addToken({
      name: 'chief',
      role: 'administrator',
      organisation: a.organisation
    })
    expect((await clerk('POST', `/tokens/${id}/rotate`)).status).toBe(403)
    expect((await administrator('POST', `/tokens/${id}/rotate`)).status).toBe(200)
    expect((await clerk('POST', '/tokens', { role: 'operator', organisation: a.organisation })).status).toBe(403)
    const own = { role: 'clerk', organisation: a.organisation }
    const { status, body } = await clerk('POST', '/tokens', own)
    expect(status).toBe(201)
    expect((await clerk('POST', `/tokens/${(body as { readonly id: number }).id}/rotate`)).status).toBe(200)
  })

  it('is not let into the account of somebody who may', async () => {
    const path = `/people/${a.person}`
    expect((await clerk('GET', path)).status).toBe(200)
    expect((await clerk('POST', `${path}/invitations`, { wants: 'console' })).status).toBe(403)
    expect((await clerk('PATCH', path, { phone: '0912345678' })).status).toBe(403)
    expect((await administrator('POST', `${path}/invitations`, { wants: 'console' })).status).toBe(201)
  })

  it('cannot manage somebody who may do the same elsewhere too', async () => {
    const grants = [
      { role: 'viewer', organisation: a.organisation },
      { role: 'viewer', organisation: b.organisation }
    ]
    const author = { id: 'local', name: '', address: '' }
    const line = { at: 0, author, action: 'person.grant', object: '', organisation: 'root', detail: '', count: 1 }
    await api.state.people.setGrants(a.person, grants, { ...line, outcome: 'done' })
    expect((await administrator('POST', `/people/${a.person}/invitations`, { wants: 'phone' })).status).toBe(403)
  })

  it('cannot define what its own role may do', async () => {
    for (const caller of [clerk, administrator]) {
      const change = { name: { vi: 'x', en: 'x' }, actions: ['command'] }
      expect((await caller('POST', '/roles', { id: 'more', ...change })).status).toBe(404)
    }
  })
})

describe('ids, which are unique in the whole province', () => {
  it('that are taken are refused, and nothing of who has them is said', async () => {
    for (const [path, body] of [
      ['/sites', { id: b.site, name: 'x', organisation: a.organisation }],
      ['/devices', { id: b.device, name: 'x', site: a.site, profile: 'json-weather' }],
      ['/gateways', { id: b.gateway, name: 'x', owner: a.organisation }],
      ['/organisations', { id: b.organisation, name: 'x', parent: a.organisation }]
    ] as const) {
      const { status, body: answer } = await administrator('POST', path, body)
      const { detail } = answer as { readonly detail: string }
      expect([path, status, detail]).toEqual([path, 409, `add ${path.slice(1, -1)} ${body.id}: the id is taken`])
    }
    expect(idsIn(await administrator('GET', '/sites')).join()).not.toContain(b.mark)
  })
})
