import { expect, it } from 'vitest'
import type { JournalRecord } from '../../journal/journal.ts'
import { profile } from '../../model/profile.ts'
import { begin, decodeAll, decoders, logOf, MemorySeries, province, soil, uplink } from './decoder.fixture.ts'

const decoder = decoders()

/** A version of the soil sensor's profile that maps what `normalizeUplink` says. */
const version: JournalRecord = {
  kind: 'control',
  receivedAt: begin,
  outboxId: 1,
  change: {
    kind: 'profile',
    version: {
      profile: profile.parse({
        ...{ id: 'dragino-lse01', vendor: 'Dragino', model: 'LSE01', name: { vi: 'Đất', en: 'Soil' } },
        ...{ payload: 'lorawan', source: 'test', normalise: true },
        fields: { 'soil.moisture': 'soil_moisture', 'soil.ec': { metric: 'soil_conductivity', scale: 1000 } },
        history: { path: 'measurements', time: 'time' }
      }),
      codec: `
        function decodeUplink({ bytes }) { return { data: { moisture: bytes[0], ec: bytes[1] } } }
        function normalizeUplink({ data }) {
          const now = { soil: { moisture: data.moisture, ec: data.ec / 10 } }
          if (data.ec === 0) return { data: now }
          return { data: [{ ...now, time: '2026-11-21T00:00:00Z' }, { ...now, time: '2026-11-21T01:00:00Z' }] }
        }`,
      examples: [],
      isStateful: false,
      author: ''
    }
  }
}
const frame = (fCnt: number, bytes: readonly number[]) => uplink({ fCnt, data: Buffer.from(bytes).toString('base64') })

it('takes what a profile’s normaliser says, from where the profile was put in place; several measurements each at their time', async () => {
  const series = new MemorySeries()
  const records = [version, frame(1, [30, 0]), frame(2, [31, 5])]
  const { rows, quarantined } = await decodeAll(decoder({ changes: province, series }), [logOf(records)], series)
  expect(quarantined).toEqual([])
  const measured = rows.filter(row => row.series.startsWith(`root/${soil}/soil`))
  expect(measured.map(row => [row.series.split('/')[2], row.value, row.at])).toEqual([
    ['soil_moisture', 30, 2],
    ['soil_conductivity', 0, 2],
    ['soil_moisture', 31, 3],
    ['soil_conductivity', 500, 3],
    ['soil_moisture', 31, 3],
    ['soil_conductivity', 500, 3]
  ])
  expect(measured.slice(2).map(({ time }) => new Date(time).toISOString().slice(0, 13))).toEqual([
    '2026-11-21T00',
    '2026-11-21T00',
    '2026-11-21T01',
    '2026-11-21T01'
  ])
})
