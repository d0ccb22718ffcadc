import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ReceiptClock, scaledClock, systemClock } from './clock.ts'

const at = Date.parse('2026-11-22T00:00:00Z')

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: at })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('scaledClock', () => {
  it.each([
    [1, 1000, 1000],
    [60, 1000, 60_000],
    [0.5, 1001, 500],
    [10, 0, 0]
  ])('at speed %d shows after %d ms that %d have passed; deadlines are the machine’s', (speed, machineMs, clockMs) => {
    const clock = scaledClock(speed, at)
    const monotonic = clock.monotonic()
    vi.advanceTimersByTime(machineMs)
    expect(clock.now()).toBe(at + clockMs)
    expect(clock.monotonic() - monotonic).toBeCloseTo(machineMs, 3)
  })

  it('begins at the time it is given', () => {
    const clock = scaledClock(2, at, at + 5000)
    vi.advanceTimersByTime(100)
    expect(clock.now()).toBe(at + 5200)
  })

  it('shows whole milliseconds', () => {
    const clock = scaledClock(1 / 3, at)
    vi.advanceTimersByTime(100)
    expect(clock.now()).toBe(at + 33)
  })
})

describe('systemClock', () => {
  it('shows the machine’s time, and passes evenly when that jumps back', () => {
    const before = systemClock.monotonic()
    vi.setSystemTime(at - 3_600_000)
    expect(systemClock.now()).toBe(at - 3_600_000)
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before)
  })
})

describe('ReceiptClock', () => {
  const clockOf = (wall: number) => {
    const time = { wall, monotonic: 5000 }
    return { time, clock: { now: () => time.wall, monotonic: () => time.monotonic } }
  }
  /** Both clocks go on. */
  const pass = (time: { wall: number; monotonic: number }, ms: number) => {
    time.wall += ms
    time.monotonic += ms
  }

  it('shows the wall clock while that goes forward, by jumps too', () => {
    const { time, clock } = clockOf(at)
    const receipt = new ReceiptClock(clock, 0)
    expect(receipt.now()).toBe(at)
    pass(time, 10)
    expect(receipt.now()).toBe(at + 10)
    time.wall += 3_600_000
    expect(receipt.now()).toBe(at + 3_600_010)
    expect(receipt.aheadMs()).toBe(0)
  })

  it('goes on at half speed after the wall clock was set back, until it has caught up', () => {
    const { time, clock } = clockOf(at)
    const receipt = new ReceiptClock(clock, 0)
    receipt.now()
    time.wall -= 1000
    const shown: number[] = []
    for (let i = 0; i < 3; i++) {
      pass(time, 500)
      shown.push(receipt.now() - at)
    }
    expect(shown).toEqual([250, 500, 750])
    expect(receipt.aheadMs()).toBe(250)
    pass(time, 500)
    expect(receipt.now()).toBe(time.wall)
    pass(time, 7)
    expect(receipt.now()).toBe(time.wall)
  })

  it('does not take the time before the wall clock went back for time since', () => {
    const { time, clock } = clockOf(at)
    const receipt = new ReceiptClock(clock, 0)
    receipt.now()
    pass(time, 60_000)
    time.wall -= 3_600_000
    expect(receipt.now()).toBe(at + 30_000)
  })

  it('goes on from what was given out before the process began', () => {
    const { time, clock } = clockOf(at)
    const receipt = new ReceiptClock(clock, at + 100)
    expect(receipt.now()).toBe(at + 100)
    pass(time, 2)
    expect(receipt.now()).toBe(at + 101)
  })

  it('never runs back, whatever the wall clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat(100))), steps => {
        const { time, clock } = clockOf(at)
        const receipt = new ReceiptClock(clock, at)
        let before = at
        for (const [jump, ms] of steps) {
          pass(time, ms)
          time.wall += jump
          const now = receipt.now()
          expect(now).toBeGreaterThanOrEqual(Math.max(before, time.wall))
          expect(Number.isInteger(now)).toBe(true)
          before = now
        }
      }),
      { seed: 1 }
    )
  })
})
