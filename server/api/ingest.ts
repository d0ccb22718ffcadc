import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { publishRefusal } from '../../ingest/broker/access.ts'
import type { Identity } from '../../ingest/broker/access.ts'
import { quotaHolder } from '../../ingest/device-quota.ts'
import { parseJson } from '../../ingest/decode/json-limits.ts'
import { topicOf } from '../../ingest/topics.ts'
import type { MessageRecord } from '../../journal/journal.ts'
import { rootOrganisation } from '../../model/registry.ts'
import { SenError } from '../../model/errors.ts'
import { deviceId, idPattern, siteId } from '../../model/ids.ts'
import { mayAnywhere } from '../auth/authorise.ts'
import { tokenIdOf } from '../auth/token-book.ts'
import type { Services } from '../services.ts'
import { actorOf, demand, may, requireActor, strangerError } from './actor.ts'
import { addressOf as callerAt } from './transport.ts'
import { ttsEventName, ttsEventOf } from './tts-event.ts'

const tags = ['ingest']
/** The same as one MQTT packet may have. */
const bodyLimit = 256 * 1024

/** Reasons of `sen_refused_total` for requests whose body or query was not read, by the status they were answered with. */
const refusals: ReadonlyMap<number, string> = new Map([
  [400, 'request-invalid'],
  [413, 'body-too-large'],
  [415, 'media-unsupported']
])

/** `POST /ingest/…`: the same bodies as over MQTT; 2xx means durable. */
export function ingestRoutes(instance: FastifyInstance, services: Services): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  void app.register(async raw => {
    // Bodies are kept as they come: bytes, whatever they claim to be.
    raw.removeAllContentTypeParsers()
    raw.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
      done(null, body)
    })
    // Strangers are told so before their body is read.
    raw.addHook('onRequest', async request => {
      if (basicIdentity(request, services)) return
      const actor = actorOf(request, services)
      if (actor?.kind === 'token') services.tokens.take(tokenIdOf(actor))
      if (actor) return
      services.metrics.refused('credentials')
      throw strangerError()
    })
    raw.addHook('onResponse', async (_request, reply) => {
      const reason = refusals.get(reply.statusCode)
      if (reason !== undefined) services.metrics.refused(reason)
    })
    const door = raw.withTypeProvider<ZodTypeProvider>()

    door.post(
      '/ingest/telemetry',
      {
        config: { access: 'open' },
        bodyLimit,
        schema: {
          tags,
          summary: 'Telemetry of one device; 2xx means on disk',
          querystring: z.object({ device: deviceId, site: siteId.optional() })
        }
      },
      async (request, reply) => {
        const { device } = request.query
        const site = request.query.site ?? siteFor(request, device)
        if (site === undefined)
          throw new SenError('SEN_INPUT_INVALID', `ingest ${device}: unknown device, so "site" must be given`)
        await keep(request, `site/${site}/${device}/telemetry`)
        return reply.status(202).send({ accepted: true })
      }
    )

    door.post(
      '/ingest/chirpstack',
      {
        config: { access: 'open' },
        bodyLimit,
        schema: {
          tags,
          summary: "ChirpStack's HTTP integration (JSON); 2xx means on disk",
          querystring: z.object({ event: z.string().regex(/^[a-z]{1,20}$/, 'must be an event name, as up') })
        }
      },
      async (request, reply) => {
        const { application, devEui } = addressOf(request.body)
        const topic = `application/${application}/device/${devEui}/event/${request.query.event}`
        await keep(request, topic, devEui.toLowerCase())
        return reply.status(202).send({ accepted: true })
      }
    )

    // The Things Stack appends a path for each type of message, which its operator may choose: the body says what it is.
    for (const path of ['/ingest/tts', '/ingest/tts/*']) {
      door.post(
        path,
        {
          config: { access: 'open' },
          bodyLimit,
          schema: {
            tags,
            hide: path.endsWith('*'),
            summary: "The Things Stack v3's webhook (JSON), any type of message; 2xx means on disk",
            querystring: z.object({ event: ttsEventName.optional() })
          }
        },
        async (request, reply) => {
          const { topic, device } = ttsEventOf(request.body, request.query.event)
          await keep(request, topic, device)
          return reply.status(202).send({ accepted: true })
        }
      )
    }
  })

  /** @param lorawanDevice - the DevEUI that the body names, where it is a network server's. */
  async function keep(request: FastifyRequest, topic: string, lorawanDevice?: string): Promise<void> {
    const credential = ingestCredential(request, topic, lorawanDevice)
    const payload = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const parsed = topicOf(topic)
    const named = lorawanDevice === undefined ? ('device' in parsed ? parsed : undefined) : { device: lorawanDevice }
    takeQuota(quotaHolder(named, credential, device => services.registry.deviceOf(device)?.device.site))
    if (services.intake.isOverBudget) {
      services.metrics.refused('overloaded')
      throw new SenError('SEN_OVERLOADED', 'ingest: too many messages wait for the disk')
    }
    const message: Omit<MessageRecord, 'kind' | 'receivedAt'> = {
      door: 'http',
      credential,
      topic,
      payload,
      qos: 1,
      dup: false,
      retain: false,
      clientId: '',
      connection: 0,
      packetId: 0
    }
    await new Promise<void>((resolve, reject) => {
      services.intake.submit(message, error => {
        if (error) reject(error)
        else resolve()
      })
    })
  }

  /** Where the device stands, for who may send for it; for others it is like one that nobody registered. */
  function siteFor(request: FastifyRequest, device: string): string | undefined {
    const siteOf = (id: string) => services.registry.devices.get(id)?.site
    const basic = basicIdentity(request, services)
    // A device's own site, whatever device it names: whether it may is asked of the topic that comes of it.
    if (basic?.kind === 'device') return siteOf(basic.subject)
    const site = siteOf(device)
    if (basic) return basic.kind === 'site' && basic.subject === site ? site : undefined
    const actor = requireActor(request, services)
    if (!mayAnywhere(actor, 'ingest')) demand(services, actor, 'ingest', rootOrganisation, `device ${device}`)
    return may(services, actor, 'ingest', organisationOf(site)) ? site : undefined
  }

  /** The same as over MQTT, where a device above its quota is read no faster. */
  function takeQuota(device: string): void {
    const { quota, clock, metrics } = services
    const now = clock.monotonic()
    const waitMs = quota.take(quota.allowanceOf(device, now), now, false)
    if (waitMs === 0) return
    metrics.refused('quota')
    throw new SenError('SEN_QUOTA', `ingest: device ${device} has sent more than its quota`, {
      retryAfterS: Math.ceil(waitMs / 1000)
    })
  }

  /** A token of a role that may ingest, or HTTP Basic with a device, site or connector credential. */
  function ingestCredential(request: FastifyRequest, topic: string, lorawanDevice: string | undefined): string {
    const basic = basicIdentity(request, services)
    if (basic) {
      const refusal = publishRefusal(basic, topic, device => services.registry.devices.get(device)?.site)
      if (refusal === undefined) return basic.username
      services.metrics.refused(refusal)
      const { username } = basic
      services.denials.note('ingest', {
        action: 'publish',
        reason: refusal,
        address: callerAt(request),
        username,
        topic
      })
      throw new SenError('SEN_FORBIDDEN', `ingest ${topic}: ${refusal}`)
    }
    const actor = requireActor(request, services)
    // A LoRaWAN device belongs where its site does; one that nobody registered is the root's.
    const parsed = topicOf(topic)
    const site = 'site' in parsed ? parsed.site : services.registry.deviceOf(lorawanDevice ?? '')?.device.site
    const owner = organisationOf(site)
    demand(services, actor, 'ingest', owner ?? rootOrganisation, topic)
    return actor.id
  }

  function organisationOf(site: string | undefined): string | undefined {
    return site === undefined ? undefined : services.registry.sites.get(site)?.organisation
  }
}

function basicIdentity(request: FastifyRequest, services: Services): Identity | undefined {
  const { authorization } = request.headers
  if (!authorization?.startsWith('Basic ')) return undefined
  // User names hold colons (`site:…`), our passwords none, so the last one divides.
  const login = Buffer.from(authorization.slice('Basic '.length), 'base64').toString()
  const colon = login.lastIndexOf(':')
  const identity = services.credentials.identify(login.slice(0, Math.max(colon, 0)), login.slice(colon + 1))
  if (identity) return identity
  services.metrics.refused('credentials')
  const username = login.slice(0, Math.max(colon, 0)).slice(0, 100)
  const denial = { action: 'connect', reason: 'credentials', address: callerAt(request), username, topic: '' } as const
  services.denials.note('ingest', denial)
  throw new SenError('SEN_UNAUTHENTICATED', 'identify caller: user name or password is wrong')
}

const addressed = z.object({
  deviceInfo: z.object({
    applicationId: z.string().regex(idPattern).default('http'),
    devEui: z.string().regex(/^[0-9a-fA-F]{16}$/)
  })
})

/** Device and application stand in the body: ChirpStack's HTTP integration has no topic. */
function addressOf(body: unknown): { readonly application: string; readonly devEui: string } {
  const read = parseJson(body instanceof Uint8Array ? body : new Uint8Array())
  if (!read.ok) throw new SenError('SEN_INPUT_INVALID', `ingest ChirpStack event: ${read.reason}: ${read.detail}`)
  const parsed = addressed.safeParse(read.json)
  if (parsed.success)
    return { application: parsed.data.deviceInfo.applicationId, devEui: parsed.data.deviceInfo.devEui }
  throw new SenError('SEN_INPUT_INVALID', 'ingest ChirpStack event: deviceInfo.devEui must be 16 hexadecimal digits')
}
