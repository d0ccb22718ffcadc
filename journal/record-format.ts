import { crc32 } from 'node:zlib'
import { SenError } from '../model/errors.ts'
import type { Position } from '../model/position.ts'
import type {
  BatchRecord,
  ControlRecord,
  Door,
  JournalRecord,
  MessageRecord,
  RedecodeRecord,
  StoredRecord
} from './journal.ts'
import type { RecordBuffer } from './record-buffer.ts'

/*
 * Little-endian; drawings and rules in FORMAT.md. Every record begins at a multiple of 8 and is padded to one with zeros.
 *
 *   0 u32 CRC-32 of all that follows, padding too | 4 u32 size without padding | 8 f64 position | 16 f64 receivedAt
 *   24 u32 groupStart | 28 u8 kind | 29 three zeros | 32 body
 *
 *   message  32 u8 door | 33 u8 flags | 34 u16 packetId | 36 u16 credential bytes | 38 u16 topic bytes
 *            40 f64 connection | 48 u16 clientId bytes | 50 credential, topic, clientId, payload
 *   control  JSON of {outboxId, change}        redecode  JSON of the part
 *   tick, marker  nothing        batch  the body
 */
export const recordHeaderBytes = 32
const messageHeaderBytes = 50
const largestText = 0xffff

/** The largest record, header included; a larger one is refused. */
export const largestRecordBytes = 64 * 1024 * 1024

/** `marker` is the journal's own: it holds nothing, takes no position, and proves that what stands before it was synced. */
export const recordKinds = { message: 1, control: 2, tick: 3, batch: 4, redecode: 5, marker: 255 } as const

const doors: readonly Door[] = ['mqtt', 'http', 'chirpstack', 'manual', 'tts', 'broker', 'webhook', 'import', 'derived']
const qualities = [0, 1, 2] as const
const flagBits = { qos: 3, dup: 4, retain: 8, ascii: 16 } as const

/** A part of a segment in memory. Never written to again, so that views of it stay valid. */
export interface Chunk {
  readonly bytes: Buffer
  readonly view: DataView
  /** Offset in the segment's file of `bytes[0]`, a multiple of 8. */
  readonly offset: number
}

/** @returns the size with padding: where the next record begins. */
export function paddedSize(sizeBytes: number): number {
  return (sizeBytes + 7) & ~7
}

/**
 * Appends a record to `into`, all but its position (a batch brings its own), its group's start and its checksum:
 * `sealRecord` adds those once they are known.
 *
 * @param receivedAt - the record's own, lifted by the caller so that it never runs back.
 * @throws SEN_PAYLOAD_TOO_LARGE, SEN_INPUT_INVALID; `into` then holds what it held before.
 */
export function encodeRecord(into: RecordBuffer, record: JournalRecord, receivedAt: number): void {
  const start = into.length
  const end = encodeBody(into, record, start)
  const sizeBytes = end - start
  refuseTooLarge(record.kind, sizeBytes)
  const { view } = into
  view.setUint32(start + 4, sizeBytes, true)
  view.setFloat64(start + 8, record.kind === 'batch' ? record.position : 0, true)
  view.setFloat64(start + 16, receivedAt, true)
  view.setUint32(start + 28, recordKinds[record.kind], true)
  pad(into, end)
}

/** Appends a marker. @param position - of the last record before it. */
export function encodeMarker(into: RecordBuffer, position: Position, receivedAt: number): void {
  into.reserve(recordHeaderBytes)
  const { view, length } = into
  view.setUint32(length + 4, recordHeaderBytes, true)
  view.setFloat64(length + 8, position, true)
  view.setFloat64(length + 16, receivedAt, true)
  view.setUint32(length + 28, recordKinds.marker, true)
  into.length += recordHeaderBytes
}

function encodeBody(into: RecordBuffer, record: JournalRecord, start: number): number {
  switch (record.kind) {
    case 'message':
      return encodeMessage(into, record, start)
    case 'control':
      return encodeBytes(into, controlBytes(record), start)
    case 'redecode':
      return encodeBytes(into, Buffer.from(JSON.stringify(record.part)), start)
    case 'tick':
      into.reserve(recordHeaderBytes)
      return start + recordHeaderBytes
    case 'batch':
      return encodeBytes(into, record.body, start)
    default:
      return record satisfies never
  }
}

function encodeMessage(into: RecordBuffer, record: MessageRecord, start: number): number {
  const { credential, topic, clientId, payload, packetId } = record
  const units = credential.length + topic.length + clientId.length
  refuseTooLarge('message', messageHeaderBytes + units + payload.length)
  if (!(packetId >= 0 && packetId <= 0xffff)) throw invalid(`packet id ${packetId} is not one of MQTT`)
  // A UTF-16 unit takes at most 3 bytes; 8 for the padding.
  into.reserve(messageHeaderBytes + units * 3 + payload.length + 8)

  const text = start + messageHeaderBytes
  const credentialBytes = into.writeText(credential, text)
  const topicBytes = into.writeText(topic, text + credentialBytes)
  const clientIdBytes = into.writeText(clientId, text + credentialBytes + topicBytes)
  const textBytes = credentialBytes + topicBytes + clientIdBytes
  const isAscii = textBytes === units
  if (textBytes > largestText || !isAscii) refuseText(record, credentialBytes, topicBytes, clientIdBytes)

  const { view } = into
  view.setUint8(start + 32, doors.indexOf(record.door))
  view.setUint8(start + 33, flagsOf(record, isAscii))
  view.setUint16(start + 34, packetId, true)
  view.setUint16(start + 36, credentialBytes, true)
  view.setUint16(start + 38, topicBytes, true)
  view.setFloat64(start + 40, record.connection, true)
  view.setUint16(start + 48, clientIdBytes, true)
  into.bytes.set(payload, text + textBytes)
  return text + textBytes + payload.length
}

function flagsOf(record: MessageRecord, isAscii: boolean): number {
  return (
    record.qos |
    (record.dup ? flagBits.dup : 0) |
    (record.retain ? flagBits.retain : 0) |
    (isAscii ? flagBits.ascii : 0)
  )
}

function refuseText(record: MessageRecord, ...sizes: readonly number[]): void {
  if (sizes.some(size => size > largestText)) throw invalid(`credential, topic or client id over ${largestText} bytes`)
  // A lone surrogate has no UTF-8: it would come back as another character.
  for (const text of [record.credential, record.topic, record.clientId])
    if (!text.isWellFormed()) throw invalid(`${JSON.stringify(text.slice(0, 100))} holds half a surrogate pair`)
}

function controlBytes(record: ControlRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ outboxId: record.outboxId, change: record.change }))
}

function encodeBytes(into: RecordBuffer, body: Uint8Array, start: number): number {
  refuseTooLarge('record', recordHeaderBytes + body.length)
  into.reserve(recordHeaderBytes + body.length + 8)
  into.bytes.set(body, start + recordHeaderBytes)
  return start + recordHeaderBytes + body.length
}

function pad(into: RecordBuffer, end: number): void {
  const next = paddedSize(end)
  for (let at = end; at < next; at += 1) into.bytes[at] = 0
  into.length = next
}

function refuseTooLarge(kind: string, sizeBytes: number): void {
  if (sizeBytes > largestRecordBytes)
    throw new SenError(
      'SEN_PAYLOAD_TOO_LARGE',
      `append ${kind}: ${sizeBytes} bytes, the journal takes ${largestRecordBytes}`
    )
}

function invalid(cause: string): SenError {
  return new SenError('SEN_INPUT_INVALID', `append message: ${cause}`)
}

/** Where a record goes: what `sealRecord` needs besides the record itself. */
export interface Place {
  /** Offset in the segment's file of the buffer's first byte, which is where the commit group begins. */
  readonly groupStart: number
  /** The segment's own random number. */
  readonly salt: number
}

/** Completes the encoded record at `at` with its position, group start and checksum. @returns where the next one begins. */
export function sealRecord(buffer: RecordBuffer, at: number, position: Position, place: Place): number {
  const { view, bytes } = buffer
  const end = at + paddedSize(view.getUint32(at + 4, true))
  view.setFloat64(at + 8, position, true)
  view.setUint32(at + 24, place.groupStart, true)
  view.setUint32(at, checksum(bytes, at, end, place.groupStart + at, place.salt), true)
  return end
}

/**
 * The checksum begins with the segment's salt and the record's offset: bytes of another segment or another place, and
 * what a sender put into a payload to look like a record, do not pass.
 */
function checksum(bytes: Buffer, at: number, end: number, fileOffset: number, salt: number): number {
  return crc32(bytes.subarray(at + 4, end), (salt ^ fileOffset) >>> 0)
}

/** @returns the padded size that the header at `at` claims, or 0 if those 32 bytes cannot be a record's header. */
export function claimedSize(chunk: Chunk, at: number): number {
  const { view } = chunk
  const sizeBytes = view.getUint32(at + 4, true)
  if (sizeBytes < recordHeaderBytes || sizeBytes > largestRecordBytes) return 0
  if (view.getUint32(at + 28, true) > 0xff || view.getUint32(at + 24, true) > chunk.offset + at) return 0
  return Number.isSafeInteger(view.getFloat64(at + 8, true)) ? paddedSize(sizeBytes) : 0
}

/** Says whether the record of `sizeBytes` (padded, all of it in the chunk) at `at` is whole and unaltered. */
export function isIntact(chunk: Chunk, at: number, sizeBytes: number, salt: number): boolean {
  const expected = chunk.view.getUint32(at, true)
  return checksum(chunk.bytes, at, at + sizeBytes, chunk.offset + at, salt) === expected
}

export function positionAt(chunk: Chunk, at: number): Position {
  return chunk.view.getFloat64(at + 8, true)
}

export function receivedAtOf(chunk: Chunk, at: number): number {
  return chunk.view.getFloat64(at + 16, true)
}

export function groupStartAt(chunk: Chunk, at: number): number {
  return chunk.view.getUint32(at + 24, true)
}

export function kindAt(chunk: Chunk, at: number): number {
  return chunk.view.getUint8(at + 28)
}

/**
 * Reads the intact record at `at`. Payload and body are views into the chunk.
 *
 * @returns `undefined` for a marker and for kinds that this version does not know: readers skip them.
 */
export function decodeRecord(chunk: Chunk, at: number): StoredRecord | undefined {
  const position = positionAt(chunk, at)
  const receivedAt = receivedAtOf(chunk, at)
  switch (kindAt(chunk, at)) {
    case recordKinds.message:
      return decodeMessage(chunk, at, position, receivedAt)
    case recordKinds.control:
      return decodeControl(chunk, at, position, receivedAt)
    case recordKinds.redecode:
      return decodeRedecode(chunk, at, position, receivedAt)
    case recordKinds.tick:
      return { kind: 'tick', receivedAt, position }
    case recordKinds.batch:
      return decodeBatch(chunk, at, position, receivedAt)
    default:
      return undefined
  }
}

function decodeMessage(chunk: Chunk, at: number, position: Position, receivedAt: number): StoredRecord {
  const { view, bytes } = chunk
  const flags = view.getUint8(at + 33)
  const credentialEnd = view.getUint16(at + 36, true)
  const topicEnd = credentialEnd + view.getUint16(at + 38, true)
  const clientIdEnd = topicEnd + view.getUint16(at + 48, true)
  const text = at + messageHeaderBytes
  // One call for the three texts; in ASCII a byte is a character, so they are cut out of it.
  const isAscii = (flags & flagBits.ascii) !== 0
  const all = isAscii ? bytes.toString('latin1', text, text + clientIdEnd) : ''
  const cut = (from: number, to: number): string =>
    isAscii ? all.slice(from, to) : bytes.toString('utf8', text + from, text + to)
  return {
    kind: 'message',
    door: doors[view.getUint8(at + 32)] ?? 'manual',
    credential: cut(0, credentialEnd),
    topic: cut(credentialEnd, topicEnd),
    payload: part(bytes, text + clientIdEnd, at + view.getUint32(at + 4, true)),
    receivedAt,
    qos: qualities[flags & flagBits.qos] ?? 0,
    dup: (flags & flagBits.dup) !== 0,
    retain: (flags & flagBits.retain) !== 0,
    clientId: cut(topicEnd, clientIdEnd),
    connection: view.getFloat64(at + 40, true),
    packetId: view.getUint16(at + 34, true),
    position
  }
}

function decodeControl(chunk: Chunk, at: number, position: Position, receivedAt: number): StoredRecord {
  const end = at + chunk.view.getUint32(at + 4, true)
  // `as`: the checksum says that these bytes are what `controlBytes` made of a ControlRecord.
  const { outboxId, change } = JSON.parse(chunk.bytes.toString('utf8', at + recordHeaderBytes, end)) as ControlRecord
  return { kind: 'control', receivedAt, outboxId, change, position }
}

function decodeRedecode(chunk: Chunk, at: number, position: Position, receivedAt: number): StoredRecord {
  const end = at + chunk.view.getUint32(at + 4, true)
  // `as`: the checksum says that these bytes were made of a RedecodeRecord.
  const part = JSON.parse(chunk.bytes.toString('utf8', at + recordHeaderBytes, end)) as RedecodeRecord['part']
  return { kind: 'redecode', receivedAt, part, position }
}

function decodeBatch(chunk: Chunk, at: number, position: Position, receivedAt: number): BatchRecord {
  const end = at + chunk.view.getUint32(at + 4, true)
  return { kind: 'batch', receivedAt, position, body: part(chunk.bytes, at + recordHeaderBytes, end) }
}

function part(bytes: Buffer, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
}
