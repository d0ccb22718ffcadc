import { isUtf8 } from 'node:buffer'

/**
 * Says whether bytes are an MQTT string: well-formed UTF-8 without U+0000; surrogates and overlong forms are neither.
 * [MQTT-1.5.3-1] [MQTT-1.5.3-2]
 */
export function isText(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}

/** Says whether text has characters that no identifier or topic of Sen's may have: controls, U+FFFE, U+FFFF. */
export function hasControls(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(text)
}

/** Reads the fields of one packet's variable header and payload, in turn. */
export class FieldReader {
  readonly #bytes: Buffer
  #at: number
  readonly #end: number
  /** Set once a field was not there or not what it must be; what is read afterwards means nothing. */
  isBroken = false

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes
    this.#at = at
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  byte(): number {
    if (this.#at + 1 > this.#end) return this.#broken(0)
    return this.#bytes[this.#at++] ?? 0
  }

  uint16(): number {
    if (this.#at + 2 > this.#end) return this.#broken(0)
    this.#at += 2
    return this.#bytes.readUInt16BE(this.#at - 2)
  }

  /** Bytes with their length before them. */
  binary(): Buffer {
    const length = this.uint16()
    if (this.#at + length > this.#end) this.#broken(0)
    if (this.isBroken) return this.#bytes.subarray(0, 0)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  text(): string {
    const bytes = this.binary()
    if (!isText(bytes)) this.isBroken = true
    return bytes.toString('utf8')
  }

  #broken<T>(value: T): T {
    this.isBroken = true
    this.#at = this.#end
    return value
  }
}
