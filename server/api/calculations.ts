import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { calculation, metricGivenBy } from '../../model/calculation.ts'
import type { Calculation } from '../../model/calculation.ts'
import { SenError } from '../../model/errors.ts'
import { calculationId, organisationId } from '../../model/ids.ts'
import type { Actor } from '../auth/authorise.ts'
import { isWithin } from '../auth/authorise.ts'
import { calculationOf, checkCalculation } from '../calculation-check.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { merged } from './merge-patch.ts'
import { objectOfDevice, objectOfOrganisation, objectOfSite } from './objects.ts'

const tags = ['calculations']
const params = z.object({ id: calculationId })
const { shape } = calculation

/** Metrics that Sen calculates and keeps: things of the registry, in effect at their place in the raw log. */
export function calculationRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry } = services

  app.get(
    '/calculations',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'Calculations of yours',
        querystring: z.object({ organisation: organisationId.optional() })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { organisation } = request.query
      const mayAsk = organisation === undefined || registry.organisations.has(organisation)
      if (!mayAsk || (organisation !== undefined && !mayRead(services, actor, organisation)))
        throw new SenError('SEN_NOT_FOUND', `find organisation ${organisation}: there is none`)
      const isOf = (one: Calculation): boolean =>
        organisation === undefined || isWithin(one.organisation, organisation, registry.organisations)
      const items = [...registry.calculations.values()].filter(one => isVisible(actor, one) && isOf(one))
      return { items: items.map(shown), cursor: null }
    }
  )

  app.get(
    '/calculations/:id',
    { config: { access: 'read' }, schema: { tags, summary: 'One calculation', params } },
    async request => shown(visible(requireActor(request, services), request.params.id))
  )

  app.post(
    '/calculations',
    {
      config: { access: 'change-rules' },
      schema: {
        tags,
        summary: 'Adds a calculation; it is made for the devices of its organisation and of those below it',
        body: calculation
          .omit({ version: true, author: true })
          .extend({ isEnabled: z.boolean().default(true), scope: shape.scope.default({}) })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { organisation } = request.body
      demand(services, actor, 'change-rules', organisation, `organisation ${organisation}`)
      const added = calculationOf({ ...request.body, version: 1, author: authorOf(actor).id })
      check(actor, added)
      await administration.add('calculation', added, authorOf(actor))
      return reply.status(201).send(shown(added))
    }
  )

  app.patch(
    '/calculations/:id',
    {
      config: { access: 'change-rules' },
      schema: {
        tags,
        summary: 'Changes a calculation, which makes its next version; null takes an optional field away',
        params,
        body: z.object({
          name: shape.name.optional(),
          organisation: shape.organisation.optional(),
          isEnabled: z.boolean().optional(),
          scope: shape.scope.optional(),
          formula: shape.formula.optional(),
          metric: shape.metric.nullish()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { body } = request
      const { id } = visible(actor, request.params.id)
      const changed = await administration.revise(
        'calculation',
        id,
        present => {
          demandOwner(actor, present)
          const { organisation } = body
          if (organisation !== undefined)
            demand(services, actor, 'change-rules', organisation, `organisation ${organisation}`)
          const version = { version: present.version + 1, author: authorOf(actor).id }
          const next = calculationOf({ ...merged<object>(present, body), ...version })
          check(actor, next)
          return next
        },
        authorOf(actor)
      )
      return shown(changed)
    }
  )

  app.delete(
    '/calculations/:id',
    {
      config: { access: 'change-rules' },
      schema: { tags, summary: 'Removes a calculation; what it gave stays', params }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { id } = visible(actor, request.params.id)
      await administration.remove(
        'calculation',
        id,
        present => {
          demandOwner(actor, present)
        },
        authorOf(actor)
      )
      return reply.status(204).send()
    }
  )

  /** With the name and unit of what it gives, whoever names them. */
  function shown(one: Calculation) {
    const gives = metricGivenBy(one)
    return { ...one, gives: gives ? { metric: gives.name, vi: gives.vi, en: gives.en, unit: gives.unit } : null }
  }

  function isVisible(actor: Actor, { organisation }: Calculation): boolean {
    return mayRead(services, actor, objectOfOrganisation(services, actor, organisation))
  }

  function visible(actor: Actor, id: string): Calculation {
    const found = registry.calculations.get(id)
    if (found && isVisible(actor, found)) return found
    throw new SenError('SEN_NOT_FOUND', `find calculation ${id}: there is none`)
  }

  function demandOwner(actor: Actor, { id, organisation }: Calculation): void {
    visible(actor, id)
    demand(services, actor, 'change-rules', organisation, `calculation ${id}`)
  }

  function check(actor: Actor, one: Calculation): void {
    const isBelow = (organisation: string): boolean => isWithin(organisation, one.organisation, registry.organisations)
    checkCalculation(one, {
      ...{ registry, profiles: services.profiles, metricCatalogue: services.metricCatalogue },
      seesSite: id => {
        const site = registry.sites.get(id)
        const isOwn = site !== undefined && isBelow(site.organisation)
        return isOwn && mayRead(services, actor, objectOfSite(services, actor, site))
      },
      seesDevice: id => {
        const device = registry.devices.get(id)
        const owner = device && registry.organisationOf(device)
        const isOwn = owner !== undefined && isBelow(owner)
        return isOwn && device !== undefined && mayRead(services, actor, objectOfDevice(services, device))
      }
    })
  }
}
