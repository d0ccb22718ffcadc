import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecentPast } from './recent-past.ts'
import { resendWindowMs } from './resend-dedup.ts'

describe('RecentPast', () => {
  it('knows no place before the first record', () => {
    expect(new RecentPast().oldestPosition).toBeUndefined()
  })

  it('spans the window, or all there is, whatever the gaps', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(80_000), { minLength: 1, maxLength: 60 }), gaps => {
        const past = new RecentPast()
        const passed: number[] = []
        for (const gap of gaps) {
          passed.push((passed.at(-1) ?? 0) + gap)
          past.pass(passed.at(-1) ?? 0, passed.length)
        }
        const last = passed.at(-1) ?? 0
        const oldest = past.oldestPosition ?? 0
        const needed = passed.findIndex(at => at >= last - resendWindowMs) + 1
        expect(oldest).toBeLessThanOrEqual(needed)
      })
    )
  })
})
