import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { organisationId, ruleId } from '../../model/ids.ts'
import { rule, ruleLevel } from '../../model/rule.ts'
import type { Rule } from '../../model/rule.ts'
import type { Actor } from '../auth/authorise.ts'
import { isWithin } from '../auth/authorise.ts'
import { ruleOf } from '../rule-input.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, mayRead, requireActor } from './actor.ts'
import { merged } from './merge-patch.ts'
import { objectOfOrganisation } from './objects.ts'
import { demandSoundRule } from './rule-demand.ts'
import { isoOf } from './times.ts'

const tags = ['rules']
const params = z.object({ id: ruleId })
const { shape } = rule
/** The condition itself is checked by the rule's own schema: written out at every depth it would fill the API's document. */
const levels = z
  .array(
    z.object({
      ...ruleLevel.omit({ when: true }).shape,
      when: z.looseObject({ kind: z.string() }).describe('A condition; its kinds are told in docs/rules.md')
    })
  )
  .min(1)
  .max(5)

/** A rule as it is made: who made it, and which version it is, is known. */
export const newRuleBody = rule
  .omit({ version: true, author: true })
  .extend({ isEnabled: z.boolean().default(true), scope: shape.scope.default({}), levels })

/** Rules that say when somebody must know: things of the registry, in effect at their place in the raw log. */
export function ruleRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { administration, registry } = services

  app.get(
    '/rules',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'Rules of yours', querystring: z.object({ organisation: organisationId.optional() }) }
    },
    async request => {
      const actor = requireActor(request, services)
      const { organisation } = request.query
      if (
        organisation !== undefined &&
        !(registry.organisations.has(organisation) && mayRead(services, actor, organisation))
      )
        throw new SenError('SEN_NOT_FOUND', `find organisation ${organisation}: there is none`)
      const isOf = (one: Rule): boolean =>
        organisation === undefined || isWithin(one.organisation, organisation, registry.organisations)
      return { items: [...registry.rules.values()].filter(one => isVisible(actor, one) && isOf(one)), cursor: null }
    }
  )

  app.get('/rules/:id', { config: { access: 'read' }, schema: { tags, summary: 'One rule', params } }, async request =>
    visible(requireActor(request, services), request.params.id)
  )

  app.get(
    '/rules/:id/versions',
    {
      config: { access: 'read' },
      schema: { tags, summary: 'Every version of a rule, newest first, and from where on it is in effect', params }
    },
    async request => {
      const { id } = visible(requireActor(request, services), request.params.id)
      const versions = await services.state.ruleVersions(id)
      const items = versions.map(({ rule: one, madeAt, position }) => ({
        rule: one ?? null,
        isRemoval: one === undefined,
        madeAt: isoOf(madeAt),
        /** From this place of the raw log on it is in effect. */
        position: position ?? null
      }))
      return { items, cursor: null }
    }
  )

  app.post(
    '/rules',
    {
      config: { access: 'change-rules' },
      schema: {
        tags,
        summary: 'Adds a rule; it watches the sites of its organisation and of those below it',
        body: newRuleBody
      }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { organisation } = request.body
      demand(services, actor, 'change-rules', organisation, `organisation ${organisation}`)
      const added = ruleOf({ ...request.body, version: 1, author: authorOf(actor).id })
      demandSoundRule(services, actor, added)
      await administration.add('rule', added, authorOf(actor))
      return reply.status(201).send(added)
    }
  )

  app.patch(
    '/rules/:id',
    {
      config: { access: 'change-rules' },
      schema: {
        tags,
        summary: 'Changes a rule, which makes its next version; null takes an optional field away',
        params,
        body: z.object({
          name: shape.name.optional(),
          organisation: shape.organisation.optional(),
          isEnabled: z.boolean().optional(),
          scope: shape.scope.optional(),
          per: shape.per.optional(),
          levels: levels.optional(),
          pack: shape.pack.nullish(),
          source: shape.source.nullish()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { body } = request
      const { id } = visible(actor, request.params.id)
      return administration.revise(
        'rule',
        id,
        present => {
          demandOwner(actor, present)
          const { organisation } = body
          if (organisation !== undefined)
            demand(services, actor, 'change-rules', organisation, `organisation ${organisation}`)
          const version = { version: present.version + 1, author: authorOf(actor).id }
          const changed = ruleOf({ ...merged<object>(present, body), ...version })
          demandSoundRule(services, actor, changed)
          return changed
        },
        authorOf(actor)
      )
    }
  )

  app.delete(
    '/rules/:id',
    { config: { access: 'change-rules' }, schema: { tags, summary: 'Removes a rule; its alarms stay', params } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { id } = visible(actor, request.params.id)
      await administration.remove(
        'rule',
        id,
        present => {
          demandOwner(actor, present)
        },
        authorOf(actor)
      )
      return reply.status(204).send()
    }
  )

  function isVisible(actor: Actor, { organisation }: Rule): boolean {
    return mayRead(services, actor, objectOfOrganisation(services, actor, organisation))
  }

  function visible(actor: Actor, id: string): Rule {
    const found = registry.rules.get(id)
    if (found && isVisible(actor, found)) return found
    throw new SenError('SEN_NOT_FOUND', `find rule ${id}: there is none`)
  }

  function demandOwner(actor: Actor, { id, organisation }: Rule): void {
    visible(actor, id)
    demand(services, actor, 'change-rules', organisation, `rule ${id}`)
  }
}
