import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecentTicks } from './recent-ticks.ts'

describe('RecentTicks', () => {
  it('knows no place before the first tick', () => {
    expect(new RecentTicks().oldestPosition).toBeUndefined()
  })

  it('keeps the last tick that is at least 30 s old, so that 30 s stand behind it', () => {
    const ticks = new RecentTicks()
    for (let second = 0; second <= 100; second++) ticks.add(second * 1000, second + 1)
    expect(ticks.oldestPosition).toBe(71)
  })

  it('spans 30 s, or all there is, whatever the gaps; and no tick more than it needs', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { minLength: 1, maxLength: 60 }), gaps => {
        const ticks = new RecentTicks()
        const added: number[] = []
        for (const gap of gaps) {
          added.push((added.at(-1) ?? 0) + gap)
          ticks.add(added.at(-1) ?? 0, added.length)
        }
        const last = added.at(-1) ?? 0
        const oldest = ticks.oldestPosition ?? 0
        if (oldest > 1) expect(added[oldest - 1]).toBeLessThanOrEqual(last - 30_000)
        expect(added[oldest] ?? last).toBeGreaterThan(last - 30_000)
      })
    )
  })
})
