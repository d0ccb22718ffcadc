import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Mutations } from './mutations.ts'

/** One field as it stands on the wire: its bytes after the tag, a length included. */
interface WireField {
  readonly number: number
  readonly wire: number
  readonly rest: Uint8Array
}

const wires = [
  WireType.Varint,
  WireType.Bit64,
  WireType.LengthDelimited,
  WireType.StartGroup,
  WireType.EndGroup,
  5,
  6,
  7
]
/** Lengths and values as varints: 0, 1, −1 as 32 and as 64 bits, 2^31, 2^32, 2^63, and ones that never end. */
const varintsThatHurt = [
  '00',
  '01',
  'ffffffff0f',
  'ffffffffffffffffff01',
  '8080808008',
  '8080808010',
  '80808080808080808001'
]
  .concat(['ffffffff7f', '80', 'ffffffffffffffffffffffff'])
  .map(hex => Buffer.from(hex, 'hex'))
const fixedThatHurt = [Number.NaN, Infinity, -Infinity, 1e308, -0, 5e-324].map(value => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
})

/** Makes wrong protobuf of right, field by field: what changing bytes hardly ever reaches behind the lengths that hold it together. */
export function wrongProtobuf(right: Uint8Array, mutations: Mutations, depth = 0): Uint8Array {
  const fields = [...fieldsOf(right)]
  for (let times = 1 + mutations.below(3); times > 0; times--) change(fields, mutations, depth)
  return written(fields)
}

function change(fields: WireField[], mutations: Mutations, depth: number): void {
  const place = mutations.below(fields.length + 1)
  const field = fields[place] ?? { number: 1 + mutations.below(30), wire: WireType.Varint, rest: Buffer.from([1]) }
  const put = (...more: readonly WireField[]): void => void fields.splice(place, 1, ...more)
  switch (mutations.below(9)) {
    case 0:
      return put()
    case 1:
      return put(...Array.from({ length: 1 + mutations.below(mutations.below(50) === 0 ? 20_000 : 20) }, () => field))
    case 2:
      return put({ ...field, wire: mutations.pick(wires) })
    case 3:
      return put({ ...field, number: mutations.pick([1 + mutations.below(20), 100, 19_000, 2 ** 29 - 1]) })
    case 4:
      return put({ ...field, rest: mutations.pick([...varintsThatHurt, ...fixedThatHurt]) })
    case 5:
      return put(field, { number: 900, wire: WireType.LengthDelimited, rest: held(mutations.bytes(field.rest)) })
    case 6:
      // Packed, as repeated numbers are: of a field that is read one by one.
      return put({ ...field, wire: WireType.LengthDelimited, rest: held(Buffer.alloc(mutations.below(200), 1)) })
    case 7: {
      let rest = field.rest
      for (let levels = 1 + mutations.below(60); levels > 0; levels--)
        rest = held(written([{ ...field, wire: 2, rest }]))
      return put({ ...field, wire: WireType.LengthDelimited, rest })
    }
    default: {
      if (field.wire !== 2 || depth > 6) return put({ ...field, rest: mutations.bytes(field.rest) })
      return put({ ...field, rest: held(wrongProtobuf(contentOf(field.rest), mutations, depth + 1)) })
    }
  }
}

/** The fields of a message, as far as it is one. */
function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  let at = 0
  while (at < bytes.length) {
    const [tag, start] = varintAt(bytes, at)
    const wire = tag & 7
    const [value, end] = varintAt(bytes, start)
    const next =
      wire === 0 ? end : wire === 1 ? start + 8 : wire === 5 ? start + 4 : wire === 2 ? end + value : bytes.length
    yield { number: Math.max(1, tag >>> 3), wire, rest: bytes.subarray(start, next) }
    at = Math.max(next, at + 1)
  }
}

function varintAt(bytes: Uint8Array, from: number): readonly [value: number, end: number] {
  let value = 0
  for (let at = from; at < Math.min(bytes.length, from + 5); at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * (at - from))
    if (byte < 0x80) return [value, at + 1]
  }
  return [0, Math.min(bytes.length, from + 5)]
}

function held(content: Uint8Array): Uint8Array {
  return new BinaryWriter().bytes(content).finish()
}

function contentOf(rest: Uint8Array): Uint8Array {
  return rest.subarray(varintAt(rest, 0)[1])
}

function written(fields: readonly WireField[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(({ number, wire, rest }) => [new BinaryWriter().uint32(((number << 3) | wire) >>> 0).finish(), rest])
  )
}
