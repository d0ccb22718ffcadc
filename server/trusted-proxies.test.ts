import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { TrustedProxies, plainAddress, proxyListProblem } from './trusted-proxies.ts'

/** A request of a connection from `address`, with the header that a proxy would add. */
function request(address: string | undefined, forwardedFor?: string): IncomingMessage {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return { socket: { remoteAddress: address }, headers } as unknown as IncomingMessage
}

describe('the proxies of a setting', () => {
  const proxies = new TrustedProxies('127.0.0.1, 10.0.0.0/24,2001:db8::/64')

  it.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['127.0.0.2', false],
    ['10.0.0.255', true],
    ['10.0.1.0', false],
    ['2001:db8::1', true],
    ['2001:DB8:0:1::1', false],
    ['unknown', false],
    [undefined, false]
  ])('know %s: %s', (address, isTrusted) => {
    expect(proxies.has(address)).toBe(isTrusted)
  })

  it.each([
    ['a stranger is believed nothing', '192.0.2.9', '198.51.100.1', '192.0.2.9'],
    ['a proxy names the client', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    [
      'what the client wrote before its proxy is not believed',
      '127.0.0.1',
      '203.0.113.7, 198.51.100.1',
      '198.51.100.1'
    ],
    ['several proxies in a row are passed', '127.0.0.1', '198.51.100.1, 10.0.0.7', '198.51.100.1'],
    ['a name that is no address ends the search', '127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
    ['an empty header too', '127.0.0.1', '', '127.0.0.1'],
    ['IPv4 in the form of IPv6 is IPv4', '::ffff:10.0.0.1', '::FFFF:198.51.100.1', '198.51.100.1'],
    ['a Unix socket is local', undefined, '198.51.100.1', 'local']
  ])('tell the client: %s', (_, address, forwardedFor, client) => {
    expect(proxies.clientOf(request(address, forwardedFor))).toBe(client)
  })

  it('are nobody without the setting', () => {
    const none = new TrustedProxies(undefined)
    expect([none.has('127.0.0.1'), none.clientOf(request('127.0.0.1', '198.51.100.1'))]).toEqual([false, '127.0.0.1'])
  })
})

it.each(['127.0.0.1', '10.0.0.0/8, ::1', 'fd00::/8', '::ffff:10.0.0.1'])('takes the list %s', text => {
  expect(proxyListProblem(text)).toBeUndefined()
})

it.each([
  '',
  ' , ',
  'localhost',
  '10.0.0.0/33',
  '10.0.0.0/0',
  '::/0',
  'fd00::/129',
  '10.0.0.0/8/8',
  '10.0.0.0/x',
  'loopback'
])('refuses the list "%s" with the rule', text => {
  expect(proxyListProblem(text)).toContain('must be addresses or CIDR ranges')
})

it('leaves out the zone of an address', () => {
  expect(plainAddress('FE80::1%eth0')).toBe('fe80::1')
})
