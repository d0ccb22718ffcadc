import type { Clock } from '../../model/clock.ts'
import type { Grant } from '../../model/person.ts'
import type { SessionRow } from '../../storage/state/people-store.ts'
import { actionsOf } from './authorise.ts'
import type { Actor } from './authorise.ts'
import type { Action } from './actions.ts'
import type { RoleBook } from './roles.ts'
import { hashOf, newSecret } from './secrets.ts'

/** What a session must see to before it is good for anything but the own account. */
export type SessionStep = 'none' | 'second-factor' | 'change-password'

/** Whose session it is, as it is known now. */
export interface SessionHolder {
  /** `person:12`, `display:…`, `token:3`, `demo`. */
  readonly id: string
  readonly kind: Actor['kind']
  readonly name: string
  readonly organisation: string
  readonly grants: readonly Grant[]
  readonly isSandbox?: boolean
  readonly step: SessionStep
}

/** A browser that is signed in. */
export interface Session extends SessionRow {
  /** For lists: tells nothing of the secret. */
  readonly id: string
  readonly holder: SessionHolder
}

export interface IdleRules {
  /** Without activity for so long a console session ends, ms (TCVN 14423:2026, 5.5.2.2 a). */
  readonly peopleMs: number
  /** The same for who may manage anything. */
  readonly administratorsMs: number
}

const mostSessions = 30_000
/** Who may manage is held to the shorter time, and to a second factor. */
const managing: readonly Action[] = ['manage-people', 'manage-devices', 'manage-tokens', 'manage-connections']

interface Kept {
  row: SessionRow
  holder: SessionHolder
  /** Built from the holder's grants as the roles stood at `rolesVersion`. */
  actor: Actor | undefined
  rolesVersion: number
  isTouched: boolean
}

/** @returns whether it may manage what others use. */
export function isManager(actor: Actor): boolean {
  const may = actionsOf(actor)
  return managing.some(action => may.has(action))
}

/** Browser sessions in memory, by the hash of their secret. Whoever opens or closes them keeps them in the state too. */
export class SessionBook {
  readonly #sessions = new Map<string, Kept>()
  readonly #clock: Clock
  readonly #roles: RoleBook
  readonly #idle: IdleRules

  constructor(clock: Clock, roles: RoleBook, idle: IdleRules) {
    this.#clock = clock
    this.#roles = roles
    this.#idle = idle
  }

  /** Takes up a session that was opened earlier. */
  add(row: SessionRow, holder: SessionHolder): void {
    if (this.#sessions.size >= mostSessions) this.#dropOldest()
    this.#sessions.set(row.hash, { row, holder, actor: undefined, rolesVersion: -1, isTouched: false })
  }

  /** @returns a new session's secret for the cookie, and its row; it is not added yet. */
  prepare(facts: Pick<SessionRow, 'person' | 'device' | 'token' | 'via' | 'address'>, lifeMs: number) {
    const secret = newSecret()
    const now = this.#clock.now()
    const row: SessionRow = {
      ...facts,
      hash: hashOf(secret),
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + lifeMs
    }
    return { secret, row }
  }

  /**
   * Finds the session of a secret, unless it has expired or was idle for too long.
   *
   * @param isActivity - whether a person did something, and not a timer of the page.
   */
  identify(secret: string, isActivity: boolean): { readonly session: Session; readonly actor: Actor } | undefined {
    const kept = this.#sessions.get(hashOf(secret))
    if (!kept) return undefined
    const now = this.#clock.now()
    const actor = this.#actorOf(kept)
    const idleMs = this.idleMs(kept.row, actor)
    if (kept.row.expiresAt <= now || (idleMs !== undefined && kept.row.lastSeenAt + idleMs <= now)) {
      this.#sessions.delete(kept.row.hash)
      return undefined
    }
    if (isActivity && now > kept.row.lastSeenAt) {
      kept.row = { ...kept.row, lastSeenAt: now }
      kept.isTouched = true
    }
    return { session: shown(kept), actor }
  }

  /** How long it may be idle, ms; `undefined`: enrolled phones ask for their PIN instead, displays and programs have nobody. */
  idleMs(row: Pick<SessionRow, 'via' | 'person'>, actor: Actor): number | undefined {
    if (row.via === 'device' || row.person === undefined) return undefined
    return isManager(actor) ? this.#idle.administratorsMs : this.#idle.peopleMs
  }

  /** Every session that fits. */
  list(fits: (session: Session) => boolean): readonly Session[] {
    return [...this.#sessions.values()].map(shown).filter(fits)
  }

  /** Ends those that fit. @returns the hashes of those that were there. */
  end(fits: (session: Session) => boolean): readonly string[] {
    const hashes = this.list(fits).map(({ hash }) => hash)
    for (const hash of hashes) this.#sessions.delete(hash)
    return hashes
  }

  /** What is known of a holder has changed: it counts for the sessions that are open. */
  update(holder: SessionHolder): void {
    for (const kept of this.#sessions.values()) {
      if (kept.holder.id !== holder.id) continue
      // What must be seen to was asked of who came by a password; other ways in are second factors themselves.
      kept.holder = kept.row.via === 'password' ? holder : { ...holder, step: 'none' }
      kept.actor = undefined
    }
  }

  /** @returns what was used since the last call, for the state. */
  takeTouched(): readonly { readonly hash: string; readonly at: number }[] {
    const touched = [...this.#sessions.values()].filter(({ isTouched }) => isTouched)
    return touched.map(kept => {
      kept.isTouched = false
      return { hash: kept.row.hash, at: kept.row.lastSeenAt }
    })
  }

  /** Drops what has expired. @returns their hashes. */
  takeExpired(): readonly string[] {
    const now = this.#clock.now()
    return this.end(({ expiresAt }) => expiresAt <= now)
  }

  #actorOf(kept: Kept): Actor {
    if (kept.actor && kept.rolesVersion === this.#roles.version) return kept.actor
    const { step: _step, grants, ...who } = kept.holder
    kept.actor = { ...who, grants: this.#roles.resolve(grants) }
    kept.rolesVersion = this.#roles.version
    return kept.actor
  }

  #dropOldest(): void {
    for (const hash of this.#sessions.keys()) {
      this.#sessions.delete(hash)
      return
    }
  }
}

function shown({ row, holder }: Kept): Session {
  return { ...row, id: row.hash.slice(0, 16), holder }
}
