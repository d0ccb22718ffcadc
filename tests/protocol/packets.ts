/**
 * MQTT 3.1.1 packets byte by byte, so that tests can also build what no client library would send.
 * Source: MQTT Version 3.1.1, OASIS Standard, 29 October 2014, chapters 2 and 3.
 */
export type Qos = 0 | 1 | 2

export interface Will {
  readonly topic: string | Uint8Array
  readonly payload: string | Uint8Array
  readonly qos?: number
  readonly isRetained?: boolean
}

export interface ConnectFields {
  readonly clientId?: string | Uint8Array
  readonly isClean?: boolean
  /** Seconds; default 0, which switches it off. */
  readonly keepAlive?: number
  readonly username?: string | Uint8Array | undefined
  readonly password?: string | Uint8Array | undefined
  readonly will?: Will
  readonly protocol?: string
  readonly level?: number
  /** Instead of the flags that follow from the other fields. */
  readonly flags?: number
  /** Low four bits of the first byte. */
  readonly reserved?: number
}

export interface PublishFields {
  readonly topic: string | Uint8Array
  readonly payload?: string | Uint8Array
  readonly qos?: number
  /** Left out of the packet if `undefined`; else of any QoS. */
  readonly id?: number
  readonly isDup?: boolean
  readonly isRetained?: boolean
}

/** A packet with this first byte; its Remaining Length is that of the parts. */
export function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([first]), remainingLength(body.length), body])
}

/** Section 2.2.3. */
export function remainingLength(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  do {
    const digit = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? digit | 128 : digit)
  } while (rest > 0)
  return Buffer.from(bytes)
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255])
}

/** Bytes behind their length: a string of section 1.5.3, well-formed or not. */
export function field(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint16(bytes.length), bytes])
}

export function connect(fields: ConnectFields = {}): Buffer {
  const { will, username, password } = fields
  const parts = [field(fields.protocol ?? 'MQTT'), Buffer.from([fields.level ?? 4, fields.flags ?? flagsOf(fields)])]
  parts.push(uint16(fields.keepAlive ?? 0), field(fields.clientId ?? 'client'))
  if (will) parts.push(field(will.topic), field(will.payload))
  if (username !== undefined) parts.push(field(username))
  if (password !== undefined) parts.push(field(password))
  return packet(0x10 | (fields.reserved ?? 0), ...parts)
}

function flagsOf({ isClean = true, will, username, password }: ConnectFields): number {
  const willFlags = will ? 0x04 | ((will.qos ?? 0) << 3) | (will.isRetained === true ? 0x20 : 0) : 0
  return (isClean ? 0x02 : 0) | willFlags | (password === undefined ? 0 : 0x40) | (username === undefined ? 0 : 0x80)
}

export function publish({ topic, payload = '', qos = 0, id, isDup, isRetained }: PublishFields): Buffer {
  const first = 0x30 | (isDup === true ? 8 : 0) | (qos << 1) | (isRetained === true ? 1 : 0)
  return packet(first, field(topic), ...(id === undefined ? [] : [uint16(id)]), Buffer.from(payload))
}

export const puback = (id: number): Buffer => packet(0x40, uint16(id))
export const pubrec = (id: number): Buffer => packet(0x50, uint16(id))
export const pubrel = (id: number): Buffer => packet(0x62, uint16(id))
export const pubcomp = (id: number): Buffer => packet(0x70, uint16(id))

export function subscribe(
  id: number,
  ...filters: readonly (readonly [filter: string | Uint8Array, qos: number])[]
): Buffer {
  return packet(0x82, uint16(id), ...filters.map(([filter, qos]) => Buffer.concat([field(filter), Buffer.from([qos])])))
}

export function unsubscribe(id: number, ...filters: readonly (string | Uint8Array)[]): Buffer {
  return packet(0xa2, uint16(id), ...filters.map(field))
}

export const pingreq = Buffer.from([0xc0, 0])
export const disconnect = Buffer.from([0xe0, 0])

/** What a server may send. */
export type Received =
  | { readonly kind: 'connack'; readonly isSessionPresent: boolean; readonly code: number }
  | ReceivedPublish
  | { readonly kind: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp' | 'unsuback'; readonly id: number }
  | { readonly kind: 'suback'; readonly id: number; readonly codes: readonly number[] }
  | { readonly kind: 'pingresp' }

export interface ReceivedPublish {
  readonly kind: 'publish'
  readonly topic: string
  readonly payload: string
  readonly qos: number
  readonly isDup: boolean
  readonly isRetained: boolean
  /** 0 for QoS 0. */
  readonly id: number
}

const acknowledgements = { 0x40: 'puback', 0x50: 'pubrec', 0x62: 'pubrel', 0x70: 'pubcomp', 0xb0: 'unsuback' } as const

/**
 * Takes the first packet off the bytes.
 *
 * @returns it and the bytes behind it, or `undefined` while it has not come whole.
 * Throws if it is none that a server may send, down to its reserved bits. [MQTT-2.2.2-1]
 */
export function parse(bytes: Buffer): { readonly packet: Received; readonly rest: Buffer } | undefined {
  let length = 0
  let at = 1
  for (let multiplier = 1; ; multiplier *= 128) {
    const digit = bytes[at++]
    if (digit === undefined) return undefined
    length += (digit & 127) * multiplier
    if (digit < 128) break
  }
  if (bytes.length < at + length) return undefined
  return { packet: read(bytes[0] ?? 0, bytes.subarray(at, at + length)), rest: bytes.subarray(at + length) }
}

function read(first: number, body: Buffer): Received {
  if (first >> 4 === 3) return readPublish(first, body)
  if (first in acknowledgements && body.length === 2) {
    return { kind: acknowledgements[first as keyof typeof acknowledgements], id: body.readUInt16BE(0) }
  }
  if (first === 0x20 && body.length === 2 && (body[0] ?? 0) <= 1) {
    return { kind: 'connack', isSessionPresent: body[0] === 1, code: body[1] ?? 0 }
  }
  if (first === 0x90 && body.length >= 3)
    return { kind: 'suback', id: body.readUInt16BE(0), codes: [...body.subarray(2)] }
  if (first === 0xd0 && body.length === 0) return { kind: 'pingresp' }
  throw new Error(`parse packet of the server: first byte 0x${first.toString(16)}, ${body.length} bytes`)
}

function readPublish(first: number, body: Buffer): ReceivedPublish {
  const qos = (first >> 1) & 3
  const topicEnd = 2 + body.readUInt16BE(0)
  const payloadAt = qos === 0 ? topicEnd : topicEnd + 2
  return {
    kind: 'publish',
    topic: body.toString('utf8', 2, topicEnd),
    payload: body.toString('utf8', payloadAt),
    qos,
    isDup: (first & 8) !== 0,
    isRetained: (first & 1) !== 0,
    id: qos === 0 ? 0 : body.readUInt16BE(topicEnd)
  }
}
