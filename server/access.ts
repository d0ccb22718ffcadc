import type { Clock } from '../model/clock.ts'
import type { Log } from '../model/log.ts'
import type { RegistrySnapshot } from '../model/registry-snapshot.ts'
import { systemAuthor } from '../model/audit.ts'
import type { PeopleStore } from '../storage/state/people-store.ts'
import type { ApiToken } from '../storage/state/state-store.ts'
import { AuditTrail } from './auth/audit-trail.ts'
import { DisplayPairing } from './auth/display-pairing.ts'
import { Enrolment } from './auth/enrolment.ts'
import type { KeyFile } from './auth/key-file.ts'
import { OwnAccount } from './auth/own-account.ts'
import { Passkeys } from './auth/passkeys.ts'
import { RoleBook } from './auth/roles.ts'
import { Sessions } from './auth/sessions.ts'
import { Setup } from './auth/setup.ts'
import { SignIn } from './auth/sign-in.ts'
import { TokenBook } from './auth/token-book.ts'
import type { Settings } from './config.ts'
import { People } from './people.ts'

export interface AccessProps {
  readonly settings: Settings
  readonly peopleStore: PeopleStore
  readonly tokens: readonly ApiToken[]
  readonly touchTokens: (used: readonly { readonly id: number; readonly at: number }[]) => Promise<void>
  readonly registry: RegistrySnapshot
  readonly keys: KeyFile
  readonly clock: Clock
  readonly log: Log
  readonly onRefused: (reason: 'credentials' | 'tries') => void
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** The calendar's months differ; the log is kept rather longer. */
const monthMs = 31 * dayMs
const careEveryMs = hourMs
/** How soon who is in by a token that has ended is sent away, ms. */
const tellEveryMs = 2000

/** Everything about who may come in and what they may do, and what happens to it by the clock. */
export class Access {
  readonly peopleStore: PeopleStore
  readonly roles: RoleBook
  readonly tokens: TokenBook
  readonly trail: AuditTrail
  readonly sessions: Sessions
  readonly passkeys: Passkeys
  readonly signIn: SignIn
  readonly ownAccount: OwnAccount
  readonly enrolment: Enrolment
  readonly displays: DisplayPairing
  readonly setup: Setup
  readonly people: People
  readonly #props: AccessProps
  #timer: NodeJS.Timeout | undefined
  #watch: NodeJS.Timeout | undefined

  constructor(props: AccessProps) {
    this.#props = props
    const { settings, peopleStore: store, clock, log, keys, registry, onRefused } = props
    this.peopleStore = store
    this.roles = new RoleBook()
    this.tokens = new TokenBook(props.tokens, clock, this.roles)
    this.trail = new AuditTrail({ store, clock, log })
    const idle = {
      peopleMs: settings.SEN_IDLE_MINUTES * minuteMs,
      administratorsMs: settings.SEN_ADMIN_IDLE_MINUTES * minuteMs
    }
    const passwordLifeMs = settings.SEN_PASSWORD_DAYS * dayMs
    const { roles, tokens, trail } = this
    this.sessions = new Sessions({ store, roles, tokens, clock, log, idle, passwordLifeMs })
    this.passkeys = new Passkeys(clock)
    const shared = { store, sessions: this.sessions, clock }
    const lockMs = settings.SEN_LOCK_HOURS * hourMs
    const { passkeys } = this
    this.signIn = new SignIn({ ...shared, tokens, passkeys, keys, trail, lockMs, onRefused })
    this.ownAccount = new OwnAccount({ ...shared, roles, passkeys, keys })
    const { signIn, ownAccount: account } = this
    this.enrolment = new Enrolment({ ...shared, signIn, account, trail })
    this.displays = new DisplayPairing(shared)
    this.setup = new Setup({ ...shared, signIn, account })
    const { enrolment, setup } = this
    const unusedMs = settings.SEN_UNUSED_DAYS * dayMs
    this.people = new People({ ...shared, registry, roles, signIn, enrolment, setup, unusedMs })
  }

  async start(): Promise<void> {
    for (const role of await this.peopleStore.roles()) this.roles.put(role)
    await this.signIn.start()
    await this.sessions.start()
    await this.setup.start()
    this.trail.start()
    this.#watch = setInterval(() => {
      this.tokens.tellEnded()
    }, tellEveryMs)
    this.#timer = setInterval(() => {
      this.#care().catch((cause: unknown) => {
        this.#props.log.warn({ cause }, 'Care of accounts and audit log failed; it is tried again')
      })
    }, careEveryMs)
  }

  /** What was noted is written. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    clearInterval(this.#watch)
    await this.sessions.stop()
    await this.#touchTokens()
    await this.trail.stop()
  }

  /** Closes accounts that nobody uses, and removes what the audit log need not keep any longer. */
  async #care(): Promise<void> {
    const { clock, settings, log } = this.#props
    await this.#touchTokens()
    const closed = await this.people.closeUnused(systemAuthor)
    if (closed > 0) log.info({ closed }, 'Accounts closed that nobody has used')
    await this.peopleStore.trimAudit(clock.now() - settings.SEN_AUDIT_MONTHS * monthMs)
  }

  async #touchTokens(): Promise<void> {
    const used = this.tokens.takeUsed()
    if (used.length > 0) await this.#props.touchTokens(used)
  }
}
