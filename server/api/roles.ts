import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { personName, roleId } from '../../model/person.ts'
import { rootOrganisation } from '../../model/registry.ts'
import { actions, isAction } from '../auth/actions.ts'
import type { Role } from '../auth/roles.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, requireActor } from './actor.ts'

const tags = ['people']
const manage = { access: 'manage-people' } as const
const body = z.object({
  name: z.object({ vi: personName, en: personName }),
  actions: z
    .array(z.string().refine(isAction, `must be one of ${actions.map(({ id }) => id).join(', ')}`))
    .min(1)
    .max(actions.length)
})

/** Roles: those that ship with Sen, and those that the root's administrators define for everybody. */
export function roleRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { roles, peopleStore, clock } = services

  app.get(
    '/roles',
    { config: { access: 'known' }, schema: { tags, summary: 'Roles, and what each may do' } },
    async () => ({
      items: roles.all().map(shown),
      actions,
      cursor: null
    })
  )

  app.post(
    '/roles',
    { config: manage, schema: { tags, summary: 'Defines a role', body: body.extend({ id: roleId }) } },
    async (request, reply) => {
      const { id } = request.body
      if (roles.get(id)) throw new SenError('SEN_CONFLICT', `add role ${id}: the id is taken`)
      await put(request.body, requireActor(request, services))
      return reply.status(201).send(roleOf(id))
    }
  )

  app.put(
    '/roles/:id',
    {
      config: manage,
      schema: { tags, summary: 'Changes a role for everybody who has it', params: z.object({ id: roleId }), body }
    },
    async request => {
      const { id } = request.params
      demandCustom(id)
      await put({ id, ...request.body }, requireActor(request, services))
      return roleOf(id)
    }
  )

  app.delete(
    '/roles/:id',
    {
      config: manage,
      schema: { tags, summary: 'Removes a role that nobody has', params: z.object({ id: roleId }) }
    },
    async (request, reply) => {
      const { id } = request.params
      const actor = requireActor(request, services)
      demand(services, actor, 'manage-people', rootOrganisation, `role ${id}`)
      demandCustom(id)
      const before = roleOf(id)
      await peopleStore.removeRole(id, { ...line('role.remove', id, actor), before })
      roles.remove(id)
      return reply.status(204).send()
    }
  )

  async function put(
    role: { readonly id: string } & z.infer<typeof body>,
    actor: ReturnType<typeof requireActor>
  ): Promise<void> {
    demand(services, actor, 'manage-people', rootOrganisation, `role ${role.id}`)
    // Nobody makes a role of what it may not do itself.
    for (const action of role.actions) demand(services, actor, action, rootOrganisation, `role ${role.id}`)
    const before = roles.get(role.id)
    for (const action of before?.actions ?? []) demand(services, actor, action, rootOrganisation, `role ${role.id}`)
    const entry = line(before ? 'role.change' : 'role.add', role.id, actor)
    await peopleStore.putRole(role, { ...entry, ...(before && { before: shown(before) }), after: role })
    roles.put(role)
    // Who may manage by it from now on needs a second factor, in open sessions too.
    const holders = new Set(services.sessions.book.list(() => true).flatMap(({ person }) => person ?? []))
    for (const person of holders) await services.sessions.refresh(person, authorOf(actor))
  }

  function demandCustom(id: string): void {
    const found = roles.get(id)
    if (!found) throw new SenError('SEN_NOT_FOUND', `find role ${id}: there is none`)
    if (found.isBuiltIn) throw new SenError('SEN_CONFLICT', `change role ${id}: it ships with Sen`)
  }

  function roleOf(id: string) {
    const found = roles.get(id)
    return found && shown(found)
  }

  function line(action: string, id: string, actor: ReturnType<typeof requireActor>) {
    const what = { action, object: `role:${id}`, organisation: rootOrganisation, detail: '' }
    return { at: clock.now(), author: authorOf(actor), outcome: 'done', count: 1, ...what } as const
  }
}

function shown({ id, name, actions: allowed, isBuiltIn }: Role) {
  return { id, name, actions: [...allowed], isBuiltIn }
}
