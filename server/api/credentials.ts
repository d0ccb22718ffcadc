import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { deviceId, siteId } from '../../model/ids.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Action } from '../auth/actions.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { objectOfDevice } from './objects.ts'
import { isoOf } from './times.ts'

const tags = ['registry']
/** The beginning of the hash of its password, by which a login is told from others of the same user name. */
const credential = z.string().regex(/^[0-9a-f]{12}$/, 'must be 12 hexadecimal digits, as the list of logins says')

/** Whose logins they are. */
interface Holder {
  readonly path: '/devices' | '/sites' | '/connectors'
  readonly word: string
  readonly access: Action
  readonly id: z.ZodType<string>
  /** @returns the user name. @throws SenError `SEN_NOT_FOUND`, `SEN_FORBIDDEN` where the actor may not manage them. */
  readonly usernameOf: (actor: Actor, id: string) => string
}

/** Logins of machines, one by one: which there are, and ending one that was lost while the others stay good. */
export function credentialRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry } = services

  const holders: readonly Holder[] = [
    {
      path: '/devices',
      word: 'device',
      access: 'manage-devices',
      id: deviceId,
      usernameOf: (actor, id) => {
        const found = registry.devices.get(id)
        const object = found && objectOfDevice(services, found)
        if (!object || !mayRead(services, actor, object)) throw missing('device', id)
        demand(services, actor, 'manage-devices', object, `device ${id}`)
        return id
      }
    },
    {
      path: '/sites',
      word: 'site',
      access: 'manage-devices',
      id: siteId,
      usernameOf: (actor, id) => {
        const found = registry.sites.get(id)
        if (!found) throw missing('site', id)
        demand(services, actor, 'manage-devices', found.organisation, `site ${id}`)
        return `site:${id}`
      }
    },
    {
      path: '/connectors',
      word: 'connector',
      access: 'manage-connections',
      id: z.string().max(64),
      usernameOf: (actor, id) => {
        demand(services, actor, 'manage-connections', rootOrganisation, 'connectors')
        // A webhook is a connector that has no topics.
        return `${registry.connectorMappings.get(id)?.topics.length === 0 ? 'webhook' : 'connector'}:${id}`
      }
    }
  ]
  for (const { path, word, access, id, usernameOf } of holders) {
    app.get(
      `${path}/:id/credentials`,
      {
        config: { access },
        schema: { tags, summary: `Logins of a ${word}: when each was made`, params: z.object({ id }) }
      },
      async request => {
        const username = usernameOf(requireActor(request, services), request.params.id)
        const items = administration
          .credentialsOf(username)
          .map(one => ({ id: one.id, username, createdAt: isoOf(one.createdAt) }))
        return { items, cursor: null }
      }
    )

    app.delete(
      `${path}/:id/credentials/:credential`,
      {
        config: { access },
        schema: {
          tags,
          summary: `Ends one login of a ${word}; who is in by that user name is sent away, and comes back with another`,
          params: z.object({ id, credential })
        }
      },
      async (request, reply) => {
        const actor = requireActor(request, services)
        const username = usernameOf(actor, request.params.id)
        await administration.removeCredential(username, request.params.credential, authorOf(actor))
        return reply.status(204).send()
      }
    )
  }
}

function missing(word: string, id: string): SenError {
  return new SenError('SEN_NOT_FOUND', `find ${word} ${id}: there is none`)
}
