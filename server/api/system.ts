import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { organisationId } from '../../model/ids.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Services } from '../services.ts'
import { actorOf, demand, requireActor } from './actor.ts'

const tags = ['system']

/** Tokens, connectors, accounting. */
export function systemRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.get('/accounting', { schema: { tags, summary: 'What became of everything received' } }, async request => {
    demand(services, requireActor(request, services), 'observe-system', rootOrganisation, 'accounting')
    return services.accounting()
  })

  app.get(
    '/system',
    { schema: { tags, summary: 'This server: where its MQTT door is, what clock it runs on' } },
    async request => {
      const actor = requireActor(request, services)
      demand(services, actor, 'observe-system', actor.organisation, 'system')
      return {
        http: services.httpUrl() ?? null,
        mqtt: services.mqttUrl() ?? null,
        clock: services.clockSetting ?? null,
        now: new Date(services.clock.now()).toISOString()
      }
    }
  )

  app.post(
    '/tokens',
    {
      schema: {
        tags,
        summary: 'An API token, shown once',
        body: z.object({
          name: z.string().trim().min(1).max(100).default('token'),
          role: z.enum(['administrator', 'operator', 'viewer', 'ingest']),
          organisation: organisationId.default(rootOrganisation),
          expiresInDays: z.number().positive().max(3650).optional()
        })
      }
    },
    async (request, reply) => {
      const { expiresInDays, ...body } = request.body
      demand(
        services,
        requireActor(request, services),
        'administer',
        body.organisation,
        `organisation ${body.organisation}`
      )
      return reply.status(201).send({ token: await services.administration.addToken(body, expiresInDays) })
    }
  )

  app.get('/connectors', { schema: { tags, summary: 'Connections to other brokers' } }, async request => {
    demand(services, requireActor(request, services), 'administer', rootOrganisation, 'connectors')
    return { items: services.connectors.status(), cursor: null }
  })

  app.post(
    '/connectors',
    {
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
      demand(services, requireActor(request, services), 'administer', rootOrganisation, 'connectors')
      if (body.url === undefined)
        return reply.status(201).send(await services.administration.connectorCredential(body.name))
      const { name, type, warning } = await services.connectors.add({ ...body, url: body.url })
      return reply.status(201).send({ name, type, warning })
    }
  )

  app.delete(
    '/connectors/:name',
    { schema: { tags, summary: 'Ends a connection and forgets it', params: z.object({ name: z.string().max(64) }) } },
    async (request, reply) => {
      demand(services, requireActor(request, services), 'administer', rootOrganisation, 'connectors')
      await services.connectors.remove(request.params.name)
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
