import { describe, expect, it } from 'vitest'
import type { MessageRecord } from '../../journal/journal.ts'
import { qualityBits } from '../../model/quality.ts'
import { MemorySeries, begin, decodeAll, decoders, logOf, message, telemetry } from './decoder.fixture.ts'

const decoderOf = decoders()
const dayMs = 86_400_000

async function decode(...records: readonly MessageRecord[]) {
  const series = new MemorySeries()
  const decoder = decoderOf({ series })
  const observed: unknown[] = []
  const log = logOf(records)
  const result = await decodeAll(decoder, [log], series)
  for await (const { readings } of decoderOf({ series: new MemorySeries() }).decode(log))
    observed.push(...(readings.observed ?? []))
  return { ...result, observed }
}

const author = { id: 'person:12', name: 'Nguyễn Thị Sen' }
const entry = {
  ...{ kind: 'entry', metric: 'water_level', t: begin - 400 * dayMs, value: 7.62, method: 'staff-gauge', author },
  ...{ entered: { value: 762, unit: 'cm' }, isConfirmed: false }
}
const observation = (record: object, changes: Partial<MessageRecord> = {}) =>
  message('site/ruong/tram-1/observation', record, { door: 'manual', credential: author.id, ...changes })
const importOf = (series: readonly unknown[], changes: Partial<MessageRecord> = {}) =>
  message('site/ruong/tram-1/import', { import: 'so-cu.csv', series }, { door: 'import', ...changes })

describe('what a person entered', () => {
  it('is a row of quality `manual` at its own time, however old, and its author is handed on', async () => {
    const { rows, observed, totals } = await decode(observation(entry))
    expect(rows).toEqual([
      { series: 'root/tram-1/water_level', time: entry.t, value: 7.62, quality: qualityBits.manual, at: 1 }
    ])
    expect(observed).toEqual([{ ...entry, position: 1, device: 'tram-1', site: 'ruong', receivedAt: begin }])
    expect(totals).toMatchObject({ stored: 1, decoded: 1, quarantined: 0 })
  })

  it('is marked where it is not plausible, and where it is taken back', async () => {
    const { rows } = await decode(observation({ ...entry, value: 762 }), observation({ ...entry, kind: 'withdrawal' }))
    expect(rows.map(({ quality }) => quality)).toEqual([
      qualityBits.manual | qualityBits.implausible,
      qualityBits.manual | qualityBits.withdrawn
    ])
  })

  it('may be a quantity that the device itself does not measure', async () => {
    const probe = 'a84041ffff1c2d01'
    const { rows } = await decode(
      message(`site/ruong/${probe}/observation`, { ...entry, metric: 'ph', value: 6.5 }, { door: 'manual' })
    )
    expect(rows[0]).toMatchObject({ series: `root/${probe}/ph`, value: 6.5 })
  })

  it('is set aside if it came by another door: no device may pass for a person', async () => {
    const { rows, quarantined } = await decode(observation(entry, { door: 'mqtt' }), importOf([], { door: 'http' }))
    expect(rows).toEqual([])
    expect(quarantined.map(({ reason }) => reason)).toEqual(['unknown-topic', 'unknown-topic'])
  })

  it('is set aside if this version cannot read it', async () => {
    const { quarantined } = await decode(observation({ ...entry, method: 'oracle' }), importOf([{ metric: 'ph' }]))
    expect(quarantined.map(({ reason }) => reason)).toEqual(['json-invalid', 'json-invalid'])
  })
})

describe('an import', () => {
  const t = [begin]
  it.each([
    [[null]],
    [['ph']],
    [[{ metric: '__proto__', t, value: [7] }]],
    [[{ metric: 'ph', t: ['2026-11-22'], value: [7] }]],
    [[{ metric: 'ph', t: [9e15], value: [7] }]],
    [[{ metric: 'ph', t, value: [[7]] }]],
    [[{ metric: 'ph', t, value: ['\ud800'] }]],
    [[{ metric: 'ph', t, value: [7, 8] }]],
    [[{ metric: 'ph', t, value: [7], quality: [256] }]],
    [[{ metric: 'ph', t, value: [7], quality: null }]]
  ])('%j is damage, which is set aside and ends nothing', async series => {
    const { rows, quarantined } = await decode(importOf(series), telemetry({ ph: 7 }))
    expect(rows).toHaveLength(1)
    expect(quarantined.map(({ reason }) => reason)).toEqual(['json-invalid'])
  })

  it('keeps the device’s time of any age, marks of its own, and rows beside live ones', async () => {
    const t = [Date.UTC(1998, 5, 1), Date.UTC(2015, 0, 1)]
    const { rows, totals } = await decode(
      importOf([
        { metric: 'ph', t, value: [7.1, 15], quality: [0, qualityBits.manual] },
        { metric: 'status_text', t: [t[0]], value: ['khô'] }
      ]),
      telemetry({ ph: 7 })
    )
    expect(rows.map(({ time, value, quality }) => [time, value, quality])).toEqual([
      [t[0], 7.1, 0],
      [t[1], 15, qualityBits.manual | qualityBits.implausible],
      [t[0], 'khô', 0],
      [begin, 7, 0]
    ])
    expect(totals).toMatchObject({ stored: 2, decoded: 4 })
  })
})

describe('what Sen calculated', () => {
  const payload = (series: readonly unknown[]) => ({ calculation: 'diem-suong', version: 1, series })
  const dew = { metric: 'dew_point', t: [begin], value: [23.9], quality: [qualityBits.doubtful] }

  it('is rows that say so, of their own time', async () => {
    const { rows, totals } = await decode(
      message('site/ruong/tram-1/derived', payload([dew]), { door: 'derived', credential: 'calculation:diem-suong' })
    )
    const quality = qualityBits.derived | qualityBits.doubtful
    expect(rows).toEqual([{ series: 'root/tram-1/dew_point', time: begin, value: 23.9, quality, at: 1 }])
    expect(totals).toMatchObject({ stored: 1, decoded: 1 })
  })

  it('is set aside if it came by another door', async () => {
    const { rows, quarantined } = await decode(message('site/ruong/tram-1/derived', payload([dew]), { door: 'mqtt' }))
    expect(rows).toEqual([])
    expect(quarantined.map(({ reason }) => reason)).toEqual(['unknown-topic'])
  })
})
