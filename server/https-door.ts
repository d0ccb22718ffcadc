import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { httpTimes } from './http-times.ts'
import type { ServerCertificate } from './tls/server-certificate.ts'

export interface HttpsDoorProps {
  /** Ready: it listens on the plain door already. */
  readonly app: FastifyInstance
  readonly certificate: ServerCertificate
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** The routes of the HTTP door over TLS, with the same limits. A renewed certificate counts for new connections. */
export class HttpsDoor {
  readonly server: Server

  private constructor(server: Server) {
    this.server = server
  }

  static async open({ app, certificate, host, port }: HttpsDoorProps): Promise<HttpsDoor> {
    const { connectionTimeout, ...times } = httpTimes
    const server = createServer({ ...certificate.context, ...times }, (request, response) => {
      app.routing(request, response)
    })
    server.setTimeout(connectionTimeout)
    // A stranger's failed handshake is no trouble of ours.
    server.on('tlsClientError', () => undefined)
    certificate.onRenewed(context => {
      server.setSecureContext(context)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    return new HttpsDoor(server)
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  /** Closes the door and what came in by it. */
  async stop(): Promise<void> {
    if (!this.server.listening) return
    await new Promise(resolve => {
      this.server.close(resolve)
      this.server.closeAllConnections()
    })
  }
}
