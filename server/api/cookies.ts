import type { FastifyReply, FastifyRequest } from 'fastify'
import { isSecure } from './transport.ts'

/*
 * Cookies of this host alone. Over TLS their names begin with `__Host-`, which browsers take only with Secure, Path=/ and
 * without Domain (RFC 6265bis, 4.1.3.2): no neighbouring host and no page without TLS can set or replace them. Without TLS
 * there is the demo on this machine.
 */
const prefix = '__Host-'

/** Gives the browser a cookie that scripts cannot read and that comes with requests of our own pages only. @param maxAgeS - s. */
export function setHostCookie(reply: FastifyReply, name: string, value: string, maxAgeS: number): void {
  void reply.setCookie(nameOver(reply.request, name), value, { ...attributes(reply.request), maxAge: maxAgeS })
}

/** @returns the cookie's value. Over TLS one without the prefix is nobody's: it may have been set without TLS. */
export function readHostCookie(request: FastifyRequest, name: string): string | undefined {
  const guarded = request.cookies[`${prefix}${name}`]
  return isSecure(request) ? guarded : (guarded ?? request.cookies[name])
}

/** Takes the cookie back. */
export function clearHostCookie(reply: FastifyReply, name: string): void {
  void reply.clearCookie(nameOver(reply.request, name), attributes(reply.request))
}

function nameOver(request: FastifyRequest, name: string): string {
  return isSecure(request) ? `${prefix}${name}` : name
}

function attributes(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(request) } as const
}
