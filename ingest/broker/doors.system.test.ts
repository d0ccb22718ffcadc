import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect as connectTcp } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import { connectAsync } from 'mqtt'
import type { IClientOptions } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TestBroker } from './broker.fixture.ts'
import { listenTls } from './listeners.ts'
import { webSocketDoor } from './web-socket-door.ts'

let test: TestBroker

beforeEach(async () => {
  test = new TestBroker()
  await test.start()
})

afterEach(async () => {
  await test.stop()
})

const login = {
  username: 'd',
  password: 'secret',
  protocolVersion: 4,
  reconnectPeriod: 0
} as const satisfies IClientOptions

describe('the WebSocket door', () => {
  let http: Server
  let port: number

  beforeEach(async () => {
    http = createServer()
    const accept = test.broker.accept.bind(test.broker)
    http.on('upgrade', webSocketDoor({ path: '/mqtt', accept, onRefused: reason => test.refused.push(reason) }))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    port = (http.address() as AddressInfo).port
  })

  afterEach(() => {
    http.closeAllConnections()
    http.close()
  })

  it.each([0, 1, 2] as const)('takes QoS %i as the plain door does', async qos => {
    const client = await connectAsync(`ws://127.0.0.1:${port}/mqtt`, { ...login, clientId: 'web' })
    await client.publishAsync('site/s/d/telemetry', '{"a":1}', { qos })
    await client.subscribeAsync('site/s/d/#', { qos: 1 })
    const heard = new Promise<readonly [string, Buffer]>(resolve => {
      client.once('message', (topic, payload) => {
        resolve([topic, payload])
      })
    })
    await client.publishAsync('site/s/d/telemetry', '{"a":2}', { qos: 1 })
    const [topic, payload] = await heard
    expect([topic, payload.toString()]).toEqual(['site/s/d/telemetry', '{"a":2}'])
    expect(test.journal.messages.map(message => Buffer.from(message.payload).toString())).toEqual([
      '{"a":1}',
      '{"a":2}'
    ])
    await client.endAsync()
  })

  it('does not compress, so that no frame can swell', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt')
    await once(socket, 'open')
    expect([socket.extensions, socket.protocol]).toEqual(['', 'mqtt'])
    socket.terminate()
  })

  it('closes on a text frame [MQTT-6.0.0-1] and on a frame of more than 272 KiB', async () => {
    for (const data of ['text', Buffer.alloc(272 * 1024 + 1)]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt')
      socket.on('error', () => undefined)
      await once(socket, 'open')
      socket.send(data)
      await once(socket, 'close')
    }
    expect(test.refused).toContain('ws-text-frame')
  })

  it.each([
    ['another path', '/other', ['mqtt'], {}, 404, 'ws-path'],
    ['no subprotocol of MQTT [MQTT-6.0.0-3]', '/mqtt', ['chat'], {}, 400, 'ws-subprotocol'],
    ['a page of another origin', '/mqtt', ['mqtt'], { origin: 'https://elsewhere.example' }, 403, 'ws-origin'],
    ['a page without an origin', '/mqtt', ['mqtt'], { origin: 'null' }, 403, 'ws-origin']
  ])('refuses %s, and counts it', async (_, path, protocols, options, status, reason) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options)
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toContain(String(status))
    expect(test.refused).toEqual([reason])
  })
})

describe('an upgrade that is refused', () => {
  it('keeps no socket, though its sender does not close', async () => {
    const http = createServer()
    http.on('upgrade', webSocketDoor({ path: '/mqtt', accept: () => undefined, onRefused: () => undefined }))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    const socket = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true })
    socket.write('GET /nope HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.resume()
    await once(socket, 'end')
    const connections = () => new Promise(resolve => http.getConnections((_error, count) => resolve(count)))
    while ((await connections()) !== 0) await new Promise(resolve => setTimeout(resolve, 10))
    socket.destroy()
    http.close()
  })
})

describe('the TLS door', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sen-tls-'))

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  function certificateOf(name: string): SecureContextOptions {
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
    const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name}`
    execFileSync('openssl', [...request.split(' '), '-keyout', files.key, '-out', files.cert], { stdio: 'ignore' })
    return { cert: readFileSync(files.cert), key: readFileSync(files.key), minVersion: 'TLSv1.2' }
  }

  async function open(port: number, options = {}): Promise<TLSSocket> {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    await once(socket, 'secureConnect')
    return socket
  }

  it('takes messages; takes up a new certificate without dropping anybody; knows nothing below TLS 1.2', async () => {
    const accept = test.broker.accept.bind(test.broker)
    const door = await listenTls({ host: '127.0.0.1', port: 0, accept, context: certificateOf('first') })
    const { port } = door.address
    const client = await connectAsync(`mqtts://127.0.0.1:${port}`, { ...login, rejectUnauthorized: false })
    await client.publishAsync('site/s/d/telemetry', '1', { qos: 1 })

    door.renew(certificateOf('second'))
    await client.publishAsync('site/s/d/telemetry', '2', { qos: 1 })
    const later = await open(port)
    expect(later.getPeerCertificate().subject.CN).toBe('second')
    later.destroy()
    expect(test.journal.messages.length).toBe(2)

    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }
    await expect(open(port, old)).rejects.toThrow(/protocol version/)
    await client.endAsync()
    door.close()
  })
})
