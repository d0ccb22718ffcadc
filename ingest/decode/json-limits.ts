import { isUtf8 } from 'node:buffer'
import type { QuarantineReason } from '../../model/reading-batch.ts'

/** What a JSON payload may be at most: levels of nesting, keys in one object, objects and lists in all, commas in all. */
export const jsonLimits = { depth: 32, keys: 1000, containers: 10_000, commas: 50_000 } as const

export type JsonOutcome =
  | { readonly ok: true; readonly json: unknown }
  | {
      readonly ok: false
      readonly reason: Extract<QuarantineReason, 'json-invalid' | 'json-too-deep' | 'json-too-wide'>
      readonly detail: string
    }

const openBrace = 0x7b
const openBracket = 0x5b
const closeBrace = 0x7d
const closeBracket = 0x5d
const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c
/** Below this many bytes an object cannot have too many keys, nor a payload too many objects and lists. */
const fewKeysBytes = 5 * jsonLimits.keys

/**
 * Parses a payload within the limits. The limits are checked on the bytes before parsing, so that 100,000 nested arrays
 * or a million keys cost one pass and no memory. Of a key that an object has twice, the last value stands.
 */
export function parseJson(payload: Uint8Array): JsonOutcome {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  const excess = isModest(bytes) ? undefined : excessOf(bytes)
  if (excess) return excess
  // Decoding would put U+FFFD in the place of what is wrong: text that nobody sent.
  if (!isUtf8(bytes)) return notUtf8
  try {
    return { ok: true, json: JSON.parse(bytes.toString('utf8')) as unknown }
  } catch (cause) {
    return { ok: false, reason: 'json-invalid', detail: cause instanceof Error ? cause.message : 'not JSON' }
  }
}

/** A small payload that opens no more than `depth` objects and lists, as most do, needs no look at every byte. */
function isModest(bytes: Buffer): boolean {
  if (bytes.length >= fewKeysBytes) return false
  return (
    countUpTo(bytes, openBrace, jsonLimits.depth) + countUpTo(bytes, openBracket, jsonLimits.depth) <= jsonLimits.depth
  )
}

function countUpTo(bytes: Buffer, byte: number, most: number): number {
  let count = 0
  for (let at = bytes.indexOf(byte); at >= 0 && count <= most; at = bytes.indexOf(byte, at + 1)) count++
  return count
}

function excessOf(bytes: Uint8Array): JsonOutcome | undefined {
  const keys = new Uint32Array(jsonLimits.depth + 2)
  let depth = 0
  let containers = 0
  let commas = 0
  let isText = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (isText) {
      if (byte === backslash) i++
      else if (byte === quote) isText = false
    } else if (byte === quote) {
      isText = true
    } else if (byte === colon) {
      const count = (keys[depth] ?? 0) + 1
      if (count > jsonLimits.keys) return tooWide
      keys[depth] = count
    } else if (byte === comma) {
      if (++commas > jsonLimits.commas) return tooMuch
    } else if (byte === openBrace || byte === openBracket) {
      if (++depth > jsonLimits.depth) return tooDeep
      if (++containers > jsonLimits.containers) return tooMany
      keys[depth] = 0
    } else if (byte === closeBrace || byte === closeBracket) {
      if (depth > 0) depth--
    }
  }
  return undefined
}

const notUtf8: JsonOutcome = { ok: false, reason: 'json-invalid', detail: 'not UTF-8' }
const tooDeep: JsonOutcome = {
  ok: false,
  reason: 'json-too-deep',
  detail: `nested deeper than ${jsonLimits.depth} levels`
}
const tooWide: JsonOutcome = {
  ok: false,
  reason: 'json-too-wide',
  detail: `an object of more than ${jsonLimits.keys} keys`
}
const tooMuch: JsonOutcome = {
  ok: false,
  reason: 'json-too-wide',
  detail: `more than ${jsonLimits.commas} values`
}
const tooMany: JsonOutcome = {
  ok: false,
  reason: 'json-too-wide',
  detail: `more than ${jsonLimits.containers} objects and lists`
}
