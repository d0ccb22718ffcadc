import { crc32 } from 'node:zlib'
import type { MessageRecord } from '../../journal/journal.ts'

/** Packets a client may have had under way when its connection broke: what the broker lets wait at most, twice over. */
const rememberedPackets = 128
/** Clients remembered; the one heard longest ago goes first. */
const rememberedClients = 20_000

interface Packets {
  readonly ids: Uint16Array
  readonly hashes: Uint32Array
  next: number
}

/**
 * Knows an MQTT resend: the same client sends the same packet id and bytes again with DUP set, because its connection
 * broke before our acknowledgement reached it. [MQTT-3.3.1-1] Pure: a fold over the log.
 */
export class ResendDedup {
  readonly #clients = new Map<string, Packets>()

  isRepeat(message: MessageRecord): boolean {
    if (message.packetId === 0) return false
    const hash = crc32(message.payload, crc32(message.topic))
    const packets = this.#packetsOf(message.clientId)
    if (message.dup && packets.ids.some((id, i) => id === message.packetId && packets.hashes[i] === hash)) return true
    packets.ids[packets.next] = message.packetId
    packets.hashes[packets.next] = hash
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
      next: 0
    }
    this.#clients.set(clientId, packets)
    return packets
  }
}
