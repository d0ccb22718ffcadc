import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Action } from './actions.ts'
import type { Role } from './roles.ts'

/** A role on the subtree below an organisation. */
export interface ActorGrant {
  readonly role: Role
  readonly organisation: string
}

/** Who asks. */
export interface Actor {
  /** As the audit log names it: `person:12`, `token:3`, `display:…`, `local`, `demo`. */
  readonly id: string
  /** For people to read. */
  readonly name: string
  readonly kind: 'person' | 'display' | 'token' | 'visitor' | 'local'
  /** Where the actor belongs, and what it sees where nothing else is named. */
  readonly organisation: string
  readonly grants: readonly ActorGrant[]
  /** Sees only what is simulated. */
  readonly isSandbox?: boolean
  /** From where it asks this time. */
  readonly address?: string
}

/** On what: something that belongs to an organisation. */
export interface AuthorisedObject {
  readonly organisation: string
  /** Belongs to the simulated province. */
  readonly isSimulated?: boolean
  /** Who made what is to be approved: nobody approves what is their own. */
  readonly creator?: string
}

/** Why not, from a closed list: it goes into logs, the audit log and tests. */
export type DenialReason = 'role-lacks-action' | 'outside-subtree' | 'outside-sandbox' | 'own-work'

export type Decision = { readonly isAllowed: true } | { readonly isAllowed: false; readonly reason: DenialReason }

const allowed: Decision = { isAllowed: true }

/** What a sandbox may do at all: look. */
const sandboxActions: ReadonlySet<Action> = new Set(['read', 'export'])

/**
 * The one decision about rights: default deny, and why.
 *
 * @param organisations - the tree, to tell whether the object lies in the subtree of a grant.
 */
export function authorise(
  actor: Actor,
  action: Action,
  object: AuthorisedObject,
  organisations: RegistrySnapshot['organisations']
): Decision {
  if (!mayAnywhere(actor, action)) return denied('role-lacks-action')
  const isCovered = actor.grants.some(
    ({ role, organisation }) => role.actions.has(action) && isWithin(object.organisation, organisation, organisations)
  )
  if (!isCovered) return denied('outside-subtree')
  if (actor.isSandbox && object.isSimulated !== true) return denied('outside-sandbox')
  if (action === 'approve' && object.creator === actor.id) return denied('own-work')
  return allowed
}

/** @returns whether the actor may do this to anything at all. */
export function mayAnywhere(actor: Actor, action: Action): boolean {
  if (actor.isSandbox && !sandboxActions.has(action)) return false
  return actor.grants.some(({ role }) => role.actions.has(action))
}

/** @returns every action that the actor may do somewhere. */
export function actionsOf(actor: Actor): ReadonlySet<Action> {
  return new Set(actor.grants.flatMap(({ role }) => [...role.actions]).filter(action => mayAnywhere(actor, action)))
}

/** @returns whether the organisation is `ancestor` or lies below it. A broken chain lies below nothing. */
export function isWithin(
  organisation: string,
  ancestor: string,
  organisations: RegistrySnapshot['organisations']
): boolean {
  const seen = new Set<string>()
  for (let at: string | undefined = organisation; at !== undefined && !seen.has(at);) {
    if (at === ancestor) return true
    seen.add(at)
    at = organisations.get(at)?.parent
  }
  return false
}

function denied(reason: DenialReason): Decision {
  return { isAllowed: false, reason }
}
