import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { SenError } from '../../../model/errors.ts'
import { guardConnection, guardedLookup, isForbiddenAddress } from './guarded-lookup.ts'
import type { ReachableAddresses } from './reachable-addresses.ts'

/** Where to, and what may be reached. */
interface GuardedConnectionProps {
  readonly host: string
  readonly port: number
  readonly reachable: ReachableAddresses
  readonly timeoutMs: number
}

/**
 * Opens a TCP connection to a host that users named, under the same guard as requests.
 *
 * @throws SenError `SEN_FORBIDDEN` for an address that may not be reached; else what `net` says.
 */
export function guardedConnection({ host, port, reachable, timeoutMs }: GuardedConnectionProps): Promise<Socket> {
  if (isForbiddenAddress(new URL(`http://${host}`).hostname, reachable)) return Promise.reject(notReachable())
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, lookup: guardedLookup(reachable) })
    const timer = setTimeout(() => socket.destroy(new Error('connect: no answer in time')), timeoutMs)
    guardConnection(socket, host, reachable)
    const failed = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      reject(error.code === 'SEN_ADDRESS_FORBIDDEN' ? notReachable() : error)
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

function notReachable(): SenError {
  return new SenError('SEN_FORBIDDEN', 'connect: the address is not of the public internet', {
    hint: 'Name it among the addresses that channels may reach.'
  })
}
