import { toString as qrText } from 'qrcode'
import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import type { AuditEntry, Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Account, PeopleStore } from '../../storage/state/people-store.ts'
import { isManager } from './session-book.ts'
import type { Session } from './session-book.ts'
import type { KeyFile } from './key-file.ts'
import { boundedMemory } from './bounded-memory.ts'
import type { Passkeys, Site } from './passkeys.ts'
import { isPassword, passwordHash, passwordProblem } from './passwords.ts'
import type { RoleBook } from './roles.ts'
import type { Sessions } from './sessions.ts'
import { newAuthenticator, newRecoveryCodes, recoveryHash, stepOfCode } from './totp.ts'

export interface OwnAccountProps {
  readonly store: PeopleStore
  readonly sessions: Sessions
  readonly roles: RoleBook
  readonly passkeys: Passkeys
  readonly keys: KeyFile
  readonly clock: Clock
}

/** A password that was used this often ago may be used again (TCVN 14423:2026, 5.6.2.2 b). */
const passwordHistory = 10
const mostPasskeys = 20
const ticketLifeMs = 600_000
const mostWaiting = 5000
const freshMs = 600_000

/** What people do with their own account: passwords, second factors, devices, sessions. */
export class OwnAccount {
  readonly #props: OwnAccountProps
  /** Secrets of authenticators that are shown and not confirmed yet, by person. */
  readonly #unconfirmed

  constructor(props: OwnAccountProps) {
    this.#props = props
    const { clock } = props
    this.#unconfirmed = boundedMemory<number, string>({ clock, lifeMs: ticketLifeMs, most: mostWaiting })
  }

  /** @throws SenError `SEN_NOT_FOUND` for who has no account (programs, displays). */
  async account(session: Session): Promise<Account> {
    const account = session.person === undefined ? undefined : await this.#props.store.account(session.person)
    if (!account) throw new SenError('SEN_NOT_FOUND', 'read account: this session has none')
    return account
  }

  /** @throws SenError `SEN_UNAUTHENTICATED` if `current` is wrong, `SEN_INPUT_INVALID` if `next` may not be used. */
  async changePassword(
    session: Session,
    { current, next }: { readonly current: string; readonly next: string },
    author: Author
  ): Promise<void> {
    const account = await this.account(session)
    if (!(await isPassword(current, account.passwordHash)))
      throw new SenError('SEN_UNAUTHENTICATED', 'change password: the current one is wrong')
    await this.setPassword(account, next, author)
    // Who had learned the old one is out.
    const { id: person } = account
    await this.#props.sessions.end(
      one => one.person === person && one.hash !== session.hash && one.device === undefined,
      author,
      'the password was changed'
    )
    await this.#props.store.removeBrowsers(person)
    await this.#props.sessions.refresh(person, author)
  }

  /** @throws SenError `SEN_INPUT_INVALID` with the rule that the password breaks. */
  async setPassword(account: Account, password: string, author: Author): Promise<void> {
    const { store, clock } = this.#props
    await this.demandPassword(account, password)
    const hash = await passwordHash(password)
    const entry = this.#line(account, 'person.password', author, 'a new password')
    await store.setPassword(account.id, hash, clock.now(), passwordHistory, entry)
  }

  /** @throws SenError `SEN_INPUT_INVALID` with the rule that the password breaks. */
  async demandPassword(account: Account, password: string): Promise<void> {
    const { store } = this.#props
    const problem = passwordProblem(password, {
      // Who may manage cannot do without one: it is asked for before anything else.
      hasSecondFactor: hasSecondFactor(account) || this.#mustHaveSecondFactor(account),
      login: account.login ?? '',
      name: account.name
    })
    if (problem !== undefined) throw new SenError('SEN_INPUT_INVALID', `set password: it ${problem}`)
    for (const earlier of await store.passwordHistory(account.id)) {
      if (await isPassword(password, earlier)) {
        throw new SenError('SEN_INPUT_INVALID', `set password: it is one of the last ${passwordHistory}`)
      }
    }
  }

  /** Shows a new authenticator; it counts once a code of it was typed. */
  async beginTotp(session: Session): Promise<{ readonly secret: string; readonly uri: string; readonly qr: string }> {
    this.#demandFresh(session)
    const account = await this.account(session)
    const { secret, uri } = newAuthenticator(account.login ?? account.name)
    this.#unconfirmed.set(account.id, secret)
    return { secret, uri, qr: await qrText(uri, { type: 'svg', margin: 1 }) }
  }

  /** @returns recovery codes, shown this once. @throws SenError `SEN_UNAUTHENTICATED` for a wrong code. */
  async confirmTotp(session: Session, code: string, author: Author): Promise<readonly string[]> {
    const { store, keys, sessions } = this.#props
    const account = await this.account(session)
    const secret = this.#unconfirmed.get(account.id)
    if (secret === undefined)
      throw new SenError('SEN_CONFLICT', 'confirm authenticator: none is waiting to be confirmed')
    const step = await stepOfCode(secret, code, 0)
    if (step === undefined) throw new SenError('SEN_UNAUTHENTICATED', 'confirm authenticator: the code is wrong')
    this.#unconfirmed.delete(account.id)
    const totpSecret = keys.seal(secret, `totp:${account.id}`)
    const entry = this.#line(account, 'person.second-factor', author, 'an authenticator was added')
    await store.changePerson(account.id, { totpSecret, totpStep: step }, entry)
    await sessions.refresh(account.id, author)
    return this.#newCodes(account, author)
  }

  /** @throws SenError `SEN_UNAUTHENTICATED` for a wrong code; `SEN_CONFLICT` where the account cannot do without. */
  async removeTotp(session: Session, code: string, author: Author): Promise<void> {
    const { store } = this.#props
    const account = await this.#demandCode(session, code)
    if (account.passkeys === 0 && account.passwordHash !== undefined)
      throw new SenError('SEN_CONFLICT', 'remove authenticator: it is the only second factor; add a passkey first')
    const entry = this.#line(account, 'person.second-factor', author, 'the authenticator was removed')
    await store.changePerson(account.id, { totpSecret: null }, entry)
    await store.setRecoveryCodes(account.id, [], this.#line(account, 'person.recovery-codes', author, 'ended'))
  }

  /** Ends the earlier recovery codes. @returns new ones, shown this once. */
  async renewRecoveryCodes(session: Session, code: string, author: Author): Promise<readonly string[]> {
    return this.#newCodes(await this.#demandCode(session, code), author)
  }

  async beginPasskey(session: Session, site: Site) {
    this.#demandFresh(session)
    const account = await this.account(session)
    const present = await this.#props.store.passkeys(account.id)
    if (present.length >= mostPasskeys)
      throw new SenError('SEN_CONFLICT', `add passkey: there are ${mostPasskeys} already`)
    return this.#props.passkeys.registration(site, { id: account.id, name: account.login ?? account.name }, present)
  }

  async addPasskey(
    session: Session,
    site: Site,
    answer: { readonly ticket: string; readonly name: string; readonly response: RegistrationResponseJSON },
    author: Author
  ): Promise<void> {
    const { store, passkeys, clock, sessions } = this.#props
    const account = await this.account(session)
    const made = await passkeys.register(site, account.id, answer.ticket, answer.response)
    const { device } = session
    await store.addPasskey(
      { ...made, person: account.id, name: answer.name, device, createdAt: clock.now(), lastUsedAt: undefined },
      this.#line(account, 'person.second-factor', author, `passkey ${answer.name} was added`)
    )
    await sessions.refresh(account.id, author)
  }

  async removePasskey(session: Session, id: string, author: Author): Promise<void> {
    const account = await this.account(session)
    if (account.passkeys === 1 && account.totpSecret === undefined && account.passwordHash !== undefined)
      throw new SenError('SEN_CONFLICT', 'remove passkey: it is the only second factor; add an authenticator first')
    const entry = this.#line(account, 'person.second-factor', author, 'a passkey was removed')
    if (!(await this.#props.store.removePasskey(account.id, id, entry)))
      throw new SenError('SEN_NOT_FOUND', 'remove passkey: there is none of this id')
  }

  async removeDevice(session: Session, id: string, author: Author): Promise<void> {
    const account = await this.account(session)
    await removePhone(this.#props, account, id, author)
  }

  async endSession(session: Session, id: string, author: Author): Promise<void> {
    const account = await this.account(session)
    const ended = await this.#props.sessions.end(
      one => one.person === account.id && one.id === id,
      author,
      'by its owner'
    )
    if (ended === 0) throw new SenError('SEN_NOT_FOUND', 'end session: there is none of this id')
  }

  /** An open desk must not become somebody's for good: new ways in are added soon after signing in. */
  #demandFresh({ createdAt, holder }: Session): void {
    if (holder.step === 'second-factor' || this.#props.clock.now() - createdAt <= freshMs) return
    throw new SenError('SEN_FORBIDDEN', 'add a way in: sign in again first', {
      hint: `New authenticators and passkeys are added within ${freshMs / 60_000} minutes after signing in.`
    })
  }

  async #demandCode(session: Session, code: string): Promise<Account> {
    const { store, keys } = this.#props
    const account = await this.account(session)
    const secret = account.totpSecret && keys.unseal(account.totpSecret, `totp:${account.id}`)
    const step = secret === undefined ? undefined : await stepOfCode(secret, code, account.totpStep)
    if (step === undefined) throw new SenError('SEN_UNAUTHENTICATED', 'check one-time code: it is wrong')
    if (!(await store.takeTotpStep(account.id, step)))
      throw new SenError('SEN_UNAUTHENTICATED', 'check one-time code: it was used already')
    return account
  }

  async #newCodes(account: Account, author: Author): Promise<readonly string[]> {
    const codes = newRecoveryCodes()
    await this.#props.store.setRecoveryCodes(
      account.id,
      codes.map(code => recoveryHash(account.id, code)),
      this.#line(account, 'person.recovery-codes', author, 'new recovery codes')
    )
    return codes
  }

  #mustHaveSecondFactor(account: Account): boolean {
    const { id, name, organisation, grants } = account
    return isManager({
      id: `person:${id}`,
      name,
      kind: 'person',
      organisation,
      grants: this.#props.roles.resolve(grants)
    })
  }

  #line(account: Account, action: string, author: Author, detail: string): AuditEntry {
    return personLine(account, action, author, { at: this.#props.clock.now(), detail })
  }
}

/** @returns whether a password is not all that lets it in. */
export function hasSecondFactor(account: Account): boolean {
  return account.totpSecret !== undefined || account.passkeys > 0
}

/** Forgets a person's phone and ends what is open on it. @throws SenError `SEN_NOT_FOUND`. */
export async function removePhone(
  { store, sessions, clock }: Pick<OwnAccountProps, 'store' | 'sessions' | 'clock'>,
  account: Account,
  id: string,
  author: Author
): Promise<void> {
  const device = await store.device(id)
  if (device?.person !== account.id) throw new SenError('SEN_NOT_FOUND', 'remove phone: there is none of this id')
  const detail = `phone ${device.name} was removed`
  const entry = personLine(account, 'phone.remove', author, { at: clock.now(), detail })
  await store.removeDevice(id, { ...entry, object: `phone:${id}` })
  await sessions.end(session => session.device === id, author, detail)
}

/** A line of the audit log about a person. */
export function personLine(
  { id, organisation }: Pick<Account, 'id' | 'organisation'>,
  action: string,
  author: Author,
  more: Pick<AuditEntry, 'at' | 'detail'> & Partial<Pick<AuditEntry, 'before' | 'after'>>
): AuditEntry {
  return { author, action, object: `person:${id}`, organisation, outcome: 'done', count: 1, ...more }
}
