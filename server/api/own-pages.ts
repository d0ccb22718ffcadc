import type { FastifyInstance, FastifyRequest } from 'fastify'
import { SenError } from '../../model/errors.ts'
import type { Services } from '../services.ts'
import { ownOrigins } from './transport.ts'

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What a browser does by itself, it does for our own pages only: a page of another origin cannot use its visitor's cookie,
 * or the visitor's place in the network, to change anything (cross-site request forgery). A request that brings an
 * `Authorization` header and no cookie was put together by a program, and passes; so does one without any word of its
 * origin, which is no browser's. Devices and network servers (`/ingest`) are asked only if a cookie is all they bring.
 */
export function ownPagesOnly(api: FastifyInstance, services: Services): void {
  api.addHook('onRequest', async request => {
    if (readingMethods.has(request.method) || !isBrowsers(request) || isOwn(request, services)) return
    services.metrics.refused('origin')
    throw new SenError('SEN_FORBIDDEN', `${request.method}: the request comes from a page of another origin`, {
      hint: 'If that page is Sen itself behind a proxy, set SEN_PUBLIC_URL to the address in the browser.'
    })
  })
}

function isBrowsers({ headers, routeOptions }: FastifyRequest): boolean {
  if (headers.cookie !== undefined) return true
  return headers.authorization === undefined && !/^\/api\/v1\/ingest(?:\/|$)/.test(routeOptions.url ?? '')
}

function isOwn(request: FastifyRequest, services: Services): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined) return ownOrigins(request, services).includes(origin)
  return site === undefined || site === 'same-origin' || site === 'none'
}
