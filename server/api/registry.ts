import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { DeviceHealth } from '../../model/health.ts'
import { deviceId, organisationId, placeId, siteId } from '../../model/ids.ts'
import { device, organisation, registryChange, rootOrganisation, site } from '../../model/registry.ts'
import type { Device, RegistryChange, Site } from '../../model/registry.ts'
import { hardwareOf } from '../hardware-check.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { demandFinding, demandProfile, demandSite, shownDevice, visibleDevice } from './device-items.ts'
import { deviceHealthItem, isLorawan } from './health-items.ts'
import { objectOfDevice, objectOfOrganisation } from './objects.ts'
import { shownOrganisation } from './organisations.ts'
import { chosenSites } from './site-choice.ts'

const tags = ['registry']
/** What needs the right to change rules by every way. */
const ofRules: ReadonlySet<RegistryChange['kind']> = new Set([
  'rule',
  'rule-removed',
  'calculation',
  'calculation-removed'
])
const siteChoice = z.object({ organisation: organisationId.optional(), place: placeId.optional() })

/** Organisations, sites, devices, metrics. */
export function registryRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry } = services

  app.get(
    '/organisations',
    { config: { access: 'read' }, schema: { tags, summary: 'Organisations you may see' } },
    async request => {
      const actor = requireActor(request, services)
      return {
        items: [...registry.organisations.values()]
          .filter(({ id }) => mayRead(services, actor, objectOfOrganisation(services, actor, id)))
          .map(shownOrganisation),
        cursor: null
      }
    }
  )

  app.post(
    '/organisations',
    { config: { access: 'manage-people' }, schema: { tags, summary: 'Adds an organisation', body: organisation } },
    async (request, reply) => {
      const parent = request.body.parent ?? rootOrganisation
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-people', parent, `organisation ${parent}`)
      await administration.addOrganisation(request.body, authorOf(actor))
      return reply.status(201).send(shownOrganisation({ ...request.body, parent }))
    }
  )

  app.get(
    '/sites',
    { config: { access: 'read' }, schema: { tags, summary: 'Sites you may see', querystring: siteChoice } },
    async request => {
      const sites = chosenSites(services, requireActor(request, services), request.query)
      return { items: [...sites.values()].map(shownSite), cursor: null }
    }
  )

  app.post(
    '/sites',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Adds a site',
        body: site.extend({ organisation: organisationId.default(rootOrganisation) })
      }
    },
    async (request, reply) => {
      const { body } = request
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-devices', body.organisation, `organisation ${body.organisation}`)
      await administration.addSite(body, authorOf(actor))
      return reply.status(201).send(shownSite(body))
    }
  )

  app.post(
    '/sites/:id/credentials',
    {
      config: { access: 'manage-devices' },
      schema: { tags, summary: 'A login for everything below the site, shown once', params: z.object({ id: siteId }) }
    },
    async (request, reply) => {
      const { id } = request.params
      const actor = requireActor(request, services)
      demandSite(services, actor, id)
      return reply.status(201).send(await administration.siteCredential(id, authorOf(actor)))
    }
  )

  app.get(
    '/devices',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'Devices you may see', querystring: siteChoice.extend({ site: siteId.optional() }) }
    },
    async request => {
      const sites = chosenSites(services, requireActor(request, services), request.query)
      const actor = requireActor(request, services)
      const devices = [...registry.devices.values()].filter(
        one => sites.has(one.site) && mayRead(services, actor, objectOfDevice(services, one))
      )
      const health = await services.deviceHealth.devices(devices.map(({ id }) => id))
      return { items: devices.map((one, i) => withHealth(one, health[i])), cursor: null }
    }
  )

  app.get(
    '/devices/:id',
    { config: { access: 'read' }, schema: { tags, summary: 'One device', params: z.object({ id: deviceId }) } },
    async request => {
      const one = visibleDevice(services, requireActor(request, services), request.params.id)
      const [health] = await services.deviceHealth.devices([one.id])
      return withHealth(one, health)
    }
  )

  app.post(
    '/devices',
    {
      config: { access: 'manage-devices' },
      schema: { tags, summary: 'Adds a device; its MQTT password is shown once', body: device }
    },
    async (request, reply) => {
      const { body } = request
      const actor = requireActor(request, services)
      const { organisation } = demandSite(services, actor, body.site)
      demandProfile(services, body)
      await demandFinding(services, actor, hardwareOf(body), organisation)
      const credential = await administration.addDevice(body, authorOf(actor))
      return reply.status(201).send({ ...shown(body), mqtt: credential })
    }
  )

  app.patch(
    '/devices/:id',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Changes a device',
        params: z.object({ id: deviceId }),
        body: device.omit({ id: true, hardware: true, formerHardware: true, decommissionedAt: true }).partial()
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const present = visibleDevice(services, actor, request.params.id)
      const changed = device.parse({ ...present, ...request.body })
      demandSite(services, actor, present.site)
      demandSite(services, actor, changed.site)
      demandProfile(services, changed)
      await administration.changeDevice(changed, authorOf(actor))
      return shown(changed)
    }
  )

  app.delete(
    '/devices/:id',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Removes a device and its logins; its history stays',
        params: z.object({ id: deviceId })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      demandSite(services, actor, visibleDevice(services, actor, request.params.id).site)
      await administration.removeDevice(request.params.id, authorOf(actor))
      return reply.status(204).send()
    }
  )

  app.post(
    '/devices/:id/credentials',
    {
      config: { access: 'manage-devices' },
      schema: { tags, summary: 'One more MQTT login for a device, shown once', params: z.object({ id: deviceId }) }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      demandSite(services, actor, visibleDevice(services, actor, request.params.id).site)
      return reply.status(201).send(await administration.deviceCredential(request.params.id, authorOf(actor)))
    }
  )

  app.post(
    '/registry',
    {
      config: { access: 'manage-devices' },
      bodyLimit: 32 * 1024 * 1024,
      schema: {
        tags,
        summary: 'Many changes at once, all or nothing: each is the whole new value of one thing',
        body: z.object({
          changes: z
            .array(registryChange)
            .max(50_000)
            .refine(
              changes => !changes.some(({ kind }) => kind === 'profile' || kind === 'profile-removed'),
              'must not hold profiles: PUT /profiles/{id} runs their examples first'
            )
        })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-people', rootOrganisation, 'registry')
      demand(services, actor, 'manage-devices', rootOrganisation, 'registry')
      if (request.body.changes.some(({ kind }) => ofRules.has(kind)))
        demand(services, actor, 'change-rules', rootOrganisation, 'registry')
      await administration.change(request.body.changes, authorOf(actor))
      return reply.status(204).send()
    }
  )

  app.get(
    '/metrics',
    { config: { access: 'known' }, schema: { tags, summary: 'The metric catalogue' } },
    async request => {
      requireActor(request, services)
      return { items: [...services.metricCatalogue.values()], cursor: null }
    }
  )

  const shown = (one: Device) => shownDevice(services, one)

  function withHealth(one: Device, health: DeviceHealth | undefined) {
    return { ...shown(one), health: health ? deviceHealthItem(health, isLorawan(services, one.id)) : null }
  }

  function shownSite(one: Site) {
    return { ...one, commune: registry.communeOf(one) }
  }
}
