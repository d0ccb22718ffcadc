import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/**
 * The proxies of `SEN_TRUST_PROXY`: what they say of a request's sender (`X-Forwarded-For`, `X-Forwarded-Proto`,
 * `X-Forwarded-Host`) counts, and nobody else's word does.
 */
export class TrustedProxies {
  readonly #list = new BlockList()
  readonly #isEmpty: boolean

  /** @param text - addresses and CIDR ranges, separated by commas; they fit `proxyListProblem`. */
  constructor(text: string | undefined) {
    const entries = entriesOf(text ?? '')
    for (const { address, bits } of entries) this.#list.addSubnet(address, bits, familyOf(address))
    this.#isEmpty = entries.length === 0
  }

  has(address: string | undefined): boolean {
    if (this.#isEmpty || address === undefined) return false
    const plain = plainAddress(address)
    return isIP(plain) !== 0 && this.#list.check(plain, familyOf(plain))
  }

  /**
   * @returns the address of who sent the request: of the connection, or, while that is a trusted proxy, the one that it
   *   names. `local` for a Unix socket.
   */
  clientOf({ socket, headers }: IncomingMessage): string {
    const header = headers['x-forwarded-for'] ?? ''
    const named = (Array.isArray(header) ? header.join(',') : header).split(',')
    let client = socket.remoteAddress
    while (this.has(client)) {
      const before = plainAddress(named.pop()?.trim() ?? '')
      if (isIP(before) === 0) break
      client = before
    }
    return client === undefined ? 'local' : plainAddress(client)
  }
}

/** @returns the address without a zone; an IPv4 address in its IPv6 form (`::ffff:192.0.2.1`) as IPv4. Lower case. */
export function plainAddress(text: string): string {
  const address = (text.split('%')[0] ?? '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  return mapped ?? address
}

/** @returns what is wrong with a list of proxies, as the rule that it breaks; `undefined` if nothing is. */
export function proxyListProblem(text: string): string | undefined {
  const entries = entriesOf(text)
  if (entries.length > 0 && entries.every(isRange)) return undefined
  return 'must be addresses or CIDR ranges of proxies, separated by commas, for example "10.0.0.5, 192.168.1.0/24"; not everybody (/0)'
}

interface Range {
  readonly address: string
  readonly bits: number
}

function entriesOf(text: string): readonly Range[] {
  return text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
    .map(word => {
      const [, name = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(word) ?? []
      const address = plainAddress(name)
      return { address, bits: bits === undefined ? longestOf(address) : Number(bits) }
    })
}

const isRange = ({ address, bits }: Range): boolean => isIP(address) !== 0 && bits >= 1 && bits <= longestOf(address)
const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
const longestOf = (address: string): number => (isIP(address) === 6 ? 128 : 32)
