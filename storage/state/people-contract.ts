import { describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../model/audit.ts'
import type { NewPerson, PeopleStore } from './people-store.ts'

/** A line of the audit log. */
const line = (action: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  at: 1000,
  author: { id: 'local', name: 'local', address: '' },
  action,
  object: '',
  organisation: 'root',
  outcome: 'done',
  detail: '',
  count: 1,
  ...more
})

const lan: NewPerson = {
  name: 'Nguyễn Thị Lan Đào',
  login: 'lan',
  phone: '+84912345678',
  email: undefined,
  kind: 'operational',
  organisation: 'xa',
  state: 'active',
  grants: [
    { role: 'farmer', organisation: 'xa' },
    { role: 'viewer', organisation: 'root' }
  ]
}

/** What every store of people and the audit log must do. @param store - the one that runs now. @param reopen - restarts it. */
export function peopleContract(store: () => PeopleStore, reopen: () => Promise<void>): void {
  const add = (more: Partial<NewPerson> = {}): Promise<number> =>
    store().addPerson({ ...lan, ...more }, 5, line('person.add'))

  describe('people', () => {
    test('are found by id, login and phone, with their grants, after a restart too', async () => {
      const id = await add()
      await reopen()
      for (const found of [
        await store().account(id),
        await store().accountByLogin('lan'),
        await store().accountByPhone('+84912345678')
      ])
        expect(found).toMatchObject({
          ...lan,
          id,
          createdAt: 5,
          lastSeenAt: undefined,
          passwordHash: undefined,
          passkeys: 0
        })
      expect(await store().account(id + 1)).toBeUndefined()
      expect(await store().accountByLogin('LAN')).toBeUndefined()
    })

    test.each([{ login: 'lan', phone: undefined }, { login: 'other' }])(
      'have login and phone to themselves, and a person that is refused leaves no line: %o',
      async taken => {
        await add()
        await expect(add(taken)).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
        const other = await add({ login: 'binh', phone: '+84987654321' })
        await expect(store().changePerson(other, { login: 'lan' }, line('person.change'))).rejects.toMatchObject({
          code: 'SEN_CONFLICT'
        })
        expect((await store().auditRecords({ limit: 9 })).map(({ action }) => action)).toEqual([
          'person.add',
          'person.add'
        ])
      }
    )

    test('change in what is given, empty what is null, and keep the rest', async () => {
      const id = await add()
      await store().changePerson(id, { name: 'Lan', phone: null, state: 'disabled' }, line('person.change'))
      expect(await store().account(id)).toMatchObject({
        name: 'Lan',
        login: 'lan',
        phone: undefined,
        state: 'disabled'
      })
      await store().setGrants(id, [{ role: 'viewer', organisation: 'xa' }], line('person.grant'))
      expect((await store().account(id))?.grants).toEqual([{ role: 'viewer', organisation: 'xa' }])
      await expect(store().setGrants(99, [], line('person.grant'))).rejects.toMatchObject({ code: 'SEN_NOT_FOUND' })
    })

    test('are listed in pages, found without accents, and only where the asker may look', async () => {
      const ids: number[] = []
      for (let i = 0; i < 5; i++)
        ids.push(await add({ login: `lan${i}`, phone: undefined, organisation: i < 3 ? 'xa' : 'so' }))
      const page = await store().people({ query: 'lan dao', organisations: ['xa'], limit: 2 })
      expect([page.items.map(({ id }) => id), page.total]).toEqual([ids.slice(0, 2), 3])
      const next = await store().people({ query: 'LAN ĐÀO', organisations: ['xa'], limit: 2, after: ids[1] })
      expect(next.items.map(({ id }) => id)).toEqual([ids[2]])
      expect((await store().people({ query: '100%', limit: 9 })).total).toBe(0)
      expect((await store().people({ organisations: [], limit: 9 })).total).toBe(0)
      expect((await store().people({ state: 'invited', limit: 9 })).total).toBe(0)
    })

    test('that have not been seen since then are idle', async () => {
      const [never, seen] = [await add(), await add({ login: 'b', phone: undefined })]
      await store().changePerson(seen, { lastSeenAt: 100 })
      expect(await store().idlePeople(50)).toEqual([never])
      expect(await store().idlePeople(101)).toEqual([never, seen])
    })
  })

  describe('what lets people in', () => {
    test('passwords: the newest counts, and as many as asked for are remembered', async () => {
      const id = await add()
      for (let i = 1; i <= 4; i++) await store().setPassword(id, `hash ${i}`, i, 3, line('person.password'))
      expect(await store().account(id)).toMatchObject({ passwordHash: 'hash 4', passwordChangedAt: 4 })
      expect(await store().passwordHistory(id)).toEqual(['hash 4', 'hash 3', 'hash 2'])
    })

    test('one-time codes: of two at once with one step only one is taken, and none of an earlier step', async () => {
      const id = await add()
      const taken = await Promise.all([store().takeTotpStep(id, 7), store().takeTotpStep(id, 7)])
      expect(taken.toSorted()).toEqual([false, true])
      expect([await store().takeTotpStep(id, 6), await store().takeTotpStep(id, 8)]).toEqual([false, true])
    })

    test('recovery codes: each is good once, and new ones end the others', async () => {
      const id = await add()
      await store().setRecoveryCodes(id, ['a', 'b'], line('codes'))
      expect([await store().useRecoveryCode(id, 'a'), await store().useRecoveryCode(id, 'a')]).toEqual([true, false])
      expect((await store().account(id))?.recoveryCodesLeft).toBe(1)
      await store().setRecoveryCodes(id, ['c'], line('codes'))
      expect([await store().useRecoveryCode(id, 'b'), await store().useRecoveryCode(id + 1, 'c')]).toEqual([
        false,
        false
      ])
    })

    test('devices end with their sessions and passkeys, and those with the person’s rights only', async () => {
      const id = await add()
      const device = {
        id: 'd',
        kind: 'phone',
        person: id,
        organisation: undefined,
        name: 'Điện thoại',
        publicKey: '{}',
        pinHash: 'pin',
        wrongPins: 0,
        createdAt: 1,
        lastUsedAt: undefined
      } as const
      await store().addDevice(device, line('phone.add'))
      await store().addPasskey({ ...passkey(id), device: 'd' }, line('passkey.add'))
      await store().addSession(session('s', id, 'd'))
      expect(await Promise.all([store().tryPin('d'), store().tryPin('d'), store().tryPin('d')])).toEqual([1, 2, 3])
      expect(await store().device('d')).toMatchObject({ wrongPins: 3 })
      await store().useDevice('d', 7)
      expect(await store().device('d')).toEqual({ ...device, lastUsedAt: 7 })
      expect(await store().removePasskey(id + 1, 'k', line('passkey.remove'))).toBe(false)
      expect([await store().removeDevice('d', line('x')), await store().removeDevice('d', line('x'))]).toEqual([
        true,
        false
      ])
      expect([await store().sessions(), await store().passkeys(id), await store().devices({ person: id })]).toEqual([
        [],
        [],
        []
      ])
    })

    test('passkeys are found by their id and count up', async () => {
      const id = await add()
      await store().addPasskey(passkey(id), line('passkey.add'))
      await store().usePasskey('k', 9, 3)
      expect(await store().passkey('k')).toEqual({ ...passkey(id), counter: 9, lastUsedAt: 3 })
      expect(await store().account(id)).toMatchObject({ passkeys: 1 })
    })

    test('an invitation ends the one before, counts wrong codes, and is good once', async () => {
      const id = await add()
      const invitation = { person: id, wants: 'phone', codeHash: 'c', salt: 's', createdAt: 1, expiresAt: 2 } as const
      await store().invite({ ...invitation, secretHash: 'one' }, line('person.invite'))
      const second = await store().invite({ ...invitation, secretHash: 'two' }, line('person.invite'))
      expect(await store().invitationBySecret('one')).toBeUndefined()
      expect(await store().tryInvitation(second)).toBe(1)
      expect(await store().invitationOf(id)).toMatchObject({ id: second, wrongCodes: 1, secretHash: 'two' })
      expect([await store().useInvitation(second), await store().useInvitation(second)]).toEqual([true, false])
    })

    test('an invitation ends when rights change or the account is closed', async () => {
      const id = await add()
      const invitation = { person: id, wants: 'phone', codeHash: 'c', salt: 's', createdAt: 1, expiresAt: 2 } as const
      await store().invite({ ...invitation, secretHash: 'one' }, line('person.invite'))
      await store().setGrants(id, [], line('person.grant'))
      expect(await store().invitationOf(id)).toBeUndefined()
      await store().invite({ ...invitation, secretHash: 'two' }, line('person.invite'))
      await store().changePerson(id, { state: 'disabled' }, line('person.change'))
      expect(await store().invitationOf(id)).toBeUndefined()
    })

    test('sessions outlive a restart, and end with their token', async () => {
      const id = await add()
      await store().addSession(session('a', id))
      await store().addSession(session('b', id), line('session.open'))
      await store().touchSessions([{ hash: 'a', at: 50 }])
      await reopen()
      expect((await store().sessions()).map(({ hash, lastSeenAt }) => [hash, lastSeenAt])).toEqual([
        ['a', 50],
        ['b', 1]
      ])
      await store().removeSessions(['a'], line('session.end'))
      expect((await store().sessions()).map(({ hash }) => hash)).toEqual(['b'])
    })

    test('known browsers, locks and roles are kept until they are taken back', async () => {
      const id = await add()
      await store().addBrowser('h', id, 1)
      expect([await store().browser('h'), await store().browser('x')]).toEqual([id, undefined])
      await store().removeBrowser('h')
      expect(await store().browser('h')).toBeUndefined()
      await store().lock({ login: 'lan', until: 5 }, line('person.lock'))
      await store().lock({ login: 'lan', until: 9 }, line('person.lock'))
      expect(await store().locks()).toEqual([{ login: 'lan', until: 9 }])
      expect([await store().unlock('lan', line('u')), await store().unlock('lan', line('u'))]).toEqual([true, false])
      const role = { id: 'gate', name: { vi: 'Cống', en: 'Gate' }, actions: ['command'] }
      await store().putRole(role, line('role.add'))
      await store().setGrants(id, [{ role: 'gate', organisation: 'xa' }], line('person.grant'))
      await expect(store().removeRole('gate', line('role.remove'))).rejects.toMatchObject({ code: 'SEN_CONFLICT' })
      await store().setGrants(id, [], line('person.grant'))
      await store().removeRole('gate', line('role.remove'))
      expect(await store().roles()).toEqual([])
    })
  })

  describe('the audit log', () => {
    test('numbers its lines without gaps, newest first, and finds them by what they say', async () => {
      await store().audit([line('device.add', { object: 'device:a', organisation: 'xa' }), line('device.change')])
      await store().audit([
        line('devices.other', { at: 2000, outcome: 'denied', before: { a: 1 }, after: null, count: 3 })
      ])
      const ids = async (query: object) => (await store().auditRecords({ limit: 9, ...query })).map(({ id }) => id)
      expect(await ids({})).toEqual([3, 2, 1])
      expect(await ids({ action: 'device' })).toEqual([2, 1])
      expect(await ids({ object: 'device:a' })).toEqual([1])
      expect(await ids({ outcome: 'denied' })).toEqual([3])
      expect(await ids({ from: 1500 })).toEqual([3])
      expect(await ids({ to: 1500, before: 2 })).toEqual([1])
      expect(await ids({ organisations: ['xa'] })).toEqual([1])
      expect(await ids({ actor: 'person:9' })).toEqual([])
      expect((await store().auditRecords({ limit: 1 }))[0]).toEqual({
        ...line('devices.other', { at: 2000, outcome: 'denied', before: { a: 1 }, after: null, count: 3 }),
        id: 3
      })
    })

    test('is whole after restarts and after its beginning was trimmed', async () => {
      for (let at = 1; at <= 20; at++) await store().audit([line('x', { at })])
      await reopen()
      expect(await store().trimAudit(6)).toBe(5)
      expect(await store().trimAudit(6)).toBe(0)
      await store().audit([line('y')])
      expect(await store().verifyAudit()).toEqual({ lines: 16, first: 6, last: 21, faults: [] })
      expect(await store().trimAudit(1e9)).toBe(16)
      expect(await store().verifyAudit()).toEqual({ lines: 0, first: 22, last: 21, faults: [] })
    })
  })
}

const passkey = (person: number) =>
  ({
    id: 'k',
    person,
    publicKey: 'pk',
    counter: 0,
    transports: ['internal'],
    name: 'Vân tay',
    device: undefined,
    createdAt: 1,
    lastUsedAt: undefined
  }) as const

const session = (hash: string, person: number, device?: string) =>
  ({
    hash,
    person,
    device,
    token: undefined,
    via: 'password',
    address: '127.0.0.1',
    createdAt: 1,
    lastSeenAt: 1,
    expiresAt: 100
  }) as const
