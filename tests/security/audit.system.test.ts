import { DatabaseSync } from 'node:sqlite'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, publish, subscribe } from '../protocol/packets.ts'
import { Wire } from '../protocol/wire.ts'
import { Enrolled, pin } from './enrolled.fixture.ts'
import { SecuredSen } from './secured-sen.fixture.ts'

/* The audit log of a running Sen (X14, X17): what stands in it and what never does, through kill -9 and tampering. */
interface Line {
  readonly id: number
  readonly at: string
  readonly actor: string
  readonly address: string
  readonly action: string
  readonly object: string
  readonly organisation: string
  readonly outcome: string
  readonly detail: string
  readonly count: number
}
interface Login {
  readonly username: string
  readonly password: string
}
interface Verdict {
  readonly lines: number
  readonly last: number
  readonly faults: readonly string[]
}

let secured: SecuredSen
let enrolled: Enrolled
/** What was shown or typed, and must not be seen again. */
const secrets: string[] = []

beforeAll(async () => {
  secured = await SecuredSen.start({ SEN_MQTT_PORT: '0' })
  enrolled = new Enrolled(secured)
  secrets.push(secured.token)
}, 120_000)

afterAll(async () => {
  await secured.remove()
})

async function lines(query = ''): Promise<readonly Line[]> {
  const { items } = await enrolled.must(200, 'GET', `/audit?limit=1000${query}`)
  return items as readonly Line[]
}

/** Denials are noted and written a moment later: asks until the lines fit. */
async function linesUntil(query: string, fits: (found: readonly Line[]) => boolean): Promise<readonly Line[]> {
  for (;;) {
    const found = await lines(query)
    if (fits(found)) return found
  }
}

const verdict = async () => (await enrolled.must(200, 'GET', '/audit/verdict')) as unknown as Verdict

async function wire(): Promise<Wire> {
  return Wire.open(Number(new URL(secured.ready.mqtt ?? '').port))
}

async function refusedLogin(username: string, password: string): Promise<void> {
  const opened = await wire()
  opened.send(connect({ username, password, clientId: 'c' }))
  expect((await opened.next('connack')).code).toBe(5)
}

describe('the audit log', { timeout: 120_000 }, () => {
  it('has a line of every kind of change, of logins and denials, and none of the secrets', async () => {
    const { must } = enrolled
    const add = must.bind(enrolled)
    await add(201, 'POST', '/organisations', { id: 'xa', name: 'Xã' })
    await add(201, 'POST', '/sites', { id: 'ruong', name: 'Ruộng', organisation: 'xa' })
    const body = { id: 'lua-01', name: 'Lúa', site: 'ruong', profile: 'json-weather' }
    const { mqtt } = (await add(201, 'POST', '/devices', body)) as unknown as { readonly mqtt: Login }
    const logins = [
      mqtt,
      await add(201, 'POST', '/devices/lua-01/credentials'),
      await add(201, 'POST', '/sites/ruong/credentials'),
      await add(201, 'POST', '/connectors', { type: 'chirpstack', name: 'cau' })
    ] as unknown as readonly Login[]
    secrets.push(...logins.map(({ password }) => password), 'mat-khau-rat-bi-mat')
    const url = 'mqtt://nguoi:mat-khau-rat-bi-mat@127.0.0.1:1'
    await add(201, 'POST', '/connectors', { type: 'chirpstack', name: 'ngoai', url })
    const token = await add(201, 'POST', '/tokens', { name: 'đọc', role: 'viewer', organisation: 'xa' })
    const rotated = await add(200, 'POST', `/tokens/${String(token['id'])}/rotate`)
    const person = await enrolled.console('administrator', 'xa')
    const phone = await enrolled.phone('farmer', 'xa')
    const display = await enrolled.display('xa')
    const own = { headers: person.headers, method: 'POST' }
    const totp = JSON.parse((await enrolled.ask('/account/totp', own)).body) as { readonly secret: string }
    for (const one of [person, phone, display]) secrets.push(...one.secrets)
    secrets.push(String(token['token']), String(rotated['token']), totp.secret, 'Sai mật khẩu 1!')
    const wrong = { login: person.login, password: 'Sai mật khẩu 1!' }
    expect((await enrolled.ask('/session/password', { method: 'POST', body: wrong })).status).toBe(401)
    const reader = { headers: { authorization: `Bearer ${String(rotated['token'])}` } }
    expect((await enrolled.ask('/readings/export?device=lua-01', reader)).status).toBe(200)
    expect((await enrolled.ask('/tokens', reader)).status).toBe(403)
    expect((await enrolled.ask('/devices/lua-09', reader)).status).toBe(404)
    expect((await enrolled.ask('/tokens', { headers: { authorization: 'Bearer nothing' } })).status).toBe(401)
    await enrolled.ask('/people/review', { headers: { authorization: `Bearer ${secured.token}` } })
    const wanted = [
      ...['organisation.add', 'site.add', 'device.add', 'credential.add', 'connector.add', 'token.add', 'token.rotate'],
      ...['person.add', 'person.invite', 'person.join', 'person.password', 'phone.add', 'display.add', 'session.open'],
      ...['readings.export', 'people.review', 'deny.manage-tokens', 'token.use']
    ]
    const found = await linesUntil('', all => wanted.every(action => all.some(line => line.action === action)))
    expect(found.find(({ action, outcome }) => action === 'session.open' && outcome === 'failed')).toMatchObject({
      actor: 'stranger',
      address: '127.0.0.1',
      object: `person:${person.person}`,
      organisation: 'xa'
    })
    expect(found.find(({ action }) => action === 'readings.export')).toMatchObject({
      actor: `token:${String(token['id'])}`,
      object: 'device:lua-01',
      outcome: 'done'
    })
    expect(found.find(({ action }) => action === 'deny.manage-tokens')).toMatchObject({
      actor: `token:${String(token['id'])}`,
      object: 'GET /api/v1/tokens',
      outcome: 'denied'
    })
  })

  it('has what machines were refused, many of one kind in one line', async () => {
    const device = { id: 'lua-02', name: 'Lúa', site: 'ruong', profile: 'json-weather' }
    const { mqtt } = (await enrolled.must(201, 'POST', '/devices', device)) as unknown as { readonly mqtt: Login }
    secrets.push(mqtt.password, 'doan-mo-mat-khau')
    for (const topic of ['site/ruong/lua-01/telemetry', 'site/khac/lua-02/telemetry', 'site/khac/lua-03/status']) {
      const opened = await wire()
      await opened.login({ ...mqtt, clientId: 'c' })
      opened.send(subscribe(1, ['site/ruong/#', 1], ['$SYS/#', 0]))
      expect((await opened.next('suback')).codes).toEqual([0x80, 0x80])
      opened.send(publish({ topic, payload: '{}', qos: 1, id: 2 }))
      await opened.closed()
    }
    for (let times = 0; times < 20; times++) await refusedLogin('lua-02', 'doan-mo-mat-khau')
    for (let times = 0; times < 20; times++) await refusedLogin(`nobody-${times}`, 'doan-mo-mat-khau')
    const posted = await enrolled.ask('/ingest/telemetry?device=lua-01&site=ruong', {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`lua-02:${mqtt.password}`).toString('base64')}` },
      body: { air_temperature: 1 }
    })
    expect(posted.status).toBe(403)
    const kinds = ['mqtt.publish', 'mqtt.subscribe', 'mqtt.connect', 'ingest.publish']
    const found = await linesUntil('', all => kinds.every(kind => all.some(({ action }) => action === kind)))
    const of = (kind: string) => found.filter(({ action }) => action === kind)
    const denied = { actor: 'credential:lua-02', address: '127.0.0.1', organisation: 'xa', outcome: 'denied', count: 1 }
    expect(of('mqtt.publish')).toMatchObject([
      { ...denied, object: 'credential:lua-02', detail: 'topic-not-allowed: site/ruong/lua-01/telemetry' }
    ])
    expect(of('mqtt.subscribe')).toMatchObject([{ ...denied, detail: 'topic-not-allowed: site/ruong/#' }])
    expect(of('ingest.publish')).toMatchObject([{ ...denied, object: 'credential:lua-02' }])
    // One for the login that somebody has, one for all those that nobody has.
    expect(of('mqtt.connect').toReversed()).toMatchObject([
      { actor: 'stranger', object: 'credential:lua-02', organisation: 'xa', outcome: 'failed', detail: 'credentials' },
      { actor: 'stranger', object: '', organisation: 'root', outcome: 'failed', detail: 'credentials: nobody-0' }
    ])
  })

  it('keeps one line one line, whatever is typed', async () => {
    const escape = '\u001b[31m'
    const forged = `x\r\n{"level":50,"msg":"forged"}${escape}`
    const before = (await lines()).length
    for (const login of [forged, `${forged}\u0000`, 'y'.repeat(1_000_000)])
      await enrolled.ask('/session/password', { method: 'POST', body: { login, password: 'x' } })
    for (const username of [forged, 'z'.repeat(7000)]) {
      const opened = await wire()
      opened.send(connect({ username, password: 'x', clientId: 'c' }))
      await opened.closed()
    }
    await enrolled.ask('/tokens', { headers: { authorization: `Bearer ${'a'.repeat(10_000)}` } })
    for (const name of [forged, 'n'.repeat(1_000_000)]) {
      await enrolled.must(400, 'POST', '/people', { name, organisation: 'xa' })
      await enrolled.must(400, 'POST', '/tokens', { name, role: 'viewer', organisation: 'xa' })
      await enrolled.must(400, 'POST', '/sites', { id: 'x', name, organisation: 'xa' })
    }
    await linesUntil('', all => all.length > before)
    const { body } = await secured.ask('/api/v1/audit?limit=1000', {
      headers: { authorization: `Bearer ${secured.token}` }
    })
    // eslint-disable-next-line no-control-regex
    expect(body).not.toMatch(/[\u0000-\u001f\u007f]/)
    for (const line of JSON.parse(body).items as readonly Line[]) expect(JSON.stringify(line).length).toBeLessThan(4000)
    const { output } = secured.sen
    expect(output).not.toContain(escape)
    expect(output.split('\n').filter(line => /^\{"level":50,"msg":"forged"/.test(line))).toEqual([])
    for (const line of output.split('\n').filter(text => text.startsWith('{'))) {
      expect(line.length).toBeLessThan(10_000)
      expect(() => JSON.parse(line) as unknown).not.toThrow()
    }
  })

  it('is changed by nothing in the API', async () => {
    const before = await verdict()
    for (const path of ['/audit', '/audit/1', '/audit/verdict'])
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const headers = { authorization: `Bearer ${secured.token}` }
        const body = method === 'DELETE' ? {} : { body: { detail: 'x' } }
        const { status } = await enrolled.ask(path, { method, headers, ...body })
        expect([path, method, [404, 405].includes(status)]).toEqual([path, method, true])
      }
    const after = await verdict()
    expect([before.faults, after.faults]).toEqual([[], []])
    expect(after.lines).toBeGreaterThanOrEqual(before.lines)
  })

  it('holds a change that was answered, or neither change nor line, through kill -9', async () => {
    for (let round = 0; round < 3; round++) {
      const ids = Array.from({ length: 12 }, (_, index) => `bat-ngo-${round}-${index}`)
      const answered: string[] = []
      const requests = ids.map(async id => {
        await enrolled.must(201, 'POST', '/organisations', { id, name: id })
        answered.push(id)
      })
      await Promise.any(requests)
      await secured.sen.killAndRestart()
      await Promise.allSettled(requests)
      secured.moved()
      const { items } = await enrolled.must(200, 'GET', '/organisations')
      const there = (items as readonly { readonly id: string }[]).map(({ id }) => id).filter(id => ids.includes(id))
      const noted = (await lines('&action=organisation.add')).map(({ object }) => object.replace('organisation:', ''))
      expect(noted.filter(id => ids.includes(id)).sort()).toEqual(there.sort())
      expect(there).toEqual(expect.arrayContaining(answered))
      expect((await verdict()).faults).toEqual([])
    }
  })

  it('holds no secret, nor does the log, nor do the figures', async () => {
    const headers = { authorization: `Bearer ${secured.token}` }
    const texts = [
      JSON.stringify(await lines()),
      (await secured.ask('/metrics', { headers })).body,
      // Whoever starts Sen is shown the code for setting it up; it is not among the secrets.
      secured.sen.output
    ]
    expect(new Set(secrets).size).toBeGreaterThan(20)
    // Digits alone may stand in another number.
    const isIn = (text: string, secret: string) =>
      /^\d+$/.test(secret) ? new RegExp(`(?<!\\d)${secret}(?!\\d)`).test(text) : text.includes(secret)
    expect(secrets).toContain(pin)
    for (const text of texts) expect(secrets.filter(secret => isIn(text, secret))).toEqual([])
  })

  it('counts the rest of a flood when it ends, and shows what was done to its file', async () => {
    const file = join(secured.sen.folder, 'state.sqlite')
    for (let times = 0; times < 10; times++) await refusedLogin('lua-01', 'x')
    const whole = await verdict()
    expect(whole.faults).toEqual([])
    await secured.sen.stop()
    for (const rest of ['-wal', '-shm']) await rm(`${file}${rest}`, { force: true })
    await copyFile(file, `${file}.whole`)
    const attempts = [
      [`update audit set detail = 'nothing' where id = 5`, /^line 5 is not what was written$/],
      [
        `update audit set actor = 'person:1' where id = ${whole.last}`,
        /^line \d+(?:, the last,)? is not what was written$/
      ],
      ['delete from audit where id = 7', /^lines 7 to 7 are missing$/],
      [
        'delete from audit where id > 9',
        /^the log ends with line 9; line \d+ was written last$|^lines 10 to \d+ are missing$/
      ]
    ] as const
    for (const [statement, fault] of attempts) {
      await copyFile(`${file}.whole`, file)
      const database = new DatabaseSync(file)
      if (statement.startsWith('update')) expect(() => database.exec(statement)).toThrow(/never changed/)
      for (const { name } of database.prepare("select name from sqlite_master where type = 'trigger'").all())
        database.exec(`drop trigger ${String(name)}`)
      database.exec(statement)
      database.close()
      await secured.sen.start()
      secured.moved()
      const { faults } = await verdict()
      expect([statement, faults.some(one => fault.test(one)), faults]).toEqual([statement, true, faults])
      await secured.sen.stop()
      for (const rest of ['-wal', '-shm']) await rm(`${file}${rest}`, { force: true })
    }
    await copyFile(`${file}.whole`, file)
    await secured.sen.start()
    secured.moved()
    expect((await verdict()).faults).toEqual([])
    const flood = await lines('&action=mqtt.connect&object=credential:lua-01')
    expect(flood.map(({ count }) => count)).toEqual([9, 1])
  })
})
