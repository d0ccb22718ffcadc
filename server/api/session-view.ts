import type { FastifyReply, FastifyRequest } from 'fastify'
import { actionsOf } from '../auth/authorise.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Session } from '../auth/session-book.ts'
import type { Opened } from '../auth/sessions.ts'
import type { Caller } from '../auth/sign-in.ts'
import type { Site } from '../auth/passkeys.ts'
import type { Services } from '../services.ts'
import { sessionCookie } from './actor.ts'
import { readHostCookie, setHostCookie } from './cookies.ts'
import { addressOf, ownOrigins } from './transport.ts'

/** A browser keeps its session's cookie for so long, s. */
export const sessionS = 12 * 60 * 60
/** Cookie of a browser in which somebody has logged in, and how long it is kept, s. */
const browserCookie = 'sen_browser'
const browserS = 365 * 24 * 60 * 60

/** What a browser is told of its session. */
export function sessionView(services: Services, actor: Actor, session: Session | undefined) {
  const { organisations } = services.registry
  const nameOf = (id: string): string => organisations.get(id)?.name ?? id
  const idleMs = session && services.sessions.book.idleMs(session, actor)
  return {
    actor: {
      id: actor.id,
      name: actor.name,
      kind: actor.kind,
      organisation: actor.organisation,
      organisationName: nameOf(actor.organisation),
      grants: actor.grants.map(({ role, organisation }) => ({
        role: role.id,
        organisation,
        organisationName: nameOf(organisation)
      })),
      actions: [...actionsOf(actor)]
    },
    step: session?.holder.step ?? 'none',
    via: actor.kind === 'visitor' ? 'demo' : (session?.via ?? 'token'),
    idleAfterS: idleMs === undefined ? null : idleMs / 1000,
    device: session?.device ?? null
  }
}

/** Gives the browser its session. @returns what it is told of it. */
export function welcome(reply: FastifyReply, services: Services, opened: Opened, newBrowser?: string) {
  setHostCookie(reply, sessionCookie, opened.secret, sessionS)
  if (newBrowser !== undefined) setHostCookie(reply, browserCookie, newBrowser, browserS)
  return sessionView(services, opened.actor, opened.session)
}

/** @returns from where the request comes. */
export function callerOf(request: FastifyRequest): Caller {
  return { address: addressOf(request), browser: readHostCookie(request, browserCookie) }
}

/** @returns the name under which the browser reaches Sen: its own word, if it is one of ours. */
export function siteOf(request: FastifyRequest, services: Services): Site {
  const own = ownOrigins(request, services)
  const { origin } = request.headers
  return { origin: origin !== undefined && own.includes(origin) ? origin : (own[0] ?? '') }
}
