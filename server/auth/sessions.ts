import type { AuditEntry, Author } from '../../model/audit.ts'
import type { Clock } from '../../model/clock.ts'
import type { Log } from '../../model/log.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Account, EnrolledDevice, PeopleStore, SessionRow } from '../../storage/state/people-store.ts'
import type { Actor } from './authorise.ts'
import type { RoleBook } from './roles.ts'
import { SessionBook, isManager } from './session-book.ts'
import type { IdleRules, Session, SessionHolder } from './session-book.ts'
import type { TokenBook } from './token-book.ts'

export interface SessionsProps {
  readonly store: PeopleStore
  readonly roles: RoleBook
  readonly tokens: TokenBook
  readonly clock: Clock
  readonly log: Log
  readonly idle: IdleRules
  /** A manager's password is good for so long, ms (TCVN 14423:2026, 5.6.2.2 b). */
  readonly passwordLifeMs: number
}

/** A session as it was just opened. */
export interface Opened {
  /** For the cookie, shown this once. */
  readonly secret: string
  readonly session: Session
  readonly actor: Actor
}

/** What is written down of a session's opening. */
export type Opening = Pick<SessionRow, 'via' | 'address'> & Partial<Pick<SessionRow, 'person' | 'device' | 'token'>>

const lifeMs = 12 * 60 * 60 * 1000
const saveEveryMs = 15_000

/** Opens and ends sessions, in memory and in the state: they outlive a restart. */
export class Sessions {
  readonly book: SessionBook
  readonly #props: SessionsProps
  #timer: NodeJS.Timeout | undefined
  #shared: string | undefined

  constructor(props: SessionsProps) {
    this.#props = props
    this.book = new SessionBook(props.clock, props.roles, props.idle)
  }

  /** Takes up the sessions of before the restart. */
  async start(): Promise<void> {
    const { store, clock, log } = this.#props
    const now = clock.now()
    const stale: string[] = []
    for (const row of await store.sessions()) {
      const holder = row.expiresAt <= now ? undefined : await this.#holderOf(row)
      if (holder) this.book.add(row, holder)
      else stale.push(row.hash)
    }
    await store.removeSessions(stale)
    this.#timer = setInterval(() => {
      this.#save().catch((cause: unknown) => {
        log.warn({ cause }, 'Use of sessions was not written; it is tried again')
      })
    }, saveEveryMs)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#save().catch(() => undefined)
  }

  /** Opens a session, with its line of the audit log. */
  async open(opening: Opening, holder: SessionHolder): Promise<Opened> {
    const { person, device, token } = { person: undefined, device: undefined, token: undefined, ...opening }
    // A session lasts no longer than the token that opened it.
    const tokenEndsAt = token === undefined ? undefined : this.#props.tokens.get(token)?.expiresAt
    const restMs = (tokenEndsAt ?? Number.POSITIVE_INFINITY) - this.#props.clock.now()
    const { secret, row } = this.book.prepare({ ...opening, person, device, token }, Math.min(lifeMs, restMs))
    await this.#props.store.addSession(row, this.#line('session.open', holder, row.address, `by ${row.via}`))
    return this.#added(secret, row, holder)
  }

  /** @returns the secret of one session that all visitors of the demo share: they cannot push out anybody's. */
  shared(holder: SessionHolder): string {
    if (this.#shared !== undefined && this.book.identify(this.#shared, false)) return this.#shared
    const { secret, row } = this.book.prepare(
      { via: 'token', address: '', person: undefined, device: undefined, token: undefined },
      lifeMs
    )
    this.book.add(row, holder)
    this.#shared = secret
    return secret
  }

  /** Ends the sessions that fit. */
  async end(fits: (session: Session) => boolean, author: Author, detail: string): Promise<number> {
    const ended = this.book.list(fits)
    if (ended.length === 0) return 0
    this.book.end(fits)
    const [first] = ended
    const entry: AuditEntry = {
      at: this.#props.clock.now(),
      author,
      action: 'session.end',
      object: first?.holder.id ?? '',
      organisation: first?.holder.organisation ?? rootOrganisation,
      outcome: 'done',
      detail,
      count: ended.length
    }
    await this.#props.store.removeSessions(
      ended.map(({ hash }) => hash),
      entry
    )
    return ended.length
  }

  /** A person changed: what is known of it now counts for its open sessions; who may not come in any more is sent away. */
  async refresh(person: number, author: Author): Promise<void> {
    const account = await this.#props.store.account(person)
    if (account?.state === 'active') this.book.update(this.holderOfPerson(account, 'password'))
    else await this.end(session => session.person === person, author, 'the account is closed')
  }

  /** @param via - how it came in: a password alone is not enough for who may manage. */
  holderOfPerson(account: Account, via: SessionRow['via']): SessionHolder {
    const { name, organisation, grants } = account
    const who = { id: `person:${account.id}`, kind: 'person', name, organisation, grants } as const
    if (via !== 'password' || !this.#isManager(account)) return { ...who, step: 'none' }
    if (account.totpSecret === undefined && account.passkeys === 0) return { ...who, step: 'second-factor' }
    const isOld = (this.passwordEndsAt(account) ?? 0) <= this.#props.clock.now()
    return { ...who, step: isOld ? 'change-password' : 'none' }
  }

  /** @returns until when the password is good, ms since the epoch; for ever where nothing can be managed with it. */
  passwordEndsAt({ passwordChangedAt, ...account }: Account): number | undefined {
    if (passwordChangedAt === undefined || !this.#isManager(account)) return undefined
    return passwordChangedAt + this.#props.passwordLifeMs
  }

  holderOfDisplay(device: EnrolledDevice): SessionHolder {
    const organisation = device.organisation ?? ''
    return {
      id: `display:${device.id}`,
      kind: 'display',
      name: device.name,
      organisation,
      grants: [{ role: 'viewer', organisation }],
      step: 'none'
    }
  }

  holderOfToken(token: Actor): SessionHolder {
    const { id, name, organisation, isSandbox } = token
    const grants = token.grants.map(({ role, organisation: where }) => ({ role: role.id, organisation: where }))
    return { id, kind: 'token', name, organisation, grants, ...(isSandbox && { isSandbox }), step: 'none' }
  }

  #isManager({ id, name, organisation, grants }: Pick<Account, 'id' | 'name' | 'organisation' | 'grants'>): boolean {
    const resolved = this.#props.roles.resolve(grants)
    return isManager({ id: `person:${id}`, name, kind: 'person', organisation, grants: resolved })
  }

  async #holderOf({ person, device, token, via }: SessionRow): Promise<SessionHolder | undefined> {
    const { store, tokens } = this.#props
    if (person !== undefined) {
      const account = await store.account(person)
      return account?.state === 'active' ? this.holderOfPerson(account, via) : undefined
    }
    if (device !== undefined) {
      const found = await store.device(device)
      return found?.kind === 'display' ? this.holderOfDisplay(found) : undefined
    }
    const actor = token === undefined ? undefined : tokens.actor(token)
    return actor && this.holderOfToken(actor)
  }

  #added(secret: string, row: SessionRow, holder: SessionHolder): Opened {
    this.book.add(row, holder)
    const identified = this.book.identify(secret, true)
    if (!identified) throw new Error('open session: its life is over at once')
    return { secret, ...identified }
  }

  async #save(): Promise<void> {
    const { store } = this.#props
    const [touched, expired] = [this.book.takeTouched(), this.book.takeExpired()]
    if (touched.length > 0) await store.touchSessions(touched)
    if (expired.length > 0) await store.removeSessions(expired)
  }

  #line(action: string, holder: SessionHolder, address: string, detail: string): AuditEntry {
    return {
      at: this.#props.clock.now(),
      author: { id: holder.id, name: holder.name, address },
      action,
      object: holder.id,
      organisation: holder.organisation,
      outcome: 'done',
      detail,
      count: 1
    }
  }
}
