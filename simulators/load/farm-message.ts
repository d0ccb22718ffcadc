import { mix32 } from '../seeded-random.ts'
import type { LoadMessage, MessageWriter } from './message-writer.ts'

/**
 * The metrics of a load message besides `seq`, in their order in the payload. Every value is a whole number of steps, so
 * what a server stores can be compared exactly: `value = steps / perUnit`, the nearest double to the text that was sent.
 */
export const loadMetrics = [
  { name: 'air_temperature', low: 1_800, span: 1_600, perUnit: 100 },
  { name: 'air_humidity', low: 5_500, span: 4_000, perUnit: 100 },
  { name: 'soil_moisture', low: 1_800, span: 2_400, perUnit: 100 },
  { name: 'water_level', low: 1_050, span: 2_500, perUnit: 1_000 },
  { name: 'battery_voltage', low: 3_150, span: 500, perUnit: 1_000 }
] as const

export const loadMetricNames: readonly string[] = ['seq', ...loadMetrics.map(({ name }) => name)]

/**
 * Steps of metric `m` in message `n` of device `d`: a slow wave with a little noise, as sensors have. Depends on nothing else,
 * so every message can be recomputed.
 */
function steps(seed: number, d: number, n: number, m: number): number {
  const { low, span } = loadMetrics[m] ?? loadMetrics[0]
  const noise = mix32(seed ^ Math.imul(d, 0x9e3779b1) ^ Math.imul(n * 8 + m, 0x85ebca77)) & 15
  const period = 2_000
  const phase = (n + d * 37 + m * 400) % period
  const height = phase < period / 2 ? phase : period - phase
  return (low + ((height * (span - 16)) / (period / 2) + noise)) | 0
}

/** The value of `loadMetrics[m]` in message `n` of device `d`. */
export function loadValue(seed: number, d: number, n: number, m: number): number {
  return steps(seed, d, n, m) / (loadMetrics[m] ?? loadMetrics[0]).perUnit
}

/**
 * Writes the PUBLISH packets (QoS 0 or 1) of one device: `site/{site}/{device}/telemetry` with flat JSON of `ts`, `seq` and
 * five metrics, 185 bytes in all for the default names and a `seq` of three digits. A packet is a copy of the one before with
 * other digits: no objects, no strings.
 */
export class FarmMessage implements MessageWriter {
  readonly maxBytes = maxPacketBytes
  readonly #seed: number
  readonly #d: number
  readonly #topic: string
  readonly #qos: 0 | 1
  #digits = 0
  #template = Buffer.alloc(0)
  #tsAt = 0

  constructor(props: {
    readonly site: string
    readonly device: string
    readonly d: number
    readonly seed: number
    readonly qos: 0 | 1
  }) {
    this.#seed = props.seed
    this.#d = props.d
    this.#qos = props.qos
    this.#topic = `site/${props.site}/${props.device}/telemetry`
  }

  write(into: Buffer, offset: number, message: LoadMessage): number {
    const { n, ts } = message
    const digits = digitsOf(n)
    if (digits !== this.#digits) this.#makeTemplate(digits)
    into.set(this.#template, offset)

    if (message.isResent) into[offset] = (into[offset] ?? 0) | 0x08
    let at = offset + this.#tsAt
    if (this.#qos === 1) {
      const packetIdAt = at - opening.length - 2
      into[packetIdAt] = message.packetId >> 8
      into[packetIdAt + 1] = message.packetId & 0xff
    }
    // Two halves, so that all divisions are of whole numbers of 32 bits.
    const millions = Math.floor(ts / 1_000_000)
    writeDigits(into, at, millions, 7)
    writeDigits(into, at + 7, ts - millions * 1_000_000, 6)
    at += 13 + sequencing.length
    if (n < 0x4000_0000) writeDigits(into, at, n, digits)
    else into.write(String(n), at, 'latin1')
    at += digits
    for (let m = 0; m < loadMetrics.length; m++) {
      at += nameLengths[m] ?? 0
      writeDecimal(into, at, steps(this.#seed, this.#d, n, m), pointAfter[m] ?? 0)
      at += 5
    }
    return at + 1
  }

  /** A packet whose digits are all still to be written. */
  #makeTemplate(digits: number): void {
    const values = loadMetrics.map(({ name }) => `,"${name}":00000`).join('')
    const body = `${opening}${'0'.repeat(13)}${sequencing}${'0'.repeat(digits)}${values}}`
    const packetId = this.#qos === 1 ? [0, 0] : []
    const length = 2 + this.#topic.length + packetId.length + body.length
    const header = [0x30 | (this.#qos << 1), (length & 0x7f) | 0x80, length >> 7]
    const topicLength = [this.#topic.length >> 8, this.#topic.length & 0xff]
    const head = Buffer.concat([
      Buffer.from([...header, ...topicLength]),
      Buffer.from(this.#topic),
      Buffer.from(packetId)
    ])
    this.#digits = digits
    this.#template = Buffer.concat([head, Buffer.from(body)])
    this.#tsAt = head.length + opening.length
  }
}

/** Longest packet: two ids of 64 bytes in the topic, a `seq` of ten digits. */
export const maxPacketBytes = 320

const opening = '{"ts":'
const sequencing = ',"seq":'
const nameLengths = loadMetrics.map(({ name }) => `,"${name}":`.length)
const pointAfter = loadMetrics.map(({ perUnit }) => (perUnit === 100 ? 2 : 1))
const zero = '0'.charCodeAt(0)
const point = '.'.charCodeAt(0)

function digitsOf(value: number): number {
  let digits = 1
  for (let bound = 10; value >= bound; bound *= 10) digits++
  return digits
}

/** @param value - a whole number below 2^30, written with leading zeros. */
function writeDigits(into: Buffer, at: number, value: number, digits: number): void {
  let rest = value | 0
  for (let i = digits - 1; i >= 0; i--) {
    const next = (rest / 10) | 0
    into[at + i] = zero + (rest - next * 10)
    rest = next
  }
}

/** Four digits with a point among them: `dd.dd` or `d.ddd`. */
function writeDecimal(into: Buffer, at: number, value: number, wholeDigits: number): void {
  writeDigits(into, at + 1, value, 4)
  for (let i = 0; i < wholeDigits; i++) into[at + i] = into[at + i + 1] ?? zero
  into[at + wholeDigits] = point
}
