import { createServer } from 'node:http'
import type { Server } from 'node:http'
import cookie from '@fastify/cookie'
import rateLimit from '@fastify/rate-limit'
import sse from '@fastify/sse'
import swagger from '@fastify/swagger'
import { fastify } from 'fastify'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { SenError } from '../model/errors.ts'
import { requireActor } from './api/actor.ts'
import { acceptanceRoutes } from './api/acceptance.ts'
import { accessRules } from './api/access.ts'
import { accountRoutes } from './api/account.ts'
import { answerPages } from './api/answer-pages.ts'
import { alarmRoutes } from './api/alarms.ts'
import { auditRoutes } from './api/audit.ts'
import { bodyRules, longestBodyBytes } from './api/bodies.ts'
import { claimRoutes } from './api/claims.ts'
import { credentialRoutes } from './api/credentials.ts'
import { deliveryRoutes } from './api/deliveries.ts'
import { deviceLifeRoutes } from './api/device-life.ts'
import { displayRoutes } from './api/displays.ts'
import { enrolmentRoutes } from './api/enrolment.ts'
import { escalationPolicyRoutes } from './api/escalation-policies.ts'
import { eventRoutes } from './api/events.ts'
import { gatewayRoutes } from './api/gateways.ts'
import { healthEventRoutes } from './api/health-events.ts'
import { idempotentWrites } from './api/idempotency.ts'
import { connectorRoutes } from './api/connectors.ts'
import { importRoutes } from './api/imports.ts'
import { ingestRoutes } from './api/ingest.ts'
import { quarantineRoutes } from './api/quarantine.ts'
import { maintenanceRoutes } from './api/maintenance.ts'
import { markLocal } from './api/local-socket.ts'
import { networkServerRoutes } from './api/network-servers.ts'
import { ownPagesOnly } from './api/own-pages.ts'
import { noticeRoutes } from './api/notices.ts'
import { notifyChannelRoutes } from './api/notify-channels.ts'
import { observationRoutes } from './api/observations.ts'
import { organisationRoutes } from './api/organisations.ts'
import { peopleRoutes } from './api/people.ts'
import { placeRoutes } from './api/places.ts'
import { answerProblem } from './api/problem.ts'
import { readingRoutes } from './api/readings.ts'
import { profileRoutes } from './api/profiles.ts'
import { recipientRoutes } from './api/recipients.ts'
import { registryRoutes } from './api/registry.ts'
import { roleRoutes } from './api/roles.ts'
import { rulePackRoutes } from './api/rule-packs.ts'
import { rulePreviewRoutes } from './api/rule-previews.ts'
import { ruleRoutes } from './api/rules.ts'
import { calculationRoutes } from './api/calculations.ts'
import { sessionRoutes, welcomeDemoVisitor } from './api/session.ts'
import { siteRoutes } from './api/sites.ts'
import { healthRoutes, systemRoutes } from './api/system.ts'
import { webhookRoutes } from './api/webhooks.ts'
import { tokenRoutes } from './api/tokens.ts'
import { addressOf, networkOf } from './api/transport.ts'
import { trialPages } from './api/trial-ca.ts'
import { httpTimes } from './http-times.ts'
import { pages } from './pages.ts'
import type { Services } from './services.ts'
import { webHeaders } from './web-headers.ts'

/** @returns the HTTP server with every route, not yet listening. @param onRoute - is told of each. */
export async function httpServer(
  services: Services,
  onRoute: (route: RouteOptions) => void = () => undefined
): Promise<FastifyInstance> {
  const { connectionTimeout, requestTimeout, keepAliveTimeout, headersTimeout, connectionsCheckingInterval } = httpTimes
  const app = fastify({
    logger: false,
    trustProxy: address => services.reach.proxies.has(address),
    bodyLimit: longestBodyBytes,
    connectionTimeout,
    requestTimeout,
    keepAliveTimeout,
    http: { headersTimeout, connectionsCheckingInterval },
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true
  })
  app.addHook('onRoute', onRoute)
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
  await app.register(rateLimit, { global: false, keyGenerator: request => networkOf(addressOf(request)) })
  await app.register(sse.default, { heartbeatInterval: 15_000 })
  await webHeaders(app, services)
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
          session: { type: 'apiKey', in: 'cookie', name: '__Host-sen_session' }
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
      ownPagesOnly(api, services)
      accessRules(api, services)
      idempotentWrites(api, services)
      sessionRoutes(api, services)
      enrolmentRoutes(api, services)
      accountRoutes(api, services)
      peopleRoutes(api, services)
      roleRoutes(api, services)
      tokenRoutes(api, services)
      displayRoutes(api, services)
      auditRoutes(api, services)
      registryRoutes(api, services)
      claimRoutes(api, services)
      deviceLifeRoutes(api, services)
      deliveryRoutes(api, services)
      acceptanceRoutes(api, services)
      networkServerRoutes(api, services)
      profileRoutes(api, services)
      organisationRoutes(api, services)
      siteRoutes(api, services)
      credentialRoutes(api, services)
      placeRoutes(api, services)
      gatewayRoutes(api, services)
      healthEventRoutes(api, services)
      ruleRoutes(api, services)
      recipientRoutes(api, services)
      notifyChannelRoutes(api, services)
      escalationPolicyRoutes(api, services)
      noticeRoutes(api, services)
      alarmRoutes(api, services)
      maintenanceRoutes(api, services)
      rulePreviewRoutes(api, services)
      rulePackRoutes(api, services)
      calculationRoutes(api, services)
      readingRoutes(api, services)
      observationRoutes(api, services)
      importRoutes(api, services)
      ingestRoutes(api, services)
      quarantineRoutes(api, services)
      webhookRoutes(api, services)
      connectorRoutes(api, services)
      systemRoutes(api, services)
      eventRoutes(api, services)
    },
    { prefix: '/api/v1' }
  )
  app.get('/api/openapi.json', { schema: { hide: true } }, async request => {
    requireActor(request, services)
    return app.swagger()
  })
  trialPages(app, services)
  answerPages(app, services)
  await pages(app, services)
  return app
}

/** The same routes on a Unix socket, whose file mode says who may: the machine's administrator. */
export function localServer(app: FastifyInstance): Server {
  const server = createServer((request, response) => {
    app.routing(request, response)
  })
  server.on('connection', markLocal)
  return server
}
