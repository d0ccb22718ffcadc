import { createHash, randomInt, randomUUID } from 'node:crypto'
import { toString as qrText } from 'qrcode'
import type { AuditEntry, Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import type { Account, Invitation, PeopleStore } from '../../storage/state/people-store.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { AuditTrail } from './audit-trail.ts'
import { boundedMemory } from './bounded-memory.ts'
import { consent } from './consent.ts'
import { isWeakPin } from './device-keys.ts'
import type { DeviceJwk } from './device-keys.ts'
import type { OwnAccount } from './own-account.ts'
import { hasSecondFactor, personLine } from './own-account.ts'
import { passwordHash } from './passwords.ts'
import { hashOf, isSameHash, newSecret } from './secrets.ts'
import type { Opened, Sessions } from './sessions.ts'
import type { SignIn } from './sign-in.ts'
import { strangerAt } from './sign-in.ts'

export interface EnrolmentProps {
  readonly store: PeopleStore
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly account: OwnAccount
  readonly trail: AuditTrail
  readonly clock: Clock
}

/** What is handed over: the link (or its QR code) one way, the code another. Shown once. */
export interface NewInvitation {
  readonly url: string
  /** SVG. */
  readonly qr: string
  /** Eight digits. */
  readonly code: string
  readonly expiresAt: number
}

const invitationLifeMs = 7 * 24 * 3_600_000
/** Codes that may be tried, the right one included. */
const mostTries = 5
const nobody = { id: 0, organisation: rootOrganisation }
const ticketLifeMs = 1_800_000
const mostTickets = 5000

/**
 * Lets people in who have been invited: by the link or their phone number, with the one-time code that they were told. No
 * mail address is needed. Five wrong codes end an invitation.
 */
export class Enrolment {
  readonly #props: EnrolmentProps
  /** Invitations that were opened, by ticket. */
  readonly #tickets

  constructor(props: EnrolmentProps) {
    this.#props = props
    const { clock } = props
    this.#tickets = boundedMemory<string, Invitation>({ clock, lifeMs: ticketLifeMs, most: mostTickets })
  }

  /** Ends earlier invitations of the person. @param baseUrl - where the console is reached. */
  async invite(
    account: Account,
    wants: Invitation['wants'],
    { baseUrl, author }: { readonly baseUrl: string; readonly author: Author }
  ): Promise<NewInvitation> {
    const { store, clock } = this.#props
    const [secret, salt, code] = [newSecret(), newSecret(), String(randomInt(100_000_000)).padStart(8, '0')]
    const [createdAt, expiresAt] = [clock.now(), clock.now() + invitationLifeMs]
    const hashes = { secretHash: hashOf(secret), codeHash: codeHash(salt, code), salt }
    await store.invite(
      { person: account.id, wants, ...hashes, createdAt, expiresAt },
      personLine(account, 'person.invite', author, { at: createdAt, detail: `invited to enrol a ${wants}` })
    )
    const url = `${baseUrl}/#/enrol?k=${secret}`
    return { url, qr: await qrText(url, { type: 'svg', margin: 1 }), code, expiresAt }
  }

  /**
   * Opens an invitation with its code.
   *
   * @returns the ticket to go on with, and who is invited to what.
   * @throws SenError `SEN_UNAUTHENTICATED`, the same whether link, number or code is wrong; `SEN_TRIES`.
   */
  async open(
    key: { readonly secret: string } | { readonly phone: string },
    code: string,
    address: string
  ): Promise<{ readonly ticket: string; readonly account: Account; readonly wants: Invitation['wants'] }> {
    const { store, signIn, clock, trail } = this.#props
    signIn.refuseTooMany(address, 'enrolment.open', '')
    const invitation = await this.#invitation(key)
    const account = invitation && (await store.account(invitation.person))
    // Counted before it is looked at: of many at once none goes uncounted.
    const tries = invitation ? await store.tryInvitation(invitation.id) : 0
    const isRight =
      isSameHash(codeHash(invitation?.salt ?? '', code), invitation?.codeHash ?? hashOf('none')) &&
      invitation !== undefined &&
      invitation.expiresAt > clock.now() &&
      tries <= mostTries
    if (!isRight || !account || account.state === 'disabled') {
      signIn.missOfAddress(address)
      const { at: _at, count: _count, ...noted } = this.#line(account ?? nobody, address, 'wrong link, number or code')
      trail.note({ ...noted, outcome: 'failed' })
      throw new SenError('SEN_UNAUTHENTICATED', 'open invitation: the link, the number or the code is wrong', {
        hint: 'After five tries an invitation ends; ask for a new one.',
        // Only who has the link may know that there is an invitation.
        ...(invitation && 'secret' in key && { triesLeft: Math.max(0, mostTries - tries) })
      })
    }
    const ticket = randomUUID()
    this.#tickets.set(ticket, invitation)
    return { ticket, account, wants: invitation.wants }
  }

  /** Enrols a phone: its key and PIN open sessions from now on. */
  async enrolPhone(
    ticket: string,
    phone: {
      readonly publicKey: DeviceJwk
      readonly deviceName: string
      readonly pin: string
      readonly consent: string
    },
    address: string
  ): Promise<Opened> {
    const { store, sessions, clock } = this.#props
    if (isWeakPin(phone.pin))
      throw new SenError('SEN_INPUT_INVALID', 'set PIN: it is among the first that anybody tries')
    demandConsent(phone.consent)
    await this.#peek(ticket, 'phone')
    const pinHash = await passwordHash(phone.pin)
    const account = await this.#use(ticket, 'phone')
    const [id, now] = [randomUUID(), clock.now()]
    await this.#join(account, { consent: phone.consent, address })
    await store.addDevice(
      {
        id,
        kind: 'phone',
        person: account.id,
        organisation: undefined,
        name: phone.deviceName,
        publicKey: JSON.stringify(phone.publicKey),
        pinHash,
        wrongPins: 0,
        createdAt: now,
        lastUsedAt: now
      },
      {
        ...this.#line(account, address, `phone ${phone.deviceName} was enrolled`),
        action: 'phone.add',
        object: `phone:${id}`
      }
    )
    const holder = sessions.holderOfPerson(account, 'device')
    return sessions.open({ via: 'device', address, person: account.id, device: id }, holder)
  }

  /** Gives the person login name and password. */
  async enrolConsole(
    ticket: string,
    given: { readonly login: string; readonly password: string; readonly consent: string },
    address: string
  ): Promise<Opened> {
    const { store, sessions, account: own, clock } = this.#props
    demandConsent(given.consent)
    const invited = await this.#peek(ticket, 'console')
    const author = { id: `person:${invited.id}`, name: invited.name, address }
    await own.demandPassword({ ...invited, login: given.login }, given.password)
    const taken = await store.accountByLogin(given.login)
    if (taken && taken.id !== invited.id)
      throw new SenError('SEN_CONFLICT', `set login ${given.login}: somebody else has it`)
    const account = await this.#use(ticket, 'console')
    const facts = { at: clock.now(), detail: `login name ${given.login}` }
    await store.changePerson(account.id, { login: given.login }, personLine(account, 'person.change', author, facts))
    await own.setPassword({ ...account, login: given.login }, given.password, author)
    await this.#join(account, { consent: given.consent, address })
    // Who had been in before by what was lost is out.
    await sessions.end(({ person, device }) => person === account.id && device === undefined, author, 'invited anew')
    await store.removeBrowsers(account.id)
    const present = (await store.account(account.id)) ?? account
    if (hasSecondFactor(present)) {
      throw new SenError('SEN_SECOND_FACTOR', 'enrol: the password is set; sign in with it and the second factor', {
        hint: 'An invitation does not stand for the second factor that the account has.'
      })
    }
    const holder = sessions.holderOfPerson(present, 'password')
    return sessions.open({ via: 'password', address, person: account.id }, holder)
  }

  async #invitation(key: { readonly secret: string } | { readonly phone: string }): Promise<Invitation | undefined> {
    const { store } = this.#props
    if ('secret' in key) return store.invitationBySecret(hashOf(key.secret))
    const account = await store.accountByPhone(key.phone)
    return account && store.invitationOf(account.id)
  }

  /** The invited person; the ticket stays good: what was wrong with the input can be corrected. */
  async #peek(ticket: string, wants: Invitation['wants']): Promise<Account> {
    const { store } = this.#props
    const opened = this.#tickets.get(ticket)
    const account = opened && (await store.account(opened.person))
    // An invitation that was used, replaced or withdrawn meanwhile opens nothing any more.
    const present = account && (await store.invitationOf(account.id))
    if (!account || account.state === 'disabled' || present?.id !== opened.id || opened.wants !== wants)
      throw new SenError('SEN_UNAUTHENTICATED', 'enrol: the invitation was not opened, or too long ago')
    return account
  }

  /** An invitation is good once. */
  async #use(ticket: string, wants: Invitation['wants']): Promise<Account> {
    const account = await this.#peek(ticket, wants)
    const opened = this.#tickets.get(ticket)
    this.#tickets.delete(ticket)
    if (!opened || !(await this.#props.store.useInvitation(opened.id)))
      throw new SenError('SEN_UNAUTHENTICATED', 'enrol: the invitation was used already')
    return account
  }

  async #join(account: Account, { consent: version, address }: { readonly consent: string; readonly address: string }) {
    const { store, clock } = this.#props
    await store.changePerson(
      account.id,
      { state: 'active', consentVersion: version, consentAt: clock.now(), lastSeenAt: clock.now() },
      { ...this.#line(account, address, `agreed to ${version}`), action: 'person.join' }
    )
  }

  #line(account: Pick<Account, 'id' | 'organisation'>, address: string, detail: string): AuditEntry {
    const at = this.#props.clock.now()
    return personLine(account, 'enrolment.open', strangerAt(address), { at, detail })
  }
}

function demandConsent(version: string): void {
  if (version === consent.version) return
  throw new SenError('SEN_INPUT_INVALID', `enrol: consent ${version} is not the present one, ${consent.version}`)
}

function codeHash(salt: string, code: string): string {
  return createHash('sha256').update(`${salt}:${code}`).digest('hex')
}
