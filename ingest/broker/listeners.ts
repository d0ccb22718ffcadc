import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import type { Server as TlsServer } from 'node:tls'

/** Takes each stream that a door opens. */
type Accept = (stream: Duplex, address: string) => void

/** A door that listens. */
export interface Listener {
  readonly address: AddressInfo
  /** Lets nobody in any more; who is in stays. */
  close(): void
}

export interface TlsListener extends Listener {
  /**
   * Takes up certificate and key if their files have changed, without dropping connections.
   *
   * @returns whether they had. @throws if they cannot be read or do not fit; those before stay in use.
   */
  renew(): boolean
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

/** Certificate and key for the TLS door, as PEM files. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** Opens the MQTTS door. */
export async function listenTls({
  accept,
  files,
  ...where
}: ListenOptions & { readonly files: TlsFiles }): Promise<TlsListener> {
  let current = read(files)
  const server: TlsServer = createTlsServer(
    { ...current, noDelay: true, allowHalfOpen: true, minVersion: 'TLSv1.2', handshakeTimeout: handshakeMs },
    socket => {
      accept(socket, socket.remoteAddress ?? '')
    }
  )
  // A stranger's failed handshake is no trouble of ours.
  server.on('tlsClientError', () => undefined)
  const listener = await listening(server, where)
  return {
    ...listener,
    renew: () => {
      const now = read(files)
      if (now.cert.equals(current.cert) && now.key.equals(current.key)) return false
      server.setSecureContext({ ...now, minVersion: 'TLSv1.2' })
      current = now
      return true
    }
  }
}

function read({ cert, key }: TlsFiles): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) }
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
