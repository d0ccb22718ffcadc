import type { Duplex } from 'node:stream'

export interface PacketLimits {
  /** Largest packet before CONNECT has been accepted, bytes with its fixed header. */
  readonly beforeConnectBytes: number
  /** Largest packet afterwards. */
  readonly afterConnectBytes: number
}

export const defaultPacketLimits: PacketLimits = { beforeConnectBytes: 8 * 1024, afterConnectBytes: 256 * 1024 }

/** Why a stream of packets was cut off. Labels of `sen_mqtt_refused_total`. */
export type GuardRefusal = 'packet-too-large' | 'length-malformed'

/**
 * Follows the fixed headers of MQTT packets through a stream of chunks, so that a packet that announces too many bytes is
 * refused before they are taken in. Pure but for its own place in the stream.
 */
export class PacketGuard {
  readonly #limits: PacketLimits
  #isConnected = false
  /** Bytes of the packet under way that have not come yet. */
  #restBytes = 0
  /** 0: at a packet's first byte; 1 to 4: reading that byte of the Remaining Length. */
  #lengthByte = 0
  #length = 0
  #multiplier = 1

  constructor(limits: PacketLimits) {
    this.#limits = limits
  }

  /** From now on the larger limit holds. */
  connected(): void {
    this.#isConnected = true
  }

  /**
   * Goes through the chunk up to the end of its `mostPackets`-th packet.
   *
   * @returns how many bytes that are, or why the connection must be closed. [MQTT-2.2.3]
   */
  inspect(chunk: Uint8Array, mostPackets = Number.POSITIVE_INFINITY): number | GuardRefusal {
    let at = 0
    let packets = 0
    while (at < chunk.length && packets < mostPackets) {
      if (this.#restBytes > 0) {
        const step = Math.min(this.#restBytes, chunk.length - at)
        this.#restBytes -= step
        at += step
        if (this.#restBytes === 0) packets++
        continue
      }
      const refusal = this.#header(chunk[at++] ?? 0)
      if (refusal) return refusal
      if (this.#restBytes === 0 && this.#lengthByte === 0) packets++
    }
    return at
  }

  #header(byte: number): GuardRefusal | undefined {
    if (this.#lengthByte === 0) {
      this.#lengthByte = 1
      this.#length = 0
      this.#multiplier = 1
      return undefined
    }
    this.#length += (byte & 127) * this.#multiplier
    this.#multiplier *= 128
    if (byte >= 128) return ++this.#lengthByte > 4 ? 'length-malformed' : undefined
    const limit = this.#isConnected ? this.#limits.afterConnectBytes : this.#limits.beforeConnectBytes
    if (this.#length + 1 + this.#lengthByte > limit) return 'packet-too-large'
    this.#restBytes = this.#length
    this.#lengthByte = 0
    return undefined
  }
}

/** Packets handed to the parser at once: it takes all of them in before anything can hold it back. */
const packetsARead = 64

/** Reading of one socket: guarded, and stopped while its messages wait for the disk. */
export interface GuardedSocket {
  /** From now on the larger packet limit holds. */
  connected(): void
  /** Nothing more is read, so that the sender is held back by TCP. */
  hold(): void
  /** Reading goes on. */
  release(): void
}

/**
 * Puts a guard and a gate between a socket and the broker's parser. aedes takes its bytes by `read()`, so that is where
 * they pass. (Its own `pause()` loses count of packets in flight and would never read again.)
 *
 * @param onRefusal - called once; the socket is destroyed and nothing more is read.
 */
export function guard(socket: Duplex, limits: PacketLimits, onRefusal: (reason: GuardRefusal) => void): GuardedSocket {
  const packets = new PacketGuard(limits)
  const read = socket.read.bind(socket)
  let isHeld = false
  let isRefused = false
  socket.read = (size?: number) => {
    if (isHeld || isRefused) return null
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array)) return null
    const taken = packets.inspect(chunk, packetsARead)
    if (typeof taken === 'number') {
      if (taken === chunk.length) return chunk
      socket.unshift(chunk.subarray(taken))
      return chunk.subarray(0, taken)
    }
    isRefused = true
    onRefusal(taken)
    socket.destroy()
    return null
  }
  return {
    connected: () => {
      packets.connected()
    },
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
      if (!socket.destroyed) socket.emit('readable')
    }
  }
}
