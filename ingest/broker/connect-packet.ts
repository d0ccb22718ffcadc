import { FieldReader } from './mqtt-text.ts'

/** What a CONNECT of MQTT 3.1 or 3.1.1 says. */
export interface ConnectPacket {
  readonly clientId: string
  readonly isClean: boolean
  /** 0: none. */
  readonly keepAliveS: number
  readonly username: string | undefined
  readonly password: Buffer | undefined
  readonly will: { readonly topic: string; readonly qos: number } | undefined
}

/** `protocol-version` is answered with return code 1, `client-id` with 2, what is malformed not at all. */
export type ConnectRefusal = 'protocol-version' | 'client-id' | 'malformed'

const connectByte = 0x10

/**
 * Reads CONNECT (3.1.1, chapter 3.1) and holds it against every rule that stands there: what comes through is well-formed.
 *
 * @param first - the fixed header's first byte.
 * @param body - where the variable header begins.
 */
export function readConnect(bytes: Buffer, first: number, body: number, end: number): ConnectPacket | ConnectRefusal {
  // [MQTT-3.1.0-1] [MQTT-2.2.2-2]
  if (first !== connectByte) return 'malformed'
  const fields = new FieldReader(bytes, body, end)
  const protocol = fields.text()
  const level = fields.byte()
  // [MQTT-3.1.2-1] Another protocol is not worth an answer; another version of it is. [MQTT-3.1.2-2]
  if (fields.isBroken || (protocol !== 'MQTT' && protocol !== 'MQIsdp')) return 'malformed'
  if (level !== (protocol === 'MQTT' ? 4 : 3)) return 'protocol-version'
  const flags = fields.byte()
  const keepAliveS = fields.uint16()
  if (areImpossible(flags)) return 'malformed'
  const clientId = fields.text()
  const will = (flags & 4) === 0 ? undefined : { topic: fields.text(), qos: (flags >> 3) & 3 }
  if (will) fields.binary()
  const username = (flags & 128) === 0 ? undefined : fields.text()
  const password = (flags & 64) === 0 ? undefined : fields.binary()
  if (fields.isBroken || !fields.isAtEnd) return 'malformed'
  if (will && !isTopicName(will.topic)) return 'malformed'
  const isClean = (flags & 2) !== 0
  // [MQTT-3.1.3-8]
  if (clientId === '' && !isClean) return 'client-id'
  return { clientId, isClean, keepAliveS, username, password, will }
}

/** [MQTT-3.1.2-3], [MQTT-3.1.2-11] and [MQTT-3.1.2-13] to [MQTT-3.1.2-15], [MQTT-3.1.2-22]. */
function areImpossible(flags: number): boolean {
  const isReservedSet = (flags & 1) !== 0
  const hasWill = (flags & 4) !== 0
  const willQos = (flags >> 3) & 3
  const isWillRetained = (flags & 32) !== 0
  const hasPassword = (flags & 64) !== 0
  const hasUsername = (flags & 128) !== 0
  return (
    isReservedSet || willQos === 3 || (!hasWill && (willQos > 0 || isWillRetained)) || (hasPassword && !hasUsername)
  )
}

/** [MQTT-3.3.2-2] [MQTT-4.7.3-1] A topic that is published to has no wildcards, and at least one character. */
export function isTopicName(topic: string): boolean {
  return topic !== '' && !topic.includes('+') && !topic.includes('#')
}
