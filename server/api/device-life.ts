import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { DeviceEvent } from '../../devices/onboarding/device-history.ts'
import { devEui, deviceId, siteId } from '../../model/ids.ts'
import { rootOrganisation } from '../../model/registry.ts'
import type { Device } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import { hardwareOf } from '../hardware-check.ts'
import type { Services } from '../services.ts'
import { authorOf, mayRead, requireActor } from './actor.ts'
import { demandFinding, demandProfile, demandSite, managedDevice, shownDevice, visibleDevice } from './device-items.ts'

const tags = ['onboarding']
const params = z.object({ id: deviceId })
const serial = z.string().trim().min(1).max(200)

/** What is done with a registered device: moved, replaced, taken out of service, undone; and its life so far. */
export function deviceLifeRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { onboarding } = services
  const access = { access: 'manage-devices' } as const

  app.post(
    '/devices/:id/move',
    {
      config: access,
      schema: {
        tags,
        summary: 'Moves a device to another site; what it measured before stays with whom it belonged to then',
        params,
        body: z.object({ site: siteId })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = managedDevice(services, actor, request.params.id)
      demandSite(services, actor, request.body.site)
      return shownDevice(services, await onboarding.life.move(id, request.body.site, authorOf(actor)))
    }
  )

  app.post(
    '/devices/:id/replace',
    {
      config: access,
      schema: {
        tags,
        summary: 'Another piece of hardware goes on as the same device: its id and series stay',
        params,
        body: z.object({ hardware: devEui.optional(), serial: serial.optional() })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const present = managedDevice(services, actor, request.params.id)
      const { hardware } = request.body
      if (hardware !== undefined) {
        demandProfile(services, { ...present, hardware })
        await demandFinding(services, actor, hardware, services.registry.organisationOf(present) ?? rootOrganisation)
      }
      const { device, mqtt } = await onboarding.life.replace(present.id, request.body, authorOf(actor))
      return { ...shownDevice(services, device), ...(mqtt && { mqtt }) }
    }
  )

  app.post(
    '/devices/:id/decommission',
    {
      config: access,
      schema: {
        tags,
        summary: 'Takes a device out of service; its data stay and its logins end',
        params,
        /** Takes it away at the network server too, if Sen made it there. */
        body: z.object({ atNetworkServer: z.boolean().default(false) }).nullish()
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = managedDevice(services, actor, request.params.id)
      const device = await onboarding.life.decommission(id, authorOf(actor))
      const isRemoved =
        request.body?.atNetworkServer === true && (await onboarding.networkServers.takeAway(hardwareOf(device)))
      return { ...shownDevice(services, device), ...(isRemoved && { networkServer: 'removed' }) }
    }
  )

  app.post(
    '/devices/:id/undo',
    {
      config: access,
      schema: { tags, summary: 'Puts back what the newest change of the device changed, for a day', params }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = managedDevice(services, actor, request.params.id)
      const before = (await onboarding.life.history(id)).at(-1)?.before
      if (before) demandSite(services, actor, before.site)
      const { kind } = await onboarding.life.undo(id, authorOf(actor))
      return { undone: kind, ...(before && { device: shownDevice(services, before) }) }
    }
  )

  app.get(
    '/devices/:id/history',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'The life of a device: its places and its hardware', params }
    },
    async request => {
      const actor = requireActor(request, services)
      const { id } = visibleDevice(services, actor, request.params.id)
      const events = await onboarding.life.history(id)
      return { items: events.map(event => shownEvent(actor, event)).reverse(), cursor: null }
    }
  )

  function shownEvent(actor: Actor, { at, kind, device, before }: DeviceEvent) {
    const stood = device ?? before
    return {
      at: new Date(at).toISOString(),
      kind,
      ...(stood && placeOf(actor, stood)),
      ...(stood && { profile: stood.profile, hardware: hardwareOf(stood), serial: stood.externalIds?.['serial'] })
    }
  }

  /** A place of somebody else's is not told. */
  function placeOf(actor: Actor, { site }: Device) {
    const found = services.registry.sites.get(site)
    return found && mayRead(services, actor, found.organisation)
      ? { site, siteName: found.name, organisation: found.organisation }
      : {}
  }
}
