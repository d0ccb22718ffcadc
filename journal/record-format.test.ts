import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JournalRecord, MessageRecord } from './journal.ts'
import { exampleMessage } from './journal-examples.ts'
import { RecordBuffer } from './record-buffer.ts'
import type { Chunk } from './record-format.ts'
import { claimedSize, decodeRecord, encodeRecord, isIntact, sealRecord } from './record-format.ts'

const salt = 0x9e3779b9
const groupStart = 8192

/** The record as it stands in a segment at offset `groupStart`. */
function stored(record: JournalRecord): Chunk {
  const buffer = new RecordBuffer(16)
  encodeRecord(buffer, record, record.receivedAt)
  const position = record.kind === 'batch' ? record.position : 7
  expect(sealRecord(buffer, 0, position, { groupStart, salt })).toBe(buffer.length)
  const bytes = Buffer.from(buffer.bytes.subarray(0, buffer.length))
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: groupStart }
}

const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 }))
const receivedAt = fc.integer({ min: 0, max: 4_102_444_800_000 })
const bytes = fc.uint8Array({ maxLength: 400 })
const message: fc.Arbitrary<MessageRecord> = fc.record({
  kind: fc.constant('message' as const),
  door: fc.constantFrom('mqtt', 'http', 'chirpstack', 'manual', 'tts', 'broker', 'webhook'),
  credential: text,
  topic: text,
  payload: bytes,
  receivedAt,
  qos: fc.constantFrom(0, 1, 2),
  dup: fc.boolean(),
  retain: fc.boolean(),
  clientId: text,
  connection: fc.maxSafeNat(),
  packetId: fc.integer({ min: 0, max: 65_535 })
})
const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  message,
  fc.record({ kind: fc.constant('tick' as const), receivedAt }),
  fc.record({ kind: fc.constant('batch' as const), receivedAt, position: fc.maxSafeNat(), body: bytes })
)

describe('the record format', () => {
  test('gives back every record as it was', () => {
    fc.assert(
      fc.property(record, example => {
        const chunk = stored(example)
        const size = claimedSize(chunk, 0)
        expect(size).toBe(chunk.bytes.length)
        expect(size % 8).toBe(0)
        expect(isIntact(chunk, 0, size, salt)).toBe(true)
        expect(decodeRecord(chunk, 0)).toEqual({ position: 7, ...example })
      })
    )
  })

  test('notices every single bit that changes', () => {
    const chunk = stored(exampleMessage(12))
    for (let bit = 0; bit < chunk.bytes.length * 8; bit += 1) {
      const flip = (): void => void (chunk.bytes[bit >> 3] = (chunk.bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
      flip()
      const size = claimedSize(chunk, 0)
      const passes = size > 0 && size <= chunk.bytes.length && isIntact(chunk, 0, size, salt)
      expect(passes, `bit ${bit}`).toBe(false)
      flip()
    }
  })

  test('does not take a record of another segment or another place', () => {
    const chunk = stored(exampleMessage(12))
    expect(isIntact(chunk, 0, chunk.bytes.length, salt + 1)).toBe(false)
    expect(isIntact({ ...chunk, offset: groupStart + 8 }, 0, chunk.bytes.length, salt)).toBe(false)
  })

  test('skips a kind that it does not know', () => {
    const chunk = stored(exampleMessage(12))
    chunk.bytes[28] = 99
    expect(claimedSize(chunk, 0)).toBe(chunk.bytes.length)
    expect(decodeRecord(chunk, 0)).toBeUndefined()
  })

  test.each<[string, Partial<MessageRecord>, string]>([
    ['a topic over 65,535 bytes', { topic: 'đ'.repeat(40_000) }, 'SEN_INPUT_INVALID'],
    ['half a surrogate pair', { clientId: 'a\ud800b' }, 'SEN_INPUT_INVALID'],
    ['a packet id that MQTT has not', { packetId: 65_536 }, 'SEN_INPUT_INVALID'],
    ['a payload over 64 MiB', { payload: new Uint8Array(64 * 1024 * 1024) }, 'SEN_PAYLOAD_TOO_LARGE']
  ])('refuses %s and leaves the buffer as it was', (_, changes, code) => {
    const buffer = new RecordBuffer(16)
    encodeRecord(buffer, exampleMessage(1), 1)
    const { length } = buffer
    expect(() => encodeRecord(buffer, exampleMessage(2, changes), 1)).toThrow(
      expect.objectContaining({ code }) as Error
    )
    expect(buffer.length).toBe(length)
  })
})
