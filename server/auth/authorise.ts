import type { RegistrySnapshot } from '../../model/registry-snapshot.ts'
import type { Role } from '../../storage/state/state-store.ts'

/** Who asks: a role on the subtree of an organisation. */
export interface Actor {
  readonly name: string
  readonly role: Role
  /** Root of the subtree the role holds for. */
  readonly organisation: string
}

/** What is asked for. */
export type Action = 'read' | 'ingest' | 'administer' | 'observe-system'

/** On what: something that belongs to an organisation. */
export interface AuthorisedObject {
  readonly organisation: string
}

export type Decision =
  { readonly isAllowed: true } | { readonly isAllowed: false; readonly reason: 'role-lacks-action' | 'outside-subtree' }

const actionsOf: Readonly<Record<Role, readonly Action[]>> = {
  administrator: ['read', 'ingest', 'administer', 'observe-system'],
  operator: ['read', 'observe-system'],
  viewer: ['read', 'observe-system'],
  ingest: ['ingest']
}

/**
 * The one decision about rights: default deny, and why.
 *
 * @param organisations - the tree, to tell whether the object lies in the actor's subtree.
 */
export function authorise(
  actor: Actor,
  action: Action,
  object: AuthorisedObject,
  organisations: RegistrySnapshot['organisations']
): Decision {
  if (!actionsOf[actor.role].includes(action)) return { isAllowed: false, reason: 'role-lacks-action' }
  return isWithin(object.organisation, actor.organisation, organisations)
    ? { isAllowed: true }
    : { isAllowed: false, reason: 'outside-subtree' }
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
