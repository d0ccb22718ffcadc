import { sequence } from '../../simulators/seeded-random.ts'

const bytesThatHurt = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x7b, 0x5b, 0x2c, 0x3a, 0x2d]
const wordsThatHurt = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000, 0x7fff]
const valuesThatHurt: readonly unknown[] = [
  null,
  true,
  -1,
  -0,
  1e300,
  1e-300,
  2 ** 31,
  2 ** 53,
  4_294_967_296,
  '',
  '0',
  'NaN',
  '\u0000',
  '\ud800',
  'x'.repeat(5000),
  '////',
  '=',
  [],
  [[[[[]]]]],
  {},
  { __proto__: null, constructor: 1 },
  Array.from({ length: 500 }, () => 0)
]

/** Makes wrong messages of right ones; the same seed makes the same ones in the same order. */
export class Mutations {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = sequence(seed)
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('pick: there is nothing to pick from')
    return item
  }

  /** Changes 1 to 4 stretches: bits, bytes, words, cuts, repetitions, foreign parts. */
  bytes(from: Uint8Array): Buffer<ArrayBuffer> {
    let bytes = Buffer.from(from)
    for (let times = 1 + this.below(4); times > 0; times--) bytes = this.#changed(bytes)
    return bytes
  }

  /** Puts a value in the place of another, takes one away, or adds a key, anywhere in a JSON value. */
  json(value: unknown): unknown {
    if (this.#random() < 0.15 || typeof value !== 'object' || value === null) return this.pick(valuesThatHurt)
    const entries = Object.entries(value)
    const place = this.below(entries.length + 1)
    const entry = entries[place]
    if (entry === undefined)
      entries.push([this.pick(['ts', 'data', '__proto__', 'fPort', 'x']), this.pick(valuesThatHurt)])
    else if (this.#random() < 0.15) entries.splice(place, 1)
    else entry[1] = this.json(entry[1])
    return Array.isArray(value) ? entries.map(([, one]) => one as unknown) : Object.fromEntries(entries)
  }

  #changed(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
    const at = this.below(bytes.length + 1)
    const other = this.below(bytes.length + 1)
    const [from, to] = [Math.min(at, other), Math.max(at, other)]
    switch (this.below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << this.below(8))
        return bytes
      case 1:
        if (at < bytes.length) bytes[at] = this.pick(bytesThatHurt)
        return bytes
      case 2:
        if (at + 4 <= bytes.length) bytes.writeUInt32LE(this.pick(wordsThatHurt), at)
        return bytes
      case 3:
        return bytes.subarray(0, at)
      case 4:
        return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
      case 5:
        return Buffer.concat([
          bytes.subarray(0, to),
          bytes.subarray(from, Math.min(to, from + 4096)),
          bytes.subarray(to)
        ])
      default:
        return Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(Array.from({ length: 1 + this.below(16) }, () => this.below(256))),
          bytes.subarray(at)
        ])
    }
  }
}
