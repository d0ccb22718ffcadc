import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ngheAnOrganisations } from '../../devices/places/nghe-an-organisations.ts'
import { SenError } from '../../model/errors.ts'
import { organisationId } from '../../model/ids.ts'
import { kindOf, organisation, rootOrganisation } from '../../model/registry.ts'
import type { Organisation } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { merged } from './merge-patch.ts'

const tags = ['registry']

/** The organisation as the API says it: what it is, also where it was registered before there were kinds. */
export function shownOrganisation(one: Organisation): Organisation {
  return { ...one, kind: kindOf(one) }
}

/** Changing, moving and removing organisations; adding the province's own at once. */
export function organisationRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration } = services

  app.patch(
    '/organisations/:id',
    {
      config: { access: 'manage-people' },
      schema: {
        tags,
        summary: 'Changes an organisation, or moves it below another; null takes an optional field away',
        params: z.object({ id: organisationId }),
        body: z.object({
          name: organisation.shape.name.optional(),
          nameEn: organisation.shape.nameEn.nullish(),
          kind: organisation.shape.kind,
          parent: organisation.shape.parent,
          commune: organisation.shape.commune.nullish()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = request.params
      const changed = await administration.revise(
        'organisation',
        id,
        present => {
          demandVisible(actor, id)
          demand(services, actor, 'manage-people', id, `organisation ${id}`)
          const { parent } = request.body
          for (const above of parent === undefined || parent === present.parent ? [] : [present.parent, parent]) {
            if (above !== undefined) demand(services, actor, 'manage-people', above, `organisation ${above}`)
          }
          return organisation.parse(merged(present, request.body))
        },
        authorOf(actor)
      )
      return shownOrganisation(changed)
    }
  )

  app.delete(
    '/organisations/:id',
    {
      config: { access: 'manage-people' },
      schema: {
        tags,
        summary: 'Removes an organisation that nothing belongs to any more',
        params: z.object({ id: organisationId })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      await administration.remove(
        'organisation',
        request.params.id,
        ({ id, parent = rootOrganisation }) => {
          demandVisible(actor, id)
          demand(services, actor, 'manage-people', parent, `organisation ${parent}`)
        },
        authorOf(actor)
      )
      return reply.status(204).send()
    }
  )

  app.post(
    '/organisations/import',
    {
      config: { access: 'manage-people' },
      schema: {
        tags,
        summary: 'Adds the communes and agencies of a province below the root, those that are missing',
        body: z.object({ set: z.enum(['nghe-an']) })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-people', rootOrganisation, 'organisations')
      const added = await administration.importOrganisations(ngheAnOrganisations, authorOf(actor))
      const communes = added.filter(({ kind }) => kind === 'commune').length
      return {
        set: request.body.set,
        communes,
        agencies: added.length - communes,
        present: ngheAnOrganisations.length - added.length
      }
    }
  )

  /** What the actor may not see looks like what is not there, whatever its role. */
  function demandVisible(actor: Actor, id: string): void {
    if (mayRead(services, actor, id)) return
    throw new SenError('SEN_NOT_FOUND', `find organisation ${id}: there is none`)
  }
}
