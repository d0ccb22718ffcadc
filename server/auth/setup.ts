import { randomInt } from 'node:crypto'
import type { Clock } from '../../model/clock.ts'
import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { PeopleStore } from '../../storage/state/people-store.ts'
import type { OwnAccount } from './own-account.ts'
import { personLine } from './own-account.ts'
import { hashOf, isSameHash } from './secrets.ts'
import type { Opened, Sessions } from './sessions.ts'
import type { Caller, SignIn } from './sign-in.ts'
import { strangerAt } from './sign-in.ts'
import { passwordProblem } from './passwords.ts'

export interface SetupProps {
  readonly store: PeopleStore
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly account: OwnAccount
  readonly clock: Clock
}

const length = 16
/** Crockford's Base32: 80 random bits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Makes the first administrator, by a code that is printed where Sen was started: there is no default password. The code is
 * new at every start and nowhere kept; it is needed until somebody has an account.
 */
export class Setup {
  readonly #props: SetupProps
  readonly #code: string
  #isNeeded = false

  constructor(props: SetupProps) {
    this.#props = props
    const letters = Array.from({ length }, () => alphabet[randomInt(alphabet.length)])
    this.#code = [0, 4, 8, 12].map(at => letters.slice(at, at + 4).join('')).join('-')
  }

  async start(): Promise<void> {
    this.#isNeeded = (await this.#props.store.countPeople()) === 0
  }

  get isNeeded(): boolean {
    return this.#isNeeded
  }

  /** To be shown to whoever started Sen; `undefined` once somebody has an account. */
  get code(): string | undefined {
    return this.#isNeeded ? this.#code : undefined
  }

  /** Somebody has an account, made by another way in. */
  done(): void {
    this.#isNeeded = false
  }

  /** @throws SenError `SEN_NOT_FOUND` once it is done; `SEN_UNAUTHENTICATED` for a wrong code. */
  async firstAdministrator(
    given: { readonly code: string; readonly name: string; readonly login: string; readonly password: string },
    caller: Caller
  ): Promise<Opened> {
    const { store, sessions, signIn, account: own, clock } = this.#props
    if (!this.#isNeeded) throw new SenError('SEN_NOT_FOUND', 'set up: it has been done')
    signIn.refuseTooMany(caller.address, 'setup.open', '')
    if (!this.#fits(given.code)) {
      signIn.missOfAddress(caller.address)
      throw new SenError('SEN_UNAUTHENTICATED', 'set up: the code is wrong', {
        hint: 'It was printed where Sen was started; each start prints a new one.'
      })
    }
    const { name, login, password } = given
    const problem = passwordProblem(password, { hasSecondFactor: true, login, name })
    if (problem !== undefined) throw new SenError('SEN_INPUT_INVALID', `set password: it ${problem}`)
    // Nobody else in the meantime.
    this.#isNeeded = false
    const grants = [{ role: 'administrator', organisation: rootOrganisation }]
    const person = {
      ...{ name, login, grants, phone: undefined, email: undefined },
      ...({ kind: 'administrator', organisation: rootOrganisation, state: 'active' } as const)
    }
    const author = { ...strangerAt(caller.address), name }
    const facts = { at: clock.now(), detail: 'the first administrator, by setup code', after: { name, login, grants } }
    const entry = personLine({ id: 0, organisation: rootOrganisation }, 'person.add', author, facts)
    const id = await store.addPerson(person, clock.now(), entry)
    const account = await store.account(id)
    if (!account) throw new SenError('SEN_INTERNAL', 'set up: the account was not kept')
    await own.setPassword(account, password, author)
    const present = (await store.account(id)) ?? account
    await store.changePerson(id, { lastSeenAt: clock.now() })
    const holder = sessions.holderOfPerson(present, 'password')
    return sessions.open({ via: 'password', address: caller.address, person: id }, holder)
  }

  #fits(typed: string): boolean {
    return isSameHash(hashOf(plain(typed)), hashOf(plain(this.#code)))
  }
}

function plain(code: string): string {
  return code
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
}
