import { beforeEach, describe, expect, it } from 'vitest'
import { TestPhone, managerWith, startedAccess } from '../access.fixture.ts'
import type { AccessFixture } from '../access.fixture.ts'
import type { Access } from '../access.ts'
import { codeOf } from './authenticator.fixture.ts'
import { consent } from './consent.ts'
import type { Opened } from './sessions.ts'
import type { Caller } from './sign-in.ts'

const from = (address: string, browser?: string): Caller => ({ address, browser })
const password = 'Đồng lúa xanh 2026!'
let fixture: AccessFixture
let access: Access

beforeEach(async () => {
  fixture = await startedAccess()
  access = fixture.access
})

/** A person with login and password, by invitation. @returns its id. */
async function enrolled(login: string, role = 'viewer', organisation = 'xa'): Promise<number> {
  const person = {
    name: `Người ${login}`,
    phone: undefined,
    email: undefined,
    kind: 'operational',
    organisation
  } as const
  const manager = managerWith(access, ['administrator', 'root'])
  const invited = { wants: 'console', baseUrl: 'https://sen.test' } as const
  const { account, invitation } = await access.people.add(
    { ...person, grants: [{ role, organisation }] },
    invited,
    manager
  )
  const secret = invitation.url.split('k=')[1] ?? ''
  const { ticket } = await access.enrolment.open({ secret }, invitation.code, '10.0.0.2')
  await access.enrolment.enrolConsole(ticket, { login, password, consent: consent.version }, '10.0.0.2')
  return account.id
}

const tryPassword = (login: string, typed: string, caller: Caller = from('10.0.0.3')) =>
  access.signIn.byPassword({ login, password: typed }, caller)
const codeOfError = async (work: Promise<unknown>) => {
  const error = (await work.then(
    () => undefined,
    (cause: unknown) => cause
  )) as { code: string; retryAfterS?: number } | undefined
  return error?.code
}
/** Tries again and again, waiting as long as is asked for, until the door closes for longer than an hour. */
async function triesUntilLocked(login: string, caller: Caller): Promise<number> {
  for (let wrong = 0; ; wrong++) {
    const error = (await tryPassword(login, 'wrong', caller).catch((cause: unknown) => cause)) as {
      code: string
      retryAfterS: number
    }
    if (error.code === 'SEN_TRIES' && error.retryAfterS > 3600) return wrong
    if (error.code === 'SEN_TRIES') {
      fixture.clock.at += error.retryAfterS * 1000
      wrong--
    }
  }
}

describe('the first start', () => {
  const first = { name: 'Trần Văn Sen', login: 'quantri', password: 'lotus-2026' }

  it('makes one administrator, with the code that was shown, and asks for a second factor before anything else', async () => {
    const { setup, signIn } = access
    expect(setup.code).toMatch(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/)
    expect(await codeOfError(setup.firstAdministrator({ ...first, code: '0000-0000-0000-0000' }, from('::1')))).toBe(
      'SEN_UNAUTHENTICATED'
    )
    const opened = await setup.firstAdministrator({ ...first, code: ` ${setup.code?.toLowerCase()} ` }, from('::1'))
    expect(opened.session.holder.step).toBe('second-factor')
    expect([setup.isNeeded, setup.code]).toEqual([false, undefined])
    expect(await codeOfError(setup.firstAdministrator({ ...first, code: '' }, from('::1')))).toBe('SEN_NOT_FOUND')
    const again = await signIn.byPassword(first, from('::1'))
    expect(again.session.holder.step).toBe('second-factor')
    expect(await fixture.audited()).toContain('person.add person:1 done')
  })

  it.each(['short', 'quantri-quantri', 'password1', '11111111'])('refuses %s as its password', async bad => {
    const given = { ...first, password: bad, code: access.setup.code ?? '' }
    expect(await codeOfError(access.setup.firstAdministrator(given, from('::1')))).toBe('SEN_INPUT_INVALID')
    expect(access.setup.isNeeded).toBe(true)
  })
})

describe('a password', () => {
  it('opens a session; a wrong one and a wrong name are answered alike', async () => {
    await enrolled('lan')
    const opened = await tryPassword('lan', password)
    expect(opened.actor).toMatchObject({ kind: 'person', organisation: 'xa' })
    expect(access.sessions.book.identify(opened.secret, true)).toBeDefined()
    const errors = await Promise.all(
      [tryPassword('lan', 'wrong'), tryPassword('nobody', 'wrong')].map(work => work.catch((cause: unknown) => cause))
    )
    expect(errors[0]).toEqual(errors[1])
    expect(errors[0]).toMatchObject({ code: 'SEN_UNAUTHENTICATED' })
  })

  it('is the same however a keyboard composes its letters', async () => {
    await enrolled('lan')
    await expect(tryPassword('lan', password.normalize('NFD'))).resolves.toBeDefined()
  })

  it('closes at the fifth wrong try for 12 hours, also of a name that nobody has', async () => {
    await enrolled('lan')
    expect(await triesUntilLocked('lan', from('10.0.0.4'))).toBe(5)
    expect(await triesUntilLocked('nobody', from('10.0.0.5'))).toBe(5)
    expect(await codeOfError(tryPassword('lan', password))).toBe('SEN_TRIES')
    fixture.clock.at += 12 * 3_600_000 + 1
    await expect(tryPassword('lan', password)).resolves.toBeDefined()
    expect(await fixture.audited()).toContain('person.lock person:1 done')
  })

  it('stays open in a browser in which its person has been in, and nobody is signed out', async () => {
    await enrolled('lan')
    const opened = await tryPassword('lan', password)
    await triesUntilLocked('lan', from('10.0.0.4'))
    expect(access.sessions.book.identify(opened.secret, true)).toBeDefined()
    const known = from('10.0.0.3', opened.newBrowser)
    await expect(tryPassword('lan', password, known)).resolves.toMatchObject({ newBrowser: undefined })
    expect(await codeOfError(tryPassword('lan', password, from('10.0.0.3', 'forged')))).toBe('SEN_TRIES')
  })

  it('is opened again by another administrator, not by oneself, with a reason in the audit log', async () => {
    const id = await enrolled('lan')
    await triesUntilLocked('lan', from('10.0.0.4'))
    const manager = managerWith(access, ['administrator', 'root'])
    const itself = { ...manager, actor: { ...manager.actor, id: `person:${id}` } }
    expect(await codeOfError(access.people.unlock(id, 'mất điện thoại', itself))).toBe('SEN_FORBIDDEN')
    await access.people.unlock(id, 'quên mật khẩu, đã gặp trực tiếp', manager)
    await expect(tryPassword('lan', password)).resolves.toBeDefined()
    expect(await codeOfError(access.people.unlock(id, 'again', manager))).toBe('SEN_CONFLICT')
    expect(await fixture.audited()).toContain(`person.unlock person:${id} done`)
  })

  it('is closed after a restart too', async () => {
    await enrolled('lan')
    await triesUntilLocked('lan', from('10.0.0.4'))
    const { peopleStore } = access
    expect((await peopleStore.locks()).map(({ login }) => login)).toEqual(['lan'])
  })

  it('slows down an address that guesses at many names', async () => {
    const codes: (string | undefined)[] = []
    for (let i = 0; i < 25; i++) codes.push(await codeOfError(tryPassword(`name-${i}`, 'wrong', from('10.0.0.9'))))
    expect(codes.slice(0, 20)).toEqual(Array(20).fill('SEN_UNAUTHENTICATED'))
    expect(codes.at(-1)).toBe('SEN_TRIES')
    expect(await codeOfError(tryPassword('other', 'wrong', from('10.0.0.10')))).toBe('SEN_UNAUTHENTICATED')
    fixture.clock.at += 3_600_000
    expect(await codeOfError(tryPassword('other', 'wrong', from('10.0.0.9')))).toBe('SEN_UNAUTHENTICATED')
  })

  it('alone must be long and mixed; the last ten are not taken again', async () => {
    await enrolled('lan')
    const { session } = await tryPassword('lan', password)
    const author = { id: 'person:1', name: '', address: '' }
    const change = (next: string) => access.ownAccount.changePassword(session, { current: password, next }, author)
    for (const bad of ['Short-1', 'chỉ có chữ thường thôi', 'Khongcodauhieu1234', password])
      expect(await codeOfError(change(bad))).toBe('SEN_INPUT_INVALID')
    expect(
      await codeOfError(
        access.ownAccount.changePassword(session, { current: 'x', next: 'Sông Lam xanh 2027!' }, author)
      )
    ).toBe('SEN_UNAUTHENTICATED')
    const elsewhere = await tryPassword('lan', password)
    await change('Sông Lam xanh 2027!')
    expect(access.sessions.book.identify(elsewhere.secret, true)).toBeUndefined()
    expect(await codeOfError(tryPassword('lan', password))).toBe('SEN_UNAUTHENTICATED')
  })

  it('of who may manage has to be changed after 60 days', async () => {
    await enrolled('sep', 'administrator', 'root')
    const secret = await withAuthenticator((await tryPassword('sep', password)).session)
    fixture.clock.at += 60 * 86_400_000
    const opened = await access.signIn.byPassword(
      { login: 'sep', password, code: await codeOf(secret, 1) },
      from('10.0.0.3')
    )
    expect(opened.session.holder.step).toBe('change-password')
  })
})

/** Adds an authenticator. @returns its secret. */
async function withAuthenticator(session: Opened['session']): Promise<string> {
  const { secret } = await access.ownAccount.beginTotp(session)
  await access.ownAccount.confirmTotp(session, await codeOf(secret), { id: 'person:1', name: '', address: '' })
  return secret
}

describe('a second factor', () => {
  it('is asked for once there is one; a code is good once, a recovery code too', async () => {
    await enrolled('sep', 'administrator', 'root')
    const { session } = await tryPassword('sep', password)
    const { secret } = await access.ownAccount.beginTotp(session)
    const author = { id: 'person:1', name: '', address: '' }
    expect(await codeOfError(access.ownAccount.confirmTotp(session, '000000', author))).toBe('SEN_UNAUTHENTICATED')
    const [recovery = ''] = await access.ownAccount.confirmTotp(session, await codeOf(secret), author)
    expect(access.sessions.book.list(() => true).find(({ hash }) => hash === session.hash)?.holder.step).toBe('none')

    expect(await codeOfError(tryPassword('sep', password))).toBe('SEN_SECOND_FACTOR')
    const withCode = (code: string) => access.signIn.byPassword({ login: 'sep', password, code }, from('10.0.0.3'))
    // The code that confirmed the authenticator was used then.
    expect(await codeOfError(withCode(await codeOf(secret)))).toBe('SEN_SECOND_FACTOR')
    await expect(withCode(await codeOf(secret, 1))).resolves.toMatchObject({ session: { holder: { step: 'none' } } })
    await expect(withCode(recovery.toLowerCase().replace('-', ' '))).resolves.toBeDefined()
    fixture.clock.at += 60_000
    expect(await codeOfError(withCode(recovery))).toBe('SEN_SECOND_FACTOR')
  })

  it('that is a passkey alone closes the way by password alone', async () => {
    const id = await enrolled('lan')
    const facts = { publicKey: 'pk', counter: 0, transports: [], name: 'Vân tay', device: undefined, createdAt: 1 }
    const line = { author: { id: 'local', name: '', address: '' }, action: 'x', object: '', organisation: 'root' }
    await access.peopleStore.addPasskey(
      { id: 'k', person: id, ...facts, lastUsedAt: undefined },
      { ...line, at: 1, outcome: 'done', detail: '', count: 1 }
    )
    expect(await codeOfError(tryPassword('lan', password))).toBe('SEN_SECOND_FACTOR')
  })

  it('is added soon after signing in only: an open desk is not somebody else’s for good', async () => {
    await enrolled('lan')
    const { session } = await tryPassword('lan', password)
    fixture.clock.at += 600_001
    expect(await codeOfError(access.ownAccount.beginTotp(session))).toBe('SEN_FORBIDDEN')
    expect(await codeOfError(access.ownAccount.beginPasskey(session, { origin: 'https://sen.test' }))).toBe(
      'SEN_FORBIDDEN'
    )
  })

  it('is not stood in for by an invitation to choose a new password', async () => {
    const id = await enrolled('sep', 'administrator', 'root')
    await withAuthenticator((await tryPassword('sep', password)).session)
    const invited = { wants: 'console', baseUrl: '' } as const
    const { url, code } = await access.people.invite(id, invited, managerWith(access, ['administrator', 'root']))
    const { ticket } = await access.enrolment.open({ secret: url.split('k=')[1] ?? '' }, code, '')
    const given = { login: 'sep', password: 'Sông Lam xanh 2027!', consent: consent.version }
    expect(await codeOfError(access.enrolment.enrolConsole(ticket, given, ''))).toBe('SEN_SECOND_FACTOR')
    expect(await codeOfError(tryPassword('sep', given.password))).toBe('SEN_SECOND_FACTOR')
  })

  it('is kept sealed', async () => {
    await enrolled('sep', 'administrator', 'root')
    const secret = await withAuthenticator((await tryPassword('sep', password)).session)
    const account = await access.peopleStore.accountByLogin('sep')
    expect(account?.totpSecret).toMatch(/^sealed:1:/)
    expect(account?.totpSecret).not.toContain(secret)
  })
})

describe('an enrolled phone', () => {
  async function invited(phone = '+84912345678') {
    const person = { name: 'Bác Năm', phone, email: undefined, kind: 'operational', organisation: 'htx' } as const
    const manager = managerWith(access, ['administrator', 'xa'])
    const grants = [{ role: 'farmer', organisation: 'htx' }]
    return access.people.add({ ...person, grants }, { wants: 'phone', baseUrl: 'https://sen.test' }, manager)
  }
  async function enrolledPhone() {
    const { invitation, account } = await invited()
    const phone = new TestPhone()
    const { ticket } = await access.enrolment.open({ phone: '+84912345678' }, invitation.code, '10.0.0.7')
    const given = { publicKey: phone.publicKey, deviceName: 'Điện thoại', pin: '402817', consent: consent.version }
    const opened = await access.enrolment.enrolPhone(ticket, given, '10.0.0.7')
    return { phone, opened, account, ticket, device: opened.session.device ?? '' }
  }
  const unlock = (phone: TestPhone, device: string, pin?: string) => {
    const challenge = access.signIn.challenge(device)
    const proof = { device, challenge, signature: phone.sign(device, challenge) }
    return access.signIn.byDevice(proof, pin, from('10.0.0.7'))
  }

  it('is enrolled by phone number and code, without mail address or password; the consent is kept', async () => {
    const { opened, account } = await enrolledPhone()
    expect(opened.actor).toMatchObject({ id: `person:${account.id}`, organisation: 'htx' })
    expect(await access.peopleStore.account(account.id)).toMatchObject({
      state: 'active',
      consentVersion: consent.version,
      passwordHash: undefined
    })
  })

  it('opens sessions by its key and PIN, each challenge once', async () => {
    const { phone, device } = await enrolledPhone()
    await expect(unlock(phone, device, '402817')).resolves.toBeDefined()
    const challenge = access.signIn.challenge(device)
    const proof = { device, challenge, signature: phone.sign(device, challenge) }
    await access.signIn.byDevice(proof, '402817', from('10.0.0.7'))
    expect(await codeOfError(access.signIn.byDevice(proof, '402817', from('10.0.0.7')))).toBe('SEN_DEVICE_UNKNOWN')
    expect(await codeOfError(unlock(new TestPhone(), device, '402817'))).toBe('SEN_DEVICE_UNKNOWN')
    expect(await codeOfError(unlock(phone, device))).toBe('SEN_UNAUTHENTICATED')
  })

  it('is forgotten after five wrong PINs, with its sessions', async () => {
    const { phone, device, opened } = await enrolledPhone()
    for (let i = 0; i < 4; i++) expect(await codeOfError(unlock(phone, device, '999999'))).toBe('SEN_UNAUTHENTICATED')
    expect(access.sessions.book.identify(opened.secret, true)).toBeDefined()
    expect(await codeOfError(unlock(phone, device, '999999'))).toBe('SEN_DEVICE_UNKNOWN')
    expect(await codeOfError(unlock(phone, device, '402817'))).toBe('SEN_DEVICE_UNKNOWN')
    expect(access.sessions.book.identify(opened.secret, true)).toBeUndefined()
  })

  it('counts PINs that are tried all at once', async () => {
    const { phone, device } = await enrolledPhone()
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOfError(unlock(phone, device, '999999'))))
    expect(codes.filter(code => code === 'SEN_UNAUTHENTICATED').length).toBeLessThanOrEqual(4)
    expect(await codeOfError(unlock(phone, device, '402817'))).toBe('SEN_DEVICE_UNKNOWN')
  })

  it.each(['replaced', 'ended by closing the account'])(
    'is not enrolled by an opened invitation that was %s',
    async how => {
      const { invitation, account } = await invited()
      const { ticket } = await access.enrolment.open({ phone: '+84912345678' }, invitation.code, '')
      const manager = managerWith(access, ['administrator', 'xa'])
      if (how === 'replaced') await access.people.invite(account.id, { wants: 'phone', baseUrl: '' }, manager)
      else await access.people.change(account.id, { state: 'disabled' }, manager)
      const given = { publicKey: new TestPhone().publicKey, deviceName: 'x', pin: '402817', consent: consent.version }
      expect(await codeOfError(access.enrolment.enrolPhone(ticket, given, ''))).toBe('SEN_UNAUTHENTICATED')
      expect((await access.peopleStore.account(account.id))?.state).not.toBe('active')
    }
  )

  it('is not enrolled with a PIN that everybody tries, nor without the present consent, nor twice', async () => {
    const { invitation } = await invited()
    const { ticket } = await access.enrolment.open({ phone: '+84912345678' }, invitation.code, '10.0.0.7')
    const given = { publicKey: new TestPhone().publicKey, deviceName: 'x', pin: '402817', consent: consent.version }
    for (const pin of ['111111', '123456', '987654', '890123'])
      expect(await codeOfError(access.enrolment.enrolPhone(ticket, { ...given, pin }, ''))).toBe('SEN_INPUT_INVALID')
    expect(await codeOfError(access.enrolment.enrolPhone(ticket, { ...given, consent: 'old' }, ''))).toBe(
      'SEN_INPUT_INVALID'
    )
    await access.enrolment.enrolPhone(ticket, given, '')
    expect(await codeOfError(access.enrolment.enrolPhone(ticket, given, ''))).toBe('SEN_UNAUTHENTICATED')
    expect(await codeOfError(access.enrolment.open({ phone: '+84912345678' }, invitation.code, ''))).toBe(
      'SEN_UNAUTHENTICATED'
    )
  })

  it('cannot be enrolled by guessing: five wrong codes end the invitation, and a week does', async () => {
    const { invitation } = await invited()
    const key = { phone: '+84912345678' }
    for (let i = 0; i < 5; i++)
      expect(await codeOfError(access.enrolment.open(key, '00000000', `10.0.1.${i}`))).toBe('SEN_UNAUTHENTICATED')
    expect(await codeOfError(access.enrolment.open(key, invitation.code, '10.0.1.9'))).toBe('SEN_UNAUTHENTICATED')
    const { invitation: late } = await invited('+84900000001')
    fixture.clock.at += 7 * 86_400_000
    expect(await codeOfError(access.enrolment.open({ phone: '+84900000001' }, late.code, ''))).toBe(
      'SEN_UNAUTHENTICATED'
    )
  })

  it('loses its sessions when its person’s account is closed', async () => {
    const { opened, account, phone, device } = await enrolledPhone()
    await access.people.change(account.id, { state: 'disabled' }, managerWith(access, ['administrator', 'xa']))
    expect(access.sessions.book.identify(opened.secret, true)).toBeUndefined()
    expect(await codeOfError(unlock(phone, device, '402817'))).toBe('SEN_DEVICE_UNKNOWN')
  })
})

describe('a wall display', () => {
  it('is let in by the code that it shows, sees its subtree, asks for no PIN, and is sent away', async () => {
    const screen = new TestPhone()
    const { displays, signIn, sessions } = access
    const author = { id: 'local', name: '', address: '' }
    const { pairing, code } = displays.begin(screen.publicKey)
    expect(displays.state(pairing)).toEqual({ state: 'waiting', device: undefined })
    const given = { name: 'Màn hình', organisation: 'xa' }
    expect(await codeOfError(displays.approve({ ...given, code: 'XXXX-XXXX' }, author))).toBe('SEN_NOT_FOUND')
    const device = await displays.approve({ ...given, code: code.toLowerCase() }, author)
    expect(displays.state(pairing)).toEqual({ state: 'approved', device: device.id })
    expect(await codeOfError(displays.approve({ ...given, code }, author))).toBe('SEN_NOT_FOUND')
    const challenge = signIn.challenge(device.id)
    const proof = { device: device.id, challenge, signature: screen.sign(device.id, challenge) }
    const opened = await signIn.byDevice(proof, undefined, from('10.0.0.8'))
    expect(opened.actor).toMatchObject({ kind: 'display', grants: [{ role: { id: 'viewer' }, organisation: 'xa' }] })
    await displays.remove(device, author)
    expect(sessions.book.identify(opened.secret, false)).toBeUndefined()
  })

  it('that nobody lets in waits ten minutes', () => {
    const { pairing } = access.displays.begin(new TestPhone().publicKey)
    fixture.clock.at += 600_001
    expect(access.displays.state(pairing).state).toBe('expired')
  })
})

describe('accounts that nobody uses', () => {
  it('are closed after 45 days, and not before', async () => {
    const id = await enrolled('lan')
    fixture.clock.at += 45 * 86_400_000 - 1
    expect(await access.people.closeUnused({ id: 'system', name: '', address: '' })).toBe(0)
    fixture.clock.at += 2
    expect(await access.people.closeUnused({ id: 'system', name: '', address: '' })).toBe(1)
    expect((await access.peopleStore.account(id))?.state).toBe('disabled')
    expect(await codeOfError(tryPassword('lan', password))).toBe('SEN_UNAUTHENTICATED')
  })
})

describe('managing people', () => {
  const person = { name: 'X', phone: undefined, email: undefined, kind: 'operational' } as const
  const invited = { wants: 'phone', baseUrl: '' } as const
  const add = (organisation: string, grants: readonly { role: string; organisation: string }[], as: string) =>
    access.people.add({ ...person, organisation, grants }, invited, managerWith(access, ['administrator', as]))

  it.each([
    ['another organisation', 'so', [], 'SEN_NOT_FOUND'],
    ['one above', 'root', [], 'SEN_NOT_FOUND'],
    ['a role elsewhere', 'xa', [{ role: 'viewer', organisation: 'so' }], 'SEN_NOT_FOUND'],
    ['a role above', 'xa', [{ role: 'viewer', organisation: 'root' }], 'SEN_NOT_FOUND'],
    ['a role that is none', 'xa', [{ role: 'king', organisation: 'xa' }], 'SEN_NOT_FOUND']
  ])('of a subtree gives nobody %s', async (_, organisation, grants, code) => {
    expect(await codeOfError(add(organisation, grants, 'xa'))).toBe(code)
  })

  it('gives no right that the manager lacks', async () => {
    access.roles.put({ id: 'clerk', name: { vi: 'x', en: 'x' }, actions: ['manage-people', 'read'] })
    const clerk = managerWith(access, ['clerk', 'xa'])
    const as = (role: string) =>
      access.people.add({ ...person, organisation: 'xa', grants: [{ role, organisation: 'xa' }] }, invited, clerk)
    expect(await codeOfError(as('administrator'))).toBe('SEN_FORBIDDEN')
    expect(await codeOfError(as('viewer'))).toBe('SEN_FORBIDDEN')
    await expect(as('clerk')).resolves.toBeDefined()
  })

  it('lays hands on nobody whose rights reach further', async () => {
    const { account } = await add('xa', [{ role: 'viewer', organisation: 'root' }], 'root')
    const local = managerWith(access, ['administrator', 'xa'])
    expect(await codeOfError(access.people.change(account.id, { name: 'Y' }, local))).toBe('SEN_FORBIDDEN')
    expect(await codeOfError(access.people.invite(account.id, invited, local))).toBe('SEN_FORBIDDEN')
    const { account: other } = await add('so', [], 'root')
    expect(await codeOfError(access.people.change(other.id, { name: 'Y' }, local))).toBe('SEN_NOT_FOUND')
  })

  it('changes what open sessions may do at once', async () => {
    const id = await enrolled('lan', 'operator')
    const { secret } = await tryPassword('lan', password)
    await access.people.setGrants(
      id,
      [{ role: 'viewer', organisation: 'htx' }],
      managerWith(access, ['administrator', 'root'])
    )
    expect(access.sessions.book.identify(secret, true)?.actor.grants).toMatchObject([
      { role: { id: 'viewer' }, organisation: 'htx' }
    ])
  })
})
