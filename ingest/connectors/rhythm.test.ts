import { expect, it } from 'vitest'
import { Rhythm } from './rhythm.ts'

const minuteMs = 60_000

/** Heard something every two minutes, six times; the last time at minute 10. */
function learned(): Rhythm {
  const rhythm = new Rhythm()
  rhythm.listens(0)
  for (let i = 0; i < 6; i++) {
    rhythm.arrived(2 * i * minuteMs)
    rhythm.arrived(2 * i * minuteMs + 10)
  }
  return rhythm
}

it('learns how often something comes, and says when it has been silent for long', () => {
  const rhythm = learned()
  expect(rhythm.usualMs).toBe(2 * minuteMs)
  expect(rhythm.isSilent(12 * minuteMs)).toBe(false)
  expect(rhythm.isSilent(21 * minuteMs)).toBe(true)
  rhythm.arrived(190 * minuteMs)
  expect(rhythm.usualMs).toBeLessThan(4 * minuteMs)
})

it('knows no rhythm of what came a few times', () => {
  const rhythm = new Rhythm()
  for (let i = 0; i < 4; i++) rhythm.arrived(i * minuteMs)
  expect([rhythm.usualMs, rhythm.isSilent(1e12)]).toEqual([undefined, false])
})

it('goes on after a restart: rhythm and last arrival stay, silence is added up, time away is none', () => {
  const first = learned()
  first.isDeaf(15 * minuteMs)
  const second = new Rhythm(structuredClone(first.kept(16 * minuteMs)))
  expect([second.lastAt, second.usualMs]).toEqual([10 * minuteMs + 10, 2 * minuteMs])
  expect(second.isSilent(300 * minuteMs)).toBe(false)
  second.listens(300 * minuteMs)
  expect(second.isSilent(304 * minuteMs)).toBe(false)
  expect(second.isSilent(306 * minuteMs)).toBe(true)
  expect(new Rhythm(second.kept(306 * minuteMs)).isSilent(0)).toBe(true)
})

it('learns nothing from a gap in which it was away', () => {
  const rhythm = learned()
  rhythm.isDeaf(11 * minuteMs)
  rhythm.listens(100 * minuteMs)
  rhythm.arrived(101 * minuteMs)
  expect(rhythm.usualMs).toBe(2 * minuteMs)
  expect(rhythm.isSilent(110 * minuteMs)).toBe(false)
  rhythm.arrived(104 * minuteMs)
  expect(rhythm.usualMs).toBeCloseTo(2.2 * minuteMs)
})

it('stays whole when the clock is set back', () => {
  const rhythm = learned()
  rhythm.arrived(minuteMs)
  expect([rhythm.lastAt, rhythm.isSilent(2 * minuteMs), rhythm.usualMs]).toEqual([minuteMs, false, 2 * minuteMs])
  rhythm.arrived(3 * minuteMs)
  expect(rhythm.usualMs).toBe(2 * minuteMs)
})

it('that heard nothing keeps nothing', () => {
  const rhythm = new Rhythm()
  rhythm.listens(0)
  rhythm.isDeaf(minuteMs)
  expect(rhythm.kept(minuteMs)).toBeUndefined()
})
