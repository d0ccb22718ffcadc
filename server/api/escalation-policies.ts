import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { defaultTimings } from '../../alarms/escalation/timing.ts'
import type { AuditEntry } from '../../model/audit.ts'
import { SenError } from '../../model/errors.ts'
import { escalationPolicy, policyId, rota } from '../../model/escalation-policy.ts'
import type { Actor } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor } from './actor.ts'

const tags = ['notify']
const config = { access: 'change-rules' } as const
const params = z.object({ id: policyId })

interface Owned {
  readonly id: string
  readonly organisation: string
}

/** Where policies, or rotas, are kept. */
interface Shelf<T extends Owned> {
  readonly word: 'policy' | 'rota'
  readonly path: string
  readonly summary: string
  readonly schema: z.ZodType<T>
  readonly all: () => Promise<readonly T[]>
  readonly put: (thing: T, audit: AuditEntry) => Promise<void>
  readonly remove: (id: string, audit: AuditEntry) => Promise<boolean>
}

/** Who is told of which alarms, in which order, and who is on duty. */
export function escalationPolicyRoutes(instance: FastifyInstance, services: Services): void {
  const { notices } = services
  shelfRoutes(instance, services, {
    ...{ word: 'policy', path: '/notify/policies', summary: 'who is told of which alarms, in which order' },
    schema: escalationPolicy.omit({ id: true }).transform(body => ({ ...body, id: '' })),
    all: () => notices.policies(),
    put: (policy, audit) => notices.putPolicy(policy, audit),
    remove: (id, audit) => notices.removePolicy(id, audit)
  })
  shelfRoutes(instance, services, {
    ...{ word: 'rota', path: '/notify/rotas', summary: 'who is on duty when' },
    schema: rota.omit({ id: true }).transform(body => ({ ...body, id: '' })),
    all: () => notices.rotas(),
    put: (one, audit) => notices.putRota(one, audit),
    remove: (id, audit) => notices.removeRota(id, audit)
  })
}

function shelfRoutes<T extends Owned>(instance: FastifyInstance, services: Services, shelf: Shelf<T>): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { word, path, summary, all, put, remove } = shelf

  app.get(path, { config, schema: { tags, summary: `Every ${word}: ${summary}` } }, async request => {
    const actor = requireActor(request, services)
    const items = (await all()).filter(one => may(services, actor, 'change-rules', one.organisation))
    return { items, cursor: null, ...(word === 'policy' && { defaults: defaultTimings }) }
  })

  app.get(`${path}/:id`, { config, schema: { tags, summary: `One ${word}`, params } }, async request =>
    found(request.params.id, requireActor(request, services))
  )

  app.put(
    `${path}/:id`,
    { config, schema: { tags, summary: `Adds or replaces a ${word}`, params, body: z.looseObject({}) } },
    async request => {
      const actor = requireActor(request, services)
      const { id } = request.params
      const thing = { ...parsed(request.body), id }
      const { organisation } = thing
      demand(services, actor, 'change-rules', organisation, `organisation ${organisation}`)
      const present = (await all()).find(one => one.id === id)
      if (present && !may(services, actor, 'change-rules', present.organisation))
        throw new SenError('SEN_CONFLICT', `put ${word} ${id}: the id is taken`)
      await put(thing, { ...line(actor, present ? 'change' : 'add', thing), before: present, after: thing })
      await services.notifier.changed()
      return thing
    }
  )

  app.delete(
    `${path}/:id`,
    { config, schema: { tags, summary: `Removes a ${word}`, params } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const thing = await found(request.params.id, actor)
      await remove(thing.id, { ...line(actor, 'remove', thing), before: thing })
      await services.notifier.changed()
      return reply.status(204).send()
    }
  )

  function parsed(body: unknown): T {
    const result = shelf.schema.safeParse(body)
    if (result.success) return result.data
    const [issue] = result.error.issues
    throw new SenError('SEN_INPUT_INVALID', `read ${word}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }

  async function found(id: string, actor: Actor): Promise<T> {
    const one = (await all()).find(thing => thing.id === id)
    if (one && may(services, actor, 'change-rules', one.organisation)) return one
    throw new SenError('SEN_NOT_FOUND', `find ${word} ${id}: there is none`)
  }

  function line(actor: Actor, verb: string, { id, organisation }: Owned): AuditEntry {
    const what = { action: `${word}.${verb}`, object: `${word}:${id}`, organisation, outcome: 'done' } as const
    return { at: services.clock.now(), author: authorOf(actor), ...what, detail: '', count: 1 }
  }
}
