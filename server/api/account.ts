import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { personName } from '../../model/person.ts'
import type { Session } from '../auth/session-book.ts'
import type { NewPasskeyAnswer } from '../auth/passkeys.ts'
import type { Services } from '../services.ts'
import { askingOf, authorOf, requireSession, strangerError } from './actor.ts'
import { siteOf } from './session-view.ts'
import { isoOf } from './times.ts'

const tags = ['account']
const config = { access: 'own' } as const
const code = z.object({ code: z.string().max(40) })
/** Guessing the own password or code is guessing too. */
const guessed = { access: 'own', rateLimit: { max: 10, timeWindow: '1 minute' } } as const

/** The own account: passwords, second factors, devices, sessions. */
export function accountRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { ownAccount, peopleStore, sessions } = services

  app.get('/account', { config, schema: { tags, summary: 'Your account' } }, async request => {
    const session = requireSession(request, services)
    const account = await ownAccount.account(session)
    const [passkeys, devices] = await Promise.all([
      peopleStore.passkeys(account.id),
      peopleStore.devices({ person: account.id })
    ])
    return {
      id: account.id,
      name: account.name,
      login: account.login ?? null,
      phone: account.phone ?? null,
      email: account.email ?? null,
      organisation: account.organisation,
      hasPassword: account.passwordHash !== undefined,
      passwordExpiresAt: isoOf(sessions.passwordEndsAt(account)),
      secondFactors: {
        totp: account.totpSecret !== undefined,
        recoveryCodesLeft: account.recoveryCodesLeft,
        passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
          id,
          name,
          ...datesOf({ createdAt, lastUsedAt })
        }))
      },
      devices: devices.map(({ id, name, kind, createdAt, lastUsedAt }) => ({
        ...{ id, name, kind },
        ...datesOf({ createdAt, lastUsedAt })
      })),
      sessions: sessions.book
        .list(({ person }) => person === account.id)
        .map(({ id, hash, via, address, createdAt, lastSeenAt }) => ({
          ...{ id, via, address, isThis: hash === session.hash },
          createdAt: isoOf(createdAt),
          lastSeenAt: isoOf(lastSeenAt)
        }))
    }
  })

  app.post(
    '/account/password',
    {
      config: guessed,
      schema: {
        tags,
        summary: 'Changes your password; your other browsers are signed out',
        body: z.object({ current: z.string().max(400), next: z.string().max(400) })
      }
    },
    async (request, reply) => {
      const { session, author } = own(request)
      await ownAccount.changePassword(session, request.body, author)
      return reply.status(204).send()
    }
  )

  app.post('/account/totp', { config, schema: { tags, summary: 'Begins to add an authenticator' } }, async request =>
    ownAccount.beginTotp(own(request).session)
  )

  app.post(
    '/account/totp/confirm',
    { config: guessed, schema: { tags, summary: 'Adds the authenticator, with a code of it', body: code } },
    async request => {
      const { session, author } = own(request)
      return { recoveryCodes: await ownAccount.confirmTotp(session, request.body.code, author) }
    }
  )

  app.delete(
    '/account/totp',
    { config: guessed, schema: { tags, summary: 'Removes the authenticator', body: code } },
    async (request, reply) => {
      const { session, author } = own(request)
      await ownAccount.removeTotp(session, request.body.code, author)
      return reply.status(204).send()
    }
  )

  app.post(
    '/account/recovery-codes',
    { config: guessed, schema: { tags, summary: 'New recovery codes; the earlier ones end', body: code } },
    async request => {
      const { session, author } = own(request)
      return { recoveryCodes: await ownAccount.renewRecoveryCodes(session, request.body.code, author) }
    }
  )

  app.post(
    '/account/passkeys/options',
    { config, schema: { tags, summary: 'What to ask an authenticator to make' } },
    async request => ownAccount.beginPasskey(own(request).session, siteOf(request, services))
  )

  app.post(
    '/account/passkeys',
    {
      config,
      schema: {
        tags,
        summary: 'Adds a passkey',
        body: z.object({ ticket: z.uuid(), name: personName, response: z.looseObject({ id: z.string().max(2000) }) })
      }
    },
    async (request, reply) => {
      const { session, author } = own(request)
      const { response: answer, ...body } = request.body
      const response = answer as unknown as NewPasskeyAnswer
      await ownAccount.addPasskey(session, siteOf(request, services), { ...body, response }, author)
      return reply.status(201).send({ id: answer.id })
    }
  )

  app.delete(
    '/account/passkeys/:id',
    { config, schema: { tags, summary: 'Removes a passkey', params: z.object({ id: z.string().max(2000) }) } },
    async (request, reply) => {
      const { session, author } = own(request)
      await ownAccount.removePasskey(session, request.params.id, author)
      return reply.status(204).send()
    }
  )

  app.delete(
    '/account/devices/:id',
    { config, schema: { tags, summary: 'Forgets one of your phones', params: z.object({ id: z.uuid() }) } },
    async (request, reply) => {
      const { session, author } = own(request)
      await ownAccount.removeDevice(session, request.params.id, author)
      return reply.status(204).send()
    }
  )

  app.delete(
    '/account/sessions/:id',
    {
      config,
      schema: { tags, summary: 'Signs one of your browsers out', params: z.object({ id: z.string().max(32) }) }
    },
    async (request, reply) => {
      const { session, author } = own(request)
      await ownAccount.endSession(session, request.params.id, author)
      return reply.status(204).send()
    }
  )

  function own(request: FastifyRequest): { readonly session: Session; readonly author: ReturnType<typeof authorOf> } {
    const asking = askingOf(request, services)
    if (!asking?.session) throw strangerError()
    return { session: asking.session, author: authorOf(asking.actor) }
  }
}

function datesOf({ createdAt, lastUsedAt }: { readonly createdAt: number; readonly lastUsedAt: number | undefined }) {
  return { createdAt: isoOf(createdAt), lastUsedAt: isoOf(lastUsedAt) }
}
