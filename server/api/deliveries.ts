import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { DeliveryCheck, DeliveryFacts } from '../../devices/onboarding/check-delivery.ts'
import { readLabel } from '../../devices/onboarding/tr005.ts'
import { SenError } from '../../model/errors.ts'
import { deviceId, profileId, siteId } from '../../model/ids.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Actor } from '../auth/authorise.ts'
import type { DeliveryJob } from '../onboarding/deliveries.ts'
import type { Services } from '../services.ts'
import { authorOf, may, mayRead, requireActor } from './actor.ts'
import { demandSite } from './device-items.ts'
import { demandConnector } from './network-servers.ts'
import { objectOfDevice } from './objects.ts'

const tags = ['onboarding']
const access = { access: 'manage-devices' } as const

const file = z.object({
  /** The CSV file's bytes in base64. */
  file: z.base64().max(900_000),
  /** For rows that name none. */
  site: siteId.optional(),
  profile: profileId.optional(),
  /** Kept with each device as `externalIds.delivery`. */
  delivery: z.string().trim().min(1).max(100).optional(),
  /** Makes LoRaWAN devices at this connector's network server too. */
  connector: deviceId.optional()
})

/** Deliveries of some hundreds of devices: checked, registered; and what a device's QR code says. */
export function deliveryRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { onboarding, registry, profiles } = services

  app.post(
    '/devices/deliveries/check',
    {
      config: access,
      schema: { tags, summary: 'Says what would come of a delivery, and everything that is wrong with it', body: file }
    },
    async request => shownCheck((await checked(requireActor(request, services), request.body)).check)
  )

  app.post(
    '/devices/deliveries',
    {
      config: access,
      schema: {
        tags,
        summary: 'Begins to register a delivery; GET says how far it has come',
        /** `all`: nothing unless every row is good. `good`: the good rows only. */
        body: file.extend({ mode: z.enum(['all', 'good']) })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { mode, connector } = request.body
      const { check, organisations } = await checked(actor, request.body)
      if (connector !== undefined) {
        for (const organisation of organisations) await demandConnector(services, actor, connector, organisation)
      }
      const job = onboarding.deliveries.begin(check, { mode, connector, author: authorOf(actor) })
      return reply.status(202).send(shownJob(job))
    }
  )

  app.get(
    '/devices/deliveries/:id',
    {
      config: access,
      schema: { tags, summary: 'How far a delivery is registered', params: z.object({ id: z.string().max(64) }) }
    },
    async request => {
      const { id } = request.params
      const job = onboarding.deliveries.job(id, requireActor(request, services).id)
      if (job) return shownJob(job)
      throw new SenError('SEN_NOT_FOUND', `find delivery ${id}: there is none`)
    }
  )

  app.get(
    '/devices/label',
    {
      config: access,
      schema: {
        tags,
        summary: "Reads the text of a device's QR code (LoRa Alliance TR005)",
        querystring: z.object({ text: z.string().min(1).max(500) })
      }
    },
    async request => {
      requireActor(request, services)
      const read = readLabel(request.query.text)
      if (read.ok) return read.label
      const { reason, field, found } = read
      throw new SenError('SEN_INPUT_INVALID', `read label: ${reason}: ${field} is "${found}"`, {
        hint: 'A label reads LW:D0:<JoinEUI>:<DevEUI>:<ProfileID>, then perhaps :O…:S…:P…:C…'
      })
    }
  )

  async function checked(actor: Actor, body: z.infer<typeof file>) {
    const { site, profile, delivery, connector } = body
    if (site !== undefined) demandSite(services, actor, site)
    const sites = [...registry.sites.values()].filter(({ organisation }) =>
      may(services, actor, 'manage-devices', organisation)
    )
    const facts: DeliveryFacts = {
      sites,
      profiles: [...profiles.values()].map(({ profile: { id, model, name, payload } }) => ({
        ...{ id, model, names: [name.vi, name.en], isLorawan: payload === 'lorawan' }
      })),
      registered: id => {
        const owner = registry.deviceOf(id)
        return owner === undefined || owner.isReplaced ? registry.devices.get(id) : owner.device
      },
      described: one =>
        mayRead(services, actor, objectOfDevice(services, one)) ? `${one.name} (${one.site}, ${one.profile})` : '',
      isOthers: await othersFindings(actor),
      defaults: { site, profile },
      delivery,
      needsKeys: connector !== undefined
    }
    const check = onboarding.deliveries.check(Buffer.from(body.file, 'base64'), facts)
    const organisations = new Set(check.rows.map(({ device }) => registry.sites.get(device.site)?.organisation ?? ''))
    return { check, organisations }
  }

  /** As `demandFinding`, for many at once. */
  async function othersFindings(actor: Actor): Promise<(id: string) => boolean> {
    const owners = new Map((await onboarding.unclaimed.all()).map(({ id, organisation }) => [id, organisation]))
    return id => {
      const owner = owners.get(id)
      if (owner === undefined || may(services, actor, 'manage-devices', owner)) return false
      return !actor.grants.some(({ organisation }) => isWithin(organisation, owner, registry.organisations))
    }
  }
}

function shownCheck({ rows, faults, total, ignored }: DeliveryCheck) {
  const bad = new Set(faults.map(({ line }) => line)).size
  return {
    total,
    good: rows.length,
    bad,
    unchanged: rows.filter(({ isUnchanged }) => isUnchanged).length,
    faults,
    ignored,
    /** The first few, to see whether the columns were understood. */
    preview: rows.slice(0, 5).map(({ line, device }) => ({ line, device }))
  }
}

function shownJob({ author: _author, ...job }: DeliveryJob) {
  return job
}
