import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import { loginName, personName, phoneNumber } from '../../model/person.ts'
import { consent } from '../auth/consent.ts'
import { deviceJwk } from '../auth/device-keys.ts'
import type { Services } from '../services.ts'
import { welcome } from './session-view.ts'
import { addressOf, demandSecure } from './transport.ts'

const tags = ['enrolment']
const config = { access: 'open', rateLimit: { max: 20, timeWindow: '1 minute' } } as const

/** Coming in for the first time: by link or phone number, with the one-time code. */
export function enrolmentRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { enrolment, registry } = services

  app.post(
    '/enrolment/open',
    {
      config,
      schema: {
        tags,
        summary: 'Opens an invitation with its one-time code',
        security: [],
        body: z.object({
          secret: z.string().min(1).max(64).optional(),
          phone: phoneNumber.optional(),
          code: z.string().transform(text => text.replace(/\D/g, '').slice(0, 20))
        })
      }
    },
    async request => {
      demandSecure(request, services)
      const { secret, phone, code } = request.body
      const key = secret !== undefined ? { secret } : phone !== undefined ? { phone } : undefined
      if (!key) throw new SenError('SEN_INPUT_INVALID', 'open invitation: "secret" or "phone" must be given')
      const { ticket, account, wants } = await enrolment.open(key, code, addressOf(request))
      const { name, organisation } = account
      const organisationName = registry.organisations.get(organisation)?.name ?? organisation
      return { ticket, person: { name, organisationName }, wants, consent }
    }
  )

  app.post(
    '/enrolment/phone',
    {
      config,
      schema: {
        tags,
        summary: 'Enrols this phone: its key and PIN open sessions from now on',
        security: [],
        body: z.object({
          ticket: z.uuid(),
          consent: z.string().max(20),
          publicKey: deviceJwk,
          deviceName: personName,
          pin: z.string().regex(/^\d{6}$/, 'must be six digits')
        })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const { ticket, ...phone } = request.body
      const opened = await enrolment.enrolPhone(ticket, phone, addressOf(request))
      return reply.status(201).send(welcome(reply, services, opened))
    }
  )

  app.post(
    '/enrolment/console',
    {
      config,
      schema: {
        tags,
        summary: 'Sets login name and password',
        security: [],
        body: z.object({
          ticket: z.uuid(),
          consent: z.string().max(20),
          login: loginName,
          password: z.string().min(1).max(400)
        })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const { ticket, ...given } = request.body
      const opened = await enrolment.enrolConsole(ticket, given, addressOf(request))
      return reply.status(201).send(welcome(reply, services, opened))
    }
  )
}
