import type { Author } from '../model/audit.ts'
import type { Clock } from '../model/clock.ts'
import { SenError } from '../model/errors.ts'
import type { Grant, Person } from '../model/person.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import type { Account, AccountChange, NewPerson, PeopleStore } from '../storage/state/people-store.ts'
import type { Action } from './auth/actions.ts'
import { authorise } from './auth/authorise.ts'
import type { Actor } from './auth/authorise.ts'
import type { Enrolment, NewInvitation } from './auth/enrolment.ts'
import { personLine, removePhone } from './auth/own-account.ts'
import type { RoleBook } from './auth/roles.ts'
import type { Sessions } from './auth/sessions.ts'
import type { Setup } from './auth/setup.ts'
import type { SignIn } from './auth/sign-in.ts'

export interface PeopleProps {
  readonly store: PeopleStore
  readonly registry: RegistrySnapshot
  readonly roles: RoleBook
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly enrolment: Enrolment
  readonly setup: Setup
  readonly clock: Clock
  /** Accounts that nobody uses for so long are closed, ms (TCVN 14423:2026, 5.6.2.3). */
  readonly unusedMs: number
}

/** Who does it, and where links lead. */
export interface Manager {
  readonly actor: Actor
  readonly author: Author
}

type Wants = 'phone' | 'console'

/**
 * What administrators do with people. Whoever manages people of a subtree gives roles there that it holds itself, and lays
 * hands on nobody whose rights reach further: taking over such an account would be a way up.
 */
export class People {
  readonly #props: PeopleProps

  constructor(props: PeopleProps) {
    this.#props = props
  }

  /** Makes an account and invites its person. */
  async add(
    person: Omit<NewPerson, 'state' | 'login'>,
    { wants, baseUrl }: { readonly wants: Wants; readonly baseUrl: string },
    manager: Manager
  ): Promise<{ readonly account: Account; readonly invitation: NewInvitation }> {
    const { store, enrolment, setup, clock } = this.#props
    this.#requireOrganisation(person.organisation)
    this.demandOver(manager.actor, person.organisation, `organisation ${person.organisation}`)
    this.#demandGrants(manager.actor, person.grants)
    const { name, phone, email, kind, organisation, grants } = person
    const after = { name, phone, email, kind, organisation, grants }
    const facts = { at: clock.now(), detail: name, after }
    const entry = personLine({ id: 0, organisation }, 'person.add', manager.author, facts)
    const id = await store.addPerson({ ...person, login: undefined, state: 'invited' }, clock.now(), entry)
    setup.done()
    const account = await this.#account(id)
    return { account, invitation: await enrolment.invite(account, wants, { baseUrl, author: manager.author }) }
  }

  /** @throws SenError `SEN_NOT_FOUND` for one that is not there or not the manager's to see. */
  async seen(id: number, actor: Actor): Promise<Account> {
    const account = await this.#props.store.account(id)
    if (account && this.maySee(actor, account)) return account
    throw new SenError('SEN_NOT_FOUND', `find person ${id}: there is none`)
  }

  async change(id: number, change: AccountChange, manager: Manager): Promise<Account> {
    const { store, sessions, clock } = this.#props
    const account = await this.#managed(id, manager.actor)
    if (change.organisation !== undefined) {
      this.#requireOrganisation(change.organisation)
      this.demandOver(manager.actor, change.organisation, `organisation ${change.organisation}`)
    }
    const before = Object.fromEntries(Object.keys(change).map(name => [name, account[name as keyof Person]]))
    const facts = { at: clock.now(), detail: '', before, after: change }
    await store.changePerson(id, change, personLine(account, 'person.change', manager.author, facts))
    await sessions.refresh(id, manager.author)
    return this.#account(id)
  }

  async setGrants(id: number, grants: readonly Grant[], manager: Manager): Promise<Account> {
    const { store, sessions, clock } = this.#props
    const account = await this.#managed(id, manager.actor)
    this.#demandGrants(manager.actor, grants)
    const facts = { at: clock.now(), detail: '', before: account.grants, after: grants }
    await store.setGrants(id, grants, personLine(account, 'person.grant', manager.author, facts))
    await sessions.refresh(id, manager.author)
    return this.#account(id)
  }

  /** Lets the person in anew, after a loss too. Its present ways in stay. */
  async invite(
    id: number,
    { wants, baseUrl }: { readonly wants: Wants; readonly baseUrl: string },
    manager: Manager
  ): Promise<NewInvitation> {
    const account = await this.#managed(id, manager.actor)
    return this.#props.enrolment.invite(account, wants, { baseUrl, author: manager.author })
  }

  /** Opens password login again (break-glass). @throws SenError `SEN_CONFLICT` if it is open. */
  async unlock(id: number, reason: string, manager: Manager): Promise<void> {
    const { signIn, clock } = this.#props
    const account = await this.#managed(id, manager.actor)
    const entry = personLine(account, 'person.unlock', manager.author, { at: clock.now(), detail: reason })
    const { login } = account
    if (login === undefined || !(await signIn.unlock(login, entry)))
      throw new SenError('SEN_CONFLICT', `unlock person ${id}: password login is not closed`)
  }

  async removePhone(id: number, device: string, manager: Manager): Promise<void> {
    await removePhone(this.#props, await this.#managed(id, manager.actor), device, manager.author)
  }

  async signOut(id: number, manager: Manager): Promise<void> {
    const account = await this.#managed(id, manager.actor)
    await this.#props.sessions.end(({ person }) => person === account.id, manager.author, 'signed out everywhere')
  }

  /** Closes accounts that nobody has used for too long. @returns how many. */
  async closeUnused(author: Author): Promise<number> {
    const { store, sessions, clock, unusedMs } = this.#props
    const ids = await store.idlePeople(clock.now() - unusedMs)
    for (const id of ids) {
      const account = await this.#account(id)
      const facts = { at: clock.now(), detail: 'not used for too long', after: { state: 'disabled' } }
      await store.changePerson(id, { state: 'disabled' }, personLine(account, 'person.change', author, facts))
      await sessions.refresh(id, author)
    }
    return ids.length
  }

  /** @returns whether the actor manages or audits the person's unit. */
  maySee(actor: Actor, { organisation }: Pick<Person, 'organisation'>): boolean {
    return (['manage-people', 'read-audit'] as const).some(action => this.#may(actor, action, organisation))
  }

  /** @throws SenError `SEN_NOT_FOUND` if the organisation is not the actor's to manage. */
  demandOver(actor: Actor, organisation: string, what: string): void {
    if (!this.#may(actor, 'manage-people', organisation))
      throw new SenError('SEN_NOT_FOUND', `find ${what}: there is none`)
  }

  /** @throws SenError `SEN_NOT_FOUND`, `SEN_FORBIDDEN`. */
  async #managed(id: number, actor: Actor): Promise<Account> {
    const account = await this.seen(id, actor)
    if (actor.id === `person:${id}`)
      throw new SenError('SEN_FORBIDDEN', `manage person ${id}: nobody manages the own account`)
    const reach = [account.organisation, ...account.grants.map(({ organisation }) => organisation)]
    const isWithinReach = reach.every(organisation => this.#may(actor, 'manage-people', organisation))
    if (isWithinReach && account.grants.every(one => this.#lacking(actor, one) === undefined)) return account
    throw new SenError('SEN_FORBIDDEN', `manage person ${id}: its rights reach beyond yours`)
  }

  /** @throws SenError `SEN_NOT_FOUND` for an unknown role or organisation; `SEN_FORBIDDEN` for more than the actor has. */
  #demandGrants(actor: Actor, grants: readonly Grant[]): void {
    for (const one of grants) {
      const { role: id, organisation } = one
      if (!this.#props.roles.get(id)) throw new SenError('SEN_NOT_FOUND', `grant role ${id}: there is no such role`)
      this.#requireOrganisation(organisation)
      this.demandOver(actor, organisation, `organisation ${organisation}`)
      const lacking = this.#lacking(actor, one)
      if (lacking !== undefined)
        throw new SenError(
          'SEN_FORBIDDEN',
          `grant role ${id} for ${organisation}: you may not ${lacking} there yourself`
        )
    }
  }

  /** @returns an action that the grant gives and the actor does not have there. */
  #lacking(actor: Actor, { role, organisation }: Grant): Action | undefined {
    return [...(this.#props.roles.get(role)?.actions ?? [])].find(action => !this.#may(actor, action, organisation))
  }

  #may(actor: Actor, action: Action, organisation: string): boolean {
    return authorise(actor, action, { organisation }, this.#props.registry.organisations).isAllowed
  }

  #requireOrganisation(id: string): void {
    if (!this.#props.registry.organisations.has(id))
      throw new SenError('SEN_NOT_FOUND', `find organisation ${id}: there is none`)
  }

  async #account(id: number): Promise<Account> {
    const account = await this.#props.store.account(id)
    if (!account) throw new SenError('SEN_NOT_FOUND', `find person ${id}: there is none`)
    return account
  }
}
