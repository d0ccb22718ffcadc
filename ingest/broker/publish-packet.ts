/** What a PUBLISH says, and where its topic and payload stand. */
export interface PublishPacket {
  readonly qos: 0 | 1 | 2
  readonly dup: boolean
  readonly retain: boolean
  /** 0 at QoS 0. */
  readonly packetId: number
  readonly topicAt: number
  readonly topicEnd: number
  readonly payloadAt: number
}

/**
 * Reads PUBLISH (3.1.1, chapter 3.3) but for its topic's text.
 *
 * @param first - the fixed header's first byte.
 * @param body - where the variable header begins.
 * @returns `undefined` if it breaks a rule: [MQTT-3.3.1-2], [MQTT-3.3.1-4], [MQTT-2.3.1-1], or ends too early.
 */
export function readPublish(bytes: Buffer, first: number, body: number, end: number): PublishPacket | undefined {
  const qos = (first >> 1) & 3
  const dup = (first & 8) !== 0
  const topicAt = body + 2
  const topicEnd = topicAt + uint16(bytes, body)
  const payloadAt = qos === 0 ? topicEnd : topicEnd + 2
  if (topicAt > end || payloadAt > end || !isQos(qos)) return undefined
  const packetId = qos === 0 ? 0 : uint16(bytes, topicEnd)
  if (qos === 0 ? dup : packetId === 0) return undefined
  return { qos, dup, retain: (first & 1) !== 0, packetId, topicAt, topicEnd, payloadAt }
}

function uint16(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

function isQos(value: number): value is 0 | 1 | 2 {
  return value < 3
}
