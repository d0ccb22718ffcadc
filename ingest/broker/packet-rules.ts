import { FieldReader } from './mqtt-text.ts'

/** Control packet types, the upper half of the first byte. */
export const packetType = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14
} as const

/**
 * Holds a packet that a connected client may send, other than PUBLISH, against the rules of its chapter. A second CONNECT
 * [MQTT-3.1.0-2] and what only servers send are against the rules too.
 *
 * @param body - where the variable header begins.
 */
export function isLawful(bytes: Buffer, first: number, body: number, end: number): boolean {
  const flags = first & 15
  switch (first >> 4) {
    case packetType.puback:
    case packetType.pubrec:
    case packetType.pubcomp:
      return flags === 0 && isIdAlone(bytes, body, end)
    case packetType.pubrel:
      // [MQTT-3.6.1-1]
      return flags === 2 && isIdAlone(bytes, body, end)
    case packetType.subscribe:
      // [MQTT-3.8.1-1]
      return flags === 2 && areFilters(bytes, body, end, true)
    case packetType.unsubscribe:
      // [MQTT-3.10.1-1]
      return flags === 2 && areFilters(bytes, body, end, false)
    case packetType.pingreq:
    case packetType.disconnect:
      // [MQTT-3.14.1-1]
      return flags === 0 && body === end
    default:
      return false
  }
}

function isIdAlone(bytes: Buffer, body: number, end: number): boolean {
  return end - body === 2 && bytes.readUInt16BE(body) !== 0
}

/** A packet id [MQTT-2.3.1-1], then at least one filter [MQTT-3.8.3-3] [MQTT-3.10.3-2], each with its QoS in SUBSCRIBE. */
function areFilters(bytes: Buffer, body: number, end: number, withQos: boolean): boolean {
  const fields = new FieldReader(bytes, body, end)
  if (fields.uint16() === 0 || fields.isAtEnd) return false
  for (let count = 1; !fields.isAtEnd; count++) {
    if (count > mostFilters) return false
    if (!isTopicFilter(fields.text())) return false
    // [MQTT-3.8.3-4]
    if (withQos && fields.byte() > 2) return false
    if (fields.isBroken) return false
  }
  return true
}

/** More in one packet nobody needs, who may have 64. */
const mostFilters = 128
/** What the trie of topic filters takes. */
const mostLevels = 100

/** [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1] */
export function isTopicFilter(filter: string): boolean {
  if (filter === '') return false
  const levels = filter.split('/')
  if (levels.length > mostLevels) return false
  return levels.every((level, index) => {
    if (level.includes('#')) return level === '#' && index === levels.length - 1
    return !level.includes('+') || level === '+'
  })
}
