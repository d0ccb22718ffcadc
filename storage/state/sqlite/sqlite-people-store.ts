import type { AuditEntry, AuditQuery, AuditRecord, AuditVerdict } from '../../../model/audit.ts'
import type { Grant } from '../../../model/person.ts'
import * as auditLog from '../audit-log.ts'
import * as people from '../people.ts'
import type {
  Account,
  AccountChange,
  CustomRole,
  EnrolledDevice,
  Invitation,
  LoginLock,
  NewPerson,
  Passkey,
  PeoplePage,
  PeopleQuery,
  PeopleStore,
  SessionRow
} from '../people-store.ts'
import * as sessions from '../sessions.ts'
import * as waysIn from '../ways-in.ts'
import type { StateWork } from './state-work.ts'

/** People in the database of a `SqliteStateStore`, which opens and closes it (see `PeopleStore`). */
export class SqlitePeopleStore implements PeopleStore {
  readonly #work: StateWork
  readonly #auditKey: Uint8Array

  constructor(work: StateWork, auditKey: Uint8Array) {
    this.#work = work
    this.#auditKey = auditKey
  }

  addPerson(person: NewPerson, at: number, audit: AuditEntry): Promise<number> {
    return this.#work.write('add person', async trx => {
      const id = await people.insertPerson(trx, person, at)
      // The line is written before the id is known to whoever asks.
      await auditLog.addAudit(trx, [{ ...audit, object: `person:${id}` }], this.#auditKey)
      return id
    })
  }

  changePerson(id: number, change: AccountChange, audit?: AuditEntry): Promise<void> {
    return this.#work.write('change person', async trx => {
      await people.updatePerson(trx, id, change)
      if (change.state === 'disabled') await trx.deleteFrom('invitation').where('person', '=', id).execute()
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  setGrants(id: number, grants: readonly Grant[], audit: AuditEntry): Promise<void> {
    return this.#work.write('set grants', async trx => {
      await people.replaceGrants(trx, id, grants)
      await trx.deleteFrom('invitation').where('person', '=', id).execute()
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  account(id: number): Promise<Account | undefined> {
    return this.#work.read('read person', db => people.accountBy(db, { id }))
  }

  accountByLogin(login: string): Promise<Account | undefined> {
    return this.#work.read('read person', db => people.accountBy(db, { login }))
  }

  accountByPhone(phone: string): Promise<Account | undefined> {
    return this.#work.read('read person', db => people.accountBy(db, { phone }))
  }

  people(query: PeopleQuery): Promise<PeoplePage> {
    return this.#work.read('list people', db => people.peoplePage(db, query))
  }

  countPeople(): Promise<number> {
    return this.#work.read('count people', people.countPeople)
  }

  idlePeople(since: number): Promise<readonly number[]> {
    return this.#work.read('list idle people', db => people.idlePeople(db, since))
  }

  setPassword(id: number, hash: string, at: number, history: number, audit: AuditEntry): Promise<void> {
    return this.#work.write('set password', async trx => {
      await waysIn.replacePassword(trx, id, { hash, at, history })
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  passwordHistory(id: number): Promise<readonly string[]> {
    return this.#work.read('read password history', db => waysIn.passwordHistory(db, id))
  }

  setRecoveryCodes(id: number, hashes: readonly string[], audit: AuditEntry): Promise<void> {
    return this.#work.write('set recovery codes', async trx => {
      await waysIn.replaceRecoveryCodes(trx, id, hashes)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  useRecoveryCode(id: number, hash: string): Promise<boolean> {
    return this.#work.read('use recovery code', db => waysIn.takeRecoveryCode(db, id, hash))
  }

  addPasskey(passkey: Passkey, audit: AuditEntry): Promise<void> {
    return this.#work.write('add passkey', async trx => {
      await waysIn.insertPasskey(trx, passkey)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  async passkey(id: string): Promise<Passkey | undefined> {
    return (await this.#work.read('read passkey', db => waysIn.passkeysBy(db, { id })))[0]
  }

  passkeys(person: number): Promise<readonly Passkey[]> {
    return this.#work.read('list passkeys', db => waysIn.passkeysBy(db, { person }))
  }

  async usePasskey(id: string, counter: number, at: number): Promise<void> {
    await this.#work.read('use passkey', db =>
      db.updateTable('passkey').set({ counter, last_used_at: at }).where('id', '=', id).execute()
    )
  }

  removePasskey(person: number, id: string, audit: AuditEntry): Promise<boolean> {
    return this.#work.write('remove passkey', async trx => {
      const { numDeletedRows } = await trx
        .deleteFrom('passkey')
        .where('id', '=', id)
        .where('person', '=', person)
        .executeTakeFirstOrThrow()
      if (numDeletedRows > 0n) await auditLog.addAudit(trx, [audit], this.#auditKey)
      return numDeletedRows > 0n
    })
  }

  addDevice(device: EnrolledDevice, audit: AuditEntry): Promise<void> {
    return this.#work.write('add device', async trx => {
      await waysIn.insertDevice(trx, device)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  async device(id: string): Promise<EnrolledDevice | undefined> {
    return (await this.#work.read('read device', db => waysIn.devicesBy(db, { id })))[0]
  }

  devices(whose: { readonly person: number } | { readonly kind: 'display' }): Promise<readonly EnrolledDevice[]> {
    return this.#work.read('list devices', db => waysIn.devicesBy(db, whose))
  }

  async useDevice(id: string, at: number): Promise<void> {
    await this.#work.read('use device', db =>
      db.updateTable('enrolled_device').set({ last_used_at: at, wrong_pins: 0 }).where('id', '=', id).execute()
    )
  }

  async tryPin(id: string): Promise<number> {
    const row = await this.#work.read('try PIN', db =>
      db
        .updateTable('enrolled_device')
        .set(({ eb }) => ({ wrong_pins: eb('wrong_pins', '+', 1) }))
        .where('id', '=', id)
        .returning('wrong_pins')
        .executeTakeFirst()
    )
    return row?.wrong_pins ?? Number.POSITIVE_INFINITY
  }

  async takeTotpStep(id: number, step: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#work.read('take one-time code', db =>
      db
        .updateTable('person')
        .set({ totp_step: step })
        .where('id', '=', id)
        .where('totp_step', '<', step)
        .executeTakeFirstOrThrow()
    )
    return numUpdatedRows > 0n
  }

  async removeBrowsers(person: number): Promise<void> {
    await this.#work.read('remove browsers', db =>
      db.deleteFrom('known_browser').where('person', '=', person).execute()
    )
  }

  removeDevice(id: string, audit: AuditEntry): Promise<boolean> {
    return this.#work.write('remove device', async trx => {
      const { numDeletedRows } = await trx.deleteFrom('enrolled_device').where('id', '=', id).executeTakeFirstOrThrow()
      if (numDeletedRows > 0n) await auditLog.addAudit(trx, [audit], this.#auditKey)
      return numDeletedRows > 0n
    })
  }

  async addBrowser(hash: string, person: number, at: number): Promise<void> {
    await this.#work.read('add browser', db =>
      db.insertInto('known_browser').values({ hash, person, created_at: at }).execute()
    )
  }

  async browser(hash: string): Promise<number | undefined> {
    const row = await this.#work.read('read browser', db =>
      db.selectFrom('known_browser').select('person').where('hash', '=', hash).executeTakeFirst()
    )
    return row?.person
  }

  async removeBrowser(hash: string): Promise<void> {
    await this.#work.read('remove browser', db => db.deleteFrom('known_browser').where('hash', '=', hash).execute())
  }

  invite(invitation: Omit<Invitation, 'id' | 'wrongCodes'>, audit: AuditEntry): Promise<number> {
    return this.#work.write('invite person', async trx => {
      const id = await waysIn.insertInvitation(trx, invitation)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
      return id
    })
  }

  invitationBySecret(secretHash: string): Promise<Invitation | undefined> {
    return this.#work.read('read invitation', db => waysIn.invitationBy(db, { secret_hash: secretHash }))
  }

  invitationOf(person: number): Promise<Invitation | undefined> {
    return this.#work.read('read invitation', db => waysIn.invitationBy(db, { person }))
  }

  async tryInvitation(id: number): Promise<number> {
    const row = await this.#work.read('try invitation', db =>
      db
        .updateTable('invitation')
        .set(({ eb }) => ({ wrong_codes: eb('wrong_codes', '+', 1) }))
        .where('id', '=', id)
        .returning('wrong_codes')
        .executeTakeFirst()
    )
    return row?.wrong_codes ?? 0
  }

  async useInvitation(id: number): Promise<boolean> {
    const { numDeletedRows } = await this.#work.read('use invitation', db =>
      db.deleteFrom('invitation').where('id', '=', id).executeTakeFirstOrThrow()
    )
    return numDeletedRows > 0n
  }

  sessions(): Promise<readonly SessionRow[]> {
    return this.#work.read('list sessions', sessions.allSessions)
  }

  addSession(session: SessionRow, audit?: AuditEntry): Promise<void> {
    return this.#work.write('add session', async trx => {
      await sessions.insertSession(trx, session)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  touchSessions(seen: readonly { readonly hash: string; readonly at: number }[]): Promise<void> {
    return this.#work.write('touch sessions', trx => sessions.touchSessions(trx, seen))
  }

  removeSessions(hashes: readonly string[], audit?: AuditEntry): Promise<void> {
    return this.#work.write('remove sessions', async trx => {
      await sessions.deleteSessions(trx, hashes)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  locks(): Promise<readonly LoginLock[]> {
    return this.#work.read('list locks', db => db.selectFrom('login_lock').selectAll().execute())
  }

  lock(lock: LoginLock, audit: AuditEntry): Promise<void> {
    return this.#work.write('lock login', async trx => {
      await trx
        .insertInto('login_lock')
        .values(lock)
        .onConflict(conflict => conflict.column('login').doUpdateSet({ until: lock.until }))
        .execute()
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  unlock(login: string, audit: AuditEntry): Promise<boolean> {
    return this.#work.write('unlock login', async trx => {
      const { numDeletedRows } = await trx.deleteFrom('login_lock').where('login', '=', login).executeTakeFirstOrThrow()
      if (numDeletedRows > 0n) await auditLog.addAudit(trx, [audit], this.#auditKey)
      return numDeletedRows > 0n
    })
  }

  roles(): Promise<readonly CustomRole[]> {
    return this.#work.read('list roles', sessions.customRoles)
  }

  putRole(role: CustomRole, audit: AuditEntry): Promise<void> {
    return this.#work.write('put role', async trx => {
      await sessions.upsertRole(trx, role)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  removeRole(id: string, audit: AuditEntry): Promise<void> {
    return this.#work.write('remove role', async trx => {
      await sessions.deleteRole(trx, id)
      await auditLog.addAudit(trx, [audit], this.#auditKey)
    })
  }

  audit(entries: readonly AuditEntry[]): Promise<void> {
    return this.#work.write('write audit log', trx => auditLog.addAudit(trx, entries, this.#auditKey))
  }

  auditRecords(query: AuditQuery): Promise<readonly AuditRecord[]> {
    return this.#work.read('read audit log', db => auditLog.auditRecords(db, query))
  }

  verifyAudit(): Promise<AuditVerdict> {
    return this.#work.read('verify audit log', db => auditLog.verifyAudit(db, this.#auditKey))
  }

  trimAudit(before: number): Promise<number> {
    return this.#work.write('trim audit log', trx => auditLog.trimAudit(trx, before, this.#auditKey))
  }
}
