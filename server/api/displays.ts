import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { organisationId } from '../../model/ids.ts'
import { personName } from '../../model/person.ts'
import { deviceJwk } from '../auth/device-keys.ts'
import type { EnrolledDevice } from '../../storage/state/people-store.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor } from './actor.ts'
import { isoOf } from './times.ts'
import { demandSecure } from './transport.ts'

const tags = ['displays']

/** Wall displays: pairing a screen, and who has which. */
export function displayRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { displays, registry } = services

  app.post(
    '/displays/pairings',
    {
      config: { access: 'open', rateLimit: { max: 10, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'A screen asks to be let in, and shows the code',
        security: [],
        body: z.object({ publicKey: deviceJwk })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const { expiresAt, ...pairing } = displays.begin(request.body.publicKey)
      return reply.status(201).send({ ...pairing, expiresAt: isoOf(expiresAt) })
    }
  )

  app.get(
    '/displays/pairings/:pairing',
    {
      config: { access: 'open' },
      schema: {
        tags,
        summary: 'Whether the screen has been let in',
        security: [],
        params: z.object({ pairing: z.uuid() })
      }
    },
    async request => {
      const { state, device } = displays.state(request.params.pairing)
      return { state, device: device ?? null }
    }
  )

  app.get(
    '/displays',
    { config: { access: 'manage-people' }, schema: { tags, summary: 'Wall displays you manage' } },
    async request => {
      const actor = requireActor(request, services)
      const items = (await displays.displays())
        .filter(({ organisation }) => may(services, actor, 'manage-people', organisation))
        .map(shown)
      return { items, cursor: null }
    }
  )

  app.post(
    '/displays',
    {
      config: { access: 'manage-people' },
      schema: {
        tags,
        summary: 'Lets in the screen that shows this code; it sees the subtree of the organisation',
        body: z.object({ code: z.string().max(20), name: personName, organisation: organisationId })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { organisation } = request.body
      demand(services, actor, 'manage-people', organisation, `organisation ${organisation}`)
      // A screen sees no more than who lets it in.
      for (const action of services.roles.get('viewer')?.actions ?? [])
        demand(services, actor, action, organisation, `organisation ${organisation}`)
      return reply.status(201).send(shown(await displays.approve(request.body, authorOf(actor))))
    }
  )

  app.delete(
    '/displays/:id',
    {
      config: { access: 'manage-people' },
      schema: { tags, summary: 'Sends a screen away', params: z.object({ id: z.uuid() }) }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const found = (await displays.displays()).find(({ id }) => id === request.params.id)
      if (!found) throw new SenError('SEN_NOT_FOUND', `find display ${request.params.id}: there is none`)
      demand(services, actor, 'manage-people', found.organisation ?? '', `display ${found.id}`)
      await displays.remove(found, authorOf(actor))
      return reply.status(204).send()
    }
  )

  function shown({ id, name, organisation = '', createdAt, lastUsedAt }: EnrolledDevice) {
    const organisationName = registry.organisations.get(organisation)?.name ?? organisation
    return { id, name, organisation, organisationName, createdAt: isoOf(createdAt), lastUsedAt: isoOf(lastUsedAt) }
  }
}
