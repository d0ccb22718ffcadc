import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Webhook } from '../../ingest/connectors/webhook.ts'
import { SenError, messageOf } from '../../model/errors.ts'
import type { Services } from '../services.ts'
import { addressOf as callerAt } from './transport.ts'

const tags = ['ingest']
/** The same as one MQTT packet may have. */
const bodyLimit = 256 * 1024
const pausedRetryS = 60

/**
 * `POST /ingest/webhook/{name}`: what other people's programs call. They send what they send: the body is kept as it came,
 * whatever it claims to be, and read by the webhook's mapping afterwards. 2xx means durable.
 */
export function webhookRoutes(instance: FastifyInstance, services: Services): void {
  const { connectors, credentials, denials, intake, metrics } = services

  void instance.register(async raw => {
    raw.removeAllContentTypeParsers()
    raw.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
      done(null, body)
    })
    // Strangers are told so before their body is read.
    raw.addHook('onRequest', async request => {
      identify(request)
    })

    raw.withTypeProvider<ZodTypeProvider>().post(
      '/ingest/webhook/:name',
      {
        config: { access: 'open' },
        bodyLimit,
        schema: {
          tags,
          summary:
            'Any JSON for a webhook; its token as bearer token, as password of HTTP Basic, or as `token` of the query. 2xx means on disk',
          params: z.object({ name: z.string().max(64) }),
          querystring: z.looseObject({ token: z.string().max(100).optional() })
        }
      },
      async (request, reply) => {
        const { name } = request.params
        const payload = request.body instanceof Uint8Array ? request.body : new Uint8Array()
        const webhook = connectors.webhook(name)
        if (!webhook)
          throw new SenError('SEN_OVERLOADED', `ingest webhook ${name}: it is paused`, { retryAfterS: pausedRetryS })
        demandSignature(request, name, webhook, payload)
        demandRoom(name, webhook, payload.length)
        try {
          await keep(name, payload)
        } catch (cause) {
          webhook.refused(messageOf(cause))
          throw cause
        }
        webhook.received()
        return reply.status(202).send({ accepted: true })
      }
    )
  })

  function identify(request: FastifyRequest): void {
    const { name = '' } = request.params as { readonly name?: string }
    const username = `webhook:${name}`
    if (credentials.identify(username, tokenOf(request))) return
    metrics.refused('credentials')
    denials.note('ingest', {
      action: 'connect',
      reason: 'credentials',
      address: callerAt(request),
      username: username.slice(0, 100),
      topic: ''
    })
    throw new SenError('SEN_UNAUTHENTICATED', 'identify caller: webhook or token is wrong')
  }

  function demandSignature(request: FastifyRequest, name: string, webhook: Webhook, body: Uint8Array): void {
    const header = webhook.signatureHeader
    if (header === undefined) return
    const given = request.headers[header]
    if (typeof given === 'string' && webhook.isSigned(body, given)) return
    metrics.refused('signature')
    webhook.refused(given === undefined ? `header ${header} is missing` : `header ${header} does not fit the body`)
    throw new SenError(
      'SEN_UNAUTHENTICATED',
      `ingest webhook ${name}: the signature in ${header} does not fit the body`
    )
  }

  function demandRoom(name: string, webhook: Webhook, sizeBytes: number): void {
    const waitMs = webhook.waitMs(sizeBytes)
    if (waitMs > 0) {
      metrics.refused('quota')
      throw new SenError('SEN_QUOTA', `ingest webhook ${name}: it has sent more than its quota`, {
        retryAfterS: Math.ceil(waitMs / 1000)
      })
    }
    if (!intake.isOverBudget) return
    metrics.refused('overloaded')
    throw new SenError('SEN_OVERLOADED', 'ingest: too many messages wait for the disk')
  }

  async function keep(name: string, payload: Uint8Array): Promise<void> {
    const message = { door: 'webhook', credential: `webhook:${name}`, topic: `webhook/${name}`, payload } as const
    const asSent = { qos: 1, dup: false, retain: false, clientId: '', connection: 0, packetId: 0 } as const
    await new Promise<void>((resolve, reject) => {
      intake.submit({ ...message, ...asSent }, error => {
        if (error) reject(error)
        else resolve()
      })
    })
  }
}

function tokenOf(request: FastifyRequest): string {
  const { authorization = '' } = request.headers
  const [scheme = '', value = ''] = authorization.split(' ')
  if (/^bearer$/i.test(scheme)) return value
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString().split(':').at(-1) ?? ''
  const { token } = request.query as { readonly token?: unknown }
  return typeof token === 'string' ? token : ''
}
