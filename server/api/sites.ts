import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { siteId } from '../../model/ids.ts'
import { site } from '../../model/registry.ts'
import type { Site } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { merged } from './merge-patch.ts'

const tags = ['registry']

/** Changing, giving away and removing sites. */
export function siteRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry } = services

  app.patch(
    '/sites/:id',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Changes a site, or gives it to another organisation; null takes an optional field away',
        params: z.object({ id: siteId }),
        body: z.object({
          name: site.shape.name.optional(),
          organisation: site.shape.organisation.optional(),
          commune: site.shape.commune.nullish(),
          position: site.shape.position.nullish()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = request.params
      const changed = await administration.revise(
        'site',
        id,
        present => {
          demandVisible(actor, present)
          const owner = request.body.organisation ?? present.organisation
          demand(services, actor, 'manage-devices', present.organisation, `site ${id}`)
          demand(services, actor, 'manage-devices', owner, `organisation ${owner}`)
          return site.parse(merged(present, request.body))
        },
        authorOf(actor)
      )
      return { ...changed, commune: registry.communeOf(changed) }
    }
  )

  app.delete(
    '/sites/:id',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Removes a site without devices, and its logins',
        params: z.object({ id: siteId })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      await administration.remove(
        'site',
        request.params.id,
        present => {
          demandVisible(actor, present)
          demand(services, actor, 'manage-devices', present.organisation, `site ${present.id}`)
        },
        authorOf(actor)
      )
      return reply.status(204).send()
    }
  )

  /** What the actor may not see looks like what is not there, whatever its role. */
  function demandVisible(actor: Actor, { id, organisation }: Site): void {
    if (mayRead(services, actor, organisation)) return
    throw new SenError('SEN_NOT_FOUND', `find site ${id}: there is none`)
  }
}
