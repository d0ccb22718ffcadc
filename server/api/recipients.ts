import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AuditEntry } from '../../model/audit.ts'
import { SenError } from '../../model/errors.ts'
import { recipientDraft, recipientId } from '../../model/recipient.ts'
import type { RecipientDraft } from '../../model/recipient.ts'
import type { StoredNotice, StoredRecipient } from '../../storage/state/notice-store.ts'
import type { Actor } from '../auth/authorise.ts'
import { isWithin } from '../auth/authorise.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, may, requireActor, requireSession } from './actor.ts'
import { merged } from './merge-patch.ts'
import { isoOf } from './times.ts'

const tags = ['notify']
const manage = { access: 'manage-people' } as const
const own = { access: 'own' } as const
const params = z.object({ id: recipientId })
const asked = recipientDraft.extend({ person: z.int().positive().optional() })
const patch = z.strictObject(
  Object.fromEntries(Object.entries(recipientDraft.shape).map(([name]) => [name, z.unknown().optional()]))
)
/** What people may change of themselves: how they are told, not of what. */
const ownDraft = recipientDraft.pick({
  ...{ language: true, phone: true, email: true, webhook: true, accounts: true, channels: true },
  ...{ quiet: true, digestAt: true, mostSingle: true, isTested: true }
})

/** Who is told of alarms, and how: managed by who manages people, and each by themselves. */
export function recipientRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { notices, notifier, people, clock, registry } = services

  app.get(
    '/recipients',
    { config: manage, schema: { tags, summary: 'Who is told of alarms, with the result of the last test' } },
    async request => {
      const actor = requireActor(request, services)
      const visible = (await notices.recipients()).filter(one =>
        may(services, actor, 'manage-people', one.organisation)
      )
      const tests = await testsOf(visible)
      return { items: visible.map(one => shown(one, tests.get(one.id) ?? [])), cursor: null }
    }
  )

  app.get('/recipients/:id', { config: manage, schema: { tags, summary: 'One recipient', params } }, async request => {
    const one = await found(request.params.id, requireActor(request, services))
    return shown(one, (await testsOf([one])).get(one.id) ?? [])
  })

  app.post(
    '/recipients',
    {
      config: manage,
      schema: { tags, summary: 'Adds somebody who is told: an account (`person`), or a plain contact', body: asked }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const { person, ...draft } = request.body
      demand(services, actor, 'manage-people', draft.organisation, `organisation ${draft.organisation}`)
      if (person !== undefined) await people.seen(person, actor)
      await demandChannels(draft)
      const id = await notices.addRecipient(draft, person, line(actor, 'add', '', draft))
      await notifier.changed()
      return reply.status(201).send(shown(await found(id, actor), []))
    }
  )

  app.patch(
    '/recipients/:id',
    { config: manage, schema: { tags, summary: 'Changes a recipient; null takes a field away', params, body: patch } },
    async request => {
      const actor = requireActor(request, services)
      const one = await found(request.params.id, actor)
      const draft = parsed(merged(draftOf(one), request.body))
      demand(services, actor, 'manage-people', draft.organisation, `organisation ${draft.organisation}`)
      return change(one, draft, actor)
    }
  )

  app.delete(
    '/recipients/:id',
    { config: manage, schema: { tags, summary: 'Tells them nothing any more', params } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const one = await found(request.params.id, actor)
      await notices.removeRecipient(one.id, clock.now(), line(actor, 'remove', one.id, one))
      await notifier.changed()
      return reply.status(204).send()
    }
  )

  app.post(
    '/recipients/:id/test',
    {
      config: manage,
      schema: { tags, summary: 'Tries every way to them now; `GET /notices?alarm=` has the result', params }
    },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const one = await found(request.params.id, actor)
      return reply.status(202).send(await test(one))
    }
  )

  app.get(
    '/account/recipient',
    { config: own, schema: { tags, summary: 'How you are told of alarms; null if you are not' } },
    async request => {
      const one = await ofSession(request)
      return { recipient: one ? shown(one, (await testsOf([one])).get(one.id) ?? []) : null }
    }
  )

  app.put(
    '/account/recipient',
    {
      config: own,
      schema: { tags, summary: 'Changes how you are told: channels in order, quiet hours', body: ownDraft }
    },
    async request => {
      const one = await ofSession(request)
      if (!one) throw new SenError('SEN_NOT_FOUND', 'find recipient: you are told of no alarms')
      const { holder } = requireSession(request, services)
      const actor = { id: holder.id, name: holder.name }
      const { topic, organisation, name, scope, isEnabled } = draftOf(one)
      return change(one, parsed({ topic, organisation, name, scope, isEnabled, ...request.body }), actor)
    }
  )

  app.post(
    '/account/recipient/test',
    { config: own, schema: { tags, summary: 'Tries every way to you now' } },
    async (request, reply) => {
      const one = await ofSession(request)
      if (!one) throw new SenError('SEN_NOT_FOUND', 'find recipient: you are told of no alarms')
      return reply.status(202).send(await test(one))
    }
  )

  async function test(one: StoredRecipient) {
    const alarm = await notifier.tests.test(one, isoOf(clock.now()).slice(0, 19))
    notifier.poke()
    return { alarm }
  }

  async function change(one: StoredRecipient, draft: RecipientDraft, actor: Pick<Actor, 'id' | 'name'>) {
    await demandChannels(draft)
    await notices.changeRecipient(one.id, draft, {
      ...line(actor, 'change', one.id, draft),
      before: draftOf(one)
    })
    await notifier.changed()
    const changed = (await notices.recipients()).find(({ id }) => id === one.id) ?? one
    return shown(changed, (await testsOf([changed])).get(one.id) ?? [])
  }

  async function ofSession(request: Parameters<typeof requireSession>[0]): Promise<StoredRecipient | undefined> {
    const { holder } = requireSession(request, services)
    return (await notices.recipients()).find(({ id }) => id === holder.id)
  }

  async function found(id: string, actor: Actor): Promise<StoredRecipient> {
    const one = (await notices.recipients()).find(recipient => recipient.id === id)
    if (one && may(services, actor, 'manage-people', one.organisation)) return one
    throw new SenError('SEN_NOT_FOUND', `find recipient ${id}: there is none`)
  }

  /** Channels cost money: only those of the recipient's own organisation, or of those above it. */
  async function demandChannels({ channels, organisation }: RecipientDraft): Promise<void> {
    const known = await notices.channels()
    const stranger = channels.find(id => {
      const channel = known.find(one => one.id === id)
      return !channel || !isWithin(organisation, channel.organisation, registry.organisations)
    })
    if (stranger !== undefined)
      throw new SenError('SEN_INPUT_INVALID', `read channels: there is no channel ${stranger} for this organisation`)
  }

  /** Of each the notices of its newest test. */
  async function testsOf(some: readonly StoredRecipient[]): Promise<ReadonlyMap<string, readonly StoredNotice[]>> {
    const lists = await Promise.all(
      some.map(async ({ id }) => {
        const all = await notices.notices({ limit: 20, recipient: id, about: 'test' })
        return [id, all.filter(({ alarm }) => alarm === all[0]?.alarm)] as const
      })
    )
    return new Map(lists)
  }

  function line(actor: Pick<Actor, 'id' | 'name'>, verb: string, id: string, after: RecipientDraft): AuditEntry {
    const what = { action: `recipient.${verb}`, object: id && `recipient:${id}`, organisation: after.organisation }
    const author = 'kind' in actor ? authorOf(actor as Actor) : { ...actor, address: '' }
    return { at: clock.now(), author, ...what, outcome: 'done', detail: '', after, count: 1 }
  }
}

function parsed(value: unknown): RecipientDraft {
  const result = recipientDraft.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new SenError('SEN_INPUT_INVALID', `read recipient: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}

function draftOf({ id: _id, person: _person, reach: _reach, isActive: _isActive, ...draft }: StoredRecipient) {
  return draft
}

function shown({ reach, ...one }: StoredRecipient, test: readonly StoredNotice[]) {
  return {
    ...one,
    reach,
    lastTest:
      test.length === 0
        ? null
        : {
            alarm: test[0]?.alarm,
            at: isoOf(test[0]?.plannedAt ?? 0),
            isReached: test.some(({ state }) => state === 'reached'),
            channels: test.map(({ channel, state, detail }) => ({ channel, state, detail }))
          }
  }
}
