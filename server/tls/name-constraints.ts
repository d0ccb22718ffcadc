import { isIPv6 } from 'node:net'

/** Names for which a trial authority may speak besides those of this machine: of networks that nobody else can use from outside. */
const localNames = ['localhost', 'local', 'lan']
const privateRanges = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '169.254.0.0/16'],
  ...['::1/128', 'fc00::/7', 'fe80::/10']
]

/** Tags of ASN.1 (X.690, 8.1.2) as they stand in name constraints (RFC 5280, 4.2.1.10 and 4.2.1.6). */
const tag = { sequence: 0x30, permittedSubtrees: 0xa0, dnsName: 0x82, ipAddress: 0x87 }

/** Object identifier of the extension. */
export const nameConstraintsOid = '2.5.29.30'

/**
 * @param hosts - names and addresses permitted besides private networks; a name permits those below it.
 * @returns the value of the extension: whoever trusts the authority trusts it for these hosts only.
 */
export function nameConstraints(hosts: readonly string[]): Uint8Array {
  const subtrees = [...localNames, ...privateRanges, ...hosts].map(subtreeOf)
  return der(tag.sequence, der(tag.permittedSubtrees, ...subtrees))
}

/**
 * @param value - of the extension, as `nameConstraints` made it.
 * @returns whether it permits the name or address.
 */
export function permits(value: Uint8Array, host: string): boolean {
  const bytes = Buffer.from(value)
  if (isAddress(host)) return isPrivate(host) || bytes.includes(subtreeOf(host))
  // Each name above it stands for it too. The length before a name keeps it from being found within a longer one.
  const labels = host.split('.')
  return labels.some((_, i) => bytes.includes(subtreeOf(labels.slice(i).join('.'))))
}

/** @returns whether the address belongs to a private network. */
export function isPrivate(address: string): boolean {
  const bytes = addressBytes(address)
  return privateRanges.some(range => {
    const { network, mask } = networkOf(range)
    return network.length === bytes.length && bytes.every((byte, i) => (byte & (mask[i] ?? 0)) === network[i])
  })
}

function subtreeOf(host: string): Buffer {
  if (!isAddress(host)) return der(tag.sequence, der(tag.dnsName, Buffer.from(host, 'ascii')))
  const { network, mask } = networkOf(host)
  return der(tag.sequence, der(tag.ipAddress, Buffer.from([...network, ...mask])))
}

const isAddress = (host: string): boolean => /^[\d.]+(?:\/\d+)?$|:/.test(host)

/** @param range - CIDR, or an address for itself alone. */
function networkOf(range: string) {
  const [address = '', bits] = range.split('/')
  const network = addressBytes(address)
  const ones = bits === undefined ? network.length * 8 : Number(bits)
  const mask = network.map((_, i) => 0xff & (0xff00 >> Math.min(8, Math.max(0, ones - i * 8))))
  return { network, mask }
}

function addressBytes(address: string): readonly number[] {
  if (!isIPv6(address)) return address.split('.').map(Number)
  const [head = '', tail] = address.split('::', 2)
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all =
    tail === undefined ? groups(head) : [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)]
  return all.flatMap(group => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 0xff]
  })
}

/** One value in DER: its tag, its length, its content. */
function der(type: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const { length } = body
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([type, ...size]), body])
}
