import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { SenError } from '../../model/errors.ts'
import type { ErrorCode } from '../../model/errors.ts'
import type { Log } from '../../model/log.ts'
import { longestBodyBytes } from './bodies.ts'

/** RFC 9457 problem document with Sen's error code. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  code: z.string(),
  hint: z.string().optional(),
  triesLeft: z.number().optional()
})

const statuses: Readonly<Record<ErrorCode, number>> = {
  SEN_SETTING_INVALID: 500,
  SEN_DATA_LOCKED: 503,
  SEN_INPUT_INVALID: 400,
  SEN_IMPLAUSIBLE: 422,
  SEN_NOT_FOUND: 404,
  SEN_CONFLICT: 409,
  SEN_UNAUTHENTICATED: 401,
  SEN_FORBIDDEN: 403,
  SEN_SECOND_FACTOR: 401,
  SEN_TRIES: 429,
  SEN_DEVICE_UNKNOWN: 401,
  SEN_KEY_FILE: 500,
  SEN_AUDIT_DAMAGED: 500,
  SEN_TLS_REQUIRED: 403,
  SEN_PAYLOAD_TOO_LARGE: 413,
  SEN_MEDIA_UNSUPPORTED: 415,
  SEN_OVERLOADED: 503,
  SEN_QUOTA: 429,
  SEN_JOURNAL_FULL: 507,
  SEN_JOURNAL_FAILED: 503,
  SEN_JOURNAL_DAMAGED: 500,
  SEN_JOURNAL_CLOSED: 503,
  SEN_SERIES_FAILED: 503,
  SEN_QUERY_LIMIT: 422,
  SEN_STATE_FAILED: 503,
  SEN_CODEC_INVALID: 400,
  SEN_PROFILE_INVALID: 400,
  SEN_RULE_INVALID: 400,
  SEN_THREAD_DIED: 503,
  SEN_CONNECTOR_FAILED: 502,
  SEN_INTERNAL: 500
}

/** Of what is ours to mend, who asks is told no paths and no words of a database. */
const told: ReadonlySet<ErrorCode> = new Set(['SEN_OVERLOADED', 'SEN_JOURNAL_FULL', 'SEN_CONNECTOR_FAILED'])

/** Answers any error as a problem document; what is ours to mend is logged, once. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const known = senErrorOf(error)
  const status = statuses[known.code]
  // Too much to do is not broken: who asks is told, and it is counted.
  if (status >= 500 && known.code !== 'SEN_OVERLOADED') {
    log.error(
      { method: request.method, route: request.routeOptions.url, code: known.code, cause: error },
      'Request failed'
    )
  }
  if (known.retryAfterS !== undefined) void reply.header('retry-after', String(known.retryAfterS))
  if (leavesMuchUnread(request)) void reply.header('connection', 'close')
  void reply
    .status(status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(
      JSON.stringify({
        type: `urn:sen:error:${known.code}`,
        title: titles[status] ?? 'Error',
        status,
        detail: status >= 500 && !told.has(known.code) ? undefined : known.message,
        code: known.code,
        hint: known.hint,
        triesLeft: known.triesLeft
      })
    )
}

/** What is left of a short body is read and dropped, so that its sender hears the answer; a long one is not waited for. */
function leavesMuchUnread({ raw }: FastifyRequest): boolean {
  if (raw.complete) return false
  return raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > longestBodyBytes
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too large',
  415: 'Not read in this form',
  422: 'Limit exceeded',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Connector failed',
  503: 'Not available',
  507: 'Storage full'
}

function senErrorOf(error: unknown): SenError {
  if (error instanceof SenError) return error
  const { statusCode, message, code } = error as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new SenError('SEN_PAYLOAD_TOO_LARGE', message)
  if (statusCode === 415) return new SenError('SEN_MEDIA_UNSUPPORTED', message)
  if (statusCode === 429) return new SenError('SEN_QUOTA', message)
  if (statusCode === 404) return new SenError('SEN_NOT_FOUND', message)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new SenError('SEN_INPUT_INVALID', message)
  return new SenError('SEN_INTERNAL', message, { cause: error })
}
