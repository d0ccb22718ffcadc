import { crc32 } from 'node:zlib'
import type { MessageRecord } from '../../journal/journal.ts'
import { isNextConnection } from '../connection-number.ts'
import type { Topic } from '../topics.ts'

/** A resend comes this soon, by receive time, or is taken for a message of its own, ms. */
export const resendWindowMs = 60_000
/** Packets a client may have had under way when its connection broke: what the broker lets wait at most, twice over. */
const rememberedPackets = 128
/** Clients remembered; the one that was new longest ago goes first. */
const rememberedClients = 20_000

interface Packet {
  readonly id: number
  readonly hash: number
  readonly topic: Topic
  readonly connection: number
  readonly receivedAt: number
}

interface Packets {
  readonly ring: (Packet | undefined)[]
  next: number
}

/**
 * Knows an MQTT resend: the same client sends the same packet id and bytes again with DUP set, on the connection after the
 * one that broke before our acknowledgement reached it. [MQTT-3.3.1-1] Pure: a fold over the last minute of the log.
 *
 * What a payload without a time of its own cannot tell: if a client uses one packet id twice on one connection for equal
 * bytes, and the second sending is lost with the connection, its resend looks like one of the first.
 */
export class ResendDedup {
  readonly #clients = new Map<string, Packets>()

  /** @returns whether it is a resend. It is remembered in either case. */
  isRepeat(message: MessageRecord, topic: Topic): boolean {
    if (message.packetId === 0) return false
    const packets = this.#packetsOf(message.clientId)
    const hash = crc32(message.payload)
    const isRepeat = message.dup && packets.ring.some(packet => packet && isSame(packet, message, hash, topic))
    const { packetId: id, connection, receivedAt } = message
    packets.ring[packets.next] = { id, hash, topic, connection, receivedAt }
    packets.next = (packets.next + 1) % rememberedPackets
    return isRepeat
  }

  #packetsOf(clientId: string): Packets {
    const known = this.#clients.get(clientId)
    if (known) return known
    if (this.#clients.size >= rememberedClients) {
      for (const oldest of this.#clients.keys()) {
        this.#clients.delete(oldest)
        break
      }
    }
    const packets: Packets = { ring: [], next: 0 }
    this.#clients.set(clientId, packets)
    return packets
  }
}

function isSame(packet: Packet, message: MessageRecord, hash: number, topic: Topic): boolean {
  return (
    packet.id === message.packetId &&
    packet.hash === hash &&
    packet.receivedAt >= message.receivedAt - resendWindowMs &&
    (packet.connection === message.connection || isNextConnection(packet.connection, message.connection)) &&
    isSameTopic(packet.topic, topic)
  )
}

function isSameTopic(a: Topic, b: Topic): boolean {
  return a.kind === b.kind && subjectOf(a) === subjectOf(b)
}

/** Which device the topic speaks of, and what of it. */
function subjectOf(topic: Topic): string {
  switch (topic.kind) {
    case 'unknown':
      return ''
    case 'chirpstack':
      return `${topic.device} ${topic.event}`
    case 'gateway':
      return `${topic.gateway} ${topic.event}`
    case 'tts':
      return `${topic.application} ${topic.endDevice} ${topic.event}`
    default:
      return topic.device
  }
}
