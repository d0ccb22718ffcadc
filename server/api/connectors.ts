import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { PeerCertificate } from '../../ingest/connectors/peer-certificate.ts'
import type { Author } from '../../model/audit.ts'
import { connectorQuota, connectorSecrets, connectorTypes, webhookSignature } from '../../model/connector.ts'
import { connectorName, messageMapping, topicPattern } from '../../model/connector-mapping.ts'
import { SenError } from '../../model/errors.ts'
import { organisationId } from '../../model/ids.ts'
import { rootOrganisation } from '../../model/registry.ts'
import { tryMapping } from '../connector-trial.ts'
import type { Services } from '../services.ts'
import { authorOf, demand, requireActor } from './actor.ts'
import { isoOf } from './times.ts'

const tags = ['connectors']
const params = z.object({ name: z.string().max(64) })
const url = z.url({ protocol: /^(mqtts?|tcp|ssl|tls|wss?)$/ })
const topics = z.array(topicPattern).min(1).max(50)
const tls = connectorSecrets.pick({ ca: true, certificate: true, key: true })
const signature = webhookSignature.extend({ secret: z.string().min(8).max(1000) })

const asked = z.strictObject({
  type: z.enum(connectorTypes),
  name: connectorName,
  url: url.optional(),
  organisation: organisationId.default(rootOrganisation),
  /** With named levels: `farm/{site}/{device}/data`. */
  topics: topics.optional(),
  mapping: messageMapping.optional(),
  tls: tls.optional(),
  signature: signature.optional(),
  quota: connectorQuota.optional()
})
const revised = asked
  .pick({ url: true, topics: true, mapping: true, tls: true, signature: true, quota: true })
  .extend({ isPaused: z.boolean().optional() })

/** Connections to other brokers, and webhooks: a connector brings messages of any device, so they are the root's. */
export function connectorRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const { connectors, administration, registry } = services
  const access = 'manage-connections'

  app.get(
    '/connectors',
    {
      config: { access },
      schema: { tags, summary: 'Connections to other brokers, and webhooks, each with its state' }
    },
    async request => {
      manager(request)
      return { items: connectors.list().map(shown), cursor: null }
    }
  )

  app.get(
    '/connectors/:name',
    { config: { access }, schema: { tags, summary: 'One connection', params } },
    async request => {
      manager(request)
      return shown(found(request.params.name))
    }
  )

  app.post(
    '/connectors',
    {
      config: { access },
      schema: {
        tags,
        summary:
          'Connects out to a broker (with `url`), opens a webhook, or gives a login for who publishes to our broker (without `url`)',
        body: asked
      }
    },
    async (request, reply) => {
      const { body } = request
      const author = manager(request)
      const { name, type, organisation } = body
      const isLogin = body.url === undefined && (type === 'chirpstack' || type === 'tts')
      if (isLogin) return reply.status(201).send(await administration.connectorCredential(name, author))
      const status = await connectors.add({ name, type, organisation, ...partsOf(body) }, author)
      if (type === 'webhook') return reply.status(201).send({ name, type, ...(await address(name, author)) })
      return reply.status(201).send({ name, type, warning: 'warning' in status ? status.warning : undefined })
    }
  )

  app.patch(
    '/connectors/:name',
    {
      config: { access },
      schema: { tags, summary: 'Changes, pauses or resumes one connection; the others go on', params, body: revised }
    },
    async request => {
      const author = manager(request)
      const { name } = request.params
      found(name)
      await connectors.revise(name, { ...partsOf(request.body, name), isPaused: request.body.isPaused }, author)
      return shown(found(name))
    }
  )

  app.delete(
    '/connectors/:name',
    { config: { access }, schema: { tags, summary: 'Ends a connection and forgets it', params } },
    async (request, reply) => {
      const author = manager(request)
      await connectors.remove(request.params.name, author)
      return reply.status(204).send()
    }
  )

  app.post(
    '/connectors/:id/credentials',
    {
      config: { access },
      schema: {
        tags,
        summary: 'One more token for a webhook, shown once; earlier ones stay good until removed',
        params: z.object({ id: z.string().max(64) })
      }
    },
    async (request, reply) => {
      const author = manager(request)
      const name = request.params.id
      if (found(name).type !== 'webhook')
        throw new SenError('SEN_INPUT_INVALID', `add token to connector ${name}: it is no webhook`)
      return reply.status(201).send(await address(name, author))
    }
  )

  app.post(
    '/connectors/trial',
    {
      config: { access },
      schema: {
        tags,
        summary: 'What a mapping makes of one message; nothing is kept',
        body: z.strictObject({
          topics: z.array(topicPattern).max(50).default([]),
          mapping: messageMapping,
          topic: z.string().max(1000).default(''),
          /** Text as it would come, or any JSON. */
          payload: z.unknown()
        })
      }
    },
    async request => {
      manager(request)
      const { topics: patterns, mapping, topic, payload } = request.body
      const text = typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? '')
      return tryMapping(
        { id: 'trial', organisation: rootOrganisation, topics: patterns, mapping },
        { topic, payload: Buffer.from(text) },
        services
      )
    }
  )

  app.get(
    '/ingest/offenders',
    {
      config: { access: 'observe-system' },
      schema: { tags, summary: 'Who sent more than its quota within the last day, the newest first' }
    },
    async request => {
      demand(services, requireActor(request, services), 'observe-system', rootOrganisation, 'offenders')
      const items = services.offenders
        .list()
        .map(one => ({ ...one, since: isoOf(one.since), lastAt: isoOf(one.lastAt) }))
      return { items, cursor: null }
    }
  )

  function manager(request: FastifyRequest): Author {
    const actor = requireActor(request, services)
    demand(services, actor, access, rootOrganisation, 'connectors')
    return authorOf(actor)
  }

  function found(name: string) {
    const one = connectors.list().find(connector => connector.name === name)
    if (one) return one
    throw new SenError('SEN_NOT_FOUND', `find connector ${name}: there is none`)
  }

  /** A webhook's address and one token for it. */
  async function address(name: string, author: Author) {
    const { password } = await administration.webhookCredential(name, author)
    const origin = services.reach.publicOrigin ?? services.httpsUrl() ?? services.httpUrl() ?? ''
    return { url: `${origin}/api/v1/ingest/webhook/${name}`, token: password }
  }

  /** @param name - of the connector that is changed: what is left out of its meaning stays. */
  function partsOf(body: z.infer<typeof revised>, name?: string) {
    const { tls: tlsPart = {}, signature: signed, quota } = body
    const present = name === undefined ? undefined : registry.connectorMappings.get(name)
    const mapping = body.mapping ?? present?.mapping
    const isMeant = body.mapping !== undefined || body.topics !== undefined
    return {
      url: body.url,
      secrets: { ...tlsPart, ...(signed && { signatureSecret: signed.secret }) },
      options: {
        ...(quota && { quota }),
        ...(signed && { signature: { header: signed.header, algorithm: signed.algorithm } })
      },
      meaning: isMeant && mapping ? { topics: body.topics ?? present?.topics ?? [], mapping } : undefined
    }
  }

  function shown({ status, mapping, options, has, createdAt, ...rest }: ReturnType<typeof connectors.list>[number]) {
    const time = (at: number | undefined) => at && isoOf(at)
    const dated = (certificate: PeerCertificate | undefined) =>
      certificate && { ...certificate, expiresAt: isoOf(certificate.expiresAt) }
    return {
      ...rest,
      createdAt: isoOf(createdAt),
      ...status,
      since: isoOf(status.since),
      ...('lastErrorAt' in status && { lastErrorAt: time(status.lastErrorAt) }),
      ...('lastMessageAt' in status && { lastMessageAt: time(status.lastMessageAt) }),
      ...('nextTryAt' in status && { nextTryAt: time(status.nextTryAt) }),
      ...('certificate' in status && { certificate: dated(status.certificate) }),
      ...('ownCertificate' in status && { ownCertificate: dated(status.ownCertificate) }),
      topics: mapping?.topics,
      mapping: mapping?.mapping,
      quota: options.quota,
      signature: options.signature,
      tls: has.filter(key => key !== 'signatureSecret')
    }
  }
}
