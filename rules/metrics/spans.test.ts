import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Spans } from './spans.ts'

describe('spans', () => {
  it('join what is marked, and give it out in order and in parts', () => {
    const spans = new Spans(10)
    spans.add(50, 60)
    spans.add(0, 10)
    spans.add(20, 20)
    expect(spans.list()).toEqual([
      [0, 20],
      [50, 60]
    ])
    expect(spans.take(100, 2)).toEqual([0, 10])
    expect(spans.take(15, 2)).toBeUndefined()
    expect(spans.take(100, 9)).toEqual([20, 20])
    expect(spans.take(55, 9)).toEqual([50, 55])
  })

  it('hold every step that was marked exactly once, whatever was marked in whatever order', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 8 }))
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (marks, most) => {
        const spans = new Spans(1)
        const wanted = new Set<number>()
        for (const [from, length] of marks) {
          spans.add(from, from + length)
          for (let i = from; i <= from + length; i++) wanted.add(i)
        }
        const given: number[] = []
        for (let span = spans.take(100, most); span; span = spans.take(100, most))
          for (let i = span[0]; i <= span[1]; i++) given.push(i)
        expect(given).toEqual([...wanted].sort((a, b) => a - b))
      }),
      { seed: 3 }
    )
  })
})
