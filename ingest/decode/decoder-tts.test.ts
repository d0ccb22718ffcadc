import { describe, expect, it } from 'vitest'
import type { JournalRecord } from '../../journal/journal.ts'
import { qualityBits } from '../../model/quality.ts'
import { ttsEvent, ttsEventNames } from '../../tests/events/tts-events.ts'
import type { TtsEvent } from '../../tests/events/tts-events.ts'
import {
  MemorySeries,
  decodeAll,
  decoders,
  deviceOf,
  logOf,
  message,
  province,
  soil,
  uplink
} from './decoder.fixture.ts'
import type { DecoderOptions, Result } from './decoder.fixture.ts'

const decoderOf = decoders()
const receivedAt = Date.parse('2026-03-14T01:02:05Z')

async function decodeIn(options: DecoderOptions, records: readonly JournalRecord[]): Promise<Result> {
  const series = new MemorySeries()
  return decodeAll(decoderOf({ ...options, series }), [logOf(records)], series)
}

const decode = (...records: readonly JournalRecord[]): Promise<Result> => decodeIn({}, records)

/** An event as documented, with changes to its message, received soon after its time. */
function documented(name: string, changes: Readonly<Record<string, unknown>> = {}, at = receivedAt) {
  return recordOf(changed(ttsEvent(name), changes), at)
}

function changed({ topic, payload }: TtsEvent, changes: Readonly<Record<string, unknown>>): TtsEvent {
  return { topic, payload: { ...payload, uplink_message: { ...payload.uplink_message, ...changes } } }
}

function recordOf({ topic, payload }: TtsEvent, at = receivedAt) {
  return message(topic, payload, { receivedAt: at, door: 'tts' })
}

const valuesOf = ({ rows }: Result): Readonly<Record<string, unknown>> =>
  Object.fromEntries(rows.map(({ series, value }) => [series.split('/')[2], value]))

const readings = {
  battery_voltage: 3.625,
  probe_temperature: 24.1,
  soil_moisture: 19.57,
  soil_temperature: 24.59,
  soil_conductivity: 28200
}
const link = { rssi: -97, snr: 6.8, link_margin: 19.3 }

/** What becomes of each documented event: its outcome, its values, and their time. */
const outcomes: Readonly<
  Record<string, readonly ['stored' | 'event', Readonly<Record<string, unknown>>, string | undefined]>
> = {
  up: ['stored', { ...readings, ...link }, '2026-03-14T01:02:03.775Z'],
  'up-decode-warning': ['stored', { ...readings, ...link }, '2026-03-14T01:02:03.775Z'],
  'up-simulated': ['stored', { ...readings, ...link }, '2026-03-14T01:02:03.775Z'],
  'up-first-minimal': ['stored', { ...readings, rssi: -86, snr: 7.8, link_margin: 27.8 }, '2026-03-14T01:02:04.002Z'],
  'up-empty': ['event', link, '2026-03-14T01:02:03.775Z'],
  join: ['event', {}, undefined],
  'location-solved': ['event', { latitude: 10.4631, longitude: 105.6402 }, '2026-03-14T01:02:11Z'],
  'service-data': ['event', {}, undefined],
  'down-queued': ['event', {}, undefined],
  'down-sent': ['event', {}, undefined],
  'down-ack': ['event', {}, undefined],
  'down-nack': ['event', {}, undefined],
  'down-failed': ['event', {}, undefined]
}

describe('events as The Things Stack documents them', () => {
  it('are all decoded here', () => {
    expect(Object.keys(outcomes).toSorted()).toEqual(ttsEventNames)
  })

  it.each(Object.entries(outcomes))('%s', async (name, [outcome, values, time]) => {
    const result = await decodeIn({}, [recordOf(ttsEvent(name))])
    expect(result.quarantined).toEqual([])
    expect(result.totals).toMatchObject({ stored: 0, event: 0, duplicate: 0, [outcome]: 1 })
    expect(valuesOf(result)).toEqual(values)
    expect([...new Set(result.rows.map(row => row.time))]).toEqual(time === undefined ? [] : [Date.parse(time)])
    expect(result.rows.every(row => row.series.startsWith(`root/${soil}/`))).toBe(true)
  })
})

describe('uplinks of The Things Stack', () => {
  it('are decoded from frm_payload, whatever decoded_payload says', async () => {
    const result = await decode(documented('up', { decoded_payload: { water_SOIL: '99.99' } }))
    expect(valuesOf(result)).toMatchObject({ soil_moisture: 19.57 })
  })

  it('give decoded_payload only to a profile without a codec', async () => {
    const changes = [...province, { kind: 'device', device: deviceOf(soil, { profile: 'json-weather' }) } as const]
    const result = await decodeIn({ changes }, [documented('up', { decoded_payload: { soil_moisture: 5 } })])
    expect(valuesOf(result)).toEqual({ soil_moisture: 5, ...link })
  })

  it('that were simulated are marked, and only they', async () => {
    const { rows } = await decode(documented('up-simulated'), documented('up'))
    const marks = (at: number) => new Set(rows.filter(row => row.at === at).map(({ quality }) => quality))
    expect([marks(1), marks(2)]).toEqual([new Set([qualityBits.simulated]), new Set([0])])
  })

  it('that come again are one: by another door, from another webhook, within ten minutes', async () => {
    const other = { ...documented('up'), door: 'http' as const, topic: 'v3/nong-nghiep/devices/dat-lua-01/up' }
    const late = documented('up', { received_at: '2026-03-14T01:02:09Z' }, receivedAt + 60_000)
    const { totals } = await decode(documented('up'), other, late)
    expect(totals).toMatchObject({ stored: 1, duplicate: 2 })
  })

  it('are known again after a restart', async () => {
    const series = new MemorySeries()
    const decoder = decoderOf({ series })
    const [first, again] = logOf([documented('up'), documented('up')])
    if (!first || !again) throw new Error('no log')
    decoder.remember([first])
    expect((await decodeAll(decoder, [[again]], series)).totals).toMatchObject({ stored: 0, duplicate: 1 })
  })

  it('and of ChirpStack are one where the same frame came by both', async () => {
    const same = uplink({ devAddr: '260ba3c4', fCnt: 4711 }, { receivedAt })
    const { totals } = await decode(documented('up'), same)
    expect(totals).toMatchObject({ stored: 1, duplicate: 1 })
  })

  it('of a new session are new, though the counter begins again', async () => {
    const event = ttsEvent('up')
    const joined = { ...event.payload.end_device_ids, dev_addr: '260BFFFF' }
    const again = { ...event, payload: { ...event.payload, end_device_ids: joined } }
    const { totals } = await decode(recordOf(event), recordOf(again))
    expect(totals).toMatchObject({ stored: 2, duplicate: 0 })
  })

  it('once more in a normalised form are events', async () => {
    const { payload } = ttsEvent('up')
    const { totals } = await decode(message('v3/a@ttn/devices/dat-lua-01/up/normalized', payload, { receivedAt }))
    expect(totals).toMatchObject({ event: 1, stored: 0 })
  })
})

describe('uplinks of The Things Stack set aside', () => {
  const up = ttsEvent('up')
  const of = (ids: object): TtsEvent => ({
    ...up,
    payload: { ...up.payload, end_device_ids: { ...up.payload.end_device_ids, ...ids } }
  })
  it.each([
    ['of a device nobody registered', recordOf(of({ dev_eui: '0011223344556677' })), 'unclaimed', '0011223344556677'],
    ['whose codec fails', documented('up', { f_port: 42 }), 'codec-error', soil],
    ['on the topic of another device', recordOf(of({ device_id: 'dat-lua-02' })), 'event-invalid', undefined],
    ['of a device without DevEUI', recordOf(of({ dev_eui: undefined })), 'event-invalid', undefined],
    ['with data that is no base64', documented('up', { frm_payload: '***' }), 'event-invalid', undefined],
    ['that are not JSON', message(up.topic, 'x', { receivedAt }), 'json-invalid', undefined]
  ])('%s', async (_, record, reason, device) => {
    const { quarantined, rows, totals } = await decode(record)
    expect(quarantined).toMatchObject([{ reason, device, topic: up.topic }])
    expect([rows.length, totals.quarantined]).toEqual([0, 1])
  })

  it('say at which site the device stands', async () => {
    const { quarantined } = await decode(documented('up', { f_port: 42 }))
    expect(quarantined).toMatchObject([{ site: 'ruong' }])
  })
})
