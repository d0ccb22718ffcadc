import { describe, expect, it } from 'vitest'
import type { JournalRecord } from '../../journal/journal.ts'
import { qualityBits } from '../../model/quality.ts'
import { chirpStackEvent } from '../../tests/events/chirpstack-events.ts'
import { MemorySeries, air, begin, decodeAll, decoders, logOf, message, soil, uplink } from './decoder.fixture.ts'
import type { Result } from './decoder.fixture.ts'
import { dedupWindowMs } from './radio-dedup.ts'

const decoderOf = decoders()

async function decode(...records: readonly JournalRecord[]): Promise<Result> {
  const series = new MemorySeries()
  return decodeAll(decoderOf({ series }), [logOf(records)], series)
}

/** An event as documented, received two seconds after its time. */
function documented(name: string, changes: Readonly<Record<string, unknown>> = {}) {
  const { topic, payload } = chirpStackEvent(name)
  const receivedAt = Date.parse(String(payload['time'] ?? '2026-03-14T01:02:03Z')) + 2000
  return message(topic, { ...payload, ...changes }, { receivedAt })
}

const valuesOf = ({ rows }: Result): Readonly<Record<string, unknown>> =>
  Object.fromEntries(rows.map(({ series, value }) => [series.split('/')[2], value]))

describe('uplinks as ChirpStack documents them', () => {
  it('give the codec’s values and the best gateway’s signal at the network server’s time', async () => {
    const result = await decode(documented('up'))
    expect(valuesOf(result)).toEqual({
      battery_voltage: 3.625,
      probe_temperature: 24.1,
      soil_moisture: 19.57,
      soil_temperature: 24.59,
      soil_conductivity: 28200,
      rssi: -97,
      snr: 6.8,
      link_margin: 19.3
    })
    expect(new Set(result.rows.map(({ time, quality, at }) => [time, quality, at].join()))).toEqual(
      new Set([`${Date.parse('2026-03-14T01:02:03.775Z')},0,1`])
    )
    expect(result.totals).toMatchObject({ stored: 1, decoded: 8 })
  })

  it('take an absent snr for 0 dB', async () => {
    expect(valuesOf(await decode(documented('up-defaults-omitted')))).toMatchObject({ rssi: -19, snr: 0 })
  })

  it('without application data are events that still say how they were heard', async () => {
    const result = await decode(documented('up-mac-only'))
    expect(result.totals).toMatchObject({ event: 1, stored: 0, decoded: 3 })
    expect(valuesOf(result)).toEqual({ rssi: -121, snr: -12, link_margin: 3 })
  })

  it('are decoded from data where ChirpStack’s own codec failed', async () => {
    const result = await decode(documented('up-codec-error'))
    expect(result.totals).toMatchObject({ stored: 1 })
    expect(valuesOf(result)).toMatchObject({ soil_moisture: 19.57 })
  })

  it('of v3 are set aside with a reason of their own', async () => {
    const { quarantined } = await decode(documented('v3-up'))
    expect(quarantined).toMatchObject([{ reason: 'chirpstack-v3', device: soil, site: 'ruong' }])
  })

  it.each(['join', 'log-retransmission'])('and other events (%s) are events without readings', async name => {
    const { totals, rows } = await decode(documented(name))
    expect([totals.event, rows.length]).toEqual([1, 0])
  })
})

describe('uplinks set aside', () => {
  const stranger = '0011223344556677'
  it.each([
    ['of a device nobody registered', uplink({ devEui: stranger }), 'unclaimed', stranger],
    ['whose codec fails', uplink({ fPort: 42 }), 'codec-error', soil],
    ['of another device than the topic’s', uplink({ deviceInfo: { devEui: stranger } }), 'event-invalid', soil],
    ['with data that is no base64', uplink({ data: '***' }), 'event-invalid', soil],
    ['with an fPort no radio has', uplink({ fPort: 256 }), 'event-invalid', soil],
    ['with a negative frame counter', uplink({ fCnt: -1 }), 'event-invalid', soil],
    ['that are not JSON', message(`application/1/device/${soil}/event/up`, 'x'), 'json-invalid', soil],
    ['that are a list', message(`application/1/device/${soil}/event/up`, []), 'event-invalid', soil],
    ['nested too deep', message(`application/1/device/${soil}/event/up`, '['.repeat(100)), 'json-too-deep', soil]
  ] as const)('%s', async (_, record, reason, device) => {
    const { rows, quarantined, totals } = await decode(record)
    expect(rows).toEqual([])
    expect(quarantined).toMatchObject([{ reason, device, position: 1 }])
    expect(totals).toMatchObject({ quarantined: 1, stored: 0, decoded: 0 })
  })

  it('leave the others of their batch alone', async () => {
    const { totals, rows } = await decode(uplink({ fCnt: 1 }), uplink({ fCnt: 2, fPort: 42 }), uplink({ fCnt: 3 }))
    expect(totals).toMatchObject({ stored: 2, quarantined: 1 })
    expect(new Set(rows.map(({ at }) => at))).toEqual(new Set([1, 3]))
  })
})

describe('retransmissions', () => {
  it.each([
    ['at once', 0, 1],
    ['after ten minutes', dedupWindowMs, 1],
    ['later than ten minutes', dedupWindowMs + 1, 0]
  ])('%s: duplicates %#', async (_, laterMs, duplicate) => {
    const { totals } = await decode(
      uplink({ deduplicationId: 'a' }),
      uplink({ deduplicationId: 'b', rxInfo: [{ rssi: -50 }] }, { receivedAt: begin + laterMs })
    )
    expect(totals).toMatchObject({ duplicate, stored: 2 - duplicate })
  })

  it.each([
    ['the next frame', { fCnt: 2 }],
    ['a frame of the next session', { devAddr: '01a2b3c5' }],
    ['another payload under the same counter', { data: 'zikA8QelCZtuKJE=' }]
  ])('%s is none', async (_, changes) => {
    expect((await decode(uplink({}), uplink(changes))).totals).toMatchObject({ stored: 2, duplicate: 0 })
  })

  it('are known whichever application and connector brought them, in either case of the DevEUI', async () => {
    const again = { ...uplink({}), topic: `application/2/device/${soil.toUpperCase()}/event/up`, clientId: 'other' }
    expect((await decode(uplink({}), again)).totals).toMatchObject({ stored: 1, duplicate: 1 })
  })
})

describe('EM300-TH history', () => {
  const at = begin - 3_600_000
  /** Behind channel 20 CE, little-endian: 4 bytes of time, 2 of temperature × 10, 1 of humidity × 2, 1 unused. */
  const entry = (time: number, temperature: number, humidity: number): Buffer => {
    const bytes = Buffer.from('20ce0000000000000000', 'hex')
    bytes.writeUInt32LE(time / 1000, 2)
    bytes.writeInt16LE(temperature * 10, 6)
    bytes.writeUInt8(humidity * 2, 8)
    return bytes
  }
  const frame = (...parts: readonly Buffer[]) =>
    uplink({
      devEui: air,
      fPort: 85,
      data: Buffer.concat(parts).toString('base64'),
      time: new Date(begin - 1000).toISOString(),
      rxInfo: [{ rssi: -90, snr: 3 }]
    })

  it('gives every moment its own time, and the frame’s own values that of the frame', async () => {
    const now = Buffer.from('01755c', 'hex')
    const { rows, totals } = await decode(frame(now, entry(at, 27.2, 46.5), entry(at + 600_000, 27.3, 46)))
    const rowsOf = (metric: string) =>
      rows.filter(({ series }) => series.endsWith(`/${metric}`)).map(({ time, value }) => [time, value])
    expect(rowsOf('air_temperature')).toEqual([
      [at, 27.2],
      [at + 600_000, 27.3]
    ])
    expect(rowsOf('air_humidity')).toEqual([
      [at, 46.5],
      [at + 600_000, 46]
    ])
    expect(rowsOf('battery_level')).toEqual([[begin - 1000, 92]])
    expect(rowsOf('rssi')).toEqual([[begin - 1000, -90]])
    expect(totals).toMatchObject({ stored: 1, decoded: 7 })
  })

  it('marks a moment outside the window and leaves its neighbour alone', async () => {
    const { rows } = await decode(frame(entry(begin - 31 * 86_400_000, 20, 50), entry(at, 21, 51)))
    const temperatures = rows.filter(({ series }) => series.endsWith('air_temperature'))
    expect(temperatures.map(({ time, quality }) => [time, quality])).toEqual([
      [begin, qualityBits['receive-time']],
      [at, 0]
    ])
  })
})
