import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageRecord } from '../../journal/journal.ts'
import { messageMapping } from '../../model/connector-mapping.ts'
import type { RegistryChange } from '../../model/registry.ts'
import { MemorySeries, begin, decodeAll, decoders, deviceOf, logOf, message, province } from './decoder.fixture.ts'
import type { Result } from './decoder.fixture.ts'

/* Messages of connectors with a mapping: shapes that brokers and webhooks bring. */

const decoderOf = decoders()

interface Case {
  readonly topics?: readonly string[]
  readonly mapping: Readonly<Record<string, unknown>>
  readonly organisation?: string
}

function mappingChange({ topics = [], mapping, organisation = 'root' }: Case): RegistryChange {
  const checked = messageMapping.parse(mapping)
  return { kind: 'connector-mapping', mapping: { id: 'mua', organisation, topics: [...topics], mapping: checked } }
}

const brought = (topic: string, payload: unknown, changes: Partial<MessageRecord> = {}): MessageRecord =>
  message(topic, payload, { door: 'broker', credential: 'connector:mua', ...changes })

const devices: readonly RegistryChange[] = ['a', 'b', '0x00158d0001a2b3c4'].map(id => ({
  kind: 'device',
  device: deviceOf(id)
}))

async function decode(one: Case, ...records: readonly MessageRecord[]): Promise<Result> {
  const series = new MemorySeries()
  const changes = [...province, ...devices, mappingChange(one)]
  return decodeAll(decoderOf({ changes, series }), [logOf(records)], series)
}

const told = ({ rows }: Result) =>
  rows.map(({ series, value, time }) => [series.replace('root/', ''), value, time - begin] as const)

const fields = { temperature: 'air_temperature', humidity: 'air_humidity' }

describe('a mapping by topic and JSON', () => {
  it('takes the device from the topic, and its profile maps the values', async () => {
    const farm = { topics: ['farm/{site}/{device}/data'], mapping: { device: '{device}' } }
    const result = await decode(farm, brought('farm/x/a/data', { air_temperature: 31.4, ts: begin / 1000 - 60 }))
    expect(told(result)).toEqual([['a/air_temperature', 31.4, -60_000]])
  })

  it('reads zigbee2mqtt', async () => {
    const zigbee = {
      topics: ['zigbee2mqtt/{name}'],
      mapping: {
        device: '{name}',
        devices: { 'Bếp nhà ông Tư': 'a' },
        fields: { ...fields, battery: 'battery_level', contact: { metric: 'door_open', trueWhen: [false] } },
        ignore: ['linkquality', 'update', 'last_seen']
      }
    }
    const state = {
      battery: 97,
      humidity: 61.02,
      temperature: 24.59,
      contact: false,
      linkquality: 87,
      update: { a: 1 }
    }
    const result = await decode(
      zigbee,
      brought('zigbee2mqtt/Bếp nhà ông Tư', state),
      brought('zigbee2mqtt/0x00158d0001a2b3c4', { temperature: 20 })
    )
    expect(told(result)).toEqual([
      ['a/battery_level', 97, 0],
      ['a/air_humidity', 61.02, 0],
      ['a/air_temperature', 24.59, 0],
      ['a/door_open', 1, 0],
      ['0x00158d0001a2b3c4/air_temperature', 20, 0]
    ])
    expect(result.totals).toMatchObject({ unmapped: 0, stored: 2 })
  })

  it('reads Tasmota, whose times have no offset', async () => {
    const tasmota = {
      topics: ['tele/{device}/SENSOR'],
      mapping: {
        device: '{device}',
        time: { at: '@.Time', offset: '+07:00' },
        fields: { 'AM2301.Temperature': 'air_temperature', 'AM2301.Humidity': 'air_humidity' },
        ignore: ['TempUnit', 'DewPoint']
      }
    }
    const sensor = {
      Time: '2026-11-22T06:59:00',
      AM2301: { Temperature: 30.1, Humidity: 81, DewPoint: 26.4 },
      TempUnit: 'C'
    }
    const result = await decode(tasmota, brought('tele/b/SENSOR', sensor))
    expect(told(result)).toEqual([
      ['b/air_temperature', 30.1, -60_000],
      ['b/air_humidity', 81, -60_000]
    ])
    expect(result.rows.every(({ quality }) => quality === 0)).toBe(true)
    expect(result.totals.unmapped).toBe(0)
  })

  it('reads lists of names and values, as Sparkplug has in JSON, each with its time', async () => {
    const sparkplug = {
      topics: ['spBv1.0/{group}/DDATA/{node}/{device}'],
      mapping: {
        device: '{device}',
        time: { at: '$.timestamp' },
        values: '@.metrics',
        pairs: { name: 'name', value: 'value', time: 'timestamp' },
        fields
      }
    }
    const metrics = [
      { name: 'temperature', value: 30, timestamp: begin - 1000 },
      { name: 'temperature', value: 31, timestamp: begin - 500 },
      { name: 'humidity', value: '70.5' },
      { value: 1 }
    ]
    const result = await decode(sparkplug, brought('spBv1.0/g/DDATA/n/a', { timestamp: begin, metrics, seq: 3 }))
    expect(told(result)).toEqual([
      ['a/air_temperature', 30, -1000],
      ['a/air_temperature', 31, -500],
      ['a/air_humidity', 70.5, 0]
    ])
    expect(result.totals).toMatchObject({ stored: 1, quarantined: 0, refused: 1 })
  })

  it('reads a payload that is one value', async () => {
    const plain = {
      topics: ['farm/{device}/{measure}'],
      mapping: {
        payload: 'value',
        device: '{device}',
        field: '{measure}',
        fields: { temp: 'air_temperature', valve: { metric: 'valve_open', trueWhen: ['ON'] } }
      }
    }
    const result = await decode(
      plain,
      brought('farm/a/temp', '23.5'),
      brought('farm/a/temp', ' 24 '),
      brought('farm/a/valve', 'ON'),
      brought('farm/a/temp', 'nan'),
      brought('farm/a/temp', '')
    )
    expect(told(result)).toEqual([
      ['a/air_temperature', 23.5, 0],
      ['a/air_temperature', 24, 0],
      ['a/valve_open', 1, 0]
    ])
    expect(result.quarantined.map(({ reason }) => reason)).toEqual(['value-invalid', 'no-mapped-value'])
  })

  it('reads one message of many devices, and keeps in view those that nobody registered', async () => {
    const gateway = {
      topics: ['gw/+/up'],
      mapping: { each: '$.sensors', device: '{@.id}', values: '@.data', time: { at: '@.t' }, fields }
    }
    const sensors = [
      { id: 'a', t: begin - 5000, data: { temperature: '22.5' } },
      { id: 17, t: begin, data: { temperature: 1 } },
      { id: 'moi', data: { temperature: 2 } },
      { id: 'b', data: { humidity: 50 } }
    ]
    const result = await decode(gateway, brought('gw/1/up', { sensors }), brought('gw/1/up', { sensors: [sensors[2]] }))
    expect(told(result)).toEqual([
      ['a/air_temperature', 22.5, -5000],
      ['b/air_humidity', 50, 0]
    ])
    expect(result.quarantined).toMatchObject([
      { reason: 'unclaimed', device: '17', detail: 'devices 17, moi are not registered for connector mua' },
      { reason: 'unclaimed', device: 'moi', detail: 'device moi is not registered for connector mua' }
    ])
    expect(result.totals).toMatchObject({ stored: 0, quarantined: 2, decoded: 2 })
  })

  it('reads an object of devices, and a message that is a list', async () => {
    const byKey = { topics: ['all'], mapping: { each: '$.nodes', device: '{@key}', fields } }
    const result = await decode(byKey, brought('all', { nodes: { a: { temperature: 1 }, b: { temperature: 2 } } }))
    expect(told(result)).toEqual([
      ['a/air_temperature', 1, 0],
      ['b/air_temperature', 2, 0]
    ])
    const list = { mapping: { device: '{@.dev.id}', values: '@.v', fields } }
    const body = [
      { dev: { id: 'a' }, v: { humidity: 3 } },
      { dev: { id: 'b' }, v: { humidity: 4 } }
    ]
    expect(told(await decode(list, brought('webhook/mua', body, { door: 'webhook' })))).toEqual([
      ['a/air_humidity', 3, 0],
      ['b/air_humidity', 4, 0]
    ])
  })
})

describe('messages of a connector', () => {
  const farm = { topics: ['farm/{device}'], mapping: { device: '{device}', fields } }

  it.each([
    [
      'on a topic that fits no pattern',
      'khac/a',
      { temperature: 1 },
      'unknown-topic',
      'topic "khac/a" fits no pattern'
    ],
    ['that are no JSON', 'farm/a', '{', 'json-invalid', expect.any(String)],
    [
      'of a device that nobody registered',
      'farm/x',
      { temperature: 1 },
      'unclaimed',
      expect.stringContaining('device x')
    ],
    ['whose device has no id', 'farm/a b', { temperature: 1 }, 'event-invalid', expect.stringContaining('gives "a b"')],
    ['without a mapped value', 'farm/a', { khac: 1 }, 'no-mapped-value', expect.stringContaining('khac')],
    ['that are no object', 'farm/a', '7', 'no-mapped-value', '@ is 7, must be an object']
  ])('%s are kept, with the reason', async (_, topic, payload, reason, detail) => {
    const result = await decode(farm, brought(topic, payload))
    expect(result.quarantined).toMatchObject([{ reason, detail, topic }])
    expect(result.totals.quarantined).toBe(1)
  })

  it('speak of devices of its organisation only', async () => {
    const other = { kind: 'organisation', organisation: { id: 'xa', name: 'Xã', parent: 'root' } } as const
    const series = new MemorySeries()
    const changes = [...province, other, ...devices, mappingChange({ ...farm, organisation: 'xa' })]
    const result = await decodeAll(
      decoderOf({ changes, series }),
      [logOf([brought('farm/a', { temperature: 1 })])],
      series
    )
    expect(result.quarantined).toMatchObject([{ reason: 'unclaimed', device: 'a', site: undefined }])
  })

  it('are read by the mapping in force where they stand in the log', async () => {
    const series = new MemorySeries()
    const changed = mappingChange({
      ...farm,
      mapping: { ...farm.mapping, fields: { temperature: 'soil_temperature' } }
    })
    const control = (change: RegistryChange) => ({ kind: 'control', receivedAt: begin, outboxId: 1, change }) as const
    const one = brought('farm/a', { temperature: 1 })
    const log = logOf([one, control(changed), one, control({ kind: 'connector-mapping-removed', id: 'mua' }), one])
    const changes = [...province, ...devices, mappingChange(farm)]
    const result = await decodeAll(decoderOf({ changes, series }), [log], series)
    expect(result.rows.map(row => row.series)).toEqual(['root/a/air_temperature', 'root/a/soil_temperature'])
    expect(result.quarantined).toMatchObject([{ reason: 'unknown-topic', detail: 'connector mua has no mapping' }])
  })

  it('that are retained are readings only where they say their time', async () => {
    const at = { temperature: 1, ts: begin - 3_600_000 }
    const result = await decode(
      farm,
      brought('farm/a', { temperature: 2 }, { retain: true }),
      brought('farm/a', at, { retain: true })
    )
    expect(told(result)).toEqual([['a/air_temperature', 1, -3_600_000]])
    expect(result.totals).toMatchObject({ event: 1, stored: 1 })
  })

  it('come once where the broker sends one again', async () => {
    const one = { qos: 1, packetId: 7, connection: 1 } as const
    const result = await decode(
      farm,
      brought('farm/a', { temperature: 2 }, one),
      brought('farm/a', { temperature: 2 }, { ...one, dup: true, connection: 2 })
    )
    expect(result.totals).toMatchObject({ stored: 1, duplicate: 1 })
  })

  it('have one outcome each, whatever they hold', async () => {
    const anything = {
      topics: ['#'],
      mapping: {
        each: '$.l',
        device: '{@.d}',
        values: '@.v',
        pairs: { name: 'n', value: 'v', time: 't' },
        time: { at: '$.t', offset: '+07:00' },
        fields
      }
    }
    const key = fc.constantFrom('l', 'd', 'v', 'n', 't', 'temperature', '__proto__', 'constructor', '0')
    const value = fc.letrec(tie => ({
      json: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('a', 'b', '', 'x y', '__proto__', 12, -1, 1e30, null, true, begin, '2026-11-22T01:00:00'),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map(entries => Object.fromEntries(entries))
      )
    })).json
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 5 }), async payloads => {
        const result = await decode(anything, ...payloads.map(one => brought('x', JSON.stringify(one))))
        const { stored, event, duplicate, quarantined } = result.totals
        expect(stored + event + duplicate + quarantined).toBe(payloads.length)
      }),
      { seed: 5, numRuns: 60 }
    )
  })
})
