import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { rootOrganisation } from '../../model/registry.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor } from './actor.ts'

const tags = ['onboarding']
const params = z.object({ name: z.string().min(1).max(64) })
const url = z
  .url({ protocol: /^https?$/ })
  .refine(text => new URL(text).username === '' && new URL(text).search === '', 'must hold no user name and no query')
  .transform(text => text.replace(/\/+$/, ''))

/** The APIs by which devices are made at network servers; keys go in and never come out. */
export function networkServerRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { networkServers } = services.onboarding

  app.get(
    '/network-servers',
    { config: { access: 'manage-devices' }, schema: { tags, summary: 'Network servers at which devices can be made' } },
    async request => {
      const actor = requireActor(request, services)
      const owners = await connectorOwners(services)
      const items = (await networkServers.all())
        .map(one => ({ ...one, organisation: owners.get(one.connector) ?? rootOrganisation }))
        .filter(one => isUsable(services, actor, one.organisation))
      return {
        items: items.map(({ changedAt, ...one }) => ({
          ...one,
          hasKey: true,
          changedAt: new Date(changedAt).toISOString()
        })),
        cursor: null
      }
    }
  )

  app.put(
    '/connectors/:name/api',
    {
      config: { access: 'manage-connections' },
      schema: {
        tags,
        summary: 'Sets address, key and settings of the API of a network server; the key is never told again',
        params,
        body: z.object({
          kind: z.enum(['chirpstack', 'tts']),
          url,
          /** Left out: the one before stays, unless the address changes. */
          key: z.string().trim().min(8).max(4000).optional(),
          settings: z.record(z.string(), z.unknown())
        })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { name } = request.params
      const organisation = await managedConnector(actor, name)
      await networkServers.set(
        { connector: name, organisation, ...request.body, key: request.body.key },
        authorOf(actor)
      )
      return reply.status(204).send()
    }
  )

  app.delete(
    '/connectors/:name/api',
    {
      config: { access: 'manage-connections' },
      schema: { tags, summary: 'Forgets the API of a network server and its key', params }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const organisation = await managedConnector(actor, request.params.name)
      await networkServers.remove(request.params.name, organisation, authorOf(actor))
      return reply.status(204).send()
    }
  )

  async function managedConnector(actor: Actor, name: string): Promise<string> {
    const owner = (await connectorOwners(services)).get(name)
    if (owner === undefined) throw missing(name)
    demand(services, actor, 'manage-connections', owner, `connector ${name}`)
    return owner
  }
}

/**
 * Says no to a connector by which the actor may make no devices: its own, and those of organisations above the device's.
 *
 * @throws SenError `SEN_NOT_FOUND`.
 */
export async function demandConnector(
  services: Services,
  actor: Actor,
  name: string,
  organisation: string
): Promise<void> {
  const owner = (await connectorOwners(services)).get(name)
  if (owner === undefined) throw missing(name)
  if (may(services, actor, 'manage-devices', owner)) return
  if (!isWithin(organisation, owner, services.registry.organisations)) throw missing(name)
}

/** Whose devices it may make: what belongs to an organisation above serves those below it. */
function isUsable(services: Services, actor: Actor, owner: string): boolean {
  if (may(services, actor, 'manage-devices', owner)) return true
  return actor.grants.some(
    ({ role, organisation }) =>
      role.actions.has('manage-devices') && isWithin(organisation, owner, services.registry.organisations)
  )
}

async function connectorOwners({ administration }: Services): Promise<ReadonlyMap<string, string>> {
  return new Map((await administration.connectors()).map(({ name, organisation }) => [name, organisation]))
}

function missing(name: string): SenError {
  return new SenError('SEN_NOT_FOUND', `find connector ${name}: there is none`)
}
