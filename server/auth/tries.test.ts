import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Tries } from './tries.ts'

const props = { free: 2, firstMs: 1000, longestMs: 60_000, forgetMs: 3_600_000, most: 1000 }

describe('wrong tries', () => {
  it('cost nothing at first, then twice as long each, and never more than the longest', () => {
    let now = 0
    const tries = new Tries({ ...props, clock: { monotonic: () => now } })
    const waits = Array.from({ length: 12 }, () => {
      tries.miss('lan')
      const wait = tries.waitMs('lan')
      now += wait
      return wait
    })
    expect(waits).toEqual([0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
    expect(tries.waitMs('binh')).toBe(0)
  })

  it('are forgotten by a right one, and by time', () => {
    let now = 0
    const tries = new Tries({ ...props, clock: { monotonic: () => now } })
    for (let i = 0; i < 9; i++) tries.miss('lan')
    tries.forget('lan')
    expect([tries.waitMs('lan'), tries.miss('lan')]).toEqual([0, 1])
    for (let i = 0; i < 9; i++) tries.miss('lan')
    now += props.forgetMs + 1
    expect([tries.waitMs('lan'), tries.miss('lan')]).toEqual([0, 1])
  })

  it('let nobody wait longer than the longest, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { maxLength: 60 }), pauses => {
        let now = 0
        const tries = new Tries({ ...props, clock: { monotonic: () => now } })
        for (const pause of pauses) {
          tries.miss('x')
          now += pause
          expect(tries.waitMs('x')).toBeLessThanOrEqual(props.longestMs)
        }
        now += props.longestMs
        expect(tries.waitMs('x')).toBe(0)
      })
    )
  })
})
