import type { FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import type { Reach } from '../reach.ts'
import type { Services } from '../services.ts'
import { TrustedProxies } from '../trusted-proxies.ts'
import { addressOf, isSecure, mayCarryLogins, networkOf, ownOrigins, secureAddressFor } from './transport.ts'

interface Asked {
  readonly reach?: Partial<Reach>
  readonly isDemo?: boolean
  /** Address of the connection. */
  readonly from?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly proxies?: string
}

/** Asks over plain HTTP. @returns what is said of the request. */
async function ask<T>(asked: Asked, question: (request: FastifyRequest, services: Services) => T): Promise<T> {
  const { reach, isDemo = false, from = '192.0.2.9', headers = {} } = asked
  const proxies = new TrustedProxies(asked.proxies)
  const services = {
    isDemo,
    reach: { publicOrigin: undefined, httpsPort: () => undefined, trial: undefined, proxies, ...reach }
  } as unknown as Services
  const app = fastify({ trustProxy: address => proxies.has(address) })
  const answer = Promise.withResolvers<T>()
  app.get('/', async request => {
    answer.resolve(question(request, services))
    return ''
  })
  await app.inject({ url: '/', remoteAddress: from, headers: { host: 'sen.example:8080', ...headers } })
  return answer.promise
}

const forged = {
  'x-forwarded-for': '198.51.100.1',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  forwarded: 'for=198.51.100.1;proto=https'
}

describe('headers of proxies', () => {
  it('change nothing when they come from anybody else', async () => {
    const told = await ask({ headers: forged, proxies: '10.0.0.1' }, (request, services) => [
      addressOf(request),
      isSecure(request),
      ownOrigins(request, services)
    ])
    expect(told).toEqual(['192.0.2.9', false, ['http://sen.example:8080', 'https://sen.example:8080']])
  })

  it('count when they come from a proxy that the setting names', async () => {
    const told = await ask({ headers: forged, from: '::ffff:10.0.0.1', proxies: '10.0.0.1' }, (request, services) => [
      addressOf(request),
      isSecure(request),
      ownOrigins(request, services)
    ])
    expect(told).toEqual(['198.51.100.1', true, ['https://evil.example']])
  })

  it.each(['unknown', '', '198.51.100.1:4711', '_hidden'])(
    'that name no address ("%s") leave the proxy',
    async name => {
      const headers = { 'x-forwarded-for': name }
      expect(await ask({ headers, from: '10.0.0.1', proxies: '10.0.0.1' }, addressOf)).toBe('10.0.0.1')
    }
  )
})

it('names an IPv4 client as such, in whatever form it comes', async () => {
  expect(await ask({ from: '::ffff:192.0.2.9' }, addressOf)).toBe('192.0.2.9')
})

it.each([
  ['192.0.2.9', '192.0.2.9'],
  ['local', 'local'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64']
])('of %s one sender has %s to itself', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

describe('a person', () => {
  it.each([
    [
      'logs in over TLS that ends at a trusted proxy',
      { from: '10.0.0.1', headers: { 'x-forwarded-proto': 'https' } },
      true
    ],
    ['does not over plain HTTP', {}, false],
    ['does not over plain HTTP from this machine', { from: '127.0.0.1' }, false],
    ['does in the demo from this machine', { from: '127.0.0.1', isDemo: true }, true],
    ['does not in the demo from elsewhere', { isDemo: true }, false],
    [
      'does not in the demo from elsewhere through a trusted proxy without TLS',
      { isDemo: true, from: '10.0.0.1', headers: { 'x-forwarded-for': '192.0.2.9' } },
      false
    ]
  ] as const)('%s', async (_, asked, may) => {
    expect(await ask({ ...asked, proxies: '10.0.0.1' }, mayCarryLogins)).toBe(may)
  })
})

describe('the secure address', () => {
  const httpsPort = (): number => 8443

  it.each([
    ['is the public one', { reach: { publicOrigin: 'https://sen.vn', httpsPort } }, 'https://sen.vn'],
    ['is the host that was asked, at the HTTPS door', { reach: { httpsPort } }, 'https://sen.example:8443'],
    ['names no port where it is 443', { reach: { httpsPort: (): number => 443 } }, 'https://sen.example'],
    ['may have an IPv6 address', { reach: { httpsPort }, headers: { host: '[FD00::5]:80' } }, 'https://[fd00::5]:8443'],
    ['is unknown without HTTPS', {}, undefined],
    ['is unknown if only plain HTTP is public', { reach: { publicOrigin: 'http://sen.vn' } }, undefined],
    ['is unknown for what is no host', { reach: { httpsPort }, headers: { host: 'a"b@c' } }, undefined]
  ] as const)('%s', async (_, asked, address) => {
    expect(await ask(asked, secureAddressFor)).toBe(address)
  })
})

it('takes the pages of the public address for its own', async () => {
  const reach = { publicOrigin: 'https://sen.vn' }
  expect(await ask({ reach }, ownOrigins)).toContain('https://sen.vn')
})
