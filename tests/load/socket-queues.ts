import { readFileSync } from 'node:fs'

/** One end of a TCP connection on this machine, as the kernel sees it. */
export interface SocketQueues {
  readonly isEstablished: boolean
  /** Written, and not taken by the other end's kernel. */
  readonly sendBytes: number
  /** Came, and not read by the process. */
  readonly receiveBytes: number
}

const established = '01'

/** @returns the end with these ports, `undefined` if there is none. Source: proc(5), `/proc/net/tcp`. */
export function queuesOf(ports: { readonly local: number; readonly remote: number }): SocketQueues | undefined {
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, local = '', remote = '', state, queues = ''] = line.trim().split(/\s+/)
    if (portOf(local) !== ports.local || portOf(remote) !== ports.remote) continue
    const [send = '', receive = ''] = queues.split(':')
    return {
      isEstablished: state === established,
      sendBytes: Number.parseInt(send, 16),
      receiveBytes: Number.parseInt(receive, 16)
    }
  }
  return undefined
}

function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16)
}
