import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { rootOrganisation } from '../../model/registry.ts'
import type { Services } from '../services.ts'
import { actorOf, demand, may, requireActor } from './actor.ts'

const tags = ['system']

/** Accounting, and what this server is. */
export function systemRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.get(
    '/accounting',
    { config: { access: 'observe-system' }, schema: { tags, summary: 'What became of everything received' } },
    async request => {
      demand(services, requireActor(request, services), 'observe-system', rootOrganisation, 'accounting')
      return services.accounting()
    }
  )

  app.get(
    '/system',
    {
      config: { access: 'known' },
      schema: { tags, summary: 'This server: where its MQTT door is, what clock it runs on' }
    },
    async request => {
      requireActor(request, services)
      return {
        http: services.httpUrl() ?? null,
        mqtt: services.mqttUrl() ?? null,
        clock: services.clockSetting ?? null,
        now: new Date(services.clock.now()).toISOString()
      }
    }
  )
}

/** `/healthz`, `/readyz`, `/metrics` at the root. */
export function healthRoutes(app: FastifyInstance, services: Services): void {
  app.get('/healthz', { schema: { tags, summary: 'Alive', security: [] } }, async () => ({ status: 'alive' }))

  app.get(
    '/readyz',
    { schema: { tags, summary: 'Ready to take messages; reasons with a token', security: [] } },
    async (request, reply) => {
      const { reasons, warnings } = services.health
      const actor = actorOf(request, services)
      const isTrusted = actor !== undefined
      // How fast the log grows says what others do.
      const maySeePulse = actor !== undefined && may(services, actor, 'observe-system', rootOrganisation)
      return reply.status(reasons.length === 0 ? 200 : 503).send({
        status: reasons.length === 0 ? 'ready' : 'not-ready',
        ...(isTrusted && { reasons, warnings }),
        ...(maySeePulse && pulseOf(services))
      })
    }
  )

  app.get('/metrics', { schema: { tags, summary: 'Figures for Prometheus' } }, async (request, reply) => {
    const actor = requireActor(request, services)
    demand(services, actor, 'observe-system', rootOrganisation, 'metrics')
    return reply.type('text/plain; version=0.0.4').send(await services.metrics.text(await services.accounting()))
  })
}

/** What must move while Sen lives: the raw log, which has a tick a second, and the loop that tells people. */
function pulseOf({ notifier, logPosition }: Services) {
  return { log: { position: logPosition() }, notifier: { ageMs: notifier.ageMs ?? null } }
}
