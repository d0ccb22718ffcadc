import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import type { GatewayHealth } from '../../model/health.ts'
import { gatewayId, organisationId, placeId } from '../../model/ids.ts'
import { gateway, kindOf } from '../../model/registry.ts'
import type { Gateway } from '../../model/registry.ts'
import type { Actor } from '../auth/authorise.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { gatewayHealthItem } from './health-items.ts'
import { merged } from './merge-patch.ts'
import { communesOf } from './site-choice.ts'

const tags = ['gateways']
const params = z.object({ id: gatewayId })
const { shape } = gateway

/** LoRaWAN gateways: one organisation owns each and alone changes it, others may see it. */
export function gatewayRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry } = services

  app.get(
    '/gateways',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'Gateways of yours, and those shared with you',
        querystring: z.object({ organisation: organisationId.optional(), place: placeId.optional() })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { organisation, place } = request.query
      if (
        organisation !== undefined &&
        !(registry.organisations.has(organisation) && mayRead(services, actor, organisation))
      )
        throw missing('organisation', organisation)
      const inPlace = place === undefined ? undefined : communesOf(services, actor, place)
      const isOf = (owner: string) =>
        organisation === undefined || isWithin(owner, organisation, registry.organisations)
      const items = [...registry.gateways.values()]
        .filter(one => isVisible(actor, one))
        .filter(one => [one.owner, ...one.sharedWith].some(isOf))
        .filter(({ commune = '' }) => inPlace === undefined || inPlace.has(commune))
      const health = await services.deviceHealth.gateways(items.map(({ id }) => id))
      return { items: items.map((one, i) => withHealth(actor, one, health[i])), cursor: null }
    }
  )

  app.get(
    '/gateways/:id',
    { config: { access: 'read' }, schema: { tags, summary: 'One gateway', params } },
    async request => {
      const actor = requireActor(request, services)
      const one = visible(actor, request.params.id)
      const [health] = await services.deviceHealth.gateways([one.id])
      return withHealth(actor, one, health)
    }
  )

  app.post(
    '/gateways',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Registers a gateway',
        body: gateway.extend({ sharedWith: shape.sharedWith.default([]) })
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { body } = request
      demand(services, actor, 'manage-devices', body.owner, `organisation ${body.owner}`)
      demandKnown(actor, body.sharedWith)
      await administration.add('gateway', body, authorOf(actor))
      return reply.status(201).send(shown(actor, body))
    }
  )

  app.patch(
    '/gateways/:id',
    {
      config: { access: 'manage-devices' },
      schema: {
        tags,
        summary: 'Changes a gateway, whom it is shared with, or whose it is; null takes an optional field away',
        params,
        body: z.object({
          name: shape.name.optional(),
          owner: shape.owner.optional(),
          sharedWith: shape.sharedWith.optional(),
          commune: shape.commune.nullish(),
          position: shape.position.nullish(),
          antenna: shape.antenna.nullish(),
          link: shape.link.nullish()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { body } = request
      const { id } = visible(actor, request.params.id)
      const changed = await administration.revise(
        'gateway',
        id,
        present => {
          demandOwner(actor, present)
          if (body.owner !== undefined)
            demand(services, actor, 'manage-devices', body.owner, `organisation ${body.owner}`)
          demandKnown(actor, body.sharedWith?.filter(one => !present.sharedWith.includes(one)) ?? [])
          return gateway.parse(merged(present, body))
        },
        authorOf(actor)
      )
      return shown(actor, changed)
    }
  )

  app.delete(
    '/gateways/:id',
    { config: { access: 'manage-devices' }, schema: { tags, summary: 'Forgets a gateway', params } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { id } = visible(actor, request.params.id)
      await administration.remove(
        'gateway',
        id,
        present => {
          demandOwner(actor, present)
        },
        authorOf(actor)
      )
      return reply.status(204).send()
    }
  )

  /** Whom else a gateway is shared with is its owner's business: others see of that what they may see anyway. */
  function shown(actor: Actor, one: Gateway) {
    const sharedWith = mayRead(services, actor, one.owner)
      ? one.sharedWith
      : one.sharedWith.filter(organisation => mayRead(services, actor, organisation))
    return { ...one, ownerName: registry.organisations.get(one.owner)?.name, sharedWith }
  }

  /** With the link in use: what it says itself goes before what the registry knows. */
  function withHealth(actor: Actor, one: Gateway, health: GatewayHealth | undefined) {
    const linkInUse = health?.link ?? one.link ?? null
    return { ...shown(actor, one), linkInUse, health: health ? gatewayHealthItem(health) : null }
  }

  function isVisible(actor: Actor, { owner, sharedWith }: Gateway): boolean {
    return [owner, ...sharedWith].some(organisation => mayRead(services, actor, organisation))
  }

  function visible(actor: Actor, id: string): Gateway {
    const found = registry.gateways.get(id)
    if (found && isVisible(actor, found)) return found
    throw missing('gateway', id)
  }

  /** Who sees a gateway because it is shared knows that it is there, and is told whose it is. */
  function demandOwner(actor: Actor, present: Gateway): void {
    visible(actor, present.id)
    if (!mayRead(services, actor, present.owner))
      throw new SenError('SEN_FORBIDDEN', `change gateway ${present.id}: it belongs to ${present.owner}`)
    demand(services, actor, 'manage-devices', present.owner, `gateway ${present.id}`)
  }

  /** Public bodies are known to everybody; of others only those that the actor sees may be named. */
  function demandKnown(actor: Actor, organisations: readonly string[]): void {
    for (const id of organisations) {
      const found = registry.organisations.get(id)
      const isPublic = found !== undefined && ['province', 'agency', 'commune'].includes(kindOf(found))
      if (!isPublic && !(found && mayRead(services, actor, id))) throw missing('organisation', id)
    }
  }
}

function missing(kind: string, id: string): SenError {
  return new SenError('SEN_NOT_FOUND', `find ${kind} ${id}: there is none`)
}
