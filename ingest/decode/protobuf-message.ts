import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { jsonLimits } from './json-limits.ts'

/** Of a whole payload. An uplink that twenty gateways heard has about 700; so many more are read in a few milliseconds. */
const mostFields = 4000

/** How a field is read. What ProtoJSON makes of it: bytes become Base64, a time ISO 8601, an enum its name. */
type FieldKind =
  | 'text'
  | 'uint32'
  | 'int32'
  | 'bool'
  | 'float'
  | 'double'
  | 'bytes'
  | 'time'
  | 'struct'
  | 'text-map'
  | { readonly names: readonly string[] }
  | { readonly message: MessageShape; readonly isRepeated?: true }

/** A message reduced to the fields that are read, by number; others are skipped. */
export type MessageShape = Readonly<Record<number, readonly [name: string, kind: FieldKind]>>

export type ProtobufOutcome =
  { readonly ok: true; readonly json: unknown } | { readonly ok: false; readonly detail: string }

type Fields = Record<string, unknown>

/**
 * Reads a protobuf message into what its ProtoJSON would be, so that one schema checks both.
 * Source: protobuf.dev, Encoding and ProtoJSON Format (proto3). Defaults are left out, as they are on the wire.
 */
export function parseProtobuf(payload: Uint8Array, shape: MessageShape): ProtobufOutcome {
  try {
    return { ok: true, json: messageOf(new LimitedReader(payload, { left: mostFields }), shape) }
  } catch (cause) {
    return { ok: false, detail: `protobuf: ${cause instanceof Error ? cause.message : 'invalid'}` }
  }
}

/** Two bytes are an empty message, so fields are counted over the whole of a payload, those within others too. */
class LimitedReader extends BinaryReader {
  readonly #fields: { left: number }

  constructor(bytes: Uint8Array, fields: { left: number }) {
    super(bytes)
    this.#fields = fields
  }

  override tag(): [number, WireType] {
    if (--this.#fields.left < 0) throw new RangeError(`more than ${mostFields} fields`)
    return super.tag()
  }

  inner(): LimitedReader {
    return new LimitedReader(this.bytes(), this.#fields)
  }

  /** Text that is no UTF-8 is refused: decoding would put U+FFFD in its place, which nobody sent. */
  override string(): string {
    return super.string(true)
  }
}

function messageOf(reader: LimitedReader, shape: MessageShape): Fields {
  const fields: Fields = {}
  const maps = new Map<string, Map<string, string>>()
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    const field = shape[number]
    if (field === undefined) {
      skip(reader, wire, number)
      continue
    }
    const [name, kind] = field
    demandWire(kind, wire, name)
    if (typeof kind === 'object' && 'message' in kind && kind.isRepeated) {
      const list = (fields[name] ??= []) as unknown[]
      list.push(valueOf(reader, kind))
    } else if (kind === 'text-map') {
      const [key, value] = mapEntryOf(reader.inner())
      const map = maps.get(name) ?? new Map<string, string>()
      maps.set(name, map.set(key, value))
      if (map.size > jsonLimits.keys) throw new RangeError(`${name} has more than ${jsonLimits.keys} keys`)
    } else {
      fields[name] = valueOf(reader, kind)
    }
  }
  for (const [name, map] of maps) fields[name] = Object.fromEntries(map)
  return fields
}

function valueOf(reader: LimitedReader, kind: Exclude<FieldKind, 'text-map'>): unknown {
  switch (kind) {
    case 'text':
      return reader.string()
    case 'uint32':
      return reader.uint32()
    case 'int32':
      return reader.int32()
    case 'bool':
      return reader.bool()
    case 'float':
      return shortest(reader.float())
    case 'double':
      return reader.double()
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    case 'time':
      return timeOf(reader.inner())
    case 'struct':
      return structOf(reader.inner(), 1)
    default:
      if ('message' in kind) return messageOf(reader.inner(), kind.message)
      const number = reader.int32()
      return kind.names[number] ?? String(number)
  }
}

const wires: Readonly<Record<string, WireType>> = {
  uint32: WireType.Varint,
  int32: WireType.Varint,
  bool: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64
}

function demandWire(kind: FieldKind, wire: WireType, name: string): void {
  const wanted =
    typeof kind === 'string'
      ? (wires[kind] ?? WireType.LengthDelimited)
      : 'names' in kind
        ? WireType.Varint
        : WireType.LengthDelimited
  if (wire !== wanted) throw new RangeError(`${name} has wire type ${wire}`)
}

/** Groups are of proto2 and nest without limit: no message that is read has any. */
function skip(reader: LimitedReader, wire: WireType, number: number): void {
  if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new RangeError(`field ${number} is a group`)
  reader.skip(wire, number)
}

function mapEntryOf(reader: LimitedReader): readonly [string, string] {
  const { key = '', value = '' } = messageOf(reader, { 1: ['key', 'text'], 2: ['value', 'text'] })
  return [String(key), String(value)]
}

function timeOf(reader: LimitedReader): string {
  let seconds = 0
  let nanoseconds = 0
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    if (number === 1 && wire === WireType.Varint) seconds = Number(reader.int64())
    else if (number === 2 && wire === WireType.Varint) nanoseconds = reader.int32()
    else skip(reader, wire, number)
  }
  return new Date(seconds * 1000 + nanoseconds / 1e6).toISOString()
}

/** `google.protobuf.Struct`, as deep as JSON may be. */
function structOf(reader: LimitedReader, depth: number): Fields {
  if (depth > jsonLimits.depth) throw new RangeError(`nested deeper than ${jsonLimits.depth} levels`)
  const entries: [string, unknown][] = []
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    if (number !== 1 || wire !== WireType.LengthDelimited) {
      skip(reader, wire, number)
      continue
    }
    const entry = reader.inner()
    let key = ''
    let value: unknown = null
    while (entry.pos < entry.len) {
      const [part, partWire] = entry.tag()
      if (part === 1 && partWire === WireType.LengthDelimited) key = entry.string()
      else if (part === 2 && partWire === WireType.LengthDelimited) value = structValueOf(entry.inner(), depth)
      else skip(entry, partWire, part)
    }
    entries.push([key, value])
    if (entries.length > jsonLimits.keys) throw new RangeError(`an object of more than ${jsonLimits.keys} keys`)
  }
  return Object.fromEntries(entries)
}

/** `google.protobuf.Value`. */
function structValueOf(reader: LimitedReader, depth: number): unknown {
  let value: unknown = null
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    if (number === 1 && wire === WireType.Varint) value = (reader.int32(), null)
    else if (number === 2 && wire === WireType.Bit64) value = reader.double()
    else if (number === 3 && wire === WireType.LengthDelimited) value = reader.string()
    else if (number === 4 && wire === WireType.Varint) value = reader.bool()
    else if (number === 5 && wire === WireType.LengthDelimited) value = structOf(reader.inner(), depth + 1)
    else if (number === 6 && wire === WireType.LengthDelimited) value = listOf(reader.inner(), depth + 1)
    else skip(reader, wire, number)
  }
  return value
}

function listOf(reader: LimitedReader, depth: number): unknown[] {
  if (depth > jsonLimits.depth) throw new RangeError(`nested deeper than ${jsonLimits.depth} levels`)
  const list: unknown[] = []
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    if (number === 1 && wire === WireType.LengthDelimited) list.push(structValueOf(reader.inner(), depth))
    else skip(reader, wire, number)
  }
  return list
}

/** The shortest decimal number that is this float of 32 bits, as ProtoJSON writes it: 6.8 and not 6.800000190734863. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
