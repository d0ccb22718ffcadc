import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { codecOf, profileOfVersion } from '../../devices/profiles/load-profiles.ts'
import type { LoadedProfile } from '../../devices/profiles/load-profiles.ts'
import { profileVersion } from '../../model/profile.ts'
import type { ProfileVersion } from '../../model/profile.ts'
import { rootOrganisation } from '../../model/registry.ts'
import { SenError } from '../../model/errors.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, requireActor } from './actor.ts'
import { isoOf } from './times.ts'

const tags = ['registry']
const params = z.object({ id: z.string().max(64) })
/** A codec has at most 1 MiB of characters; in JSON each may take several bytes. */
const codecBodyBytes = 4 * 1024 * 1024

/** Kinds of device: looking, trying codecs, and putting versions in place. */
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

  app.get(
    '/profiles/:id/versions',
    {
      config: { access: 'known' },
      schema: { tags, summary: 'Versions of a profile that were put in place while Sen ran, newest first', params }
    },
    async request => {
      requireActor(request, services)
      const { id } = request.params
      found(id)
      const versions = await services.state.profileVersions(id)
      const items = versions.map(({ version, madeAt, position }) => ({
        codec: version?.codec === undefined ? null : codecOf(id, version.codec).id,
        isRemoval: version === undefined,
        author: version?.author ?? null,
        madeAt: isoOf(madeAt),
        /** From this place of the raw log on it is in effect. */
        position: position ?? null
      }))
      return { items, cursor: null }
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
          'Tries a codec on the profile’s examples and answers the difference to the present one. Without "dryRun" it is put in place if every example has the stated answer, or the difference is accepted',
        params,
        querystring: z.object({ dryRun: z.enum(['true', 'false']).default('false') }),
        body: z.object({ codec: z.string().min(1), accept: z.boolean().default(false) }).strict()
      }
    },
    async request => {
      const { id } = request.params
      const { codec, accept } = request.body
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-devices', rootOrganisation, `profile ${id}`)
      const trial = await services.codecTrials.compare(id, codec)
      const isAsStated = trial.examples.every(one => one.isAsStated)
      if (request.query.dryRun === 'true' || !(isAsStated || accept)) return { ...trial, isInPlace: false }
      const { profile, examples } = found(id)
      await put({ profile, codec, examples: [...examples], isStateful: trial.isStateful, author: actor.name }, actor)
      return { ...trial, isInPlace: true }
    }
  )

  app.put(
    '/profiles/:id',
    {
      bodyLimit: codecBodyBytes * 2,
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Puts a whole profile in place, new or above the one of this id, once its examples have passed',
        params,
        body: profileVersion.pick({ profile: true, codec: true, examples: true })
      }
    },
    async request => {
      const { id } = request.params
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-devices', rootOrganisation, `profile ${id}`)
      if (request.body.profile.id !== id)
        throw new SenError('SEN_INPUT_INVALID', `put profile ${id}: profile.id is "${request.body.profile.id}"`)
      const version = { ...request.body, isStateful: false, author: actor.name }
      const { codec } = await services.codecTrials.prove(profileOfVersion(version))
      await put({ ...version, isStateful: codec?.isStateful ?? false }, actor)
      return { id, codec: codec?.id ?? null }
    }
  )

  app.delete(
    '/profiles/:id',
    {
      config: { access: 'manage-devices' },
      schema: { tags, summary: 'Takes away what was put in place: the profile that came with Sen stands again', params }
    },
    async (request, reply) => {
      const { id } = request.params
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-devices', rootOrganisation, `profile ${id}`)
      if (!services.registry.profiles.has(id))
        throw new SenError('SEN_NOT_FOUND', `find profile ${id}: nothing was put in place of it`)
      await services.administration.change([{ kind: 'profile-removed', id }], authorOf(actor))
      return reply.status(204).send()
    }
  )

  function found(id: string): LoadedProfile {
    const one = services.profiles.get(id)
    if (!one) throw new SenError('SEN_NOT_FOUND', `find profile ${id}: there is none`)
    return one
  }

  /** In effect for everybody from its place in the raw log on. */
  async function put(version: ProfileVersion, actor: Actor): Promise<void> {
    profileOfVersion(version)
    await services.administration.change([{ kind: 'profile', version }], authorOf(actor))
  }
}
