import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { rootOrganisation } from '../../model/registry.ts'
import { SenError } from '../../model/errors.ts'
import type { Services } from '../services.ts'
import { demand, requireActor } from './actor.ts'

const tags = ['registry']
const params = z.object({ id: z.string().max(64) })
/** A codec has at most 1 MiB of characters; in JSON each may take several bytes. */
const codecBodyBytes = 4 * 1024 * 1024

/** Kinds of device, and trying a codec for one. */
export function profileRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.get('/profiles', { config: { access: 'known' }, schema: { tags, summary: 'Kinds of device' } }, async request => {
    requireActor(request, services)
    const items = [...services.profiles.values()].map(({ profile, isUnproven }) => {
      const { id, vendor, model, name, payload, caution } = profile
      return { id, vendor, model, name, payload, isUnproven, caution }
    })
    return { items, cursor: null }
  })

  app.get(
    '/profiles/:id',
    { config: { access: 'known' }, schema: { tags, summary: 'One kind of device, with its mapping', params } },
    async request => {
      requireActor(request, services)
      const found = services.profiles.get(request.params.id)
      if (!found) throw new SenError('SEN_NOT_FOUND', `find profile ${request.params.id}: there is none`)
      return { ...found.profile, isUnproven: found.isUnproven }
    }
  )

  app.post(
    '/profiles/:id/codec',
    {
      bodyLimit: codecBodyBytes,
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary:
          'Tries a codec on the profile’s examples and answers the difference to the present one; changes nothing',
        params,
        querystring: z.object({
          dryRun: z.literal('true', 'must be "true": a codec is put in place by sen profile import and a restart')
        }),
        body: z.object({ codec: z.string().min(1) }).strict()
      }
    },
    async request => {
      const { id } = request.params
      demand(services, requireActor(request, services), 'manage-devices', rootOrganisation, `profile ${id}`)
      return services.codecTrials.compare(id, request.body.codec)
    }
  )
}
