import type { Credential } from '../mqtt-publisher.ts'

/** CONNECT of MQTT 3.1.1 (clause 3.1) with user name and password. @param keepAliveS - 0 to 65,535 s. */
export function connectPacket(options: {
  readonly clientId: string
  readonly credential: Credential
  readonly clean: boolean
  readonly keepAliveS: number
}): Buffer {
  const fields = [options.clientId, options.credential.username, options.credential.password].map(field)
  const flags = 0xc0 | (options.clean ? 0x02 : 0)
  const header = Buffer.from([
    0,
    4,
    ...Buffer.from('MQTT'),
    4,
    flags,
    options.keepAliveS >> 8,
    options.keepAliveS & 0xff
  ])
  const body = Buffer.concat([header, ...fields])
  return Buffer.concat([Buffer.from([0x10, ...remainingLength(body.length)]), body])
}

export const pingPacket: Buffer = Buffer.from([0xc0, 0])
export const disconnectPacket: Buffer = Buffer.from([0xe0, 0])

/** What a publisher's broker answers. */
export interface AnswerHandler {
  /** @param code - 0: accepted. */
  connected(code: number): void
  acknowledged(packetId: number): void
  /** Something a broker has no reason to send to a publisher that subscribes to nothing. */
  unexpected(firstByte: number): void
}

/** Reads CONNACK, PUBACK and PINGRESP, however the bytes are cut. */
export class AnswerReader {
  readonly #handler: AnswerHandler
  readonly #packet = new Uint8Array(4)
  #filled = 0

  constructor(handler: AnswerHandler) {
    this.#handler = handler
  }

  read(bytes: Uint8Array, length: number): void {
    for (let i = 0; i < length; i++) {
      // The usual case, a whole PUBACK, at once.
      while (this.#filled === 0 && i + 4 <= length && bytes[i] === 0x40 && bytes[i + 1] === 2) {
        this.#handler.acknowledged(((bytes[i + 2] ?? 0) << 8) | (bytes[i + 3] ?? 0))
        i += 4
      }
      if (i === length || !this.#readByte(bytes[i] ?? 0)) return
    }
  }

  /** @returns `false` if the rest makes no sense. */
  #readByte(byte: number): boolean {
    this.#packet[this.#filled++] = byte
    const [first = 0, length = 0, high = 0, low = 0] = this.#packet
    if (length > 2 && this.#filled > 1) return this.#refuse(first)
    if (this.#filled < 2 || this.#filled < 2 + length) return true
    this.#filled = 0
    if (first === 0x40) this.#handler.acknowledged((high << 8) | low)
    else if (first === 0x20) this.#handler.connected(low)
    else if (first !== 0xd0) return this.#refuse(first)
    return true
  }

  #refuse(first: number): false {
    this.#handler.unexpected(first)
    return false
  }
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

function remainingLength(length: number): number[] {
  return length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7]
}
