/** Bytes that grow, for writing records one behind the other without an allocation each. */
export class RecordBuffer {
  bytes: Buffer
  view: DataView
  /** Bytes in use. */
  length = 0

  /** @param sizeBytes - room at first. */
  constructor(sizeBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes)
    this.view = viewOf(this.bytes)
  }

  /** Makes room for `sizeBytes` after `length`. `bytes` and `view` may be others afterwards. */
  reserve(sizeBytes: number): void {
    const needed = this.length + sizeBytes
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.view = viewOf(grown)
  }

  /** Writes `text` as UTF-8 at `offset`, for which room was reserved. @returns the bytes written. */
  writeText(text: string, offset: number): number {
    const { bytes } = this
    const { length } = text
    // Ids and topics are short ASCII nearly always: a loop is faster than the call into C++.
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return bytes.write(text, offset, 'utf8')
      bytes[offset + i] = code
    }
    return length
  }
}

/** @returns a view over the same bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
