import { webcrypto } from 'node:crypto'
import QRCode from 'qrcode'
import { fixtureAudit } from './fixture-audit.ts'
import { FixtureConnections } from './fixture-connections.ts'
import { FixtureRules } from './fixture-rules.ts'
import { FixturePasskeys } from './fixture-passkeys.ts'
import { fixtureOrganisations, fixturePeople, type FixturePerson } from './fixture-people.ts'
import { actionNames, actionsOf, roleNames } from './fixture-roles.ts'

/** What the fixture answers: a status, a body, and the cookie it sets or takes away. */
export interface FixtureAnswer {
  readonly status: number
  readonly body?: unknown
  readonly cookie?: string | null
  readonly retryAfterS?: number
}

/** A request as the fixture saw it, for tests to look at. */
export interface FixtureCall {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  readonly isBackground: boolean
  readonly cookie: string | undefined
}

interface FixtureSession {
  readonly person: FixturePerson | undefined
  readonly via: string
  readonly device?: string
}

interface FixtureDevice {
  readonly key: JsonWebKey
  readonly person: FixturePerson | undefined
  readonly pin: string | undefined
  challenge?: string
}

export interface FixtureAccessProps {
  readonly people?: number
  /** Nobody is there yet; the set-up code is `SETUP-1234`. */
  readonly isNew?: boolean
  readonly idleAfterS?: number
}

/** The password of every account of the fixture. */
export const fixturePassword = 'Mat-khau-dung-1'
/** The code that every authenticator of the fixture shows. */
export const fixtureCode = '123456'
/** The one-time code of every invitation, and its link's secret. */
export const fixtureInvitation = { secret: 'INVITE-SECRET', code: '48151623', phone: '0912345678' }
/** The code that a screen shows. */
export const fixturePairingCode = 'K7M4TQ'

const done: FixtureAnswer = { status: 204 }
const refused = (status: number, code: string, detail: string, more: object = {}): FixtureAnswer => ({
  status,
  body: { type: `urn:sen:error:${code}`, title: 'Refused', status, code, detail, ...more }
})

/**
 * The part of the HTTP API about people and their rights, in memory. Signatures of phones and passkeys are truly checked.
 * Accounts: `quan.tri` (administrator, second factor), `xem` (viewer), `kiem.tra` (auditor).
 */
export class FixtureAccess {
  readonly calls: FixtureCall[] = []
  readonly people: FixturePerson[]
  readonly devices = new Map<string, FixtureDevice>()
  readonly tokens: Record<string, unknown>[] = []
  readonly #connections = new FixtureConnections()
  readonly #rules = new FixtureRules()
  /** What the person of the session must still do. */
  step = 'none'
  wants: 'phone' | 'console' = 'phone'
  pairing: { key: JsonWebKey; state: string; device?: string } | undefined
  /** From where pages are opened; passkeys belong to it. */
  origin = ''
  readonly #props: FixtureAccessProps
  readonly #sessions = new Map<string, FixtureSession>()
  readonly #passkeys = new FixturePasskeys()
  readonly #displays: { id: string; name: string; organisation: string }[] = []
  readonly #roles: object[] = Object.keys(actionsOf).map(id => ({
    id,
    name: roleNames[id],
    actions: actionsOf[id],
    isBuiltIn: true
  }))
  #isNew: boolean
  #hasTotp = new Set<string>()
  #serial = 0

  constructor(props: FixtureAccessProps = {}) {
    this.#props = props
    this.#isNew = props.isNew === true
    this.people = fixturePeople(props.people ?? 40)
    this.#account('quan.tri', 'Nguyễn Thị Quản Trị', 'administrator')
    this.#account('xem', 'Trần Văn Xem', 'viewer')
    this.#account('kiem.tra', 'Lê Kiểm Tra', 'auditor')
    this.#hasTotp.add('account-quan.tri')
  }

  /** Ends every session, as idling or a restart does. */
  endSessions(): void {
    this.#sessions.clear()
  }

  /** Whether the cookie's session may read the live data. */
  isSignedIn(cookie: string | undefined): boolean {
    return cookie !== undefined && this.#sessions.has(cookie) && this.step === 'none'
  }

  async answer(call: FixtureCall): Promise<FixtureAnswer> {
    this.calls.push(call)
    const open = await this.#openDoor(call)
    if (open) return open
    const session = call.cookie === undefined ? undefined : this.#sessions.get(call.cookie)
    if (!session) return refused(401, 'SEN_UNAUTHENTICATED', 'identify caller: no valid session')
    return (await this.#inside(call, session)) ?? refused(404, 'SEN_NOT_FOUND', `find ${call.path}: there is none`)
  }

  /** What needs no session. */
  async #openDoor({ method, path, body, cookie }: FixtureCall): Promise<FixtureAnswer | undefined> {
    switch (`${method} ${path}`) {
      case 'GET setup':
        return { status: 200, body: { needed: this.#isNew } }
      case 'POST setup':
        return this.#setUp(body)
      case 'DELETE session':
        if (cookie !== undefined) this.#sessions.delete(cookie)
        return { ...done, cookie: null }
      case 'POST session/password':
        return this.#byPassword(body)
      case 'POST session/passkey/options':
        return { status: 200, body: await this.#passkeys.askForOne() }
      case 'POST session/passkey':
        return this.#byPasskey(body)
      case 'POST session/device/challenge':
        return this.#challenge(String(body['device']))
      case 'POST session/device':
        return this.#byDevice(body)
      case 'POST enrolment/open':
        return this.#openInvitation(body)
      case 'POST enrolment/phone':
        return this.#enrolPhone(body)
      case 'POST enrolment/console':
        return this.#enter(
          this.people.find(({ id }) => id === 'person-2'),
          'password',
          201
        )
      case 'POST displays/pairings':
        this.pairing = { key: jwkOf(body['publicKey']), state: 'waiting' }
        return {
          status: 201,
          body: { pairing: 'pairing-1', code: fixturePairingCode, expiresAt: soon(10) }
        }
      case 'GET displays/pairings/pairing-1':
        return { status: 200, body: { state: this.pairing?.state, device: this.pairing?.device ?? null } }
    }
    return undefined
  }

  async #inside(call: FixtureCall, session: FixtureSession): Promise<FixtureAnswer | undefined> {
    const { method, path, body } = call
    const { person } = session
    if (path === 'session' && method === 'GET') return { status: 200, body: this.#sessionBody(session) }
    if (path === 'organisations') return { status: 200, body: { items: fixtureOrganisations, cursor: null } }
    if (path === 'audit') return this.#audit(call)
    if (path === 'roles' && method === 'GET') {
      const actions = Object.entries(actionNames).map(([id, name]) => ({ id, ...name }))
      return { status: 200, body: { items: this.#roles, actions } }
    }
    if (path === 'roles') {
      this.#roles.push({ ...body, isBuiltIn: false })
      return { status: 201, body }
    }
    if (path.startsWith('account') && person) return this.#account_(call, person)
    if (path.startsWith('people')) return this.#people(call)
    if (path.startsWith('tokens')) return this.#tokens(call)
    if (path.startsWith('displays')) return this.#displays_(call)
    if (path.startsWith('connectors') || path === 'ingest/offenders') return this.#connections.answer(call)
    if (path === 'rules' || path.startsWith('rules/')) return this.#rules.answer(call)
    return undefined
  }

  #account(login: string, name: string, role: string): void {
    this.people.push({
      id: `account-${login}`,
      name,
      login,
      phone: null,
      email: `${login}@nghean.gov.vn`,
      kind: role === 'administrator' ? 'administrator' : 'operational',
      organisation: 'root',
      state: 'active',
      isLocked: false,
      lastSeenAt: new Date().toISOString(),
      grants: [{ role, organisation: 'root' }],
      hasSecondFactor: role === 'administrator',
      devices: []
    })
  }

  #enter(person: FixturePerson | undefined, via: string, status = 200, device?: string): FixtureAnswer {
    const cookie = `session-${++this.#serial}`
    const session = { person, via, ...(device === undefined ? {} : { device }) }
    this.#sessions.set(cookie, session)
    return { status, cookie, body: this.#sessionBody(session) }
  }

  #sessionBody({ person, via, device }: FixtureSession): Record<string, unknown> {
    const grants = (person?.grants ?? [{ role: 'viewer', organisation: 'ubnd-kim-lien' }]).map(grant => ({
      ...grant,
      organisationName: nameOf(grant.organisation)
    }))
    const organisation = person?.organisation ?? 'ubnd-kim-lien'
    return {
      actor: {
        id: person?.id ?? device,
        name: person?.name ?? 'Sảnh UBND',
        kind: person ? 'person' : 'display',
        organisation,
        organisationName: nameOf(organisation),
        grants,
        actions: grants.flatMap(({ role }) => actionsOf[role] ?? [])
      },
      step: this.step,
      via,
      idleAfterS: person ? (this.#props.idleAfterS ?? 300) : null,
      device: device ?? null
    }
  }

  #setUp(body: Readonly<Record<string, unknown>>): FixtureAnswer {
    if (body['code'] !== 'SETUP-1234') return refused(401, 'SEN_UNAUTHENTICATED', 'set up: the code is not right')
    this.#isNew = false
    this.#account(String(body['login']), String(body['name']), 'administrator')
    return this.#enter(this.people.at(-1), 'password', 201)
  }

  #byPassword(body: Readonly<Record<string, unknown>>): FixtureAnswer {
    const person = this.people.find(({ login }) => login !== null && login === body['login'])
    if (body['login'] === 'khoa') {
      return {
        ...refused(429, 'SEN_TRIES', 'sign in: too many wrong tries'),
        retryAfterS: 12 * 3_600
      }
    }
    if (!person || body['password'] !== fixturePassword)
      return refused(401, 'SEN_UNAUTHENTICATED', 'sign in: wrong name or password')
    if (this.#hasTotp.has(person.id) && body['code'] !== fixtureCode)
      return refused(401, 'SEN_SECOND_FACTOR', 'sign in: the code is missing or wrong')
    return this.#enter(person, 'password')
  }

  async #byPasskey(body: Readonly<Record<string, unknown>>): Promise<FixtureAnswer> {
    const person = await this.#passkeys.personOf(body, this.origin)
    return person ? this.#enter(person, 'passkey') : refused(401, 'SEN_UNAUTHENTICATED', 'sign in: unknown passkey')
  }

  #challenge(id: string): FixtureAnswer {
    const device = this.devices.get(id)
    if (!device) return refused(401, 'SEN_DEVICE_UNKNOWN', `find device ${id}: there is none`)
    device.challenge = Buffer.from(webcrypto.getRandomValues(new Uint8Array(32))).toString('base64url')
    return { status: 200, body: { challenge: device.challenge } }
  }

  async #byDevice(body: Readonly<Record<string, unknown>>): Promise<FixtureAnswer> {
    const id = String(body['device'])
    const device = this.devices.get(id)
    if (!device) return refused(401, 'SEN_DEVICE_UNKNOWN', `find device ${id}: there is none`)
    const said = new TextEncoder().encode(`sen-device-v1:${id}:${device.challenge}`)
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const key = await webcrypto.subtle.importKey('jwk', device.key, algorithm, false, ['verify'])
    const signature = Buffer.from(String(body['signature']), 'base64url')
    if (!(await webcrypto.subtle.verify(algorithm, key, signature, said)))
      return refused(401, 'SEN_UNAUTHENTICATED', 'sign in: the signature is not right')
    if (device.pin !== undefined && device.pin !== body['pin'])
      return refused(401, 'SEN_UNAUTHENTICATED', 'sign in: wrong PIN, 4 tries left', { triesLeft: 4 })
    return this.#enter(device.person, 'device', 200, id)
  }

  #openInvitation(body: Readonly<Record<string, unknown>>): FixtureAnswer {
    const { secret, code, phone } = fixtureInvitation
    const isKnown = body['secret'] === secret || body['phone'] === phone
    if (!isKnown || body['code'] !== code)
      return refused(401, 'SEN_UNAUTHENTICATED', 'open invitation: wrong or used', { triesLeft: 4 })
    const person = { name: 'Vi Thị Lan', organisationName: 'UBND xã Kim Liên' }
    const consent = {
      version: '2026-11',
      vi: 'Sen lưu họ tên, số điện thoại và đơn vị của bạn để biết ai làm gì.\nDữ liệu ở trong tỉnh và không bán cho ai.',
      en: 'Sen keeps your name, phone number and organisation to know who does what.\nThe data stays in the province and is not sold.'
    }
    return { status: 200, body: { ticket: 'ticket-1', person, wants: this.wants, consent } }
  }

  #enrolPhone(body: Readonly<Record<string, unknown>>): FixtureAnswer {
    const person = this.people.find(({ id }) => id === 'person-2')
    const id = `phone-${++this.#serial}`
    this.devices.set(id, { key: jwkOf(body['publicKey']), person, pin: String(body['pin']) })
    person?.devices.push({
      id,
      name: String(body['deviceName']),
      kind: 'phone',
      createdAt: new Date().toISOString(),
      lastUsedAt: null
    })
    if (person) person.state = 'active'
    return this.#enter(person, 'device', 201, id)
  }

  async #account_({ method, path, body }: FixtureCall, person: FixturePerson): Promise<FixtureAnswer | undefined> {
    switch (`${method} ${path}`) {
      case 'GET account':
        return {
          status: 200,
          body: {
            ...person,
            hasPassword: person.login !== null,
            passwordExpiresAt: person.login === null ? null : soon(60 * 24 * 40),
            secondFactors: {
              totp: this.#hasTotp.has(person.id),
              recoveryCodesLeft: 8,
              passkeys: this.#passkeys.of(person)
            },
            sessions: [
              {
                id: 's1',
                via: 'password',
                address: '10.0.0.7',
                createdAt: new Date().toISOString(),
                lastSeenAt: new Date().toISOString(),
                isThis: true
              }
            ]
          }
        }
      case 'POST account/password':
        if (body['current'] !== fixturePassword) return refused(401, 'SEN_UNAUTHENTICATED', 'wrong password')
        this.step = 'none'
        return done
      case 'POST account/totp': {
        const uri = 'otpauth://totp/Sen:quan.tri?secret=JBSWY3DPEHPK3PXP&issuer=Sen'
        return { status: 200, body: { secret: 'JBSW Y3DP EHPK 3PXP', uri, qr: await qrOf(uri) } }
      }
      case 'POST account/totp/confirm':
        if (body['code'] !== fixtureCode) return refused(401, 'SEN_SECOND_FACTOR', 'confirm: wrong code')
        this.#hasTotp.add(person.id)
        this.step = 'none'
        return { status: 200, body: { recoveryCodes: ['k3m9-x7qd', 'p2v8-r4tn', 'w6z1-h5jc', 'b8f4-n2ys'] } }
      case 'POST account/passkeys/options':
        return { status: 200, body: await this.#passkeys.askForNew(person) }
      case 'POST account/passkeys':
        if (await this.#passkeys.add(person, body, this.origin)) return { status: 201, body: { id: 'passkey' } }
        return refused(400, 'SEN_INPUT_INVALID', 'add passkey: not verified')
    }
    if (method === 'DELETE') return done
    return undefined
  }

  async #people({ method, path, query, body }: FixtureCall): Promise<FixtureAnswer | undefined> {
    const [, id, part] = path.split('/')
    if (id === undefined && method === 'GET') return { status: 200, body: this.#peopleSlice(query) }
    if (id === undefined) {
      const added = { ...fixturePeople(1)[0]!, ...body, id: `person-${this.people.length}`, state: 'invited' as const }
      this.people.unshift({ ...added, isLocked: false, lastSeenAt: null, devices: [] })
      return { status: 201, body: { person: { id: added.id }, invitation: await invitation(this.origin) } }
    }
    const person = this.people.find(one => one.id === id)
    if (!person) return undefined
    if (method === 'GET') return { status: 200, body: personBody(person) }
    if (part === 'invitations') return { status: 201, body: await invitation(this.origin) }
    if (part === 'unlock') person.isLocked = false
    else if (part === 'grants') person.grants = body['grants'] as FixturePerson['grants']
    else if (method === 'PATCH') Object.assign(person, body)
    return done
  }

  #peopleSlice(query: URLSearchParams): unknown {
    const words = fold(query.get('query') ?? '')
    const [organisation, state] = [query.get('organisation'), query.get('state')]
    const found = this.people.filter(
      person =>
        (organisation === null || person.organisation === organisation) &&
        (state === null || person.state === state) &&
        fold([person.name, person.login, person.phone].join(' ')).includes(words)
    )
    const from = Number(query.get('cursor') ?? 0)
    const limit = Number(query.get('limit') ?? 50)
    const items = found.slice(from, from + limit)
    return {
      items: items.map(person => ({ ...personBody(person), devices: person.devices.length })),
      cursor: from + limit < found.length ? String(from + limit) : null,
      total: found.length
    }
  }

  #tokens({ method, path, body }: FixtureCall): FixtureAnswer | undefined {
    const [, id, part] = path.split('/')
    if (method === 'GET') return { status: 200, body: { items: this.tokens, cursor: null } }
    const token = `sen_${Buffer.from(webcrypto.getRandomValues(new Uint8Array(24))).toString('base64url')}`
    if (part === 'rotate') return { status: 200, body: { token, previousUntil: soon(60 * 24) } }
    if (method === 'DELETE') {
      this.tokens.splice(
        this.tokens.findIndex(one => one['id'] === id),
        1
      )
      return done
    }
    const fresh = { isSandbox: false, ...body, id: `token-${++this.#serial}` }
    const expiresAt = body['expiresInDays'] === undefined ? null : soon(60 * 24 * Number(body['expiresInDays']))
    this.tokens.push({ ...fresh, createdAt: new Date().toISOString(), expiresAt, lastUsedAt: null })
    return { status: 201, body: { id: fresh.id, token } }
  }

  #displays_({ method, path, body }: FixtureCall): FixtureAnswer | undefined {
    const [, id] = path.split('/')
    if (method === 'GET') {
      const items = this.#displays.map(one => ({
        ...one,
        organisationName: nameOf(one.organisation),
        createdAt: new Date().toISOString(),
        lastUsedAt: null
      }))
      return { status: 200, body: { items } }
    }
    if (method === 'DELETE') {
      this.devices.delete(String(id))
      this.#displays.splice(
        this.#displays.findIndex(one => one.id === id),
        1
      )
      return done
    }
    if (body['code'] !== fixturePairingCode || !this.pairing)
      return refused(404, 'SEN_NOT_FOUND', 'pair display: no display shows this code')
    const device = `display-${++this.#serial}`
    this.devices.set(device, { key: this.pairing.key, person: undefined, pin: undefined })
    this.pairing = { ...this.pairing, state: 'approved', device }
    this.#displays.push({ id: device, name: String(body['name']), organisation: String(body['organisation']) })
    return { status: 201, body: { id: device } }
  }

  #audit({ query }: FixtureCall): FixtureAnswer {
    const from = Number(query.get('cursor') ?? 0)
    const limit = Number(query.get('limit') ?? 100)
    const all = fixtureAudit.filter(
      entry =>
        entry.action.includes(query.get('action') ?? '') && (query.get('outcome') ?? entry.outcome) === entry.outcome
    )
    const cursor = from + limit < all.length ? String(from + limit) : null
    return { status: 200, body: { items: all.slice(from, from + limit), cursor } }
  }
}

const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()
const nameOf = (id: string): string => fixtureOrganisations.find(one => one.id === id)?.name ?? id
const qrOf = (text: string): Promise<string> => QRCode.toString(text, { type: 'svg', margin: 1 })
const personBody = (person: FixturePerson): object => ({
  ...person,
  organisationName: nameOf(person.organisation),
  grants: person.grants.map(grant => ({ ...grant, organisationName: nameOf(grant.organisation) }))
})

async function invitation(origin: string): Promise<object> {
  const url = `${origin}/#/enrol?k=${fixtureInvitation.secret}`
  return { url, qr: await qrOf(url), code: fixtureInvitation.code, expiresAt: soon(60 * 24 * 3) }
}

function fold(words: string): string {
  return words
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/đ/gi, 'd')
    .toLowerCase()
}

function jwkOf(value: unknown): JsonWebKey {
  if (typeof value !== 'object' || value === null || !('kty' in value)) throw new Error('fixture: no public key')
  return value as JsonWebKey
}
