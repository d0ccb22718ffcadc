import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { organisationId } from '../../model/ids.ts'
import { accountKind, grant, mailAddress, personName, phoneNumber } from '../../model/person.ts'
import type { Person } from '../../model/person.ts'
import { textCell } from '../../storage/series/csv.ts'
import type { Actor } from '../auth/authorise.ts'
import { isWithin } from '../auth/authorise.ts'
import type { NewInvitation } from '../auth/enrolment.ts'
import type { Manager } from '../people.ts'
import type { Services } from '../services.ts'
import { authorOf, requireActor } from './actor.ts'
import { isoOf } from './times.ts'
import { ownOrigins } from './transport.ts'

const tags = ['people']
const manage = { access: 'manage-people' } as const
const see = { access: ['manage-people', 'read-audit'] } as const
const params = z.object({ id: z.coerce.number().int().positive() })
const wants = z.enum(['phone', 'console'])
const mostGrants = 50

type Listed = Person & { readonly hasSecondFactor: boolean; readonly devices: number }

/** People of one's subtree: who they are, what they may do, how they come in. */
export function peopleRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { people, peopleStore, registry, signIn } = services

  app.get(
    '/people',
    {
      config: see,
      schema: {
        tags,
        summary: 'People of your subtree',
        querystring: z.object({
          query: z.string().max(100).optional(),
          organisation: organisationId.optional(),
          state: z.enum(['invited', 'active', 'disabled']).optional(),
          limit: z.coerce.number().int().min(1).max(500).default(50),
          cursor: z.coerce.number().int().nonnegative().optional()
        })
      }
    },
    async request => {
      const actor = requireActor(request, services)
      const { query, state, organisation, limit, cursor } = request.query
      const organisations = seenOrganisations(actor, organisation)
      const page = await peopleStore.people({ query, state, organisations, limit, after: cursor })
      const last = page.items.at(-1)
      return {
        items: page.items.map(shown),
        total: page.total,
        cursor: page.items.length === limit && last ? last.id : null
      }
    }
  )

  app.get(
    '/people/review',
    { config: see, schema: { tags, summary: 'Every account and its rights as CSV, for the half-yearly review' } },
    async (request, reply) => {
      const actor = requireActor(request, services)
      const organisations = seenOrganisations(actor, undefined)
      const lines = [
        ['id', 'name', 'login', 'phone', 'email', 'kind', 'organisation', 'state', 'created', 'last seen', 'roles']
      ]
      for (let after: number | undefined = 0; after !== undefined;) {
        const page = await peopleStore.people({ organisations, limit: 500, after })
        lines.push(...page.items.map(reviewLine))
        after = page.items.at(-1)?.id
      }
      await peopleStore.audit([
        {
          ...{ at: services.clock.now(), author: authorOf(actor), action: 'people.review', object: 'people' },
          ...{ organisation: actor.organisation, outcome: 'done', detail: `${lines.length - 1} accounts`, count: 1 }
        }
      ])
      const text = lines.map(cells => cells.map(textCell).join(',')).join('\r\n')
      void reply.header('content-disposition', 'attachment; filename="accounts.csv"').type('text/csv; charset=utf-8')
      return reply.send(`\uFEFF${text}\r\n`)
    }
  )

  app.get('/people/:id', { config: see, schema: { tags, summary: 'One person', params } }, async request => {
    const account = await people.seen(request.params.id, requireActor(request, services))
    const devices = await peopleStore.devices({ person: account.id })
    return {
      ...shown({
        ...account,
        hasSecondFactor: account.totpSecret !== undefined || account.passkeys > 0,
        devices: devices.length
      }),
      devices: devices.map(({ id, name, kind, createdAt, lastUsedAt }) => ({
        ...{ id, name, kind },
        createdAt: isoOf(createdAt),
        lastUsedAt: isoOf(lastUsedAt)
      }))
    }
  })

  app.post(
    '/people',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Adds a person and invites it; link and code are shown once, and handed over by different ways',
        body: z.object({
          name: personName,
          phone: phoneNumber.optional(),
          email: mailAddress.optional(),
          kind: accountKind.default('operational'),
          organisation: organisationId,
          grants: z.array(grant).max(mostGrants).default([]),
          invite: wants.default('phone')
        })
      }
    },
    async (request, reply) => {
      const { invite, ...body } = request.body
      const person = { ...body, phone: body.phone, email: body.email }
      const invited = { wants: invite, baseUrl: baseUrlOf(request) }
      const { account, invitation } = await people.add(person, invited, managerOf(request))
      return reply.status(201).send({
        person: shown({ ...account, hasSecondFactor: false, devices: 0 }),
        invitation: invitationView(invitation)
      })
    }
  )

  app.patch(
    '/people/:id',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Changes a person, or closes the account',
        params,
        body: z.object({
          name: personName.optional(),
          phone: phoneNumber.nullable().optional(),
          email: mailAddress.nullable().optional(),
          kind: accountKind.optional(),
          organisation: organisationId.optional(),
          state: z.enum(['active', 'disabled']).optional()
        })
      }
    },
    async request => {
      const given = Object.entries(request.body).filter(([, value]) => value !== undefined)
      await people.change(request.params.id, Object.fromEntries(given), managerOf(request))
      return shownOne(request.params.id, request)
    }
  )

  app.put(
    '/people/:id/grants',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Sets all roles of a person: none that you do not hold there yourself',
        params,
        body: z.object({ grants: z.array(grant).max(mostGrants) })
      }
    },
    async request => {
      await people.setGrants(request.params.id, request.body.grants, managerOf(request))
      return shownOne(request.params.id, request)
    }
  )

  app.post(
    '/people/:id/invitations',
    {
      config: manage,
      schema: { tags, summary: 'Invites a person anew; the earlier invitation ends', params, body: z.object({ wants }) }
    },
    async (request, reply) => {
      const invited = { wants: request.body.wants, baseUrl: baseUrlOf(request) }
      const invitation = await people.invite(request.params.id, invited, managerOf(request))
      return reply.status(201).send(invitationView(invitation))
    }
  )

  app.post(
    '/people/:id/unlock',
    {
      config: manage,
      schema: {
        tags,
        summary: 'Opens password login again before its time (break-glass)',
        params,
        body: z.object({ reason: z.string().trim().min(3).max(500) })
      }
    },
    async (request, reply) => {
      await people.unlock(request.params.id, request.body.reason, managerOf(request))
      return reply.status(204).send()
    }
  )

  app.delete(
    '/people/:id/devices/:device',
    {
      config: manage,
      schema: { tags, summary: "Forgets a person's phone", params: params.extend({ device: z.uuid() }) }
    },
    async (request, reply) => {
      await people.removePhone(request.params.id, request.params.device, managerOf(request))
      return reply.status(204).send()
    }
  )

  app.delete(
    '/people/:id/sessions',
    { config: manage, schema: { tags, summary: 'Signs a person out everywhere', params } },
    async (request, reply) => {
      await people.signOut(request.params.id, managerOf(request))
      return reply.status(204).send()
    }
  )

  /** @returns the organisations whose people the actor may see; `undefined`: all there are. */
  function seenOrganisations(actor: Actor, below: string | undefined): readonly string[] | undefined {
    const { organisations } = registry
    const seen = [...organisations.keys()].filter(id => people.maySee(actor, { organisation: id }))
    if (below === undefined) return seen.length === organisations.size ? undefined : seen
    // One that it may not see is like one that is not there, also where it lies above.
    if (!seen.includes(below)) return []
    return seen.filter(id => isWithin(id, below, organisations))
  }

  async function shownOne(id: number, request: FastifyRequest) {
    const account = await people.seen(id, requireActor(request, services))
    const devices = await peopleStore.devices({ person: id })
    const hasSecondFactor = account.totpSecret !== undefined || account.passkeys > 0
    return shown({ ...account, hasSecondFactor, devices: devices.length })
  }

  function shown(person: Listed) {
    const lockedUntil = signIn.lockedUntil(person.login)
    return {
      id: person.id,
      name: person.name,
      login: person.login ?? null,
      phone: person.phone ?? null,
      email: person.email ?? null,
      kind: person.kind,
      organisation: person.organisation,
      organisationName: nameOf(person.organisation),
      state: person.state,
      isLocked: lockedUntil !== undefined,
      lockedUntil: isoOf(lockedUntil),
      createdAt: isoOf(person.createdAt),
      lastSeenAt: isoOf(person.lastSeenAt),
      grants: person.grants.map(one => ({ ...one, organisationName: nameOf(one.organisation) })),
      hasSecondFactor: person.hasSecondFactor,
      devices: person.devices
    }
  }

  function nameOf(organisation: string): string {
    return registry.organisations.get(organisation)?.name ?? organisation
  }

  function managerOf(request: FastifyRequest): Manager {
    const actor = requireActor(request, services)
    return { actor, author: authorOf(actor) }
  }

  function baseUrlOf(request: FastifyRequest): string {
    return services.reach.publicOrigin ?? services.httpsUrl() ?? ownOrigins(request, services)[0] ?? ''
  }

  function reviewLine(person: Listed): string[] {
    const { id, name, login = '', phone = '', email = '', kind, organisation, state, createdAt, lastSeenAt } = person
    const roles = person.grants.map(one => `${one.role}@${one.organisation}`).join(' ')
    const dates = [isoOf(createdAt), isoOf(lastSeenAt) ?? '']
    return [String(id), name, login, phone, email, kind, organisation, state, ...dates, roles]
  }
}

function invitationView({ url, qr, code, expiresAt }: NewInvitation) {
  return { url, qr, code, expiresAt: isoOf(expiresAt) }
}
