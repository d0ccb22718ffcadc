import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { devEui, deviceId, organisationId } from '../../model/ids.ts'
import { device } from '../../model/registry.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Actor } from '../auth/authorise.ts'
import type { OwnedFinding } from '../onboarding/unclaimed-list.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor } from './actor.ts'
import { demandFinding, demandProfile, demandSite, shownDevice } from './device-items.ts'
import { demandConnector } from './network-servers.ts'
import { shownUnclaimed } from './unclaimed-items.ts'

const tags = ['onboarding']
const appKey = z.string().regex(/^[0-9a-fA-F]{32}$/, 'must be 32 hexadecimal digits')
const hidden = (id: string): SenError => new SenError('SEN_NOT_FOUND', `find unclaimed device ${id}: there is none`)

/** Devices that were heard and that nobody has registered: seen, claimed, refused. */
export function claimRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { onboarding, registry, profiles } = services

  app.get(
    '/devices/unclaimed',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Devices heard and not registered, with their newest payload and a guess of the profile',
        querystring: z.object({
          organisation: organisationId.optional(),
          refused: z.enum(['true', 'false']).default('false'),
          limit: z.coerce.number().int().min(1).max(100).default(50),
          /** The `cursor` of the page before. */
          cursor: z.string().max(200).optional()
        })
      }
    },
    async request => {
      const { organisation, refused, limit, cursor } = request.query
      const actor = requireActor(request, services)
      if (organisation !== undefined)
        demand(services, actor, 'manage-devices', organisation, `organisation ${organisation}`)
      const seen = (await visible(actor)).filter(
        one =>
          (one.refused !== undefined) === (refused === 'true') &&
          (organisation === undefined || isWithin(one.organisation, organisation, registry.organisations))
      )
      const from = cursor === undefined ? 0 : seen.findIndex(({ id }) => id === cursor) + 1
      const page = seen.slice(from, from + limit)
      const items = await onboarding.unclaimed.described(page)
      return {
        items: items.map(item => shownUnclaimed(item)),
        cursor: seen.length > from + limit ? (page.at(-1)?.id ?? null) : null,
        total: seen.length
      }
    }
  )

  app.post(
    '/devices/unclaimed/:id/refuse',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Says that a device that was heard is not ours: it is hidden, and goes on being counted',
        params: z.object({ id: deviceId })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      await onboarding.refuse(await found(actor, request.params.id), true, authorOf(actor))
      return reply.status(204).send()
    }
  )

  app.delete(
    '/devices/unclaimed/:id/refuse',
    {
      config: { access: 'manage-devices' },
      schema: { tags, summary: 'Shows a refused device again', params: z.object({ id: deviceId }) }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      await onboarding.refuse(await found(actor, request.params.id), false, authorOf(actor))
      return reply.status(204).send()
    }
  )

  app.post(
    '/devices/:id/claim',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Registers a device that was heard, or that somebody holds in their hands',
        params: z.object({ id: deviceId }),
        body: device.pick({ site: true, profile: true, mounting: true, externalIds: true }).extend({
          name: device.shape.name.optional(),
          /** The device's id, where its DevEUI is the id of another: of one that was repaired, for example. */
          as: deviceId.optional(),
          /** Makes an MQTT login; where left out, only for a JSON device that no site's login brought. */
          login: z.boolean().optional(),
          /** Makes the device at the connector's network server too. Keys are passed on and not kept. */
          networkServer: z.object({ connector: deviceId, joinEui: devEui, appKey }).optional()
        })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { id } = request.params
      const { as = id, name = as, login, networkServer, ...rest } = request.body
      const wanted = device.parse({ ...rest, id: as, name, ...(as !== id && { hardware: id }) })
      const site = demandSite(services, actor, wanted.site)
      demandProfile(services, wanted)
      const owned = await demandFinding(services, actor, id, site.organisation)
      const isJson = profiles.get(wanted.profile)?.profile.payload === 'json'
      const wantsLogin = login ?? (isJson && !owned?.credential.startsWith('site:'))
      if (networkServer) await demandConnector(services, actor, networkServer.connector, site.organisation)
      const claimed = await onboarding.claim(wanted, authorOf(actor), { wantsLogin, networkServer })
      return reply.status(claimed.wasThere ? 200 : 201).send({
        ...shownDevice(services, claimed.device),
        ...(claimed.mqtt && { mqtt: claimed.mqtt }),
        ...(claimed.redecode !== undefined && { redecode: claimed.redecode }),
        ...(claimed.isMade !== undefined && { networkServer: claimed.isMade ? 'made' : 'was-there' })
      })
    }
  )

  async function visible(actor: Actor): Promise<readonly OwnedFinding[]> {
    return (await onboarding.unclaimed.all()).filter(({ organisation }) =>
      may(services, actor, 'manage-devices', organisation)
    )
  }

  async function found(actor: Actor, id: string): Promise<OwnedFinding> {
    const one = (await visible(actor)).find(item => item.id === id)
    if (!one) throw hidden(id)
    return one
  }
}
