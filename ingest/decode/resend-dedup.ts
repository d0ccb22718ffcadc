import { crc32 } from 'node:zlib'
import type { MessageRecord } from '../../journal/journal.ts'
import type { Topic } from '../topics.ts'

/** Packets a client may have had under way when its connection broke: what the broker lets wait at most, twice over. */
const rememberedPackets = 128
/** Clients remembered; the one heard longest ago goes first. */
const rememberedClients = 20_000

interface Packets {
  readonly ids: Uint16Array
  readonly hashes: Uint32Array
  readonly topics: (Topic | undefined)[]
  next: number
}

/**
 * Knows an MQTT resend: the same client sends the same packet id and bytes again with DUP set, because its connection
 * broke before our acknowledgement reached it. [MQTT-3.3.1-1] Pure: a fold over the log.
 *
 * A payload without a time of its own that is the same as one of the last, sent under the same packet id, cannot be told
 * from a resend if its first sending got lost with the connection.
 */
export class ResendDedup {
  readonly #clients = new Map<string, Packets>()

  isRepeat(message: MessageRecord, topic: Topic): boolean {
    if (message.packetId === 0) return false
    const hash = crc32(message.payload)
    const packets = this.#packetsOf(message.clientId)
    if (message.dup && isAmong(packets, message.packetId, hash, topic)) return true
    packets.ids[packets.next] = message.packetId
    packets.hashes[packets.next] = hash
    packets.topics[packets.next] = topic
    packets.next = (packets.next + 1) % rememberedPackets
    return false
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
    const packets = {
      ids: new Uint16Array(rememberedPackets),
      hashes: new Uint32Array(rememberedPackets),
      topics: [],
      next: 0
    }
    this.#clients.set(clientId, packets)
    return packets
  }
}

function isAmong(packets: Packets, packetId: number, hash: number, topic: Topic): boolean {
  return packets.ids.some(
    (id, i) => id === packetId && packets.hashes[i] === hash && isSameTopic(packets.topics[i], topic)
  )
}

function isSameTopic(a: Topic | undefined, b: Topic): boolean {
  if (a?.kind !== b.kind) return false
  if (a.kind === 'unknown' || b.kind === 'unknown') return true
  return a.device === b.device && (a.kind !== 'chirpstack' || b.kind !== 'chirpstack' || a.event === b.event)
}
