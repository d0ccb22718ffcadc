import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SenError } from '../../model/errors.ts'
import { boundedMemory } from '../auth/bounded-memory.ts'
import { hashOf } from '../auth/secrets.ts'
import type { Services } from '../services.ts'
import { actorOf } from './actor.ts'

interface Answer {
  readonly status: number
  readonly type: string | undefined
  readonly body: string
}

/** Answers may show a secret once: they are not kept longer than a bad link takes. */
const lifeMs = 60 * 60 * 1000
const mostKept = 10_000
const longestKey = 200

/**
 * Writes with an `Idempotency-Key` happen once: the same caller, route and key within an hour get the first answer again.
 * Kept in memory: a restart forgets them. Refused and failed requests are not kept.
 */
export function idempotentWrites(api: FastifyInstance, services: Services): void {
  const { clock } = services
  const answers = boundedMemory<string, { answer: Answer | undefined }>({ clock, lifeMs, most: mostKept })

  const keyOf = (request: FastifyRequest): string | undefined => {
    const key = request.headers['idempotency-key']
    if (key === undefined || request.method === 'GET') return undefined
    if (Array.isArray(key) || key.length > longestKey) {
      throw new SenError(
        'SEN_INPUT_INVALID',
        `read Idempotency-Key: must be one value of at most ${longestKey} characters`
      )
    }
    const actor = actorOf(request, services)
    return actor && hashOf(`${actor.id} ${request.method} ${request.url} ${key}`)
  }

  api.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return
    const known = answers.get(key)
    if (!known) {
      answers.set(key, { answer: undefined })
      return
    }
    if (!known.answer)
      throw new SenError('SEN_CONFLICT', 'repeat request: the first one with this Idempotency-Key is not finished')
    await again(reply, known.answer)
  })

  api.addHook('onSend', async (request, reply, payload) => {
    const key = keyOf(request)
    const entry = key === undefined ? undefined : answers.get(key)
    if (key === undefined || !entry || entry.answer) return
    if (reply.statusCode >= 400) {
      answers.delete(key)
      return
    }
    const type = reply.getHeader('content-type')
    const body = typeof payload === 'string' ? payload : ''
    entry.answer = { status: reply.statusCode, type: typeof type === 'string' ? type : undefined, body }
  })
}

function again(reply: FastifyReply, { status, type, body }: Answer): FastifyReply {
  if (type !== undefined) void reply.type(type)
  return reply.status(status).header('idempotent-replayed', 'true').send(body)
}
