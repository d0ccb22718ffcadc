import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Maintenance } from '../../model/alarm.ts'
import { SenError } from '../../model/errors.ts'
import { deviceId, siteId } from '../../model/ids.ts'
import type { Actor, AuthorisedObject } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { objectOfDevice, objectOfSite } from './objects.ts'
import { isoOf, isoTime } from './times.ts'

const tags = ['alarms']
const longestMs = 31 * 86_400_000

/** Times of maintenance: alarms that are raised then are told after it, if they still hold. */
export function maintenanceRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { alarms, clock, registry } = services
  const config = { access: 'acknowledge' } as const

  app.get(
    '/maintenance',
    { config: { access: 'read' }, schema: { tags, summary: 'Work that goes on or is planned, the earliest first' } },
    async request => {
      const actor = requireActor(request, services)
      const found = await alarms.maintenance()
      const seen = found.filter(({ of }) => {
        const object = objectOf(actor, of)
        return object !== undefined && mayRead(services, actor, object)
      })
      return { items: seen.map(shown), cursor: null }
    }
  )

  app.post(
    '/maintenance',
    {
      config,
      schema: {
        tags,
        summary: 'Says when work is done on a device or at a site; for 31 days at most',
        body: z
          .object({
            site: siteId.optional(),
            device: deviceId.optional(),
            from: isoTime,
            to: isoTime,
            reason: z.string().trim().min(1).max(500)
          })
          .refine(({ site, device }) => (site === undefined) !== (device === undefined), 'say a site or a device')
          .refine(
            ({ from, to }) => to > from && to - from <= longestMs,
            '"to" must be after "from", by 31 days at most'
          )
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { site, device, from, to, reason } = request.body
      const of =
        device === undefined ? ({ kind: 'site', id: site ?? '' } as const) : ({ kind: 'device', id: device } as const)
      const object = demandChange(actor, of)
      const author = authorOf(actor)
      const added = { of, from, to, reason, author: author.id, authorName: author.name }
      const id = await alarms.addMaintenance(added, lineOf(actor, 'add', of, object.organisation))
      return reply.status(201).send(shown({ id, ...added }))
    }
  )

  app.delete(
    '/maintenance/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Ends it now, or takes it back before it has begun',
        params: z.object({ id: z.coerce.number().int().positive() })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { id } = request.params
      const found = (await alarms.maintenance()).find(one => one.id === id)
      if (!found) throw missing(id)
      const { organisation } = demandChange(actor, found.of)
      if (!(await alarms.endMaintenance(id, lineOf(actor, 'end', found.of, organisation)))) throw missing(id)
      return reply.status(204).send()
    }
  )

  function objectOf(actor: Actor, { kind, id }: Maintenance['of']): AuthorisedObject | undefined {
    if (kind === 'device') {
      const device = registry.devices.get(id)
      return device && objectOfDevice(services, device)
    }
    const site = registry.sites.get(id)
    return site && objectOfSite(services, actor, site)
  }

  function demandChange(actor: Actor, of: Maintenance['of']): AuthorisedObject {
    const object = objectOf(actor, of)
    if (!object) throw new SenError('SEN_NOT_FOUND', `find ${of.kind} ${of.id}: there is none`)
    demand(services, actor, 'acknowledge', object, `${of.kind} ${of.id}`)
    return object
  }

  function lineOf(actor: Actor, verb: 'add' | 'end', { kind, id }: Maintenance['of'], organisation: string) {
    const line = { at: clock.now(), author: authorOf(actor), organisation, detail: '', count: 1 }
    return { ...line, action: `maintenance.${verb}`, object: `${kind}:${id}`, outcome: 'done' as const }
  }
}

function shown({ id, of, from, to, reason, author, authorName }: Maintenance) {
  const place = of.kind === 'site' ? { site: of.id, device: null } : { site: null, device: of.id }
  return { id, ...place, from: isoOf(from), to: isoOf(to), reason, author, authorName }
}

function missing(id: number): SenError {
  return new SenError('SEN_NOT_FOUND', `find maintenance ${id}: there is none`)
}
