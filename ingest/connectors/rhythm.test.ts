import { expect, it } from 'vitest'
import { Rhythm } from './rhythm.ts'

const minuteMs = 60_000

it('learns how often something comes, and says when it has been silent for long', () => {
  const rhythm = new Rhythm()
  let now = 0
  for (let i = 0; i < 6; i++) {
    rhythm.arrived(now)
    rhythm.arrived(now + 10)
    now += 2 * minuteMs
  }
  expect(rhythm.usualMs).toBe(2 * minuteMs)
  expect(rhythm.isSilent(now)).toBe(false)
  expect(rhythm.isSilent(now + 9 * minuteMs)).toBe(true)
  rhythm.arrived(now + 180 * minuteMs)
  expect(rhythm.usualMs).toBeLessThan(4 * minuteMs)
})

it('knows no rhythm of what came a few times', () => {
  const rhythm = new Rhythm()
  for (let i = 0; i < 4; i++) rhythm.arrived(i * minuteMs)
  expect([rhythm.usualMs, rhythm.isSilent(1e12)]).toEqual([undefined, false])
})
