import { describe, expect, it } from 'vitest'
import type { JournalRecord } from '../../journal/journal.ts'
import { qualityBits } from '../../model/quality.ts'
import {
  MemorySeries,
  begin,
  decodeAll,
  decoders,
  deviceOf,
  logOf,
  message,
  province,
  telemetry
} from './decoder.fixture.ts'
import type { Result } from './decoder.fixture.ts'

const decoderOf = decoders()

async function decode(...records: readonly JournalRecord[]): Promise<Result> {
  const series = new MemorySeries()
  return decodeAll(decoderOf({ series }), [logOf(records)], series)
}

const row = (metric: string, value: number | string, changes: object = {}) => ({
  series: `root/tram-1/${metric}`,
  time: begin,
  value,
  quality: 0,
  at: 1,
  ...changes
})

describe('telemetry', () => {
  it.each([
    ['an object without ts: at the time of receipt', { air_temperature: 21.5 }, [row('air_temperature', 21.5)]],
    [
      'ts in milliseconds',
      { ts: begin - 1000, air_temperature: 1 },
      [row('air_temperature', 1, { time: begin - 1000 })]
    ],
    [
      'ts in seconds',
      { ts: begin / 1000 - 7, air_temperature: 1 },
      [row('air_temperature', 1, { time: begin - 7000 })]
    ],
    [
      'ts as text with an offset',
      { ts: '2026-11-22T06:59:00+07:00', air_temperature: 1 },
      [row('air_temperature', 1, { time: begin - 60_000 })]
    ],
    [
      'a ts that cannot be read: the time of receipt, marked',
      { ts: 'hôm qua', air_temperature: 1 },
      [row('air_temperature', 1, { quality: qualityBits['receive-time'] })]
    ],
    [
      'a ts older than 30 days: the time of receipt, marked',
      { ts: begin - 30 * 86_400_000 - 1, air_temperature: 1 },
      [row('air_temperature', 1, { quality: qualityBits['receive-time'] })]
    ],
    [
      'a value outside the plausible range: kept, marked',
      { air_temperature: 900 },
      [row('air_temperature', 900, { quality: qualityBits.implausible })]
    ],
    [
      'both marks on one value',
      { ts: 'x', air_humidity: -1 },
      [row('air_humidity', -1, { quality: qualityBits.implausible | qualityBits['receive-time'] })]
    ],
    ['a claim as 1 and 0', { valve_open: true, door_open: false }, [row('valve_open', 1), row('door_open', 0)]],
    ['words', { status_text: 'cửa mở' }, [row('status_text', 'cửa mở')]],
    [
      'an array of samples, each at its own time',
      [{ ts: begin - 2000, ph: 6 }, { ts: begin - 1000, ph: 7 }, { ph: 8 }],
      [row('ph', 6, { time: begin - 2000 }), row('ph', 7, { time: begin - 1000 }), row('ph', 8)]
    ]
  ])('takes %s', async (_, payload, rows) => {
    const result = await decode(telemetry(payload))
    expect(result.rows).toEqual(rows)
    expect(result.totals).toMatchObject({ stored: 1, quarantined: 0, decoded: rows.length, refused: 0 })
  })

  it('keeps the good values of a message and counts the refused and the unmapped', async () => {
    const { rows, totals } = await decode(telemetry({ ph: 7, turbidity: 'nhiều', note: 1, ['__proto__x']: 2 }))
    expect(rows).toEqual([row('ph', 7)])
    expect(totals).toMatchObject({ stored: 1, decoded: 2, refused: 1, unmapped: 2 })
  })

  it.each([
    ['nothing that is mapped', { nhiet_do: 1 }, 'no-mapped-value', 'nhiet_do'],
    ['an empty object', {}, 'no-mapped-value', ''],
    ['an empty array', [], 'no-mapped-value', ''],
    ['only values that are refused', { ph: 'x' }, 'value-invalid', 'ph: not-a-number'],
    ['a bare number', 7, 'json-invalid', 'must be a JSON object'],
    ['null', null, 'json-invalid', 'must be a JSON object'],
    ['a sample that is no object', [{ ph: 7 }, 8], 'json-invalid', 'must be a JSON object'],
    ['a nested array', [[{ ph: 7 }]], 'json-invalid', 'must be a JSON object'],
    ['broken JSON', '{"ph":', 'json-invalid', ''],
    ['no bytes at all', '', 'json-invalid', '']
  ])('sets %s aside whole', async (_, payload, reason, detail) => {
    const { rows, quarantined, totals } = await decode(telemetry(payload))
    expect(rows).toEqual([])
    expect(quarantined).toEqual([
      {
        position: 1,
        reason,
        device: 'tram-1',
        site: 'ruong',
        topic: 'site/ruong/tram-1/telemetry',
        receivedAt: begin,
        detail: expect.stringContaining(detail) as string
      }
    ])
    expect(totals).toMatchObject({ stored: 0, quarantined: 1 })
  })

  it('counts nothing of the values taken back with a message set aside, words included', async () => {
    const { rows, totals } = await decode(
      telemetry([{ status_text: 'a', turbidity: 'x', khac: 1 }, 8]),
      telemetry({ ph: 7 })
    )
    expect(rows).toEqual([row('ph', 7, { at: 2 })])
    expect(totals).toEqual({
      stored: 1,
      event: 0,
      duplicate: 0,
      quarantined: 1,
      decoded: 1,
      refused: 0,
      unmapped: 0
    })
  })

  it('cuts the detail to 300 characters', async () => {
    const { quarantined } = await decode(message('x'.repeat(60_000), {}))
    expect(quarantined[0]?.reason).toBe('unknown-topic')
    expect(quarantined[0]?.detail.length).toBeLessThanOrEqual(300)
  })
})

describe('values that are doubted', () => {
  it('are marked from there on in the log, those of that metric alone, until they are doubted no more', async () => {
    const sample = { air_temperature: 21, ph: 7 }
    const doubt = (metrics: readonly string[]) => ({
      ...{ kind: 'control' as const, receivedAt: begin, outboxId: 1 },
      change: { kind: 'doubts' as const, device: 'tram-1', metrics: [...metrics] }
    })
    const { rows } = await decode(
      telemetry(sample),
      doubt(['air_temperature']),
      telemetry(sample),
      doubt([]),
      telemetry(sample)
    )
    const marks = (metric: string) => rows.filter(row => row.series.endsWith(metric)).map(row => row.quality)
    expect(marks('air_temperature')).toEqual([0, qualityBits.doubtful, 0])
    expect(marks('ph')).toEqual([0, 0, 0])
  })
})

describe('what a topic says', () => {
  it.each([
    ['site/ruong/tram-1/status', 'event'],
    ['site/ruong/tram-1/command/reply', 'event-invalid'],
    ['site/ruong/nobody/status', 'event'],
    ['application/1/device/A84041FFFF1C2D01/event/join', 'event-invalid'],
    ['application/1/device/a84041ffff1c2d01/event/txack', 'event-invalid'],
    ['application/1/device/a84041ffff1c2d01/event/yetunknown', 'event'],
    ['as923_2/gateway/24e124fffef79114/event/up', 'event'],
    ['gateway/24e124fffef79114/event/stats', 'event-invalid'],
    ['a/b/gateway/24e124fffef79114/event/stats', 'unknown-topic'],
    ['site/ruong/tram-1', 'unknown-topic'],
    ['site/ruong/tram-1/telemetry/x', 'unknown-topic'],
    ['site/ruong/tram-1/command', 'unknown-topic'],
    ['application/1/device/xyz/event/up', 'unknown-topic'],
    ['', 'unknown-topic'],
    ['site/ruong/moi/telemetry', 'unclaimed'],
    ['site/ao/tram-1/telemetry', 'unclaimed'],
    ['site/khong-co/tram-1/telemetry', 'unclaimed'],
    ['site/ruong/la/telemetry', 'unknown-profile']
  ])('%s: %s', async (topic, outcome) => {
    const { rows, totals, quarantined } = await decode(message(topic, { air_temperature: 1 }))
    expect(rows).toEqual([])
    expect(totals).toMatchObject(outcome === 'event' ? { event: 1 } : { quarantined: 1 })
    expect(quarantined.map(({ reason }) => reason)).toEqual(outcome === 'event' ? [] : [outcome])
  })

  it('does not tell where a device is registered when a message comes from another site', async () => {
    const { quarantined } = await decode(message('site/ao/tram-1/telemetry', { ph: 7 }))
    expect(quarantined[0]).toMatchObject({ device: 'tram-1', site: 'ao' })
    expect(quarantined[0]?.detail).toContain('not registered at site ao')
  })
})

describe('control records', () => {
  const add = (id: string, site = 'ruong') =>
    ({
      kind: 'control',
      receivedAt: begin,
      outboxId: 1,
      change: { kind: 'device', device: deviceOf(id, { site }) }
    }) as const
  const moi = message('site/ruong/moi/telemetry', { ph: 7 })

  it('take effect exactly at their place in one read batch', async () => {
    const { rows, quarantined, ends, events } = await decode(moi, moi, add('moi'), moi)
    expect(quarantined.map(({ position, reason }) => [position, reason])).toEqual([
      [1, 'unclaimed'],
      [2, 'unclaimed']
    ])
    expect(rows).toEqual([{ series: 'root/moi/ph', time: begin, value: 7, quality: 0, at: 4 }])
    expect(ends).toEqual([3, 4])
    expect(events).toEqual([{ kind: 'control', change: add('moi').change, position: 3 }])
  })

  it('end what was known of a device that moves or goes', async () => {
    const gone = {
      kind: 'control',
      receivedAt: begin,
      outboxId: 2,
      change: { kind: 'device-removed', id: 'moi' }
    } as const
    const { rows, quarantined } = await decode(add('moi'), moi, add('moi', 'ao'), moi, add('moi'), moi, gone, moi)
    expect(rows.map(({ at }) => at)).toEqual([2, 6])
    expect(quarantined.map(({ position, reason }) => [position, reason])).toEqual([
      [4, 'unclaimed'],
      [8, 'unclaimed']
    ])
  })

  it('begin new series where a site changes hands', async () => {
    const sold = [
      { kind: 'organisation', organisation: { id: 'xa', name: 'Xã', parent: 'root' } },
      { kind: 'site', site: { id: 'ruong', name: 'Ruộng', organisation: 'xa' } }
    ] as const
    const { rows, newSeries } = await decode(
      telemetry({ ph: 6 }),
      ...sold.map(change => ({ kind: 'control', receivedAt: begin, outboxId: 1, change }) as const),
      telemetry({ ph: 7 })
    )
    expect(rows.map(({ series }) => series)).toEqual(['root/tram-1/ph', 'xa/tram-1/ph'])
    expect(newSeries.map(({ organisation }) => organisation)).toEqual(['root', 'xa'])
  })
})

describe('batches', () => {
  const tick = (seconds: number) => ({ kind: 'tick', receivedAt: begin + seconds * 1000 }) as const

  it('end at ticks, at controls and with the records read', async () => {
    const control = { kind: 'control', receivedAt: begin, outboxId: 1, change: province[0]! } as const
    const { ends, events } = await decode(
      tick(0),
      telemetry({ ph: 7 }),
      telemetry({ ph: 8 }),
      tick(1),
      control,
      telemetry({ ph: 9 })
    )
    expect(ends).toEqual([1, 4, 5, 6])
    expect(events.map(({ kind }) => kind)).toEqual(['tick', 'tick', 'control'])
  })

  it('come for no records as none', async () => {
    expect((await decode()).ends).toEqual([])
  })

  it('tell of a series once, when its first value comes', async () => {
    const series = new MemorySeries()
    const decoder = decoderOf({ series })
    const log = logOf([telemetry({ ph: 6 }), telemetry({ ph: 7, turbidity: 1 }), telemetry({ turbidity: 2 })])
    const result = await decodeAll(
      decoder,
      log.map(record => [record]),
      series
    )
    expect(result.newSeries.map(({ metric }) => metric)).toEqual(['ph', 'turbidity'])
    expect(result.rows.map(({ series: name }) => name)).toEqual([
      'root/tram-1/ph',
      'root/tram-1/ph',
      'root/tram-1/turbidity',
      'root/tram-1/turbidity'
    ])
  })

  it('hold a message of many thousand samples', async () => {
    const samples = Array.from({ length: 9000 }, (_, i) => ({ ts: begin - i * 1000, ph: i % 14, status_text: `${i}` }))
    const { rows, totals } = await decode(telemetry(samples))
    expect(totals.decoded).toBe(18_000)
    expect(rows.at(-1)).toEqual(row('status_text', '8999', { time: begin - 8_999_000 }))
  })
})
