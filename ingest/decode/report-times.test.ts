import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { liveWindow } from '../../devices/event-time.ts'
import { refusedReportTimes } from './report-times.ts'

const receivedAt = Date.parse('2026-11-30T02:00:00Z')
const timesOf = (...times: readonly unknown[]) => refusedReportTimes(times, receivedAt, liveWindow)

describe('the reports of one message', () => {
  it('whose clock began anew stand as far apart as it says, the newest at the time of receipt', () => {
    expect(timesOf(0, 600, 1200)).toEqual([receivedAt - 1_200_000, receivedAt - 600_000, receivedAt])
    expect(timesOf('2099-01-01T00:10:00Z', '2099-01-01T00:00:00Z')).toEqual([receivedAt, receivedAt - 600_000])
  })

  it('keep the times that are believed, and those that say nothing', () => {
    const right = receivedAt - 60_000
    expect(timesOf(10, right, 20, undefined, 'hôm qua')).toEqual([
      ...[receivedAt - 10_000, undefined, receivedAt],
      ...[undefined, undefined]
    ])
  })

  it('are left to stand at the time of receipt where one is alone, or two clocks speak', () => {
    expect(timesOf(0)).toBeUndefined()
    expect(timesOf(0, receivedAt)).toBeUndefined()
    expect(timesOf(0, '2099-01-01T00:00:00Z')).toBeUndefined()
  })

  it('never stand outside the window, and as many of them remain as the device told apart', () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 4_000_000 }), { minLength: 2, maxLength: 60 })
    const property = fc.property(seconds, times => {
      const placed = timesOf(...times)
      if (placed === undefined) return
      for (const at of placed) expect(at).toBeLessThanOrEqual(receivedAt)
      for (const at of placed) expect(at).toBeGreaterThanOrEqual(receivedAt - liveWindow.pastMs)
      expect(new Set(placed).size).toBe(new Set(times).size)
    })
    fc.assert(property, { seed: 5, numRuns: 200 })
  })
})
