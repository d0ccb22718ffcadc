import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../protocol/packets.ts'
import { Wire } from '../protocol/wire.ts'
import { Enrolled, cookieOf, pin } from './enrolled.fixture.ts'
import type { SignedIn } from './enrolled.fixture.ts'
import { EventStream } from './event-stream.ts'
import { SecuredSen } from './secured-sen.fixture.ts'

/* What is taken back ends at once (X8): live connections within 5 s, and nothing new comes in; also after kill -9. */
interface Login {
  readonly username: string
  readonly password: string
}

let secured: SecuredSen
let enrolled: Enrolled
const streams: EventStream[] = []
const wires: Wire[] = []

beforeAll(async () => {
  secured = await SecuredSen.start({ SEN_MQTT_PORT: '0' })
  enrolled = new Enrolled(secured)
  await enrolled.must(201, 'POST', '/organisations', { id: 'xa', name: 'Xã' })
  await enrolled.must(201, 'POST', '/sites', { id: 'ruong', name: 'Ruộng', organisation: 'xa' })
  await enrolled.must(201, 'POST', '/sites', { id: 'bo', name: 'Bờ', organisation: 'xa' })
}, 120_000)

afterAll(async () => {
  for (const stream of streams) stream.close()
  for (const { socket } of wires) socket.destroy()
  await secured.remove()
})

async function device(id: string): Promise<Login> {
  const body = { id, name: id, site: 'ruong', profile: 'json-weather' }
  return (await enrolled.must(201, 'POST', '/devices', body))['mqtt'] as Login
}

async function wire(): Promise<Wire> {
  const opened = await Wire.open(Number(new URL(secured.ready.mqtt ?? '').port))
  wires.push(opened)
  return opened
}

async function live(login: Login): Promise<Wire> {
  const opened = await wire()
  await opened.login({ ...login, clientId: `c${wires.length}` })
  return opened
}

/** The return code of a CONNECT. */
async function codeOf(login: Login): Promise<number> {
  const opened = await wire()
  opened.send(connect({ ...login, clientId: `c${wires.length}` }))
  return (await opened.next('connack')).code
}

async function stream(headers: Readonly<Record<string, string>>): Promise<EventStream> {
  const opened = await EventStream.open(secured.origin, headers, secured.certificates.authority.cert)
  streams.push(opened)
  return opened
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const statusOf = async (headers: Readonly<Record<string, string>>, path = '/devices'): Promise<number> =>
  (await enrolled.ask(path, { headers })).status

async function newToken(more: object = {}): Promise<{ readonly id: number; readonly token: string }> {
  const body = { name: 'reader', role: 'viewer', organisation: 'xa', ...more }
  return (await enrolled.must(201, 'POST', '/tokens', body)) as { id: number; token: string }
}

async function sessionBy(token: string): Promise<{ readonly cookie: string }> {
  return cookieOf(await enrolled.ask('/session', { method: 'POST', body: { token } }))
}

/** The stream of somebody ends when `act` is done, and its session is good for nothing. */
async function endsWith(
  { headers }: Pick<SignedIn, 'headers'>,
  act: () => Promise<unknown>,
  after = 401
): Promise<void> {
  const opened = await stream(headers)
  expect(await statusOf(headers)).toBe(200)
  await act()
  await opened.ended
  expect(await statusOf(headers)).toBe(after)
}

describe('a machine’s login', { timeout: 60_000 }, () => {
  it('ends with its device: the connection within 5 s, and no new one', async () => {
    const login = await device('lua-01')
    const [connected, kept] = [await live(login), await live(await device('lua-02'))]
    await enrolled.must(204, 'DELETE', '/devices/lua-01')
    await connected.closed()
    expect(await codeOf(login)).toBe(5)
    await kept.settle()
  })

  it('ends alone where a device has two: the other comes in again', async () => {
    const first = await device('lua-03')
    const second = (await enrolled.must(201, 'POST', '/devices/lua-03/credentials')) as unknown as Login
    const lines = (await secured.sen.sen('device', 'credential', 'list', 'lua-03')).split('\n')
    const [one] = lines.map(line => line.split('\t'))
    expect(lines).toHaveLength(2)
    const connected = await live(first)
    await secured.sen.sen('device', 'credential', 'remove', 'lua-03', one?.[0] ?? '')
    await connected.closed()
    expect([await codeOf(first), await codeOf(second)].sort()).toEqual([0, 5])
    const third = await secured.sen.sen('device', 'credential', 'add', 'lua-03')
    expect(await codeOf({ username: 'lua-03', password: third.split('\t')[1] ?? '' })).toBe(0)
    const nothing = '/devices/lua-03/credentials/000000000000'
    await enrolled.must(404, 'DELETE', nothing)
  })

  it.each([
    ['a site', '/sites/ruong/credentials', undefined, '/sites/ruong/credentials'],
    ['a connector', '/connectors', { type: 'chirpstack', name: 'cau' }, '/connectors/cau/credentials']
  ])('of %s ends', async (_, path, body, credentials) => {
    const login = (await enrolled.must(201, 'POST', path, body)) as unknown as Login
    const connected = await live(login)
    const { items } = (await enrolled.must(200, 'GET', credentials)) as { items: readonly { readonly id: string }[] }
    expect(items).toHaveLength(1)
    await enrolled.must(204, 'DELETE', `${credentials}/${items[0]?.id ?? ''}`)
    await connected.closed()
    expect(await codeOf(login)).toBe(5)
  })

  it('of a connector ends with the connector, which is no more then', async () => {
    const login = (await enrolled.must(201, 'POST', '/connectors', { type: 'tts', name: 'ttn' })) as unknown as Login
    const connected = await live(login)
    await enrolled.must(204, 'DELETE', '/connectors/ttn')
    await connected.closed()
    expect(await codeOf(login)).toBe(5)
    await enrolled.must(404, 'DELETE', '/connectors/ttn')
  })
})

describe('a token', { timeout: 60_000 }, () => {
  it('ends with what it opened: its stream, a browser’s session, that one’s stream', async () => {
    const { id, token } = await newToken()
    const headers = await sessionBy(token)
    const [own, browser] = [await stream(bearer(token)), await stream(headers)]
    await enrolled.must(204, 'DELETE', `/tokens/${id}`)
    await Promise.all([own.ended, browser.ended])
    expect([await statusOf(bearer(token)), await statusOf(headers)]).toEqual([401, 401])
  })

  it('that expires ends with what it opened', async () => {
    const { token } = await newToken({ expiresInDays: 8 / 86_400 })
    const headers = await sessionBy(token)
    const [own, browser] = [await stream(bearer(token)), await stream(headers)]
    await Promise.all([own.ended, browser.ended])
    expect([await statusOf(bearer(token)), await statusOf(headers)]).toEqual([401, 401])
  })

  it('has two good secrets after a rotation, and none once it is removed', async () => {
    const { id, token } = await newToken()
    const { token: next, previousUntil } = await enrolled.must(200, 'POST', `/tokens/${id}/rotate`)
    const secrets = [token, String(next)]
    expect(Date.parse(String(previousUntil))).toBeGreaterThan(Date.now())
    expect(await Promise.all(secrets.map(one => statusOf(bearer(one))))).toEqual([200, 200])
    const opened = await Promise.all(secrets.map(one => stream(bearer(one))))
    await enrolled.must(204, 'DELETE', `/tokens/${id}`)
    await Promise.all(opened.map(({ ended }) => ended))
    expect(await Promise.all(secrets.map(one => statusOf(bearer(one))))).toEqual([401, 401])
  })
})

describe('who listens by MQTT', { timeout: 60_000 }, () => {
  const listener = async (login: Login, filter: string): Promise<Wire> => {
    const connected = await live(login)
    await connected.subscribe(filter, 1)
    return connected
  }

  it('is sent away when the site goes to somebody else, and others stay', async () => {
    await enrolled.must(201, 'POST', '/organisations', { id: 'khac', name: 'Xã khác' })
    await enrolled.must(201, 'POST', '/sites', { id: 'ao', name: 'Ao', organisation: 'xa' })
    const login = { username: 'token', password: (await newToken()).token }
    const [moved, kept] = [await listener(login, 'site/ao/#'), await listener(login, 'site/ruong/#')]
    await enrolled.must(200, 'PATCH', '/sites/ao', { organisation: 'khac' })
    await moved.closed()
    await kept.settle()
    await expect((await live(login)).subscribe('site/ao/#', 1)).rejects.toThrow('answered 128')
  })

  it('is sent away when its role allows it no longer', async () => {
    const role = { name: { vi: 'Nghe', en: 'Hears' }, actions: ['read'] }
    await enrolled.must(201, 'POST', '/roles', { id: 'hears', ...role })
    const { token } = await newToken({ role: 'hears' })
    const hearing = await listener({ username: 'token', password: token }, 'site/ruong/#')
    await enrolled.must(200, 'PUT', '/roles/hears', { ...role, actions: ['report'] })
    await hearing.closed()
  })

  it('as a device, is sent away when it moves to another site', async () => {
    const login = await device('lua-10')
    const hearing = await listener(login, 'site/ruong/lua-10/command')
    await enrolled.must(200, 'PATCH', '/devices/lua-10', { site: 'bo' })
    await hearing.closed()
    await listener(login, 'site/bo/lua-10/command')
  })
})

describe('a person', { timeout: 60_000 }, () => {
  it('whose account is closed is sent away, and does not come in again', async () => {
    const person = await enrolled.console('viewer', 'xa')
    await endsWith(person, () => enrolled.must(200, 'PATCH', `/people/${person.person}`, { state: 'disabled' }))
    const { login, password } = person
    const answer = await enrolled.ask('/session/password', { method: 'POST', body: { login, password } })
    expect(answer.status).toBe(401)
  })

  it('who has no rights any more hears nothing more', async () => {
    const person = await enrolled.console('viewer', 'xa')
    const path = `/people/${person.person}/grants`
    await endsWith(person, () => enrolled.must(200, 'PUT', path, { grants: [] }), 403)
  })

  it('who is signed out everywhere, or signs out, has no session left', async () => {
    const person = await enrolled.console('viewer', 'xa')
    await endsWith(person, () => enrolled.must(204, 'DELETE', `/people/${person.person}/sessions`))
    const { login, password } = person
    const again = cookieOf(await enrolled.ask('/session/password', { method: 'POST', body: { login, password } }))
    await endsWith({ headers: again }, () => enrolled.ask('/session', { method: 'DELETE', headers: again }))
  })

  it('whose phone is removed is out on it, and comes in by it no more', async () => {
    const phone = await enrolled.phone('farmer', 'xa')
    expect((await enrolled.signIn(phone, pin)).status).toBe(200)
    await endsWith(phone, () => enrolled.must(204, 'DELETE', `/people/${phone.person}/devices/${phone.id}`))
    expect((await enrolled.signIn(phone, pin)).status).toBe(401)
  })

  it('loses what a role does no longer allow', async () => {
    const role = { name: { vi: 'Xem', en: 'Looks' }, actions: ['read'] }
    await enrolled.must(201, 'POST', '/roles', { id: 'looks', ...role })
    const person = await enrolled.console('looks', 'xa')
    await endsWith(person, () => enrolled.must(200, 'PUT', '/roles/looks', { ...role, actions: ['report'] }), 403)
  })
})

describe('a wall display', { timeout: 60_000 }, () => {
  it('that is removed goes dark', async () => {
    const display = await enrolled.display('xa')
    await endsWith(display, () => enrolled.must(204, 'DELETE', `/displays/${display.id}`))
    expect((await enrolled.signIn(display)).status).toBe(401)
  })
})

describe('after kill -9', { timeout: 120_000 }, () => {
  it('what was taken back stays so, and what was not goes on', async () => {
    const [ended, kept] = [await device('lua-08'), await device('lua-09')]
    const [gone, good] = [await newToken(), await newToken()]
    const goodSession = await sessionBy(good.token)
    const goneSession = await sessionBy(gone.token)
    await enrolled.must(204, 'DELETE', '/devices/lua-08')
    await enrolled.must(204, 'DELETE', `/tokens/${gone.id}`)
    await secured.sen.killAndRestart()
    secured.moved()
    expect([await codeOf(ended), await codeOf(kept)]).toEqual([5, 0])
    const askers = [bearer(gone.token), goneSession, bearer(good.token), goodSession]
    expect(await Promise.all(askers.map(headers => statusOf(headers)))).toEqual([401, 401, 200, 200])
  })
})
