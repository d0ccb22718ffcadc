import type { FastifyRequest } from 'fastify'
import type { Author } from '../../model/audit.ts'
import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Action } from '../auth/actions.ts'
import { authorise } from '../auth/authorise.ts'
import type { Actor, AuthorisedObject, DenialReason } from '../auth/authorise.ts'
import type { Session, SessionHolder } from '../auth/session-book.ts'
import type { Services } from '../services.ts'
import { readHostCookie } from './cookies.ts'
import { isLocal } from './local-socket.ts'
import { addressOf } from './transport.ts'

/** Name of the session's cookie. */
export const sessionCookie = 'sen_session'

/** The demo's visitors look, and change nothing. */
export const demoVisitor: SessionHolder = {
  id: 'demo',
  kind: 'visitor',
  name: 'demo',
  organisation: rootOrganisation,
  grants: [{ role: 'viewer', organisation: rootOrganisation }],
  step: 'none'
}

/** A header by which the console says that a timer asks, and nobody did anything. */
const backgroundHeader = 'x-sen-background'

/** Who asks, and by which session if by one. */
export interface Asking {
  readonly actor: Actor
  readonly session: Session | undefined
}

/** Whether somebody does something by it, so that a session counts as used; a stream that goes on is no activity. */
interface AskingOptions {
  readonly isActivity: boolean
}

/** @returns who asks: by Unix socket, bearer token or session cookie; `undefined` for a stranger. */
export function askingOf(
  request: FastifyRequest,
  services: Services,
  { isActivity }: AskingOptions = { isActivity: request.headers[backgroundHeader] === undefined }
): Asking | undefined {
  const address = addressOf(request)
  if (isLocal(request)) return { actor: localAdministrator(services), session: undefined }
  const { authorization } = request.headers
  if (authorization?.startsWith('Bearer ')) {
    const actor = services.tokens.identify(authorization.slice('Bearer '.length))
    return actor && { actor: { ...actor, address }, session: undefined }
  }
  const cookie = readHostCookie(request, sessionCookie)
  if (cookie === undefined) return undefined
  const found = services.sessions.book.identify(cookie, isActivity)
  return found && { actor: { ...found.actor, address }, session: found.session }
}

/** @returns who asks, if there is nothing that it must see to first; `undefined` for a stranger. */
export function actorOf(request: FastifyRequest, services: Services, options?: AskingOptions): Actor | undefined {
  const asking = askingOf(request, services, options)
  return asking?.session === undefined || asking.session.holder.step === 'none' ? asking?.actor : undefined
}

/** @throws SenError `SEN_UNAUTHENTICATED` for a stranger. */
export function requireActor(request: FastifyRequest, services: Services): Actor {
  const actor = actorOf(request, services)
  if (!actor) throw strangerError()
  return actor
}

/** @throws SenError `SEN_UNAUTHENTICATED` for who has no session. */
export function requireSession(request: FastifyRequest, services: Services): Session {
  const session = askingOf(request, services)?.session
  if (!session) throw strangerError()
  return session
}

/** @returns what a stranger is told. */
export function strangerError(): SenError {
  return new SenError('SEN_UNAUTHENTICATED', 'identify caller: no valid token or session', {
    hint: 'Send "Authorization: Bearer <token>"; "npm run sen -- token --role viewer" prints a token.'
  })
}

/** @returns the actor as the audit log names it. */
export function authorOf({ id, name, address = '' }: Actor): Author {
  return { id, name, address }
}

/**
 * Asks the one decision about rights; a denial stands in the audit log.
 *
 * @param of - the organisation that the object belongs to, or more that is known of it.
 * @throws SenError `SEN_FORBIDDEN` if no role of the actor has the action, or the object is one that it may see;
 *   otherwise `SEN_NOT_FOUND`: unknown and forbidden look the same.
 */
export function demand(
  services: Services,
  actor: Actor,
  action: Action,
  of: string | AuthorisedObject,
  what: string
): void {
  const object = typeof of === 'string' ? { organisation: of } : of
  const decision = authorise(actor, action, object, services.registry.organisations)
  if (decision.isAllowed) return
  services.trail.note({
    author: authorOf(actor),
    action: `deny.${action}`,
    object: what,
    organisation: services.registry.organisations.has(object.organisation) ? object.organisation : rootOrganisation,
    outcome: 'denied',
    detail: decision.reason
  })
  throw denial(services, { actor, action, object, what, reason: decision.reason })
}

interface Denied {
  readonly actor: Actor
  readonly action: Action
  readonly object: AuthorisedObject
  readonly what: string
  readonly reason: DenialReason
}

function denial(services: Services, { actor, action, object, what, reason }: Denied): SenError {
  const isSeen = action !== 'read' && authorise(actor, 'read', object, services.registry.organisations).isAllowed
  if (reason === 'role-lacks-action' || reason === 'own-work' || isSeen) {
    const roles = actor.grants.map(({ role }) => role.id).join(', ')
    return new SenError('SEN_FORBIDDEN', `${action} ${what}: the role ${roles} may not`)
  }
  return new SenError('SEN_NOT_FOUND', `find ${what}: there is none`)
}

/** @returns whether the actor may do this to what belongs to the organisation. */
export function may(
  services: Services,
  actor: Actor,
  action: Action,
  of: AuthorisedObject | string | undefined
): boolean {
  if (of === undefined) return false
  const object = typeof of === 'string' ? { organisation: of } : of
  return authorise(actor, action, object, services.registry.organisations).isAllowed
}

/** @returns whether the actor may read what belongs to the organisation. */
export function mayRead(services: Services, actor: Actor, of: AuthorisedObject | string | undefined): boolean {
  return may(services, actor, 'read', of)
}

/** Whoever reaches the Unix socket in `SEN_DATA` (mode 600) is the machine's administrator. */
function localAdministrator({ roles }: Services): Actor {
  return {
    id: 'local',
    name: 'local',
    kind: 'local',
    organisation: rootOrganisation,
    grants: roles.resolve([{ role: 'administrator', organisation: rootOrganisation }])
  }
}
