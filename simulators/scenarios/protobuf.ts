import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A field as it stands on the wire: a number is a varint, text and bytes have their length before them. */
export type WireField = readonly [field: number, value: number | boolean | string | Uint8Array]

/**
 * @returns the message in protobuf. As proto3 wants it, what is the default (0, false, "") is left out.
 * Source: protobuf.dev, Encoding.
 */
export function protobuf(...fields: readonly WireField[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const [field, value] of fields) {
    if (value === 0 || value === false || value === '') continue
    if (typeof value === 'number' || typeof value === 'boolean')
      writer.tag(field, WireType.Varint).uint32(Number(value))
    else if (typeof value === 'string') writer.tag(field, WireType.LengthDelimited).string(value)
    else writer.tag(field, WireType.LengthDelimited).bytes(value)
  }
  return writer.finish()
}

/** @returns ms as `google.protobuf.Timestamp`. */
export function protobufTime(at: number): Uint8Array {
  return protobuf([1, Math.floor(at / 1000)], [2, (at % 1000) * 1_000_000])
}
