import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import sse from '@fastify/sse'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import scalar from '@scalar/fastify-api-reference'
import { fastify } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { SenError } from '../model/errors.ts'
import { markLocal, requireActor } from './api/actor.ts'
import { bodiesOfKnownCallers, bodyRules, longestBodyBytes } from './api/bodies.ts'
import { eventRoutes } from './api/events.ts'
import { idempotentWrites } from './api/idempotency.ts'
import { ingestRoutes } from './api/ingest.ts'
import { answerProblem } from './api/problem.ts'
import { readingRoutes } from './api/readings.ts'
import { registryRoutes } from './api/registry.ts'
import { sessionRoutes, welcomeDemoVisitor } from './api/session.ts'
import { healthRoutes, systemRoutes } from './api/system.ts'
import type { Services } from './services.ts'

const consoleFolder = fileURLToPath(new URL('../dashboards/console/dist', import.meta.url))

/** @returns the HTTP server with every route, not yet listening. */
export async function httpServer(services: Services): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: longestBodyBytes,
    connectionTimeout: 60_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 30_000,
    // Together no more than 10 s: who says half a header is gone by then.
    http: { headersTimeout: 8000, connectionsCheckingInterval: 1000 },
    routerOptions: { maxParamLength: 128 },
    forceCloseConnections: true
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => {
    answerProblem(error, request, reply, services.log)
  })
  app.setNotFoundHandler((request, reply) => {
    answerProblem(
      new SenError('SEN_NOT_FOUND', `find ${request.method} ${request.url.slice(0, 200)}: there is none`),
      request,
      reply,
      services.log
    )
  })
  await app.register(cookie)
  await app.register(rateLimit, { global: false })
  await app.register(sse.default, { heartbeatInterval: 15_000 })
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        imgSrc: ["'self'", 'data:']
      }
    },
    strictTransportSecurity: false
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sen',
        version: '1',
        description:
          'Telemetry of a province: readings, registry, ingestion. Times are ISO 8601 UTC; errors are RFC 9457 problem documents.'
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'sen_session' }
        }
      },
      security: [{ token: [] }, { session: [] }]
    },
    transform: jsonSchemaTransform
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET' && /^\/(api\/docs\/?)?(\?|$)/.test(request.url))
      welcomeDemoVisitor(request, reply, services)
  })
  bodyRules(app)
  healthRoutes(app, services)
  await app.register(
    async api => {
      api.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store')
      })
      bodiesOfKnownCallers(api, services)
      idempotentWrites(api, services)
      sessionRoutes(api, services)
      registryRoutes(api, services)
      readingRoutes(api, services)
      ingestRoutes(api, services)
      systemRoutes(api, services)
      eventRoutes(api, services)
    },
    { prefix: '/api/v1' }
  )
  await apiPages(app, services)
  await consolePages(app, services)
  return app
}

/** The OpenAPI document, and a page to read it by. */
async function apiPages(app: FastifyInstance, services: Services): Promise<void> {
  app.get('/api/openapi.json', { schema: { hide: true } }, async request => {
    requireActor(request, services)
    return app.swagger()
  })
  await app.register(scalar, {
    routePrefix: '/api/docs',
    configuration: {
      url: '/api/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      agent: { disabled: true }
    },
    hooks: {
      onRequest: (_request, reply, done) => {
        // The reading page styles itself and starts by a script in the page; it shows public text only.
        void reply.header(
          'content-security-policy',
          "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'"
        )
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

/** The same routes on a Unix socket, whose file mode says who may: the machine's administrator. */
export function localServer(app: FastifyInstance): Server {
  const server = createServer((request, response) => {
    app.routing(request, response)
  })
  server.on('connection', markLocal)
  return server
}
