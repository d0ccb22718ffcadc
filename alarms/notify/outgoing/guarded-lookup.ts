import { lookup as systemLookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction, Socket } from 'node:net'
import { sharedResolver } from './shared-resolver.ts'
import type { ReachableAddresses } from './reachable-addresses.ts'

/** The system's resolver, or another of its shape. */
export type Resolve = (host: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void

/** Code of the error with which a forbidden address ends a connection. */
export const forbiddenAddress = 'SEN_ADDRESS_FORBIDDEN'

/** Two at a time, for all channels of the process. */
const systemResolve = sharedResolver((host, done) => systemLookup(host, { all: true }, done), 2)

/**
 * Resolves for `net.connect`, which connects to exactly what it is handed: so no name can change between check and use.
 * One forbidden address among several refuses the name: nobody with honest intent mixes them.
 */
export function guardedLookup(reachable: ReachableAddresses, resolve: Resolve = systemResolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, addresses) => {
      if (error) return done(error, '')
      const [first] = addresses
      const isFine = addresses.every(({ address }) => reachable.permits(host, address))
      if (first === undefined || !isFine) return done(forbidden(), '')
      if (options.all === true) return done(null, [...addresses])
      done(null, first.address, first.family)
    })
  }
}

/** Ends a connection whose other end is a forbidden address, before a byte is written. Addresses as such are never looked up. */
export function guardConnection(socket: Socket, host: string, reachable: ReachableAddresses): void {
  const judge = () => {
    if (!reachable.permits(host, socket.remoteAddress ?? '')) socket.destroy(forbidden())
  }
  if (socket.connecting) socket.prependOnceListener('connect', judge)
  else judge()
}

/** @returns whether `host` is an address, and a forbidden one. Names are judged once they are resolved. */
export function isForbiddenAddress(host: string, reachable: ReachableAddresses): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) !== 0 && !reachable.permits(bare, bare)
}

function forbidden(): NodeJS.ErrnoException {
  return Object.assign(new Error('connect: the address is not of the public internet'), { code: forbiddenAddress })
}
