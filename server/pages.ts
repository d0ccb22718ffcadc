import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { requireActor } from './api/actor.ts'
import { mayCarryLogins, secureAddressFor } from './api/transport.ts'
import type { Services } from './services.ts'

const consoleFolder = fileURLToPath(new URL('../dashboards/console/dist', import.meta.url))

/** The pages for people: the console, and the API to read and try. Over plain HTTP they lead to where people may log in. */
export async function pages(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(async pages => {
    pages.addHook('onRequest', async (request, reply) => {
      const place = mayCarryLogins(request, services) ? undefined : betterPlace(request, services)
      if (place !== undefined) return reply.redirect(place, 307)
    })
    await apiPage(pages, services)
    await consolePages(pages, services)
  })
}

/**
 * @returns where a page is to be asked for that came over plain HTTP; `undefined`: here, since nobody knows better. It can be
 *   looked at, but not logged in at. A proxy that ends TLS but is not in `SEN_TRUST_PROXY` must not be sent back to itself.
 */
function betterPlace(request: FastifyRequest, services: Services): string | undefined {
  if (services.reach.trial) return '/trial-ca'
  const origin = secureAddressFor(request, services)
  const isFromTlsProxy =
    request.headers['x-forwarded-proto'] !== undefined || request.headers['forwarded'] !== undefined
  const leadsBack = services.reach.httpsPort() === undefined && origin === `https://${request.host.toLowerCase()}`
  return origin === undefined || isFromTlsProxy || leadsBack ? undefined : `${origin}${request.url}`
}

/** A page to read the OpenAPI document by; the document itself is for who may look. */
async function apiPage(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    theme: { title: 'Sen: API' },
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', deepLinking: true },
    uiHooks: {
      onRequest: (request, _reply, done) => {
        if (/\/(?:json|yaml)$/.test(request.routeOptions.url ?? '')) requireActor(request, services)
        done()
      }
    }
  })
}

async function consolePages(app: FastifyInstance, services: Services): Promise<void> {
  if (!existsSync(consoleFolder)) {
    services.log.warn({ folder: consoleFolder }, 'The console is not built: run "npm run build:console"')
    return
  }
  await app.register(fastifyStatic, { root: consoleFolder, wildcard: false })
}
