import { expect } from 'vitest'
import {
  MemorySeries,
  begin,
  decodeAll,
  deviceOf,
  message,
  province,
  soil,
  telemetry,
  uplink
} from '../../ingest/decode/decoder.fixture.ts'
import type { DecoderOptions } from '../../ingest/decode/decoder.fixture.ts'
import type { Decoder } from '../../ingest/decode/decoder.ts'
import type { MessageRecord, StoredRecord } from '../../journal/journal.ts'
import { messageMapping } from '../../model/connector-mapping.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { chirpStackEvent } from '../events/chirpstack-events.ts'
import { ttsEvent, ttsEventNames } from '../events/tts-events.ts'
import type { Mutations } from './mutations.ts'
import { wrongProtobuf } from './protobuf-mutations.ts'

/** A format of messages: right ones, and how wrong ones are made of them. */
export interface MessageFormat {
  readonly name: string
  readonly wrong: (mutations: Mutations) => MessageRecord
}

const chirpStackNames = [
  ...['up', 'up-codec-error', 'up-defaults-omitted', 'up-mac-only', 'join', 'ack', 'ack-nack', 'txack', 'log'],
  ...['log-retransmission', 'status', 'status-external-power', 'location', 'integration', 'v3-up'],
  ...['gateway-stats', 'gateway-state-conn']
]
const chirpStack = chirpStackNames.map(chirpStackEvent)
const inProtobuf = chirpStack.flatMap(({ topic, protobuf }) =>
  protobuf === undefined ? [] : [{ ...message(topic, ''), payload: Buffer.from(protobuf, 'base64') }]
)
const statuses = [
  message('site/ruong/tram-1/status', 'online'),
  message('site/ruong/tram-1/status', '"offline"'),
  message('site/ruong/tram-1/status', { online: true, battery: 87.5, firmware: '1.2' }),
  message('site/ruong/tram-1/status', { status: 'Offline' }),
  message('site/ruong/tram-1/command/reply', { id: 'a', status: 'failed', detail: 'kẹt' })
]
const samples = [
  { ts: begin - 1000, air_temperature: 21.5, status_text: 'tốt', door_open: true },
  [{ ts: '2026-11-22T06:59:00+07:00', ph: 7 }, { soil_moisture: '24.59' }],
  { readings: [{ value: 1 }], ph: null, turbidity: 1e3 }
].map(one => telemetry(one))
const author = { id: 'person:1', name: 'Sen' }
const entered = [
  message(
    'site/ruong/tram-1/observation',
    {
      ...{ kind: 'entry', metric: 'water_level', t: begin - 1e9, value: 7.62, method: 'staff-gauge', author },
      ...{ entered: { value: 762, unit: 'cm' }, isConfirmed: false, note: 'sau mưa' }
    },
    { door: 'manual' }
  ),
  message(
    'site/ruong/tram-1/import',
    { import: 'so.csv', series: [{ metric: 'ph', t: [begin - 2e9, begin - 1e9], value: [7, 7.1], quality: [0, 1] }] },
    { door: 'import' }
  )
]

const stations: readonly RegistryChange[] = [
  { kind: 'organisation', organisation: { id: 'xa', name: 'Xã', parent: 'root' } },
  { kind: 'site', site: { id: 'ngoai', name: 'Ngoài', organisation: 'root' } },
  ...['a', 'b', 'n-1'].map(id => ({ kind: 'device', device: deviceOf(id) }) as const),
  { kind: 'device', device: deviceOf('outside', { site: 'ngoai' }) },
  { kind: 'site', site: { id: 'cua-xa', name: 'Xã', organisation: 'xa' } },
  { kind: 'device', device: deviceOf('trong', { site: 'cua-xa' }) }
]

/** Mappings with each feature, each with a message that it reads. `xa`'s connectors must speak of `trong` only. */
const mappings: readonly (readonly [mapping: object, topic: string, payload: unknown])[] = [
  [{ device: '{device}' }, 'farm/a/data', { ph: 7, ts: begin / 1000 }],
  [
    { device: 'n-{@.id}', each: '$.list', time: { at: '@.t', offset: '+07:00' } },
    'farm/x/data',
    { list: [{ id: 1, ph: 7, t: '2026-11-22T06:59:00' }] }
  ],
  [{ device: '{@key}', each: '$.all' }, 'farm/x/data', { all: { a: { ph: 7 }, b: { co2: 400 } } }],
  [
    { device: '{$.dev}', devices: { 'Nhà ông Tư': 'b' }, values: '@.v' },
    'farm/x/data',
    { dev: 'Nhà ông Tư', v: { ph: 7 } }
  ],
  [{ device: '{@.n}', each: '$.n', values: '$.v' }, 'farm/x/data', { n: [{ n: 'a' }, { n: 'b' }], v: { ph: 7 } }],
  [
    { device: 'a', values: '$.m', pairs: { name: 'n', value: 'v', time: 't' }, fields: { T: 'air_temperature' } },
    'farm/x/data',
    {
      m: [
        { n: 'T', v: 21, t: begin },
        { n: 'H', v: 60 }
      ]
    }
  ],
  [
    { payload: 'value', device: '{device}', field: 'gt', fields: { gt: { metric: 'ph', scale: 0.1 } } },
    'farm/a/data',
    70
  ],
  [
    {
      device: 'a',
      fields: {
        'x.y': { metric: 'door_open', trueWhen: [1, 'on'] },
        z: { metric: 'co2', missing: [-1], within: [0, 5000] }
      }
    },
    'farm/x/data',
    { x: { y: 'on' }, z: 400 }
  ]
]

const mapped = mappings.flatMap(([, topic, payload], i) => [
  message(topic, payload, { door: 'broker', credential: `connector:m${i}` }),
  message(`webhook/w${i}`, payload, { door: 'webhook', credential: `webhook:w${i}` })
])

/** The province, and connectors with these mappings: of the root by topic, of the commune `xa` by webhook. */
export const provinceWithConnectors: readonly RegistryChange[] = [
  ...province,
  ...stations,
  ...mappings.flatMap(([text, ,], i): RegistryChange[] => {
    const own = messageMapping.parse(text)
    const isOfTopic = JSON.stringify(text).includes('{device}')
    const mapping = isOfTopic ? { ...own, device: 'trong', ...(own.field !== undefined && { field: 'gt' }) } : own
    return [
      {
        kind: 'connector-mapping',
        mapping: { id: `m${i}`, organisation: 'root', topics: ['farm/{device}/data'], mapping: own }
      },
      { kind: 'connector-mapping', mapping: { id: `w${i}`, organisation: 'xa', topics: [], mapping } }
    ]
  })
]

/** Half of them wrong as bytes, half as JSON. */
function wrongOf(right: readonly MessageRecord[]): MessageFormat['wrong'] {
  return mutations => {
    const one = mutations.pick(right)
    const text = Buffer.from(one.payload).toString()
    const isText = mutations.below(2) === 0 || !isJson(text)
    const payload = isText
      ? mutations.bytes(one.payload)
      : Buffer.from(JSON.stringify(mutations.json(JSON.parse(text))) ?? '')
    return { ...one, payload, receivedAt: begin }
  }
}

/** Every format that the decoder reads. */
export const messageFormats: readonly MessageFormat[] = [
  {
    name: 'ChirpStack in JSON',
    wrong: wrongOf([
      ...chirpStack.map(({ topic, payload }) => message(topic, payload)),
      uplink({}),
      uplink({ object: { a: { b: 1 } } })
    ])
  },
  {
    name: 'ChirpStack in protobuf',
    wrong: mutations => {
      const right = mutations.pick(inProtobuf)
      const payload =
        mutations.below(4) === 0 ? mutations.bytes(right.payload) : wrongProtobuf(right.payload, mutations)
      return { ...right, payload, receivedAt: begin }
    }
  },
  {
    name: 'The Things Stack',
    wrong: wrongOf(ttsEventNames.map(ttsEvent).map(({ topic, payload }) => message(topic, payload)))
  },
  { name: 'telemetry', wrong: wrongOf(samples) },
  { name: 'states and replies', wrong: wrongOf(statuses) },
  { name: 'entered values and imports', wrong: wrongOf(entered) },
  { name: 'mapped messages', wrong: wrongOf(mapped) }
]

/** Reasons that would mean that the decoder, and not the message, is at fault. */
const own = ['codec-timeout', 'codec-memory', 'codec-suspended']

/**
 * Decodes one wrong message, and expects what holds of every message: one outcome that is counted, rows that can be, of
 * devices that the sender may speak of.
 *
 * @returns the outcome in a word, for the record.
 */
export async function expectCounted(
  wrong: MessageRecord,
  decoderOf: (options: DecoderOptions) => Decoder
): Promise<string> {
  const series = new MemorySeries()
  const decoder = decoderOf({ series, changes: provinceWithConnectors })
  const log: readonly StoredRecord[] = [{ ...wrong, position: 1 }]
  const { rows, totals, quarantined, events } = await decodeAll(decoder, [log], series)
  expect(totals.stored + totals.event + totals.duplicate + totals.quarantined).toBe(1)
  expect(totals.decoded).toBe(rows.length + totals.refused)
  expect(quarantined.length).toBe(totals.quarantined)
  const isEntered = wrong.door === 'import' || wrong.door === 'manual'
  for (const { value, time, series: name } of rows) {
    expect(typeof value === 'string' ? value.isWellFormed() : Number.isFinite(value)).toBe(true)
    expect(Number.isInteger(time) && (isEntered || Math.abs(time - begin) <= 30 * 86_400_000)).toBe(true)
    expect(devicesOf(wrong)).toContain(name.split('/')[1])
  }
  expect(JSON.stringify([quarantined, events]).length).toBeLessThan(64 * wrong.payload.length + 10_000)
  const reason = quarantined[0]?.reason ?? 'taken'
  expect(own).not.toContain(reason)
  return reason
}

/** The devices that the sender may speak of. */
function devicesOf({ topic, door }: MessageRecord): readonly string[] {
  if (door === 'webhook') return ['trong']
  if (door === 'broker') return ['tram-1', 'a', 'b', 'n-1', 'outside', 'trong', soil]
  const [word, , third = '', device = ''] = topic.split('/')
  if (word === 'site') return [third]
  if (word === 'application') return [device.toLowerCase()]
  return province.flatMap(change => (change.kind === 'device' ? [change.device.id] : []))
}

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined
  } catch {
    return false
  }
}
