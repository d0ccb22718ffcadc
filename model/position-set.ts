import type { Position } from './position.ts'

/** Which of the positions from `from` to `to`, both included, belong to it: a bit each, base64. */
export class PositionSet {
  readonly from: Position
  readonly to: Position
  readonly #bits: Uint8Array

  private constructor(from: Position, to: Position, bits: Uint8Array) {
    this.from = from
    this.to = to
    this.#bits = bits
  }

  /** @param positions - those outside the range are left out. */
  static of(from: Position, to: Position, positions: Iterable<Position>): PositionSet {
    const bits = new Uint8Array(Math.ceil((to - from + 1) / 8))
    for (const position of positions) {
      if (position < from || position > to) continue
      const place = position - from
      bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7))
    }
    return new PositionSet(from, to, bits)
  }

  /** @param text - what `toString` gave for the same range. */
  static parse(from: Position, to: Position, text: string): PositionSet {
    const bits = new Uint8Array(Math.ceil((to - from + 1) / 8))
    bits.set(Buffer.from(text, 'base64').subarray(0, bits.length))
    return new PositionSet(from, to, bits)
  }

  has(position: Position): boolean {
    if (position < this.from || position > this.to) return false
    const place = position - this.from
    return ((this.#bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0
  }

  /** Empty for the empty set; zeros at the end are left out. */
  toString(): string {
    let length = this.#bits.length
    while (length > 0 && this.#bits[length - 1] === 0) length--
    return Buffer.from(this.#bits.buffer, this.#bits.byteOffset, length).toString('base64')
  }
}
