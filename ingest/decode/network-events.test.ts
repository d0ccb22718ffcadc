import { describe, expect, it } from 'vitest'
import type { JournalRecord } from '../../journal/journal.ts'
import type { NetworkEvent } from '../../model/network-event.ts'
import { decodeReadingBatch, encodeReadingBatch } from '../../model/reading-batch-format.ts'
import { chirpStackEvent } from '../../tests/events/chirpstack-events.ts'
import { ttsEvent } from '../../tests/events/tts-events.ts'
import {
  MemorySeries,
  begin,
  decoders,
  deviceOf,
  logOf,
  message,
  province,
  soil,
  telemetry
} from './decoder.fixture.ts'

const valve = '24e124460c123456'
const gateway = '24e124fffef79114'
const receivedAt = Date.parse('2026-03-14T01:06:00Z')
const decoderOf = decoders()

interface Told {
  readonly events: readonly NetworkEvent[]
  readonly values: Readonly<Record<string, number>>
  readonly reasons: readonly string[]
  readonly counted: number
}

/** What batches say, after they went through the `readings` log. */
async function told(...records: readonly JournalRecord[]): Promise<Told> {
  const series = new MemorySeries()
  const changes = [...province, { kind: 'device', device: deviceOf(valve, { profile: 'milesight-uc511' }) } as const]
  const events: NetworkEvent[] = []
  const values: Record<string, number> = {}
  const reasons: string[] = []
  let counted = 0
  for await (const { readings } of decoderOf({ changes, series }).decode(logOf(records))) {
    const batch = decodeReadingBatch(encodeReadingBatch(readings))
    events.push(...(batch.networkEvents ?? []))
    reasons.push(...batch.quarantined.map(({ reason }) => reason))
    counted = batch.totals.event
    for (let row = 0; row < batch.length; row++)
      values[series.nameOf(batch.series[row] ?? 0).split('/')[2] ?? ''] = batch.value[row] ?? Number.NaN
  }
  return { events, values, reasons, counted }
}

const json = (name: string): JournalRecord => {
  const { topic, payload } = chirpStackEvent(name)
  return message(topic, payload, { receivedAt })
}

const protobuf = (name: string): JournalRecord => {
  const { topic, protobuf: base64 = '' } = chirpStackEvent(name)
  return { ...message(topic, '', { receivedAt }), payload: Buffer.from(base64, 'base64') }
}

const origin = { at: 1, receivedAt }
const item = '1bbcab1d-6ec6-4136-b3f5-d63be1dc08de'
const ofValve = { ...origin, kind: 'downlink', device: valve, detail: undefined }

/** What each documented event of ChirpStack says, and which readings it makes. */
const documented: Readonly<Record<string, readonly [event: object, values?: Readonly<Record<string, number>>]>> = {
  join: [{ ...origin, kind: 'join', device: soil, session: '01a2b3c4' }],
  ack: [{ ...ofValve, state: 'acked', item, counter: 3 }],
  'ack-nack': [{ ...ofValve, state: 'nacked', item: '1bbcab1d-6ec6-4136-b3f5-d63be1dc08df', counter: 4 }],
  txack: [{ ...ofValve, state: 'sent', item, counter: 3, gateway }],
  log: [
    {
      ...{ ...origin, kind: 'log', device: soil, level: 'error', code: 'UPLINK_CODEC' },
      detail: 'JS error: Error: foo is not defined'
    }
  ],
  'log-retransmission': [
    {
      ...{ ...origin, kind: 'log', device: soil, level: 'warning', code: 'UPLINK_F_CNT_RETRANSMISSION' },
      detail: 'Uplink was flagged as re-transmission / frame-counter did not increment'
    }
  ],
  status: [
    { ...origin, kind: 'status', device: soil, margin: 10, battery: 88.19, isExternallyPowered: false },
    { battery_level: 88.19, downlink_margin: 10 }
  ],
  'status-external-power': [
    { ...origin, kind: 'status', device: valve, margin: -3, isExternallyPowered: true },
    { downlink_margin: -3 }
  ],
  location: [
    { ...origin, kind: 'location', device: soil, latitude: 10.4631, longitude: 105.6402, accuracy: 120 },
    { latitude: 10.4631, longitude: 105.6402 }
  ],
  'gateway-stats': [{ ...origin, kind: 'gateway-stats', gateway, heard: 42, heardOk: 37, sent: 2 }],
  'gateway-state-conn': [{ ...origin, kind: 'gateway-connection', gateway, isOnline: true }]
}

describe('events as ChirpStack documents them', () => {
  it.each(Object.entries(documented))(
    '%s says the same in JSON and in protobuf',
    async (name, [event, values = {}]) => {
      for (const record of [json(name), protobuf(name)]) {
        const said = await told(record)
        expect(said.events).toEqual([event])
        expect(said.values).toEqual(values)
        expect([said.reasons, said.counted]).toEqual([[], 1])
      }
    }
  )

  it('an uplink in protobuf gives the readings and the reception of its JSON', async () => {
    const [text, bytes] = [await told(json('up')), await told(protobuf('up'))]
    expect(bytes).toEqual(text)
    expect(bytes.values).toMatchObject({ soil_moisture: 19.57, snr: 6.8 })
    expect(bytes.events).toEqual([
      {
        ...{ ...origin, kind: 'uplink', device: soil, session: '01a2b3c4', counter: 4711, spreadingFactor: 9 },
        receptions: [
          { gateway, rssi: -97, snr: 6.8 },
          { gateway: '24e124fffef79115', rssi: -116, snr: -9.2 },
          { gateway: 'a84041ffff27e410', rssi: -121, snr: -12 }
        ]
      }
    ])
  })

  it('an integration names its service and nothing else', async () => {
    expect((await told(json('integration'))).events).toEqual([
      { ...origin, kind: 'integration', device: soil, service: 'loracloud' }
    ])
  })

  it('a gateway without its state is offline', async () => {
    const topic = `gateway/${gateway}/state/conn`
    const said = await told(message(topic, { gatewayId: gateway.toUpperCase() }))
    expect(said.events).toMatchObject([{ kind: 'gateway-connection', gateway, isOnline: false }])
  })

  it.each([
    [{ link: 'LTE' }, '4g'],
    [{ backhaul: 'starlink' }, 'satellite'],
    [{ interface: 'eth0' }, 'fibre'],
    [{ wan: 'wwan0' }, '4g'],
    [{ link: 'mesh' }, 'lora-backhaul'],
    [{ link: 'pigeon' }, undefined],
    [{ __proto__: 'lte' }, undefined]
  ])('a gateway with metadata %j is reached by %s', async (metadata, link) => {
    const said = await told(message(`eu868/gateway/${gateway}/event/stats`, { gatewayId: gateway, metadata }))
    expect(said.events).toMatchObject([link === undefined ? { kind: 'gateway-stats' } : { link }])
  })
})

describe('events as The Things Stack documents them', () => {
  const ttsTold = async (name: string) => {
    const { topic, payload } = ttsEvent(name)
    return (await told(message(topic, payload, { receivedAt }))).events
  }
  const downlink = { ...origin, kind: 'downlink', device: soil, item: `sen:cmd:${item}`, counter: 1 }

  it.each([
    ['down-queued', { ...downlink, state: 'queued' }],
    ['down-sent', { ...downlink, state: 'sent' }],
    ['down-ack', { ...downlink, state: 'acked' }],
    ['down-nack', { ...downlink, state: 'nacked' }],
    [
      'down-failed',
      {
        ...{ ...origin, kind: 'downlink', item: `sen:cmd:${item}`, state: 'failed' },
        detail: 'application downlink payload is too long'
      }
    ],
    [
      'location-solved',
      { ...origin, kind: 'location', device: soil, latitude: 10.4631, longitude: 105.6402, accuracy: 120 }
    ],
    ['service-data', { ...origin, kind: 'integration', device: soil, service: 'lora-cloud-device-management-v1' }]
  ])('%s', async (name, event) => {
    expect(await ttsTold(name)).toEqual([event])
  })

  it('join', async () => {
    expect(await ttsTold('join')).toMatchObject([{ kind: 'join', device: soil }])
  })

  it('what somebody simulated is no reception', async () => {
    expect(await ttsTold('up-simulated')).toEqual([])
  })
})

describe('what devices say on MQTT', () => {
  const status = (payload: string) => told(message('site/ruong/tram-1/status', payload))

  it.each([
    ['online', { isOnline: true }],
    ['"Offline"', { isOnline: false }],
    ['{"online":false}', { isOnline: false }],
    ['{"status":"ONLINE","firmware":"1.2"}', { isOnline: true, firmware: '1.2' }],
    ['{"battery":71}', { battery: 71 }]
  ])('status %s', async (payload, said) => {
    const { events, reasons } = await status(payload)
    expect(reasons).toEqual([])
    expect(events).toMatchObject([{ kind: 'status', device: 'tram-1', ...said }])
  })

  it('its battery is a reading', async () => {
    expect((await status('{"battery":71}')).values).toEqual({ battery_level: 71 })
  })

  it.each(['', 'gone', '{"online":"yes"}', '{"status":"half"}', '{"battery":-1}', '{"battery":1e9}', '[]', '{'])(
    'status %j is set aside',
    async payload => {
      const { events, reasons } = await status(payload)
      expect([events, reasons]).toEqual([[], ['event-invalid']])
    }
  )

  it('a site says nothing of a device that stands elsewhere', async () => {
    const said = await told(message('site/ao/tram-1/status', 'offline'))
    expect([said.events, said.counted]).toEqual([[], 1])
  })

  it('a reply names the command', async () => {
    const said = await told(message('site/ruong/tram-1/command/reply', { id: 'c1', status: 'failed', detail: 'kẹt' }))
    expect(said.events).toMatchObject([
      { kind: 'reply', device: 'tram-1', command: 'c1', isDone: false, detail: 'kẹt' }
    ])
  })
})

describe('events that are wrong', () => {
  const devEui = soil
  it.each([
    ['status', { deviceInfo: { devEui }, margin: 64 }],
    ['status', { deviceInfo: { devEui }, batteryLevel: 'full' }],
    ['location', { deviceInfo: { devEui }, location: { latitude: 91 } }],
    ['location', { deviceInfo: { devEui } }],
    ['ack', { deviceInfo: { devEui }, fCntDown: 2 ** 32 }],
    ['log', { deviceInfo: { devEui }, level: 'PANIC' }],
    ['join', { deviceInfo: { devEui: '0011223344556677' } }],
    ['join', {}],
    ['txack', 'null']
  ])('%s %j is set aside, and nothing of it is told', async (name, payload) => {
    const said = await told(message(`application/1/device/${soil}/event/${name}`, payload))
    expect([said.events, said.reasons, said.values]).toEqual([[], ['event-invalid'], {}])
  })

  it.each([
    ['ends in the middle', (bytes: Buffer) => bytes.subarray(0, -3)],
    ['has a field of another kind', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('1d00000000', 'hex')])],
    ['has a group', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('7b', 'hex')])],
    ['repeats a field without end', (bytes: Buffer) => Buffer.concat(Array.from({ length: 4000 }, () => bytes))],
    ['says a length beyond all', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('0affffffff07', 'hex')])]
  ])('protobuf that %s is set aside', async (_, wrong) => {
    const { topic, protobuf: base64 = '' } = chirpStackEvent('status')
    const payload = wrong(Buffer.from(base64, 'base64'))
    const said = await told({ ...message(topic, ''), payload })
    expect([said.events, said.reasons]).toEqual([[], ['event-invalid']])
  })
})

it('events keep the order of the log, and say where in it they stand', async () => {
  const topic = `application/1/device/${soil}/event`
  const deviceInfo = { devEui: soil }
  const { events } = await told(
    message(`${topic}/txack`, { deviceInfo, queueItemId: 'a' }),
    telemetry({ air_temperature: 21 }),
    message(`${topic}/join`, { deviceInfo }),
    message(`${topic}/ack`, { deviceInfo, queueItemId: 'a', acknowledged: true })
  )
  expect(events.map(({ kind, at }) => [kind, at])).toEqual([
    ['downlink', 1],
    ['join', 3],
    ['downlink', 4]
  ])
  expect(events.every(event => event.receivedAt === begin)).toBe(true)
})
