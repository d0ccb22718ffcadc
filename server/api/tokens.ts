import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { organisationId } from '../../model/ids.ts'
import { personName, roleId } from '../../model/person.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import type { ApiToken } from '../../storage/state/state-store.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor } from './actor.ts'
import { isoOf } from './times.ts'

const tags = ['tokens']
const config = { access: 'manage-tokens' } as const
const params = z.object({ id: z.coerce.number().int().positive() })

/** Tokens of programs: a role on a subtree, with an end, a quota, and perhaps for the simulated province only. */
export function tokenRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { tokens, roles, administration } = services

  app.get('/tokens', { config, schema: { tags, summary: 'Tokens of your subtree' } }, async request => {
    const actor = requireActor(request, services)
    const seen = tokens.all().filter(({ organisation }) => may(services, actor, 'manage-tokens', organisation))
    return { items: seen.map(shown), cursor: null }
  })

  app.post(
    '/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'An API token, shown once',
        body: z.object({
          name: personName.default('token'),
          role: roleId,
          organisation: organisationId.default(rootOrganisation),
          expiresInDays: z.number().positive().max(3650).optional(),
          perMinute: z.number().int().min(1).max(1_000_000).optional(),
          isSandbox: z.boolean().default(false)
        })
      }
    },
    async (request, reply) => {
      const { expiresInDays, ...body } = request.body
      const actor = requireActor(request, services)
      const { organisation } = body
      demand(services, actor, 'manage-tokens', organisation, `organisation ${organisation}`)
      const role = roles.get(body.role)
      if (!role) throw new SenError('SEN_INPUT_INVALID', `add token: there is no role ${body.role}`)
      // A token can do no more than who makes it.
      for (const action of role.actions) demand(services, actor, action, organisation, `organisation ${organisation}`)
      return reply.status(201).send(await administration.addToken(body, expiresInDays, authorOf(actor)))
    }
  )

  app.post(
    '/tokens/:id/rotate',
    {
      config,
      schema: { tags, summary: 'Another secret, shown once; the present one is good for 7 more days', params }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id, role, organisation } = managed(actor, request.params.id)
      // Its secret is shown to who asks, who must not come to more by it.
      for (const action of roles.get(role)?.actions ?? []) demand(services, actor, action, organisation, `token ${id}`)
      const { token, previousUntil } = await administration.rotateToken(id, authorOf(actor))
      return { token, previousUntil: isoOf(previousUntil) }
    }
  )

  app.delete(
    '/tokens/:id',
    { config, schema: { tags, summary: 'Ends a token; who is in by it is sent away', params } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { id } = managed(actor, request.params.id)
      await administration.removeToken(id, authorOf(actor))
      await services.sessions.end(({ token }) => token === id, authorOf(actor), 'the token was removed')
      return reply.status(204).send()
    }
  )

  function managed(actor: Actor, id: number): ApiToken {
    const found = tokens.get(id)
    if (!found) throw new SenError('SEN_NOT_FOUND', `find token ${id}: there is none`)
    demand(services, actor, 'manage-tokens', found.organisation, `token ${id}`)
    return found
  }
}

function shown({ id, name, role, organisation, isSandbox, perMinute, createdAt, expiresAt, lastUsedAt }: ApiToken) {
  return {
    ...{ id, name, role, organisation, isSandbox, perMinute: perMinute ?? null },
    createdAt: isoOf(createdAt),
    expiresAt: isoOf(expiresAt),
    lastUsedAt: isoOf(lastUsedAt)
  }
}
