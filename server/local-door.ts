import { chmodSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { localServer } from './http.ts'

/** The Unix socket in `SEN_DATA`: who can open its file (mode 600) is the machine's administrator. */
export class LocalDoor {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param path - of the socket; what an earlier process left there is removed. */
  static async open(app: FastifyInstance, path: string): Promise<LocalDoor> {
    await rm(path, { force: true })
    const server = localServer(app)
    const mask = process.umask(0o177)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, resolve)
      })
    } finally {
      process.umask(mask)
    }
    chmodSync(path, 0o600)
    return new LocalDoor(server)
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    if (!this.#server.listening) return
    await new Promise<void>(resolve => {
      this.#server.close(() => {
        resolve()
      })
    })
  }
}
