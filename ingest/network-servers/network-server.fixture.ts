import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BinaryReader } from '@bufbuild/protobuf/wire'

/*
 * For tests: an HTTP server that answers as the APIs of ChirpStack v4 (gRPC-Web) and The Things Stack v3 (REST) are
 * documented to, over devices in memory.
 */

export const rightKey = 'the-right-api-key'
export const application = '0f6b1c5e-52d1-4b0e-9a3b-1d9f6a7c2e10'

/** What stands in a registry of it: fields as they were sent. */
export type Stored = Record<string, unknown>

export class NetworkServerFixture {
  /** Registry and device: `chirpstack a840…`, `js eui-a840…`. */
  readonly devices = new Map<string, Stored>()
  /** Calls that fail from now on, as `chirpstack CreateKeys` or `PUT ns`. */
  readonly broken = new Set<string>()
  #server: Server | undefined

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      void this.#answer(request, response)
    })
    this.#server = server
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise(resolve => this.#server?.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray())
    const isKnown = request.headers.authorization === `Bearer ${rightKey}`
    const path = request.url ?? ''
    const method = /^\/api\.DeviceService\/(\w+)$/.exec(path)?.[1]
    if (method !== undefined) {
      const [code, message] = isKnown
        ? this.#chirpStack(method, body.subarray(5))
        : [16, 'authentication failed: invalid token']
      grpcAnswer(response, code, message)
      return
    }
    const status = isKnown ? this.#theThings(request.method ?? '', path, body) : 401
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(status === 200 ? {} : { code: 5, message: `error:pkg:${status} (it says no)` }))
  }

  #chirpStack(method: string, message: Uint8Array): readonly [code: number, message: string] {
    if (this.broken.has(`chirpstack ${method}`)) return [13, 'storage error']
    const fields = fieldsOf(message, method === 'Delete' ? 0 : 1)
    const key = `chirpstack ${fields['1'] as string}`
    if (method === 'Delete') return this.devices.delete(key) ? [0, ''] : [5, 'Object does not exist']
    if (method === 'CreateKeys') {
      const device = this.devices.get(key)
      if (!device) return [5, 'Object does not exist']
      device['nwkKey'] = fields['2']
      return [0, '']
    }
    if (fields['4'] !== application) return [5, 'Object does not exist (id: application)']
    if (this.devices.has(key)) return [6, 'Object already exists']
    this.devices.set(key, fields)
    return [0, '']
  }

  #theThings(method: string, path: string, body: Buffer): number {
    const [, registry = 'is', rest = ''] =
      /^\/api\/v3(?:\/(js|ns|as))?\/applications\/nong-nghiep\/devices(.*)$/.exec(path) ?? []
    if (this.broken.has(`${method} ${registry}`)) return 500
    if (!path.includes('/applications/nong-nghiep/')) return 404
    if (method === 'DELETE') return this.devices.delete(`${registry} ${rest.slice(1)}`) ? 200 : 404
    const { end_device: device, field_mask: mask } = JSON.parse(body.toString()) as {
      end_device: Stored & { ids: { device_id: string } }
      field_mask: { paths: readonly string[] }
    }
    const key = `${registry} ${device.ids.device_id}`
    if (method === 'POST' && this.devices.has(key)) return 409
    this.devices.set(key, { ...device, paths: mask.paths })
    return 200
  }
}

/** A message's texts by field number. @param depth - how many messages it stands in. */
function fieldsOf(message: Uint8Array, depth: number): Stored {
  const reader = new BinaryReader(message)
  const fields: Stored = {}
  while (reader.pos < reader.len) {
    const [number] = reader.tag()
    if (depth > 0) return fieldsOf(reader.bytes(), depth - 1)
    fields[String(number)] = reader.string()
  }
  return fields
}

function grpcAnswer(response: ServerResponse, code: number, message: string): void {
  response.setHeader('content-type', 'application/grpc-web+proto')
  // A call that fails has its trailers in the headers; one that succeeds has an empty message, then the trailers.
  if (code !== 0) {
    response.writeHead(200, { 'grpc-status': String(code), 'grpc-message': encodeURIComponent(message) }).end()
    return
  }
  const trailers = Buffer.from('grpc-status:0\r\n')
  const head = Buffer.from([0x80, 0, 0, 0, trailers.length])
  response.writeHead(200).end(Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), head, trailers]))
}
