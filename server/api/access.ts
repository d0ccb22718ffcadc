import type { FastifyInstance, FastifyRequest } from 'fastify'
import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Action } from '../auth/actions.ts'
import { mayAnywhere } from '../auth/authorise.ts'
import { strangerAt } from '../auth/sign-in.ts'
import { tokenIdOf } from '../auth/token-book.ts'
import type { Services } from '../services.ts'
import { askingOf, authorOf, strangerError } from './actor.ts'
import { addressOf } from './transport.ts'

/**
 * Who may ask at a route at all. `open`: anybody, the route has a rule of its own. `own`: who has a session, about itself,
 * also while something has to be seen to first. `known`: who is known. An action, or one of several: whose role has it for
 * some organisation; on what exactly is for the route to ask.
 */
export type Access = 'open' | 'own' | 'known' | Action | readonly Action[]

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route of the API says who may ask at it: one that does not is refused when it is made. */
    readonly access?: Access
  }
}

/** Nobody comes past a route's rule: it is asked before a byte of the body is read. */
export function accessRules(api: FastifyInstance, services: Services): void {
  api.addHook('onRoute', ({ url, method, config }) => {
    if (config?.access === undefined) throw new Error(`add route ${String(method)} ${url}: it does not say who may ask`)
  })
  api.addHook('onRequest', async request => {
    const { access = 'known' } = request.routeOptions.config
    if (access === 'open') return
    const asking = askingOf(request, services)
    if (!asking) {
      if (request.headers.authorization !== undefined) noteWrongToken(request)
      throw strangerError()
    }
    const { actor, session } = asking
    if (actor.kind === 'token') services.tokens.take(tokenIdOf(actor))
    if (access === 'own') return
    if (session !== undefined && session.holder.step !== 'none') {
      throw new SenError('SEN_FORBIDDEN', `ask ${request.routeOptions.url}: ${session.holder.step} comes first`, {
        hint: 'GET /session says in "step" what has to be seen to.'
      })
    }
    if (access === 'known') return
    const wanted = typeof access === 'string' ? [access] : access
    if (wanted.some(action => mayAnywhere(actor, action))) return
    services.trail.note({
      author: authorOf(actor),
      action: `deny.${wanted[0] ?? ''}`,
      object: `${request.method} ${request.routeOptions.url ?? ''}`,
      organisation: rootOrganisation,
      outcome: 'denied',
      detail: 'role-lacks-action'
    })
    const roles = actor.grants.map(({ role }) => role.id).join(', ')
    throw new SenError('SEN_FORBIDDEN', `${wanted.join(' or ')}: the role ${roles} may not`)
  })

  function noteWrongToken(request: FastifyRequest): void {
    services.trail.note({
      author: strangerAt(addressOf(request)),
      action: 'token.use',
      object: '',
      organisation: rootOrganisation,
      outcome: 'failed',
      detail: 'an Authorization header without a valid token'
    })
  }
}
