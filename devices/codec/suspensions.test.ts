import { expect, test } from 'vitest'
import { Suspensions } from './suspensions.ts'

let now = 0
const clock = { now: () => now, monotonic: () => now }

test('each suspension doubles the wait up to the longest, until the codec is forgiven', () => {
  const suspensions = new Suspensions(clock, { firstMs: 1000, longestMs: 300_000 })

  const waits = Array.from({ length: 10 }, () => suspensions.suspend('a'))
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000])
  suspensions.forget('a')
  expect(suspensions.isSuspended('a')).toBe(false)
  expect(suspensions.suspend('a')).toBe(1000)
})

test('a suspension ends when its time is over, and is of one codec only', () => {
  const suspensions = new Suspensions(clock, { firstMs: 1000, longestMs: 1000 })

  suspensions.suspend('a')
  expect([suspensions.isSuspended('a'), suspensions.isSuspended('b')]).toEqual([true, false])
  now += 999
  expect(suspensions.isSuspended('a')).toBe(true)
  now += 1
  expect(suspensions.isSuspended('a')).toBe(false)
})

test('a first wait of 0 suspends nothing', () => {
  const suspensions = new Suspensions(clock, { firstMs: 0, longestMs: 0 })

  suspensions.suspend('a')

  expect(suspensions.isSuspended('a')).toBe(false)
})
