import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { describe, expect, it } from 'vitest'
import {
  MemorySeries,
  decodeAll,
  decoders,
  logOf,
  message,
  soil,
  telemetry,
  uplink
} from '../../ingest/decode/decoder.fixture.ts'
import type { MessageRecord } from '../../journal/journal.ts'

/*
 * Messages of network servers, as large as a message may be and made to cost: each is done with in 10 ms of the thread that
 * reads it and in 64 times its size of memory, and set aside by name or read.
 */
const limitBytes = 256 * 1024
const longestMs = 10

const part = (number: number, ...inner: readonly Uint8Array[]): Uint8Array =>
  new BinaryWriter().tag(number, 2).bytes(Buffer.concat(inner)).finish()
const words = (number: number, text: string): Uint8Array => part(number, Buffer.from(text))
const info = part(3, words(8, soil))
const time = part(2)
const eui = '24e124fffef79114'

/** As many as there is room for. */
function many(make: (i: number) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  for (let size = 0, i = 0; size < limitBytes - 500; i++) {
    const one = make(i)
    size += one.length
    parts.push(one)
  }
  return Buffer.concat(parts)
}
const nothing = (number: number) => many(() => part(number))
const entries = (number: number) => many(i => part(number, words(1, i.toString(36))))
const inObject = (value: Uint8Array) => part(11, part(1, words(1, 'a'), part(2, value)))
const deep = (levels: number): Uint8Array => {
  let object: Uint8Array = Buffer.alloc(0)
  for (let i = 0; i < levels; i++) object = part(1, words(1, 'a'), part(2, part(5, object)))
  return part(11, object)
}

const event = (name: string, ...parts: readonly Uint8Array[]): MessageRecord => ({
  ...message(`application/1/device/${soil}/event/${name}`, ''),
  payload: Buffer.concat(parts)
})
const tts = (name: string, event: Readonly<Record<string, unknown>>) =>
  message(`v3/nong@ttn/devices/dat/${name}`, { end_device_ids: { device_id: 'dat', dev_eui: soil }, ...event })

const shapes: readonly (readonly [title: string, record: MessageRecord, outcome: RegExp])[] = [
  ['131,000 gateways without a word', event('up', time, info, nothing(12)), /more than 4000 fields/],
  ['131,000 times', event('up', time, info, nothing(2)), /more than 4000 fields/],
  ['131,000 objects', event('up', time, info, nothing(11)), /more than 4000 fields/],
  ['a list of 131,000 nothings', event('up', time, info, inObject(part(6, nothing(1)))), /more than 4000 fields/],
  ['an object of 80,000 keys', event('up', time, info, part(11, entries(1))), /more than 1000 keys/],
  [
    'a gateway’s signal 52,000 times',
    event(
      'up',
      time,
      info,
      part(
        12,
        many(() => Buffer.from('3d9a99d940', 'hex'))
      )
    ),
    /more than 4000 fields/
  ],
  ['a context of 37,000 keys', event('log', time, part(2, words(8, soil)), entries(6)), /more than 1000 keys/],
  [
    'metadata of 37,000 keys',
    { ...message(`gateway/${eui}/event/stats`, ''), payload: Buffer.concat([time, words(17, eui), entries(10)]) },
    /more than 1000 keys/
  ],
  ['5,000 levels', event('up', time, info, deep(5000)), /nested deeper than 32 levels/],
  [
    'unknown fields only',
    event(
      'up',
      time,
      info,
      many(() => Buffer.from('a00601', 'hex'))
    ),
    /more than 4000 fields/
  ],
  ['words that are no UTF-8', event('up', time, info, part(4, Buffer.alloc(200_000, 0xff))), /protobuf/],
  ['a frame of 200,000 bytes', event('up', time, info, part(10, Buffer.alloc(200_000))), /^data: /],
  ['a frame of 200,000 bytes in JSON', uplink({ data: 'A'.repeat(250_000) }), /^data: /],
  ['an address of 250,000 letters', uplink({ devAddr: 'a'.repeat(250_000) }), /^devAddr: /],
  ['9,900 gateways in JSON', uplink({ rxInfo: Array.from({ length: 9900 }, () => ({ rssi: -100 })) }), /^stored$/],
  [
    '4,900 gateways of The Things Stack',
    tts('up', { uplink_message: { rx_metadata: Array.from({ length: 4900 }, () => ({ gateway_ids: { eui } })) } }),
    /^event$/
  ],
  [
    '49,000 correlation ids',
    tts('down/ack', { downlink_ack: { correlation_ids: Array.from({ length: 49_000 }, () => 'a') } }),
    /^event$/
  ],
  [
    'a firmware of 200,000 letters',
    message('site/ruong/tram-1/status', { firmware: 'x'.repeat(200_000) }),
    /^firmware: /
  ],
  [
    'a state behind 200,000 blanks',
    message('site/ruong/tram-1/status', { status: `${' '.repeat(200_000)}online` }),
    /^event$/
  ],
  [
    'telemetry of 10,000 moments',
    telemetry(Array.from({ length: 5000 }, (_, i) => ({ ts: 1_795_305_600_000 - i, ph: 7, co2: 1 }))),
    /^stored$/
  ]
]

const decoderOf = decoders()

describe('a message of 256 KiB', { timeout: 60_000 }, () => {
  it.each(shapes)('with %s is done with in 10 ms', async (_title, record, outcome) => {
    expect(record.payload.length).toBeLessThanOrEqual(limitBytes)
    const costs: number[] = []
    const bytes: number[] = []
    for (let i = 0; i < 12; i++) {
      const series = new MemorySeries()
      const decoder = decoderOf({ series })
      const log = [logOf([record])]
      const [before, held] = [process.threadCpuUsage(), process.memoryUsage().heapUsed]
      const { totals, quarantined } = await decodeAll(decoder, log, series)
      const { user, system } = process.threadCpuUsage(before)
      bytes.push(process.memoryUsage().heapUsed - held)
      costs.push((user + system) / 1000)
      expect(totals.stored + totals.event + totals.quarantined).toBe(1)
      expect(quarantined[0]?.detail ?? (totals.stored === 1 ? 'stored' : 'event')).toMatch(outcome)
    }
    // The least of several: the first are not compiled yet, and a collection of garbage in between is nobody's own.
    expect(Math.min(...costs)).toBeLessThanOrEqual(longestMs)
    expect(Math.min(...bytes.filter(grown => grown > 0))).toBeLessThanOrEqual(64 * record.payload.length)
  })
})
