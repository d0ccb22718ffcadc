import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { SenError } from '../../../model/errors.ts'

/**
 * Not of the public internet: own machine, own network, link-local (cloud metadata stand at 169.254.169.254), carrier-grade
 * NAT, benchmarks, documentation, multicast, reserved. Source: IANA IPv4 Special-Purpose Address Registry (RFC 6890), of 2026-10.
 */
const ownV4 = [
  ...(['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'] as const),
  ...(['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'] as const),
  ...(['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'] as const)
]

/** Global unicast is the only part of IPv6 that is public … */
const globalV6 = listOf(['2000::/3'])
/** … but for these: they carry IPv4 addresses (Teredo, 6to4) or stand in books. Source: IANA IPv6 registries (RFC 6890). */
const ownV6 = listOf(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])
const own = listOf(ownV4)

/**
 * Which addresses may be connected to: those of the public internet, and those of the own network that were named.
 * `named`: addresses, networks (`192.168.1.0/24`), and host names, whose address may then be any.
 */
export class ReachableAddresses {
  readonly #names: ReadonlySet<string>
  readonly #networks: BlockList

  /** @throws SenError `SEN_SETTING_INVALID` for what is neither. */
  constructor(named: readonly string[]) {
    const networks = named.filter(entry => isIP(entry.split('/')[0] ?? '') !== 0)
    this.#networks = listOf(networks)
    const names = named.filter(entry => !networks.includes(entry)).map(entry => entry.toLowerCase())
    const wrong = names.find(name => !/^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(name))
    if (wrong !== undefined) throw unreadable(wrong)
    this.#names = new Set(names)
  }

  /** @param host - as the URL or setting names it. `address`: what it was resolved to. */
  permits(host: string, address: string): boolean {
    const plain = withoutMapping(address)
    if (isIP(plain) === 0) return false
    if (this.#names.has(host.toLowerCase()) || holds(this.#networks, plain)) return true
    return isIPv4(plain) ? !holds(own, plain) : holds(globalV6, plain) && !holds(ownV6, plain)
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
    if (length < 0 || length > most) throw unreadable(network)
    list.addSubnet(address, length, family)
  }
  return list
}

function unreadable(entry: string): SenError {
  return new SenError(
    'SEN_SETTING_INVALID',
    `read reachable addresses: ${JSON.stringify(entry)} is no address, network or name`,
    {
      hint: 'Write 192.168.1.20, 192.168.1.0/24 or gateway.lan.'
    }
  )
}

const holds = (list: BlockList, address: string): boolean => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

/** `::ffff:127.0.0.1`, however it is written, is 127.0.0.1; zones (`%eth0`) go. */
function withoutMapping(address: string): string {
  const bare = address.split('%')[0] ?? ''
  if (!isIPv6(bare)) return bare
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(new URL(`http://[${bare}]`).hostname) ?? []
  if (high === undefined || low === undefined) return bare
  const bits = [parseInt(high, 16), parseInt(low, 16)] as const
  return bits.flatMap(part => [part >> 8, part & 255]).join('.')
}
