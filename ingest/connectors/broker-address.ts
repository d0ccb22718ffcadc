import type { MqttProtocol } from 'mqtt'
import { SenError } from '../../model/errors.ts'

/** Where a foreign broker is, and who Sen is there. */
export interface BrokerAddress {
  readonly protocol: MqttProtocol
  readonly host: string
  readonly port: number
  /** Of a WebSocket address only. */
  readonly path: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  /** The address without user name and password, for logs and pages. */
  readonly shown: string
}

const defaultPorts: Readonly<Record<string, readonly [protocol: MqttProtocol, port: number]>> = {
  'mqtt:': ['mqtt', 1883],
  'tcp:': ['mqtt', 1883],
  'mqtts:': ['mqtts', 8883],
  'ssl:': ['mqtts', 8883],
  'tls:': ['mqtts', 8883],
  'ws:': ['ws', 80],
  'wss:': ['wss', 443]
}

/**
 * Reads the address of a broker: `mqtt[s]://`, `tcp://`, `ssl://`, `tls://` or `ws[s]://`, with user name and password
 * percent-encoded.
 *
 * @throws SenError `SEN_INPUT_INVALID`; its message never holds the password.
 */
export function brokerAddress(url: string): BrokerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined) throw invalid('it is no URL')

  const [protocol, defaultPort] = (Object.hasOwn(defaultPorts, parsed.protocol) && defaultPorts[parsed.protocol]) || []
  if (protocol === undefined || defaultPort === undefined) throw invalid(`${parsed.protocol}// is not known`)
  if (parsed.hostname === '') throw invalid('it names no host')

  const isWebSocket = protocol === 'ws' || protocol === 'wss'
  const port = parsed.port === '' ? defaultPort : Number(parsed.port)
  return {
    protocol,
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    path: isWebSocket ? parsed.pathname + parsed.search : undefined,
    username: decoded(parsed.username),
    password: decoded(parsed.password),
    shown: `${protocol}://${parsed.hostname}:${port}${isWebSocket ? parsed.pathname : ''}`
  }
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid('user name or password is not percent-encoded')
  }
}

function invalid(cause: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `read broker address: ${cause}`, {
    hint: 'Write it as mqtt://user:password@host:1883, with special characters percent-encoded.'
  })
}
