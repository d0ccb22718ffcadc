/** A field as it stands on the wire: a number is a varint, text and bytes have their length before them. */
export type WireField = readonly [field: number, value: number | boolean | string | Uint8Array]

/**
 * @returns the message in protobuf. As proto3 wants it, what is the default (0, false, "") is left out.
 * Source: protobuf.dev, Encoding.
 */
export function protobuf(...fields: readonly WireField[]): Uint8Array {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === 'number' || typeof value === 'boolean') {
        const number = Number(value)
        return number === 0 ? Buffer.alloc(0) : Buffer.from([...varint(field * 8), ...varint(number)])
      }
      const bytes = Buffer.from(value)
      return bytes.length === 0 && typeof value === 'string'
        ? bytes
        : Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes])
    })
  )
}

/** @returns ms as `google.protobuf.Timestamp`. */
export function protobufTime(at: number): Uint8Array {
  return protobuf([1, Math.floor(at / 1000)], [2, (at % 1000) * 1_000_000])
}

function varint(value: number): readonly number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}
