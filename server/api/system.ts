import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { organisationId } from '../../model/ids.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Services } from '../services.ts'
import { actorOf, authorOf, demand, requireActor } from './actor.ts'

const tags = ['system']

/** Connectors, accounting. */
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

  app.get(
    '/connectors',
    { config: { access: 'manage-connections' }, schema: { tags, summary: 'Connections to other brokers' } },
    async request => {
      demand(services, requireActor(request, services), 'manage-connections', rootOrganisation, 'connectors')
      return { items: services.connectors.status(), cursor: null }
    }
  )

  app.post(
    '/connectors',
    {
      config: { access: 'manage-connections' },
      schema: {
        tags,
        summary: 'Connects out to a broker (with `url`), or gives a login for one that publishes to ours (without)',
        body: z.object({
          type: z.enum(['chirpstack', 'tts']),
          name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'must be lower-case letters, digits or "-"'),
          url: z.url({ protocol: /^(mqtts?|tcp|ssl|tls|wss?)$/ }).optional(),
          organisation: organisationId.default(rootOrganisation)
        })
      }
    },
    async (request, reply) => {
      const { body } = request
      // A connector brings messages of any device, so it is the root's to open.
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-connections', rootOrganisation, 'connectors')
      if (body.url === undefined)
        return reply.status(201).send(await services.administration.connectorCredential(body.name, authorOf(actor)))
      const { name, type, warning } = await services.connectors.add({ ...body, url: body.url }, authorOf(actor))
      return reply.status(201).send({ name, type, warning })
    }
  )

  app.delete(
    '/connectors/:name',
    {
      config: { access: 'manage-connections' },
      schema: { tags, summary: 'Ends a connection and forgets it', params: z.object({ name: z.string().max(64) }) }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-connections', rootOrganisation, 'connectors')
      await services.connectors.remove(request.params.name, authorOf(actor))
      return reply.status(204).send()
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
      const isTrusted = actorOf(request, services) !== undefined
      return reply.status(reasons.length === 0 ? 200 : 503).send({
        status: reasons.length === 0 ? 'ready' : 'not-ready',
        ...(isTrusted && { reasons, warnings })
      })
    }
  )

  app.get('/metrics', { schema: { tags, summary: 'Figures for Prometheus' } }, async (request, reply) => {
    const actor = requireActor(request, services)
    demand(services, actor, 'observe-system', rootOrganisation, 'metrics')
    return reply.type('text/plain; version=0.0.4').send(await services.metrics.text(await services.accounting()))
  })
}
