import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { SenError } from '../../model/errors.ts'
import type { Services } from '../services.ts'
import { plainAddress } from '../trusted-proxies.ts'
import { isLocal } from './local-socket.ts'

/**
 * @returns the address of who asks, IPv4 where it is that in IPv6's form: of the connection, or what a proxy of
 *   `SEN_TRUST_PROXY` says; headers of anybody else change nothing. `local` for the Unix socket.
 */
export function addressOf(request: FastifyRequest): string {
  const named = (request.ips ?? [request.ip]).filter(address => isIP(plainAddress(address ?? '')) !== 0)
  return plainAddress(named.at(-1) ?? 'local')
}

/** @returns the part of an address that one sender has to itself: IPv4 whole, of IPv6 the /64. A key for limits. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::', 2)
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? first : [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** @returns whether nobody on the way can read the request: TLS, the Unix socket, or TLS that ends at a trusted proxy. */
export function isSecure(request: FastifyRequest): boolean {
  return isLocal(request) || request.protocol === 'https'
}

/**
 * @returns the origins of Sen's own pages: `SEN_PUBLIC_URL`, and the host that the request itself names. Over a connection
 *   without TLS a proxy that nobody told us of may stand in front, so that its pages are `https`.
 */
export function ownOrigins(request: FastifyRequest, { reach }: Services): readonly string[] {
  const host = request.host.toLowerCase()
  const here = isSecure(request) ? [`https://${host}`] : [`http://${host}`, `https://${host}`]
  return reach.publicOrigin === undefined ? here : [reach.publicOrigin, ...here]
}

/** @returns whether a person may log in here: over TLS, and in the demo from this machine. */
export function mayCarryLogins(request: FastifyRequest, services: Services): boolean {
  return isSecure(request) || (services.isDemo && isLoopback(addressOf(request)))
}

/** @throws SenError `SEN_TLS_REQUIRED` where a person's login could be read on its way. */
export function demandSecure(request: FastifyRequest, services: Services): void {
  if (mayCarryLogins(request, services)) return
  throw new SenError('SEN_TLS_REQUIRED', 'log in: the connection is not encrypted', {
    hint: `Open ${secureAddressFor(request, services) ?? 'Sen over HTTPS'}. ${hintForOperator}`
  })
}

const hintForOperator =
  'The operator opens HTTPS with SEN_HTTPS_PORT and a certificate, with --trial-ca for a trial, or with a proxy that SEN_TRUST_PROXY names.'

/** @returns the HTTPS origin under which who asks reaches Sen too; `undefined` if we know of none. */
export function secureAddressFor(request: FastifyRequest, { reach }: Services): string | undefined {
  if (reach.publicOrigin?.startsWith('https:')) return reach.publicOrigin
  const port = reach.httpsPort()
  const host = request.hostname.toLowerCase()
  if (port === undefined || !/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/.test(host)) return undefined
  return new URL(`https://${host}:${port}`).origin
}

const isLoopback = (address: string): boolean => /^127\.|^::1$/.test(address)
