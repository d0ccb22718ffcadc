import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { SecuredSen, proxyAddress, publicOrigin } from './secured-sen.fixture.ts'
import { ask } from './client.ts'
import type { Asked } from './client.ts'

/* Fault row X12: what pages of other origins can make a visitor's browser do. */
let on: SecuredSen
let cookie: string

beforeAll(async () => {
  on = await SecuredSen.start()
  cookie = await on.session()
}, 120_000)

afterAll(async () => {
  await on.remove()
})

let sites = 0

/** Adds a site, which needs an administrator and changes something. */
function addSite(headers: Readonly<Record<string, string>>) {
  return on.ask('/api/v1/sites', { method: 'POST', body: { id: `s${++sites}`, name: 'Site' }, headers })
}

describe('a request that changes something', () => {
  it.each([
    ['our own page', () => ({ origin: on.origin })],
    ['our own page at the public address', () => ({ origin: publicOrigin })],
    ['our own page, in a browser that tells its site only', () => ({ 'sec-fetch-site': 'same-origin' })],
    ['a person who typed the address', () => ({ 'sec-fetch-site': 'none' })],
    ['a program, which tells nothing', () => ({})]
  ])('is taken from %s', async (_, headers) => {
    expect((await addSite({ cookie, ...headers() })).status).toBe(201)
  })

  const foreign: readonly (readonly [string, () => Readonly<Record<string, string>>])[] = [
    ['another origin', () => ({ origin: 'https://evil.example' })],
    [
      'another origin, whatever it says of its site',
      () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' })
    ],
    ['no origin at all (a sandboxed frame)', () => ({ origin: 'null' })],
    ['another port of the same host', () => ({ origin: 'https://localhost:1' })],
    ['the same host without TLS', () => ({ origin: on.origin.replace('https:', 'http:') })],
    ['the public address without TLS', () => ({ origin: publicOrigin.replace('https:', 'http:') })],
    ['a host below our own', () => ({ origin: 'https://evil.sen.example.vn' })],
    ['a host that begins like our own', () => ({ origin: `${publicOrigin}.evil.example` })],
    ['another site', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['another host of the same site', () => ({ 'sec-fetch-site': 'same-site' })]
  ]

  it.each(foreign)('is refused from a page of %s, and counted', async (_, headers) => {
    const before = await on.refused('origin')
    const { status, body } = await addSite({ cookie, ...headers() })
    expect([status, JSON.parse(body)]).toEqual([403, expect.objectContaining({ code: 'SEN_FORBIDDEN' })])
    for (const path of ['/api/v1/session', '/api/v1/connectors/none'])
      expect((await on.ask(path, { method: 'DELETE', headers: { cookie, ...headers() } })).status).toBe(403)
    const { body: list } = await on.ask('/api/v1/sites', { headers: { cookie } })
    expect(list).toContain('"s1"')
    expect(list).not.toContain(`"s${sites}"`)
    expect(await on.refused('origin')).toBe(before + 3)
  })

  it.each(foreign)('cannot sign a visitor in from a page of %s', async (_, headers) => {
    expect((await on.signIn({ headers: headers() })).status).toBe(403)
  })

  it('is taken from wherever a token says who asks, unless a cookie comes with it', async () => {
    const headers = { origin: 'https://evil.example', authorization: `Bearer ${on.token}` }
    expect((await addSite(headers)).status).toBe(201)
    expect((await addSite({ ...headers, cookie })).status).toBe(403)
  })

  it('may bring messages without an origin of ours, but not on a cookie alone', async () => {
    const path = '/api/v1/ingest/telemetry?device=d&site=s1'
    const body = { air_temperature: 1 }
    const origin = 'https://evil.example'
    const known = { origin, authorization: `Bearer ${on.token}` }
    expect((await on.ask(path, { method: 'POST', body, headers: known })).status).toBe(202)
    expect((await on.ask(path, { method: 'POST', body, headers: { cookie } })).status).toBe(202)
    expect((await on.ask(path, { method: 'POST', body, headers: { cookie, origin } })).status).toBe(403)
  })
})

describe('a session', () => {
  it('is a cookie of this host alone, that no script reads and no other site sends', async () => {
    const { headers } = await on.signIn()
    expect(String(headers['set-cookie'])).toMatch(
      /^__Host-sen_session=[\w-]{20,}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/
    )
  })

  it('has a name of its own each time, not one that somebody else chose', async () => {
    const chosen = '__Host-sen_session=chosen-by-somebody-else'
    const { headers } = await on.signIn({ headers: { cookie: chosen } })
    expect(String(headers['set-cookie'])).not.toContain('chosen')
    expect((await on.ask('/api/v1/sites', { headers: { cookie: chosen } })).status).toBe(401)
  })

  it('is not taken over TLS under the name that one without TLS could have set', async () => {
    const bare = cookie.replace('__Host-', '')
    expect((await on.ask('/api/v1/sites', { headers: { cookie: bare } })).status).toBe(401)
    expect((await on.ask('/api/v1/sites', { headers: { cookie } })).status).toBe(200)
  })

  it('ends where its page signs out, and its cookie is taken back', async () => {
    const own = await on.session()
    const { status, headers } = await on.ask('/api/v1/session', {
      method: 'DELETE',
      headers: { cookie: own, origin: on.origin }
    })
    expect([status, String(headers['set-cookie'])]).toEqual([
      204,
      expect.stringMatching(/^__Host-sen_session=;.*Secure/)
    ])
    expect((await on.ask('/api/v1/sites', { headers: { cookie: own } })).status).toBe(401)
  })

  it('is not opened over plain HTTP, unless a trusted proxy says that TLS ends there', async () => {
    const url = `${on.ready.http}/api/v1/session`
    const plain = { method: 'POST', body: { token: on.token } }
    const told = { 'x-forwarded-proto': 'https' }
    for (const asked of [plain, { ...plain, headers: told }]) {
      const { status, body } = await ask(url, asked)
      expect([status, JSON.parse(body)]).toEqual([403, expect.objectContaining({ code: 'SEN_TLS_REQUIRED' })])
    }
    const { status, headers } = await ask(url, { ...plain, headers: told, from: proxyAddress })
    expect([status, String(headers['set-cookie'])]).toEqual([200, expect.stringMatching(/^__Host-.*Secure/)])
  })
})

describe('answers', () => {
  const paths = ['/', '/api/docs', '/api/v1/sites', '/api/openapi.json', '/metrics', '/readyz', '/healthz', '/nowhere']

  it.each(paths)('of %s cannot be framed, sniffed or read by pages of other origins', async path => {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await on.ask(path, {
        method,
        headers: { cookie, origin: 'https://evil.example', 'access-control-request-method': 'POST' }
      })
      expect(headers).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('camera=(self)') as unknown
      })
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
      expect(Object.keys(headers).filter(name => name.startsWith('access-control'))).toEqual([])
    }
  })

  it.each(paths.slice(2))('of %s are kept by nobody', async path => {
    const { headers } = await on.ask(path, { headers: { cookie } })
    expect(headers['cache-control']).toBe('no-store')
  })

  it.each(['/api/docs/json', '/api/docs/yaml'])('of %s are for who may look, and kept by nobody', async path => {
    expect((await on.ask(path)).status).toBe(401)
    const { status, headers } = await on.ask(path, { headers: { cookie } })
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
  })

  it('ask for TLS ever after where Sen has port 443, and only there', async () => {
    const hsts = async (asked: Asked, url = on.origin) => {
      const { headers } = await ask(`${url}/healthz`, { ca: on.certificates.authority.cert, ...asked })
      return headers['strict-transport-security']
    }
    const host = 'sen.example.vn'
    const told = { host, 'x-forwarded-proto': 'https' }
    expect(await hsts({ headers: { host } })).toBe('max-age=31536000')
    expect(await hsts({})).toBeUndefined()
    expect(await hsts({ headers: told }, on.ready.http)).toBeUndefined()
    expect(await hsts({ headers: told, from: proxyAddress }, on.ready.http)).toBe('max-age=31536000')
  })
})

describe('pages over plain HTTP', () => {
  it.each(['/', '/api/docs'])('lead to HTTPS: %s', async path => {
    const { status, headers } = await ask(`${on.ready.http}${path}?a=1`)
    expect([status, headers.location]).toEqual([307, `${publicOrigin}${path}?a=1`])
  })

  it('are not led in circles behind a proxy that ends TLS and is not trusted', async () => {
    const { status } = await ask(`${on.ready.http}/`, { headers: { 'x-forwarded-proto': 'https' } })
    expect(status).toBe(200)
  })

  it('do not keep programs with a token out', async () => {
    const headers = { authorization: `Bearer ${on.token}` }
    expect((await ask(`${on.ready.http}/api/v1/sites`, { headers })).status).toBe(200)
  })
})

describe('the WebSocket door', () => {
  const open = (url: string | undefined, origin: string | undefined) =>
    new Promise<string>(resolve => {
      const options = {
        ca: on.certificates.authority.cert,
        servername: 'localhost',
        ...(origin !== undefined && { origin })
      }
      const socket = new WebSocket(url ?? '', ['mqtt'], options)
      socket.on('open', () => {
        resolve('open')
        socket.terminate()
      })
      socket.on('error', error => {
        resolve(error.message)
      })
    })

  it.each([
    ['our own page', () => on.origin.replace('localhost', '127.0.0.1'), 'open'],
    ['our own page at the public address', () => publicOrigin, 'open'],
    ['a device, which has no page', () => undefined, 'open'],
    ['a page of another origin', () => 'https://evil.example', 'Unexpected server response: 403'],
    ['a page without an origin', () => 'null', 'Unexpected server response: 403'],
    ['a page of the same host without TLS', () => on.ready.http, 'Unexpected server response: 403']
  ])('over TLS answers %s', async (_, origin, answer) => {
    expect(await open(on.ready.mqttWss, origin())).toBe(answer)
  })

  it.each([
    ['our own page', () => on.ready.http, 'open'],
    ['our own page at the public address, through a proxy', () => publicOrigin, 'open'],
    ['a page of another origin', () => 'http://evil.example', 'Unexpected server response: 403']
  ])('without TLS answers %s', async (_, origin, answer) => {
    expect(await open(on.ready.mqttWs, origin())).toBe(answer)
  })
})
