import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { placeGroupId } from '../../model/ids.ts'
import { placeGroup, rootOrganisation } from '../../model/registry.ts'
import type { PlaceGroup } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { merged } from './merge-patch.ts'
import { placeGroupItem, placeItems } from './place-items.ts'
import { communesOf } from './site-choice.ts'

const tags = ['places']
const params = z.object({ id: placeGroupId })

/**
 * Communes, and groups of communes. Which there are is public knowledge; what stands in them each sees of its own. Groups
 * belong to the province, so its administrators make them.
 */
export function placeRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry } = services

  app.get(
    '/places',
    {
      config: { access: 'known' },
      schema: { tags, summary: 'Communes, wards and groups of them, with how many sites and devices you may see there' }
    },
    async request => ({ items: placeItems(services, requireActor(request, services)), cursor: null })
  )

  app.get(
    '/place-groups',
    { config: { access: 'known' }, schema: { tags, summary: 'Groups of communes' } },
    async request => {
      const actor = requireActor(request, services)
      const items = [...registry.placeGroups.values()].map(group => placeGroupItem(services, actor, group))
      return { items, cursor: null }
    }
  )

  app.get(
    '/place-groups/:id',
    { config: { access: 'known' }, schema: { tags, summary: 'One group of communes', params } },
    async request => {
      const actor = requireActor(request, services)
      return placeGroupItem(services, actor, present(request.params.id))
    }
  )

  app.post(
    '/place-groups',
    {
      config: { access: 'manage-people' },
      schema: { tags, summary: 'Makes one place of several communes', body: placeGroup }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      demandProvince(actor)
      demandKnown(actor, request.body.communes)
      await administration.add('place-group', request.body, authorOf(actor))
      return reply.status(201).send(placeGroupItem(services, actor, request.body))
    }
  )

  app.patch(
    '/place-groups/:id',
    {
      config: { access: 'manage-people' },
      schema: {
        tags,
        summary: 'Changes a group of communes; null takes its English name away',
        params,
        body: z.object({
          name: placeGroup.shape.name.optional(),
          nameEn: placeGroup.shape.nameEn.nullish(),
          communes: placeGroup.shape.communes.optional()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = present(request.params.id)
      demandProvince(actor)
      demandKnown(actor, request.body.communes ?? [])
      const changed = await administration.revise(
        'place-group',
        id,
        group => placeGroup.parse(merged(group, request.body)),
        authorOf(actor)
      )
      return placeGroupItem(services, actor, changed)
    }
  )

  app.delete(
    '/place-groups/:id',
    { config: { access: 'manage-people' }, schema: { tags, summary: 'Removes a group; its communes stay', params } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { id } = present(request.params.id)
      demandProvince(actor)
      await administration.remove('place-group', id, () => undefined, authorOf(actor))
      return reply.status(204).send()
    }
  )

  function present(id: string): PlaceGroup {
    const found = registry.placeGroups.get(id)
    if (found) return found
    throw new SenError('SEN_NOT_FOUND', `find place group ${id}: there is none`)
  }

  /** Everybody knows which groups there are, so who may not change them is told so. */
  function demandProvince(actor: Actor): void {
    if (!mayRead(services, actor, rootOrganisation))
      throw new SenError('SEN_FORBIDDEN', 'change place groups: they belong to the province')
    demand(services, actor, 'manage-people', rootOrganisation, 'place groups')
  }

  /** A code with a slip in it would be a place that stays empty. */
  function demandKnown(actor: Actor, codes: readonly string[]): void {
    for (const code of codes) communesOf(services, actor, code)
  }
}
