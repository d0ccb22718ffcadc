import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { rootOrganisation } from '../../model/registry.ts'
import type { Services } from '../services.ts'
import { demand, may, requireActor } from './actor.ts'
import { isoOf, isoTime } from './times.ts'

const tags = ['audit']
const config = { access: 'read-audit' } as const
const word = z.string().max(200)

/** The audit log, for auditors: of their subtree. Nothing in the API changes it. */
export function auditRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { peopleStore, registry } = services

  app.get(
    '/audit',
    {
      config,
      schema: {
        tags,
        summary: 'Who did what, newest first',
        querystring: z.object({
          from: isoTime.optional(),
          to: isoTime.optional(),
          actor: word.optional(),
          action: word.optional(),
          object: word.optional(),
          outcome: z.enum(['done', 'denied', 'failed']).optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          cursor: z.coerce.number().int().positive().optional()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { cursor, limit, ...query } = request.query
      const seen = [...registry.organisations.keys()].filter(id => may(services, actor, 'read-audit', id))
      const organisations = may(services, actor, 'read-audit', rootOrganisation) ? undefined : seen
      const records = await peopleStore.auditRecords({ ...query, organisations, before: cursor, limit })
      const last = records.at(-1)
      return {
        items: records.map(({ author, at, before, after, ...rest }) => ({
          ...rest,
          at: isoOf(at),
          actor: author.id,
          actorName: author.name,
          address: author.address,
          before: before ?? null,
          after: after ?? null
        })),
        cursor: records.length === limit && last ? last.id : null
      }
    }
  )

  app.get(
    '/audit/verdict',
    { config, schema: { tags, summary: 'Whether every line of the audit log is as it was written' } },
    async request => {
      demand(services, requireActor(request, services), 'read-audit', rootOrganisation, 'audit log')
      return peopleStore.verifyAudit()
    }
  )
}
