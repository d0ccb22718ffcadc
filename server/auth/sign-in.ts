import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import { LRUCache } from 'lru-cache'
import type { AuditEntry, Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Account, EnrolledDevice, PeopleStore } from '../../storage/state/people-store.ts'
import { networkOf } from '../api/transport.ts'
import type { AuditTrail } from './audit-trail.ts'
import { DeviceChallenges, deviceJwk, isSignedBy } from './device-keys.ts'
import type { KeyFile } from './key-file.ts'
import type { Passkeys, Site } from './passkeys.ts'
import { hasSecondFactor, personLine } from './own-account.ts'
import { demandRoom, isPassword } from './passwords.ts'
import { hashOf, newSecret } from './secrets.ts'
import type { Opened, Sessions } from './sessions.ts'
import { tokenIdOf } from './token-book.ts'
import type { TokenBook } from './token-book.ts'
import { recoveryHash, stepOfCode } from './totp.ts'
import { Tries } from './tries.ts'

/** From where somebody comes. */
export interface Caller {
  readonly address: string
  /** The secret of a browser in which somebody has logged in before. */
  readonly browser: string | undefined
}

export interface SignInProps {
  readonly store: PeopleStore
  readonly sessions: Sessions
  readonly tokens: TokenBook
  readonly passkeys: Passkeys
  readonly keys: KeyFile
  readonly trail: AuditTrail
  readonly clock: Clock
  /** How long the 5th wrong password closes password login, ms. */
  readonly lockMs: number
  readonly onRefused: (reason: 'credentials' | 'tries') => void
}

/** A way in, and the secret that lets the browser be known again. */
export interface PasswordOpened extends Opened {
  readonly newBrowser: string | undefined
}

/** Wrong passwords in a row that close password login of a name (TCVN 14423:2026, 5.5.2.2: at most 5). */
const mostWrong = 5
const mostWrongPins = 5
/** Names that are closed at once, those included that nobody has. */
const mostLocks = 20_000
/** Whoever wants a name forgotten has to try that many others, a hash each. */
const mostAttempts = { free: 2, firstMs: 1000, longestMs: 60_000, forgetMs: 3_600_000, most: 100_000 }
/** Many share an office's address; one who guesses needs more tries than they make mistakes. */
const mostOfAddress = { free: 19, firstMs: 2000, longestMs: 300_000, forgetMs: 900_000, most: 20_000 }

/**
 * Lets people in: by password and second factor, passkey, enrolled device, or token. Wrong tries slow down account and
 * address, whether or not somebody has that name; the fifth closes password login of the name for hours, except for browsers
 * in which its person has been in before. Whoever is signed in stays so.
 */
export class SignIn {
  readonly #props: SignInProps
  readonly #ofAccount: Tries
  readonly #ofAddress: Tries
  readonly #challenges: DeviceChallenges
  /** When password login of a name opens again, ms since the epoch. */
  readonly #locks = new LRUCache<string, number>({ max: mostLocks })

  constructor(props: SignInProps) {
    this.#props = props
    const { clock } = props
    this.#ofAccount = new Tries({ ...mostAttempts, clock })
    this.#ofAddress = new Tries({ ...mostOfAddress, clock })
    this.#challenges = new DeviceChallenges(clock)
  }

  async start(): Promise<void> {
    for (const { login, until } of await this.#props.store.locks()) this.#locks.set(login, until)
  }

  /** @returns until when password login of the name is closed, ms since the epoch. */
  lockedUntil(login: string | undefined): number | undefined {
    const until = login === undefined ? undefined : this.#locks.peek(login)
    return until !== undefined && until > this.#props.clock.now() ? until : undefined
  }

  /**
   * @param login - as typed, in lower case.
   * @param code - a one-time or recovery code, once the password was right.
   * @throws SenError `SEN_TRIES`; `SEN_UNAUTHENTICATED`, the same for a wrong name and a wrong password;
   *   `SEN_SECOND_FACTOR` where the password was right and the code is missing or wrong.
   */
  async byPassword(
    {
      login,
      password,
      code
    }: { readonly login: string; readonly password: string; readonly code?: string | undefined },
    caller: Caller
  ): Promise<PasswordOpened> {
    const { store, sessions, clock } = this.#props
    if (caller.browser === undefined) demandRoom('stranger')
    const owner = caller.browser === undefined ? undefined : await store.browser(hashOf(caller.browser))
    // An office whose address somebody guesses from stays open to who has been in there.
    if (owner === undefined) this.refuseTooMany(caller.address, 'session.open', '')
    const account = await store.accountByLogin(login)
    const isKnown = account !== undefined && account.id === owner
    this.#demandTurn(login, caller, isKnown)
    const isRight = await isPassword(password, account?.passwordHash, isKnown ? 'known' : 'stranger')
    // Others may have been wrong while this one waited for its turn.
    this.#demandTurn(login, caller, isKnown)
    if (!account || !isRight || account.state !== 'active') {
      await this.#missed(login, account, caller, isKnown)
      throw wrongPassword()
    }
    await this.#demandSecondFactor({ account, login, code }, caller, isKnown)
    this.#ofAccount.forget(keyOf(login, isKnown))
    const opened = await sessions.open(
      { via: 'password', address: caller.address, person: account.id },
      sessions.holderOfPerson(account, 'password')
    )
    await store.changePerson(account.id, { lastSeenAt: clock.now() })
    return { ...opened, newBrowser: isKnown ? undefined : await this.#rememberBrowser(account.id) }
  }

  /** @throws SenError `SEN_UNAUTHENTICATED`. */
  async byPasskey(
    site: Site,
    { ticket, response }: { readonly ticket: string; readonly response: AuthenticationResponseJSON },
    caller: Caller
  ): Promise<Opened> {
    const { store, sessions, passkeys, clock } = this.#props
    this.refuseTooMany(caller.address, 'session.open', '')
    const passkey = await store.passkey(response.id)
    const account = passkey && (await store.account(passkey.person))
    try {
      const counter = await passkeys.authenticate(site, ticket, response, passkey)
      if (!passkey || account?.state !== 'active')
        throw new SenError('SEN_UNAUTHENTICATED', 'check passkey: it does not fit')
      await store.usePasskey(passkey.id, counter, clock.now())
      await store.changePerson(account.id, { lastSeenAt: clock.now() })
      const { id: person } = account
      const opening = { via: 'passkey', address: caller.address, person, device: passkey.device } as const
      return await sessions.open(opening, sessions.holderOfPerson(account, 'passkey'))
    } catch (cause) {
      if (cause instanceof SenError && cause.code === 'SEN_UNAUTHENTICATED') {
        this.#failed(account, caller, 'wrong passkey', account ? `person:${account.id}` : '')
        this.missOfAddress(caller.address)
      }
      throw cause
    }
  }

  /** @returns a challenge to sign, whether or not there is such a device. */
  challenge(device: string): string {
    return this.#challenges.issue(device)
  }

  /** @throws SenError `SEN_DEVICE_UNKNOWN` for one that is not (any more) enrolled, `SEN_UNAUTHENTICATED` for a wrong PIN. */
  async byDevice(
    proof: { readonly device: string; readonly challenge: string; readonly signature: string },
    pin: string | undefined,
    caller: Caller
  ): Promise<Opened> {
    const { store, sessions, clock } = this.#props
    const device = await store.device(proof.device)
    const isOwnKey =
      this.#challenges.take(proof.device, proof.challenge) &&
      device !== undefined &&
      isSignedBy(deviceJwk.parse(JSON.parse(device.publicKey)), proof)
    if (!isOwnKey) {
      this.refuseTooMany(caller.address, 'session.open', '')
      this.missOfAddress(caller.address)
      this.#failed(undefined, caller, 'unknown device', `phone:${proof.device}`)
      throw new SenError('SEN_DEVICE_UNKNOWN', 'open session: this device is not enrolled')
    }
    const account = device.person === undefined ? undefined : await store.account(device.person)
    if (device.kind === 'phone') {
      if (account?.state !== 'active')
        throw new SenError('SEN_DEVICE_UNKNOWN', 'open session: this device is not enrolled')
      await this.#demandPin(device, account, pin, caller)
      await store.changePerson(account.id, { lastSeenAt: clock.now() })
    }
    await store.useDevice(device.id, clock.now())
    const holder = account ? sessions.holderOfPerson(account, 'device') : sessions.holderOfDisplay(device)
    return sessions.open({ via: 'device', address: caller.address, person: account?.id, device: device.id }, holder)
  }

  /** @throws SenError `SEN_UNAUTHENTICATED`. */
  async byToken(token: string, caller: Caller): Promise<Opened> {
    const { tokens, sessions } = this.#props
    this.refuseTooMany(caller.address, 'session.open', '')
    const actor = tokens.identify(token)
    if (!actor) {
      this.missOfAddress(caller.address)
      this.#failed(undefined, caller, 'wrong token', '')
      throw new SenError('SEN_UNAUTHENTICATED', 'open session: the token is not valid')
    }
    const opening = { via: 'token', address: caller.address, token: tokenIdOf(actor) } as const
    return sessions.open(opening, sessions.holderOfToken(actor))
  }

  /** Opens password login of a name again (break-glass). @returns whether it was closed. */
  async unlock(login: string, audit: AuditEntry): Promise<boolean> {
    this.#locks.delete(login)
    this.#ofAccount.forget(keyOf(login, false))
    this.#ofAccount.forget(keyOf(login, true))
    return this.#props.store.unlock(login, audit)
  }

  /** Counts a wrong try of another kind (an enrolment code) against the address. */
  missOfAddress(address: string): void {
    this.#ofAddress.miss(networkOf(address))
  }

  /** @throws SenError `SEN_TRIES` while the address has to wait. */
  refuseTooMany(address: string, action: string, object: string): void {
    const waitMs = this.#ofAddress.waitMs(networkOf(address))
    if (waitMs === 0) return
    this.#props.onRefused('tries')
    this.#props.trail.note({
      author: strangerAt(address),
      action,
      object,
      organisation: rootOrganisation,
      outcome: 'denied',
      detail: 'too many wrong tries from this address'
    })
    throw tooMany('this address', waitMs)
  }

  /** @throws SenError `SEN_TRIES` while the account is closed or has to wait. */
  #demandTurn(login: string, caller: Caller, isKnown: boolean): void {
    const until = isKnown ? undefined : this.lockedUntil(login)
    const waitMs = until === undefined ? this.#ofAccount.waitMs(keyOf(login, isKnown)) : until - this.#props.clock.now()
    if (waitMs === 0) return
    this.#props.onRefused('tries')
    // Also a try: who hammers at one name from one address is held off by the address soon.
    this.missOfAddress(caller.address)
    this.#failed(undefined, caller, 'tried while the name is closed or has to wait', '')
    throw tooMany('this name', waitMs)
  }

  async #missed(
    login: string,
    account: Account | undefined,
    caller: Caller,
    isKnown: boolean,
    detail = 'wrong name or password'
  ): Promise<void> {
    this.missOfAddress(caller.address)
    // What was typed as a name is not written down: it may be a password.
    this.#failed(account, caller, detail, account ? `person:${account.id}` : '')
    const misses = this.#ofAccount.miss(keyOf(login, isKnown))
    if (misses < mostWrong) return
    this.#ofAccount.forget(keyOf(login, isKnown))
    if (isKnown && caller.browser !== undefined) {
      // Not even a known browser guesses for ever: it is a stranger's from now on.
      await this.#props.store.removeBrowser(hashOf(caller.browser))
      return
    }
    const { clock, lockMs, store } = this.#props
    const until = clock.now() + lockMs
    this.#locks.set(login, until)
    // Names that nobody has are closed as well, or it would show who has one; only in memory, so that they cost nothing.
    if (!account) return
    const entry = this.#entry(account, caller, 'done', `password login is closed after ${mostWrong} wrong passwords`)
    await store.lock({ login, until }, { ...entry, action: 'person.lock', after: { until } })
  }

  async #demandSecondFactor(
    { account, login, code }: { readonly account: Account; readonly login: string; readonly code?: string | undefined },
    caller: Caller,
    isKnown: boolean
  ): Promise<void> {
    // Who has a passkey only comes in by it: a password alone is not enough any more.
    if (!hasSecondFactor(account) && account.recoveryCodesLeft === 0) return
    const typed = code?.trim() ?? ''
    if (typed !== '' && (await this.#isSecondFactor(account, typed, caller.address))) return
    if (typed === '') this.#failed(account, caller, 'the second factor is missing', `person:${account.id}`)
    else await this.#missed(login, account, caller, isKnown, 'wrong second factor')
    throw new SenError('SEN_SECOND_FACTOR', 'open session: the second factor is missing or wrong', {
      hint: 'Send "code": the six digits of the authenticator, or a recovery code; or sign in with your passkey.'
    })
  }

  async #isSecondFactor(account: Account, code: string, address: string): Promise<boolean> {
    const { store, keys, clock } = this.#props
    if (account.totpSecret !== undefined) {
      const secret = keys.unseal(account.totpSecret, `totp:${account.id}`)
      const step = await stepOfCode(secret, code, account.totpStep)
      if (step !== undefined) return store.takeTotpStep(account.id, step)
    }
    if (!(await store.useRecoveryCode(account.id, recoveryHash(account.id, code)))) return false
    const entry = personLine(account, 'person.recovery-codes', strangerAt(address), {
      at: clock.now(),
      detail: 'one was used'
    })
    await store.audit([entry])
    return true
  }

  async #demandPin(device: EnrolledDevice, account: Account, pin: string | undefined, caller: Caller): Promise<void> {
    const { store, sessions } = this.#props
    if (pin === undefined) throw new SenError('SEN_UNAUTHENTICATED', 'open session: the PIN is missing')
    // Counted before it is looked at: of many at once none goes uncounted.
    const wrong = await store.tryPin(device.id)
    if (wrong <= mostWrongPins && (await isPassword(pin, device.pinHash))) return
    this.missOfAddress(caller.address)
    this.#failed(account, caller, 'wrong PIN', `phone:${device.id}`)
    if (wrong < mostWrongPins) {
      const triesLeft = mostWrongPins - wrong
      throw new SenError('SEN_UNAUTHENTICATED', `open session: wrong PIN, ${triesLeft} tries left`, { triesLeft })
    }
    const detail = `the phone is forgotten after ${mostWrongPins} wrong PINs`
    const entry = this.#entry(account, caller, 'done', detail)
    await store.removeDevice(device.id, { ...entry, action: 'phone.remove', object: `phone:${device.id}` })
    await sessions.end(session => session.device === device.id, entry.author, detail)
    throw new SenError('SEN_DEVICE_UNKNOWN', 'open session: too many wrong PINs, this device is not enrolled any more')
  }

  async #rememberBrowser(person: number): Promise<string> {
    const secret = newSecret()
    await this.#props.store.addBrowser(hashOf(secret), person, this.#props.clock.now())
    return secret
  }

  #failed(account: Account | undefined, caller: Caller, detail: string, object: string): void {
    this.#props.onRefused('credentials')
    const { at: _at, count: _count, ...entry } = this.#entry(account, caller, 'failed', detail)
    this.#props.trail.note({ ...entry, object })
  }

  #entry(account: Account | undefined, caller: Caller, outcome: AuditEntry['outcome'], detail: string): AuditEntry {
    return {
      at: this.#props.clock.now(),
      author: strangerAt(caller.address),
      action: 'session.open',
      object: account ? `person:${account.id}` : '',
      organisation: account?.organisation ?? rootOrganisation,
      outcome,
      detail,
      count: 1
    }
  }
}

/** Tries in a browser that is known, and others', are counted apart: strangers do not shut out who has been in. */
function keyOf(login: string, isKnown: boolean): string {
  return `${isKnown ? 'known' : 'other'} ${login}`
}

/** Somebody who has not said who it is. */
export function strangerAt(address: string): Author {
  return { id: 'stranger', name: '', address }
}

function wrongPassword(): SenError {
  return new SenError('SEN_UNAUTHENTICATED', 'open session: name or password is wrong')
}

function tooMany(who: string, waitMs: number): SenError {
  return new SenError('SEN_TRIES', `open session: too many wrong tries of ${who}`, {
    retryAfterS: Math.ceil(waitMs / 1000),
    hint: 'Wait, or use another way in: passkey, enrolled phone. An administrator can open the account again.'
  })
}
