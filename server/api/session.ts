import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { loginName, personName } from '../../model/person.ts'
import type { PasskeyAnswer } from '../auth/passkeys.ts'
import type { Services } from '../services.ts'
import { askingOf, authorOf, demoVisitor, sessionCookie, strangerError } from './actor.ts'
import { clearHostCookie, readHostCookie, setHostCookie } from './cookies.ts'
import { callerOf, sessionS, sessionView, siteOf, welcome } from './session-view.ts'
import { demandSecure } from './transport.ts'

const tags = ['session']
const open = { access: 'open', rateLimit: { max: 60, timeWindow: '1 minute' } } as const
const password = z.string().min(1).max(400)
const deviceProof = z.object({
  device: z.uuid(),
  challenge: z.string().max(100),
  signature: z.string().max(200),
  pin: z.string().max(20).optional()
})
/** The library checks what is in it. */
const webAuthnAnswer = z.looseObject({ id: z.string().max(2000) })

/** Signing a browser in and out. */
export function sessionRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { signIn, sessions } = services

  app.get(
    '/setup',
    { config: open, schema: { tags, summary: 'Whether the first administrator is still to be made', security: [] } },
    async () => ({ needed: services.setup.isNeeded })
  )

  app.post(
    '/setup',
    {
      config: { ...open, rateLimit: { max: 20, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'Makes the first administrator, with the code that Sen printed where it was started',
        security: [],
        body: z.object({ code: z.string().max(40), name: personName, login: loginName, password })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const opened = await services.setup.firstAdministrator(request.body, callerOf(request))
      return reply.status(201).send(welcome(reply, services, opened))
    }
  )

  app.get(
    '/session',
    { config: { access: 'open' }, schema: { tags, summary: 'Who you are here, and what you may do', security: [] } },
    async request => {
      const asking = askingOf(request, services)
      if (!asking) throw strangerError()
      return sessionView(services, asking.actor, asking.session)
    }
  )

  app.post(
    '/session',
    {
      config: open,
      schema: {
        tags,
        summary: 'Opens a browser session with a token',
        security: [],
        body: z.object({ token: z.string().min(1).max(200) })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      return welcome(reply, services, await signIn.byToken(request.body.token, callerOf(request)))
    }
  )

  app.post(
    '/session/password',
    {
      config: open,
      schema: {
        tags,
        summary: 'Opens a browser session with login name, password and second factor',
        security: [],
        body: z.object({
          login: z.string().trim().toLowerCase().min(1).max(64),
          password,
          code: z.string().max(40).optional()
        })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const opened = await signIn.byPassword(request.body, callerOf(request)).catch(slowly)
      return welcome(reply, services, opened, opened.newBrowser)
    }
  )

  app.post(
    '/session/passkey/options',
    { config: open, schema: { tags, summary: 'What to ask an authenticator for', security: [] } },
    async request => services.passkeys.authentication(siteOf(request, services))
  )

  app.post(
    '/session/passkey',
    {
      config: open,
      schema: {
        tags,
        summary: 'Opens a browser session with a passkey',
        security: [],
        body: z.object({ ticket: z.uuid(), response: webAuthnAnswer })
      }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const { ticket, response: answer } = request.body
      const response = answer as unknown as PasskeyAnswer
      const opened = await signIn.byPasskey(siteOf(request, services), { ticket, response }, callerOf(request))
      return welcome(reply, services, opened)
    }
  )

  app.post(
    '/session/device/challenge',
    {
      config: open,
      schema: {
        tags,
        summary: 'What an enrolled phone or display has to sign',
        security: [],
        body: z.object({ device: z.uuid() })
      }
    },
    async request => ({ challenge: signIn.challenge(request.body.device) })
  )

  app.post(
    '/session/device',
    {
      config: open,
      schema: { tags, summary: 'Opens a session on an enrolled phone or display', security: [], body: deviceProof }
    },
    async (request, reply) => {
      demandSecure(request, services)
      const { pin, ...proof } = request.body
      return welcome(reply, services, await signIn.byDevice(proof, pin, callerOf(request)))
    }
  )

  app.delete(
    '/session',
    { config: { access: 'open' }, schema: { tags, summary: 'Ends the browser session', security: [] } },
    async (request, reply) => {
      const asking = askingOf(request, services)
      const hash = asking?.session?.hash
      if (asking && hash !== undefined && asking.actor.kind !== 'visitor') {
        await sessions.end(one => one.hash === hash, authorOf(asking.actor), 'signed out')
      }
      if (readHostCookie(request, sessionCookie) !== undefined) clearHostCookie(reply, sessionCookie)
      return reply.status(204).send()
    }
  )
}

/** How long a refusal is held back, ms, and how many at once: who guesses by the thousand waits for its own answers. */
const heldMs = { least: 500, most: 1500 } as const
const mostHeld = 1000
let held = 0

/**
 * Refuses, but not at once: answering a flood as fast as it comes would take the devices' time. Each waits its own time, or
 * all of a crowd would be back in the same moment.
 */
async function slowly(cause: unknown): Promise<never> {
  if (held >= mostHeld) throw cause
  held++
  try {
    await delay(randomInt(heldMs.least, heldMs.most))
  } finally {
    held--
  }
  throw cause
}

/**
 * Gives a visitor of the demo's page a session that may look: only from this machine, and only under a loopback name, so
 * that no page elsewhere can reach it by a name of its own (DNS rebinding).
 */
export function welcomeDemoVisitor(request: FastifyRequest, reply: FastifyReply, services: Services): void {
  if (!services.isDemo || askingOf(request, services)) return
  const isLocal = /^(127\.|::1$|::ffff:127\.)/.test(request.raw.socket.remoteAddress ?? '')
  if (isLocal && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(request.hostname)) {
    setHostCookie(reply, sessionCookie, services.sessions.shared(demoVisitor), sessionS)
  }
}
