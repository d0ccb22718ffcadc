import type { ReadingBatch } from './reading-batch.ts'

/*
 * Layout (little-endian), the body of a `batch` record in the `readings` log; see journal/FORMAT.md:
 *   u32 version (1) | u32 rows | u32 bytes of the JSON part | u32 bytes of the events part
 *   f64 × rows time | f64 × rows value | f64 × rows at | u32 × rows series | u16 × rows generation | u8 × rows quality
 *   JSON: {position, dedupFrom, totals, texts: [[row, text]…], quarantined, observed, event, redecoded}
 *   JSON: networkEvents; nothing where there are none. Apart, because one of the log's readers alone wants them.
 */
const headerBytes = 16
const bytesPerRow = 8 + 8 + 8 + 4 + 2 + 1
const version = 1
const none = new Uint8Array()

/** @returns the batch as bytes that `decodeReadingBatch` reads back equal. */
export function encodeReadingBatch(batch: ReadingBatch): Uint8Array {
  const { length } = batch
  const rest = Buffer.from(
    JSON.stringify({
      position: batch.position,
      dedupFrom: batch.dedupFrom,
      totals: batch.totals,
      ...(batch.texts.size > 0 && { texts: [...batch.texts] }),
      ...(batch.quarantined.length > 0 && { quarantined: batch.quarantined }),
      ...(batch.observed && { observed: batch.observed }),
      ...(batch.event && { event: batch.event }),
      ...(batch.redecoded && { redecoded: batch.redecoded })
    })
  )
  const events = batch.networkEvents ? Buffer.from(JSON.stringify(batch.networkEvents)) : none
  const bytes = new Uint8Array(headerBytes + length * bytesPerRow + rest.length + events.length)
  new Uint32Array(bytes.buffer, 0, 4).set([version, length, rest.length, events.length])
  let offset = headerBytes
  for (const column of [batch.time, batch.value, batch.at, batch.series, batch.generation, batch.quality]) {
    const size = length * column.BYTES_PER_ELEMENT
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, size), offset)
    offset += size
  }
  bytes.set(rest, offset)
  bytes.set(events, offset + rest.length)
  return bytes
}

/**
 * @param bytes - what `encodeReadingBatch` gave; its checksum has been verified by the journal.
 * @throws RangeError if the bytes are of another version or length.
 */
export function decodeReadingBatch(bytes: Uint8Array): ReadingBatch {
  // A copy aligns the columns to 8 bytes, which typed arrays need.
  const own = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  const header = new Uint32Array(own.buffer, own.byteOffset, 4)
  const [found = 0, length = 0, restBytes = 0, eventsBytes = 0] = header
  if (found !== version) throw new RangeError(`read reading batch: version ${found}, this program knows ${version}`)
  if (own.length !== headerBytes + length * bytesPerRow + restBytes + eventsBytes)
    throw new RangeError(`read reading batch: ${own.length} bytes do not hold ${length} rows`)

  let offset = own.byteOffset + headerBytes
  const at = (size: number): number => {
    const start = offset
    offset += size
    return start
  }
  const time = new Float64Array(own.buffer, at(length * 8), length)
  const value = new Float64Array(own.buffer, at(length * 8), length)
  const position = new Float64Array(own.buffer, at(length * 8), length)
  const series = new Uint32Array(own.buffer, at(length * 4), length)
  const generation = new Uint16Array(own.buffer, at(length * 2), length)
  const quality = new Uint8Array(own.buffer, at(length), length)
  const json = (start: number, size: number): unknown =>
    JSON.parse(Buffer.from(own.buffer, start, size).toString('utf8'))
  const rest = json(offset, restBytes) as Rest
  const eventsAt = offset + restBytes
  let events: ReadingBatch['networkEvents']
  const batch: ReadingBatch = {
    position: rest.position,
    dedupFrom: rest.dedupFrom,
    totals: rest.totals,
    length,
    series,
    time,
    value,
    quality,
    generation,
    at: position,
    texts: new Map(rest.texts),
    quarantined: rest.quarantined ?? [],
    ...(rest.observed && { observed: rest.observed }),
    event: rest.event,
    ...(rest.redecoded && { redecoded: rest.redecoded })
  }
  if (eventsBytes === 0) return batch
  return {
    ...batch,
    get networkEvents() {
      return (events ??= json(eventsAt, eventsBytes) as NonNullable<ReadingBatch['networkEvents']>)
    }
  }
}

type Rest = Pick<ReadingBatch, 'position' | 'dedupFrom' | 'totals' | 'event' | 'redecoded'> & {
  readonly texts?: readonly (readonly [number, string])[]
  readonly quarantined?: ReadingBatch['quarantined']
  readonly observed?: NonNullable<ReadingBatch['observed']>
}
