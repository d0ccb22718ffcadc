import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import type { SecureContextOptions } from 'node:tls'
import { handshakeGate } from './handshake-gate.ts'

/** Takes each stream that a door opens. */
type Accept = (stream: Duplex, address: string) => void

/** A door that listens. */
export interface Listener {
  readonly address: AddressInfo
  /** Lets nobody in any more; who is in stays. */
  close(): void
}

export interface TlsListener extends Listener {
  /** New connections get this certificate; those that are open stay. */
  renew(context: SecureContextOptions): void
}

export interface ListenOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly accept: Accept
}

/** Connections that wait to be accepted: all the devices of a node at once, after a restart. */
const backlog = 4096
const handshakeMs = 9000

/** Opens the plain MQTT door. */
export async function listenTcp({ accept, ...where }: ListenOptions): Promise<Listener> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
    accept(socket, socket.remoteAddress ?? '')
  })
  return listening(server, where)
}

/** Opens the MQTTS door. @param context - certificate, key, and which TLS is spoken. */
export async function listenTls({
  accept,
  context,
  ...where
}: ListenOptions & { readonly context: SecureContextOptions }): Promise<TlsListener> {
  const server = createTlsServer(
    { ...context, noDelay: true, allowHalfOpen: true, handshakeTimeout: handshakeMs },
    socket => {
      accept(socket, socket.remoteAddress ?? '')
    }
  )
  // A stranger's failed handshake is no trouble of ours.
  server.on('tlsClientError', () => undefined)
  const listener = await listening(handshakeGate(server), where)
  return {
    ...listener,
    renew: renewed => {
      server.setSecureContext(renewed)
    }
  }
}

async function listening(server: Server, { host, port }: Omit<ListenOptions, 'accept'>): Promise<Listener> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, backlog, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('listen broker: no TCP address')
  return {
    address,
    close: () => {
      server.close()
    }
  }
}
