import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { scaledClock, systemClock } from './clock.ts'

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
  ])('at speed %d shows after %d ms that %d have passed', (speed, machineMs, clockMs) => {
    const clock = scaledClock(speed, at)
    const monotonic = clock.monotonic()
    vi.advanceTimersByTime(machineMs)
    expect(clock.now()).toBe(at + clockMs)
    expect(clock.monotonic() - monotonic).toBeCloseTo(machineMs * speed, 3)
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
