import type { FastifyRequest } from 'fastify'
import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import { authorise } from '../auth/authorise.ts'
import type { Action, Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { readHostCookie } from './cookies.ts'
import { isLocal } from './local-socket.ts'

/** Name of the session's cookie. */
export const sessionCookie = 'sen_session'

/** Whoever reaches the Unix socket in `SEN_DATA` (mode 600) is the machine's administrator. */
export const localAdministrator: Actor = { name: 'local', role: 'administrator', organisation: rootOrganisation }

/** The demo's visitors look, and change nothing. */
export const demoVisitor: Actor = { name: 'demo', role: 'viewer', organisation: rootOrganisation }

/** @returns who asks: by Unix socket, bearer token or session cookie; `undefined` for a stranger. */
export function actorOf(request: FastifyRequest, services: Services): Actor | undefined {
  if (isLocal(request)) return localAdministrator
  const { authorization } = request.headers
  if (authorization?.startsWith('Bearer ')) return services.tokens.identify(authorization.slice('Bearer '.length))
  const cookie = readHostCookie(request, sessionCookie)
  return cookie === undefined ? undefined : services.sessions.identify(cookie)
}

/** @throws SenError `SEN_UNAUTHENTICATED` for a stranger. */
export function requireActor(request: FastifyRequest, services: Services): Actor {
  const actor = actorOf(request, services)
  if (!actor) throw strangerError()
  return actor
}

/** @returns what a stranger is told. */
export function strangerError(): SenError {
  return new SenError('SEN_UNAUTHENTICATED', 'identify caller: no valid token or session', {
    hint: 'Send "Authorization: Bearer <token>"; "npm run sen -- token --role viewer" prints a token.'
  })
}

/**
 * Asks the one decision about rights.
 *
 * @throws SenError `SEN_FORBIDDEN` if the role lacks the action, `SEN_NOT_FOUND` if the object lies outside the actor's
 *   subtree: unknown and forbidden look the same.
 */
export function demand(services: Services, actor: Actor, action: Action, organisation: string, what: string): void {
  const decision = authorise(actor, action, { organisation }, services.registry.organisations)
  if (decision.isAllowed) return
  if (decision.reason === 'outside-subtree') throw new SenError('SEN_NOT_FOUND', `find ${what}: there is none`)
  throw new SenError('SEN_FORBIDDEN', `${action} ${what}: the role ${actor.role} may not`)
}

/** @returns whether the actor may read what belongs to the organisation. */
export function mayRead(services: Services, actor: Actor, organisation: string | undefined): boolean {
  if (organisation === undefined) return false
  return authorise(actor, 'read', { organisation }, services.registry.organisations).isAllowed
}
