import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { TestCertificates } from '../../../server/tls/certificate.fixture.ts'
import { guardConnection } from './guarded-lookup.ts'
import { Outgoing } from './outgoing.ts'
import { ReachableAddresses } from './reachable-addresses.ts'
import { sharedResolver } from './shared-resolver.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach(close => close()))
const never = new AbortController().signal

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

async function served(listener: RequestListener) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    listener(request, response)
  })
  let connections = 0
  server.on('connection', () => connections++)
  return { port: await listening(server), seen, connections: () => connections }
}

function outgoing(props: Partial<ConstructorParameters<typeof Outgoing>[0]> = {}): Outgoing {
  const made = new Outgoing({ reachable: [], ...props })
  closers.push(() => made.close())
  return made
}

const get = (to: Outgoing, url: string, signal = never) => to.request({ method: 'GET', url, signal })

describe('addresses', () => {
  it.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['224.0.0.1', '255.255.255.255', '198.18.0.1', '::1', '::', '::ffff:127.0.0.1', '::ffff:a00:1', 'fe80::1%eth0'],
    ...['fc00::1', 'fd12::1', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', '::127.0.0.1'],
    ...['localhost', '']
  ])('%s is not of the public internet', address => {
    expect(new ReachableAddresses([]).permits('name.example', address)).toBe(false)
  })

  it.each(['1.1.1.1', '172.32.0.1', '203.113.131.1', '2405:4800::1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    '%s is',
    address => {
      expect(new ReachableAddresses([]).permits('name.example', address)).toBe(true)
    }
  )

  it('lets through what the operator named: an address, a network, a name', () => {
    const reachable = new ReachableAddresses(['192.168.1.20', '10.8.0.0/16', 'fd00::/64', 'Phone.Lan'])

    const permitted = (host: string, address: string) => reachable.permits(host, address)
    expect(permitted('192.168.1.20', '192.168.1.20')).toBe(true)
    expect(permitted('x', '::ffff:10.8.3.4')).toBe(true)
    expect(permitted('x', 'fd00::5')).toBe(true)
    expect(permitted('phone.lan', '192.168.7.7')).toBe(true)
    expect(permitted('x', '192.168.1.21')).toBe(false)
    expect(permitted('x', '10.9.0.1')).toBe(false)
    expect(() => new ReachableAddresses(['10.0.0.0/33'])).toThrow('10.0.0.0/33')
    expect(() => new ReachableAddresses(['http://x'])).toThrow('http://x')
  })
})

describe('a request to an address that a user gave', () => {
  it.each([
    ...['127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '0', '0.0.0.0'],
    ...['[::ffff:7f00:1]', 'localhost', '169.254.169.254', '10.0.0.1', '192.168.0.1', '[fe80::1]']
  ])('never leaves for http://%s', async host => {
    const { port, connections } = await served((_, response) => response.end('secret'))

    const answer = await get(outgoing(), `http://${host}:${port}/latest/meta-data`)

    expect(answer).toEqual({ kind: 'forbidden', detail: 'the address is not of the public internet' })
    expect(connections()).toBe(0)
  })

  it.each(['file:///etc/passwd', 'gopher://x/', 'ftp://x/', 'javascript:alert(1)', 'data:,x', 'no url', ''])(
    'knows no %s',
    async url => {
      expect(await get(outgoing(), url)).toMatchObject({ kind: 'forbidden' })
    }
  )

  it('takes no user name or password in the address', async () => {
    const answer = await get(outgoing(), 'https://me:hunter2@sms.example/')

    expect(answer.kind).toBe('forbidden')
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  it('never leaves for a name that resolves to the own network, were it one address of several', async () => {
    const { port, connections } = await served((_, response) => response.end())
    const resolve: Parameters<typeof outgoing>[0] = {
      resolve: (_, done) =>
        done(null, [
          { address: '1.1.1.1', family: 4 },
          { address: '127.0.0.1', family: 4 }
        ])
    }

    expect(await get(outgoing(resolve), `http://rebind.example:${port}/`)).toMatchObject({ kind: 'forbidden' })
    expect(connections()).toBe(0)
  })

  it('connects to the very address that was judged, though the name changes between two looks', async () => {
    const { port, connections } = await served((_, response) => response.end())
    let looks = 0
    const to = outgoing({
      reachable: ['127.0.0.9'],
      resolve: (_, done) => done(null, [{ address: looks++ === 0 ? '127.0.0.9' : '127.0.0.1', family: 4 }])
    })

    // Nothing listens at the address that was judged first; at the second look the name leads elsewhere.
    expect(await get(to, `http://rebind.example:${port}/`)).toEqual({ kind: 'unreachable', detail: 'ECONNREFUSED' })
    expect(await get(to, `http://rebind.example:${port}/`)).toMatchObject({ kind: 'forbidden' })
    expect([looks, connections()]).toEqual([2, 0])
  })

  it('judges the connected address too, before a byte is written', async () => {
    const received: Buffer[] = []
    const server = createTcpServer(socket => socket.on('data', chunk => received.push(chunk)))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    guardConnection(socket, 'name.example', new ReachableAddresses([]))
    socket.write('secret')

    const error = await new Promise<Error>(resolve => socket.once('error', resolve))
    await new Promise<void>(resolve => server.close(() => resolve()))

    expect(error.message).toContain('not of the public internet')
    expect(received).toEqual([])
  })

  it('follows no redirect', async () => {
    const inner = await served((_, response) => response.end('inner'))
    const { port } = await served((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/admin` }).end()
    )

    expect(await get(outgoing({ reachable: ['127.0.0.1'] }), `http://127.0.0.1:${port}/`)).toMatchObject({
      status: 302
    })
    expect(inner.seen).toEqual([])
  })

  it('sends method, path, headers and body, and hands back status, headers and body', async () => {
    let body = ''
    const { port, seen } = await served((request, response) => {
      request.on('data', chunk => (body += chunk))
      request.on('end', () =>
        response.writeHead(201, { 'retry-after': '7' }).end(`{"token":"${request.headers['x-token']}"}`)
      )
    })

    const answer = await outgoing({ reachable: ['localhost'] }).request({
      ...{ method: 'POST', url: `http://localhost:${port}/send?a=1`, headers: { 'x-token': 't' }, body: 'Mực nước' },
      signal: never
    })

    expect(answer).toMatchObject({
      kind: 'answer',
      status: 201,
      body: '{"token":"t"}',
      headers: { 'retry-after': '7' }
    })
    expect([seen, body]).toEqual([['POST /send?a=1'], 'Mực nước'])
  })

  it('reads no more than 64 KiB of an answer', async () => {
    const { port } = await served((_, response) => response.end('x'.repeat(1_000_000)))

    const answer = await get(outgoing({ reachable: ['127.0.0.1'] }), `http://127.0.0.1:${port}/`)

    expect(answer.kind === 'answer' && answer.body.length).toBe(65_536)
  })

  it('ends when nobody answers, when it is told to, when the answer breaks off, and when nobody listens', async () => {
    const { port } = await served((request, response) => {
      if (request.url === '/half')
        response.writeHead(200, { 'content-length': '100' }).write('{"error":0', () => response.destroy())
    })
    const to = outgoing({ reachable: ['127.0.0.1'], timeoutMs: 50 })
    const ended = AbortSignal.abort()

    expect(await get(to, `http://127.0.0.1:${port}/hang`)).toEqual({ kind: 'unreachable', detail: 'no answer in time' })
    expect(await get(to, `http://127.0.0.1:${port}/`, ended)).toMatchObject({ kind: 'unreachable' })
    expect(await get(outgoing({ reachable: ['127.0.0.1'] }), `http://127.0.0.1:${port}/half`)).toEqual({
      ...{ kind: 'unreachable', detail: 'ECONNRESET' }
    })
    expect(await get(outgoing({ reachable: ['127.0.0.1'] }), 'http://127.0.0.1:1/')).toMatchObject({
      detail: 'ECONNREFUSED'
    })
  })

  it('lets nobody put a second header into a header', async () => {
    const { port, connections } = await served((_, response) => response.end())

    const answer = await outgoing({ reachable: ['127.0.0.1'] }).request({
      ...{ method: 'GET', url: `http://127.0.0.1:${port}/`, headers: { 'x-name': 'a\r\nx-admin: 1' }, signal: never }
    })

    expect([answer.kind, connections()]).toEqual(['forbidden', 0])
  })

  it('trusts no certificate but of an authority that it knows or was given', async () => {
    const certificates = await TestCertificates.create()
    closers.push(() => void certificates.remove())
    const server = createTlsServer(await certificates.issue(), (_, response) => response.end('ok'))
    const url = `https://localhost:${await listening(server)}/`
    const to = outgoing({ reachable: ['localhost'] })
    const { cert: ca } = certificates.authority

    expect(await get(to, url)).toEqual({ kind: 'unreachable', detail: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    expect(await to.request({ method: 'GET', url, signal: never, ca })).toMatchObject({ status: 200, body: 'ok' })

    const proxy = await proxied()
    const through = { method: 'GET', url, signal: never, ca, proxy: `http://127.0.0.1:${proxy.port}` } as const
    expect(await to.request(through)).toMatchObject({ kind: 'forbidden' })
    expect(await outgoing({ reachable: ['127.0.0.1', 'localhost'] }).request(through)).toMatchObject({ body: 'ok' })
    expect(proxy.asked).toEqual([new URL(url).host])
  })
})

it('asks for few names at a time, and once for all who want the same, for each question may hold a thread for long', () => {
  const asked: string[] = []
  const answers = new Map<string, () => void>()
  const resolve = sharedResolver((host, done) => {
    asked.push(host)
    answers.set(host, () => done(null, [{ address: '1.1.1.1', family: 4 }]))
  }, 2)
  const answered: string[] = []
  for (const host of ['a', 'b', 'a', 'c', 'c', 'd']) resolve(host, () => answered.push(host))

  expect(asked).toEqual(['a', 'b'])
  answers.get('a')?.()
  expect([asked, answered]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'a']
  ])
  answers.get('c')?.()
  answers.get('b')?.()
  answers.get('d')?.()
  expect(answered).toEqual(['a', 'a', 'c', 'c', 'b', 'd'])
  resolve('a', () => {})
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'a'])
})

/** A proxy that opens tunnels. */
async function proxied() {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, client) => {
    asked.push(request.url ?? '')
    const target = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    for (const socket of [target, client]) socket.on('error', () => target.destroy())
    closers.push(() => target.destroy())
  })
  return { port: await listening(server), asked }
}
