import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import type { Services } from '../services.ts'
import { actorOf, demoVisitor, sessionCookie } from './actor.ts'
import { clearHostCookie, readHostCookie, setHostCookie } from './cookies.ts'
import { demandSecure } from './transport.ts'

const tags = ['session']
/** A browser keeps its session's cookie for so long, s. */
const sessionS = 12 * 60 * 60

/** Signing a browser in and out. */
export function sessionRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.post(
    '/session',
    {
      config: { rateLimit: { max: 20, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'Opens a browser session with a token',
        security: [],
        body: z.object({ token: z.string().min(1).max(200) })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const actor = services.tokens.identify(request.body.token)
      if (!actor) {
        services.metrics.refused('credentials')
        throw new SenError('SEN_UNAUTHENTICATED', 'open session: the token is not valid')
      }
      setHostCookie(reply, sessionCookie, services.sessions.open(actor), sessionS)
      return reply.status(204).send()
    }
  )

  app.delete(
    '/session',
    { schema: { tags, summary: 'Ends the browser session', security: [] } },
    async (request, reply) => {
      const secret = readHostCookie(request, sessionCookie)
      if (secret !== undefined) services.sessions.close(secret)
      clearHostCookie(reply, sessionCookie)
      return reply.status(204).send()
    }
  )
}

/**
 * Gives a visitor of the demo's page a session that may look: only from this machine, and only under a loopback name, so
 * that no page elsewhere can reach it by a name of its own (DNS rebinding).
 */
export function welcomeDemoVisitor(request: FastifyRequest, reply: FastifyReply, services: Services): void {
  if (!services.isDemo || actorOf(request, services)) return
  const isLocal = /^(127\.|::1$|::ffff:127\.)/.test(request.raw.socket.remoteAddress ?? '')
  if (isLocal && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(request.hostname)) {
    setHostCookie(reply, sessionCookie, services.sessions.shared(demoVisitor), sessionS)
  }
}
