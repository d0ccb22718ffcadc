import type { FastifyRequest } from 'fastify'

/** Connections that came in by the Unix socket. (A missing remote address would not tell: a closed TCP socket has none.) */
const localSockets = new WeakSet<object>()

/** Says that this connection came in by the Unix socket. */
export function markLocal(socket: object): void {
  localSockets.add(socket)
}

/** @returns whether the request came in by the Unix socket: from the machine's administrator. */
export function isLocal(request: FastifyRequest): boolean {
  return localSockets.has(request.raw.socket)
}
