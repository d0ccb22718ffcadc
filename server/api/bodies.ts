import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseJson } from '../../ingest/decode/json-limits.ts'
import { SenError } from '../../model/errors.ts'

/** Longest body of any request, bytes; routes may allow less. */
export const longestBodyBytes = 1024 * 1024

/** What a body must bring in each span until it has come. */
const paceMs = 9000
const paceBytes = 4096

/**
 * What holds for every request body, decided before a byte of it is read wherever the headers tell: it comes as it is
 * (nothing is decompressed, so nothing can grow), to a route that exists; and JSON keeps the limits of telemetry.
 */
export function bodyRules(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    watchPace(request.raw)
    refuseCoded(request, reply)
    // With the route unknown nobody would read the body: it is not even parsed.
    if (request.is404)
      throw new SenError('SEN_NOT_FOUND', `find ${request.method} ${request.url.slice(0, 200)}: there is none`)
  })
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const parsed = parseJson(typeof body === 'string' ? Buffer.from(body) : body)
    if (parsed.ok) done(null, parsed.json)
    else done(new SenError('SEN_INPUT_INVALID', `read body: ${parsed.reason}: ${parsed.detail}`))
  })
}

/**
 * A body must come within `paceMs`, or at least `paceBytes` of it in each such span: a bad link does, who wants to keep the
 * server waiting does not.
 */
function watchPace(request: IncomingMessage): void {
  const { socket, headers } = request
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return
  let before = socket.bytesRead
  const watch = setInterval(() => {
    if (!request.complete && socket.bytesRead - before < paceBytes) socket.destroy()
    before = socket.bytesRead
  }, paceMs)
  const end = (): void => {
    clearInterval(watch)
  }
  request.once('end', end)
  request.once('close', end)
}

function refuseCoded(request: FastifyRequest, reply: FastifyReply): void {
  const coded = [
    ['content-encoding', 'identity'],
    ['transfer-encoding', 'chunked']
  ] as const
  for (const [header, plain] of coded) {
    const value = request.headers[header] ?? plain
    if (value.toLowerCase() === plain) continue
    void reply.header('accept-encoding', 'identity')
    throw new SenError('SEN_MEDIA_UNSUPPORTED', `read body: ${header} "${value.slice(0, 40)}" is not read`, {
      hint: 'Send the body as it is, not compressed.'
    })
  }
}
