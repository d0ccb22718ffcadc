/** Largest packets taken, bytes with their fixed header. */
export interface PacketLimits {
  /** Before CONNECT has been accepted. */
  readonly beforeConnectBytes: number
  readonly afterConnectBytes: number
}

/** Why a stream of bytes is no stream of MQTT packets. Labels of `sen_refused_total`. */
export type StreamRefusal = 'packet-too-large' | 'length-malformed'

const none = Buffer.alloc(0)
const firstPartBytes = 512

/**
 * Cuts a stream of bytes into MQTT control packets, however the bytes come. A packet that announces too many bytes is
 * refused at its fixed header. What has come of an unfinished packet is copied, so that no larger buffer stays alive for it.
 *
 * After `next()` has said `packet`, that packet stands in `bytes` from `start` to `end`, its variable header at `body`; only
 * until the next call.
 */
export class PacketStream {
  bytes: Buffer = none
  start = 0
  body = 0
  end = 0
  readonly #limits: PacketLimits
  #limitBytes: number
  #chunk: Buffer = none
  #at = 0
  #part: Buffer = none
  #partBytes = 0

  constructor(limits: PacketLimits) {
    this.#limits = limits
    this.#limitBytes = limits.beforeConnectBytes
  }

  /** Whether a packet has begun and not ended. */
  get isInsidePacket(): boolean {
    return this.#partBytes > 0
  }

  /** Whether bytes have been given that no packet was made of yet. */
  get hasRest(): boolean {
    return this.#at < this.#chunk.length
  }

  /** From now on the larger limit holds. */
  connected(): void {
    this.#limitBytes = this.#limits.afterConnectBytes
  }

  /** Gives the next bytes; only after `next()` has said `more`. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** @returns `more` if the packet's end has not come, or why the connection must be closed. [MQTT-2.2.3] */
  next(): 'packet' | 'more' | StreamRefusal {
    return this.#partBytes === 0 ? this.#whole() : this.#continued()
  }

  /** The usual case: the packet begins in this chunk, and mostly ends there. */
  #whole(): 'packet' | 'more' | StreamRefusal {
    const chunk = this.#chunk
    const at = this.#at
    if (at === chunk.length) return 'more'
    const size = sizeOf(chunk, at, chunk.length, this.#limitBytes)
    if (typeof size === 'string') return size
    if (size > 0 && at + size <= chunk.length) {
      this.bytes = chunk
      this.#found(at, size)
      this.#at = this.end
      return 'packet'
    }
    this.#append(chunk.length - at)
    return 'more'
  }

  #continued(): 'packet' | 'more' | StreamRefusal {
    for (;;) {
      const size = sizeOf(this.#part, 0, this.#partBytes, this.#limitBytes)
      if (typeof size === 'string') return size
      // The length itself may not have come: byte by byte until it has.
      const missing = size > 0 ? size - this.#partBytes : 1
      if (missing === 0) {
        this.bytes = this.#part
        this.#found(0, size)
        this.#part = none
        this.#partBytes = 0
        return 'packet'
      }
      const rest = this.#chunk.length - this.#at
      if (rest === 0) return 'more'
      this.#append(Math.min(missing, rest))
    }
  }

  #append(count: number): void {
    const wanted = this.#partBytes + count
    if (wanted > this.#part.length) {
      const larger = Buffer.allocUnsafe(Math.max(wanted, this.#part.length * 2, firstPartBytes))
      this.#part.copy(larger, 0, 0, this.#partBytes)
      this.#part = larger
    }
    this.#chunk.copy(this.#part, this.#partBytes, this.#at, this.#at + count)
    this.#partBytes = wanted
    this.#at += count
  }

  #found(start: number, size: number): void {
    this.start = start
    this.end = start + size
    let body = start + 1
    while ((this.bytes[body] ?? 0) >= 128) body++
    this.body = body + 1
  }
}

/** @returns bytes of the packet that begins at `at`; 0 if its length has not come whole. */
function sizeOf(bytes: Buffer, at: number, end: number, limitBytes: number): number | StreamRefusal {
  let length = 0
  let multiplier = 1
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i] ?? 0
    length += (byte & 127) * multiplier
    if (byte < 128) {
      const size = length + i + 1 - at
      return size > limitBytes ? 'packet-too-large' : size
    }
    if (i - at === 4) return 'length-malformed'
    multiplier *= 128
  }
  return 0
}
