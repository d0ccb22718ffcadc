import { describe, expect, test } from 'vitest'
import type { JournalRecord } from '../../journal/journal.ts'
import { begin, decodeAll, decoders, deviceOf, logOf, MemorySeries, province, soil, uplink } from './decoder.fixture.ts'

const decoder = decoders()
const next = 'a84041ffff1c2d02'
const last = 'a84041ffff1c2d03'
let counter = 0

const frameOf = (devEui: string) => uplink({ devEui, fCnt: ++counter })
function made(changes: Parameters<typeof deviceOf>[1]): JournalRecord {
  const change = { kind: 'device', device: deviceOf(soil, { profile: 'dragino-lse01', ...changes }) } as const
  return { kind: 'control', receivedAt: begin, outboxId: 1, change }
}

async function decoded(records: readonly JournalRecord[]) {
  const series = new MemorySeries()
  const { rows, quarantined } = await decodeAll(decoder({ changes: province, series }), [logOf(records)], series)
  return {
    rows: rows.filter(row => row.series === `root/${soil}/soil_moisture`).map(({ at }) => at),
    others: rows.filter(row => !row.series.startsWith(`root/${soil}/`)).length,
    quarantined: quarantined.map(({ position, reason }) => [position, reason])
  }
}

describe('a device whose hardware changes', () => {
  test('goes on in its series by the new radio; what the former ones send is set aside, each with the reason', async () => {
    const second = { hardware: next, formerHardware: [soil] }
    const third = { hardware: last, formerHardware: [soil, next] }

    const result = await decoded([
      ...[frameOf(soil), made(second), frameOf(next), frameOf(soil)],
      ...[made(third), frameOf(last), frameOf(next), frameOf(soil)]
    ])

    expect(result).toEqual({
      rows: [1, 3, 6],
      others: 0,
      quarantined: [
        [4, 'replaced'],
        [7, 'replaced'],
        [8, 'replaced']
      ]
    })
  })

  test('is silent once out of service, and speaks again when that is undone', async () => {
    const result = await decoded([
      ...[made({ decommissionedAt: '2026-11-22T00:00:00Z' }), frameOf(soil)],
      ...[made({}), frameOf(soil)]
    ])

    expect(result).toEqual({ rows: [4], others: 0, quarantined: [[2, 'decommissioned']] })
  })
})
